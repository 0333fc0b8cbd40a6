package node

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// The RS232 bridge of a repeater sends every packet over a second serial port
// to another repeater: magic, length, frame, checksum, all big-endian
// (RS232Bridge.cpp). The frame is as [meshcore.ParseKept] reads it.
const (
	bridgeMagic = 0xC03E
	maxBridge   = 256 // bytes of a frame
)

// BridgeReader reads what repeaters tell each other over an RS232 bridge.
type BridgeReader struct {
	in  *bufio.Reader
	Bad int // frames passed over because of their checksum
}

// NewBridgeReader reads from r, such as a serial port.
func NewBridgeReader(r io.Reader) *BridgeReader { return &BridgeReader{in: bufio.NewReader(r)} }

// Next gives the next frame whose checksum is right. Bytes between frames are
// skipped, and so is the beginning of one that proves wrong. At the end of the
// input it gives io.EOF, also within a frame.
func (r *BridgeReader) Next() ([]byte, error) {
	for {
		head, err := r.in.Peek(4)
		if err != nil {
			return nil, err
		}
		n := int(binary.BigEndian.Uint16(head[2:]))
		if binary.BigEndian.Uint16(head) != bridgeMagic || n == 0 || n > maxBridge {
			r.in.Discard(1) // it was peeked
			continue
		}
		whole, err := r.in.Peek(4 + n + 2)
		if err != nil {
			return nil, err
		}
		if frame := whole[4 : 4+n]; fletcher16(frame) == binary.BigEndian.Uint16(whole[4+n:]) {
			frame = append([]byte(nil), frame...)
			r.in.Discard(len(whole)) // it was peeked
			return frame, nil
		}
		r.Bad++
		r.in.Discard(1)
	}
}

// WriteBridge writes a frame of 1 to 256 bytes as an RS232 bridge does.
func WriteBridge(w io.Writer, frame []byte) error {
	if len(frame) == 0 || len(frame) > maxBridge {
		return fmt.Errorf("bridge: %d bytes, want 1 to %d", len(frame), maxBridge)
	}
	b := binary.BigEndian.AppendUint16([]byte{bridgeMagic >> 8, bridgeMagic & 0xFF}, uint16(len(frame)))
	b = binary.BigEndian.AppendUint16(append(b, frame...), fletcher16(frame))
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	return nil
}

// fletcher16 is two sums modulo 255, the second in the high byte.
func fletcher16(b []byte) uint16 {
	var sum1, sum2 uint16
	for _, c := range b {
		sum1 = (sum1 + uint16(c)) % 255
		sum2 = (sum2 + sum1) % 255
	}
	return sum2<<8 | sum1
}
