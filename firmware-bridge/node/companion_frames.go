package node

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxCompanionPayload is the most that a companion frame holds, in bytes. A
// received frame of 174 bytes or more is therefore never reported.
const MaxCompanionPayload = 176

// CompanionReader reads the frames that a companion sends to its host:
// '>', a length of two bytes, payload.
type CompanionReader struct{ in *bufio.Reader }

// NewCompanionReader reads from r, a serial port or a TCP connection.
func NewCompanionReader(r io.Reader) *CompanionReader {
	return &CompanionReader{bufio.NewReader(r)}
}

// Next gives the payload of the next frame; its first byte is a code. Bytes
// between frames are skipped. A length that cannot be is taken for such a
// byte. At the end of the input it gives io.EOF, also within a frame.
func (r *CompanionReader) Next() ([]byte, error) {
	for {
		b, err := r.in.ReadByte()
		if err != nil {
			return nil, err
		}
		if b != '>' {
			continue
		}
		head, err := r.in.Peek(2)
		if err != nil {
			return nil, err
		}
		n := int(binary.LittleEndian.Uint16(head))
		if n == 0 || n > MaxCompanionPayload {
			continue
		}
		payload := make([]byte, 2+n)
		if _, err := io.ReadFull(r.in, payload); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return nil, err
		}
		return payload[2:], nil
	}
}

// WriteCommand writes a frame from the host to a companion: '<', a length of
// two bytes, payload.
func WriteCommand(w io.Writer, payload []byte) error {
	if len(payload) == 0 || len(payload) > MaxCompanionPayload {
		return fmt.Errorf("companion command: %d bytes, want 1 to %d", len(payload), MaxCompanionPayload)
	}
	b := binary.LittleEndian.AppendUint16([]byte{'<'}, uint16(len(payload)))
	if _, err := w.Write(append(b, payload...)); err != nil {
		return fmt.Errorf("companion command: %w", err)
	}
	return nil
}
