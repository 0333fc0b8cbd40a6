package node

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"hilltop/firmware-bridge/meshcore"
)

// Bytes of the KISS framing.
const (
	kissEnd         = 0xC0
	kissEscape      = 0xDB
	kissEscapedEnd  = 0xDC
	kissEscapedMark = 0xDD
)

// Types of KISS frames.
const (
	KISSData        = 0x00 // a frame of the air, both ways
	KISSSetHardware = 0x06 // a command or its answer: see the KISS constants of sub-commands
)

// Sub-commands of [KISSSetHardware] that the modem sends: the first byte of
// the data. An answer to a command has the command's number and 0x80.
const (
	KISSTxDone = 0xF8
	KISSRxMeta = 0xF9 // SNR and RSSI of the [KISSData] right before
	KISSOK     = 0xF0
	KISSError  = 0xF1
)

// maxKISS is more than any frame of the modem; what is longer is dropped.
const maxKISS = 512

// KISSFrame is a frame between a host and the KISS modem firmware.
type KISSFrame struct {
	Type byte
	Data []byte
}

// KISSReader reads the frames of a KISS modem (115,200 bit/s).
type KISSReader struct {
	in   *bufio.Reader
	held *LogRX // data whose signal has not come yet
}

// NewKISSReader reads from r, such as a serial port.
func NewKISSReader(r io.Reader) *KISSReader { return &KISSReader{in: bufio.NewReader(r)} }

// Next gives the next frame that is not empty. A frame with a wrong escape, or
// longer than any of the modem's, is passed over. The error is the reader's.
func (r *KISSReader) Next() (KISSFrame, error) {
	for {
		raw, err := r.in.ReadSlice(kissEnd)
		for errors.Is(err, bufio.ErrBufferFull) {
			raw = nil // what is that long is no frame
			_, err = r.in.ReadSlice(kissEnd)
		}
		if err != nil {
			return KISSFrame{}, err
		}
		if b, ok := unescapeKISS(raw); ok && len(b) > 0 && len(b) <= maxKISS {
			return KISSFrame{Type: b[0], Data: b[1:]}, nil
		}
	}
}

// unescapeKISS takes the end mark off and the escapes out.
func unescapeKISS(raw []byte) ([]byte, bool) {
	if len(raw) == 0 {
		return nil, false
	}
	var out []byte
	for i := 0; i < len(raw)-1; i++ {
		c := raw[i]
		if c == kissEscape {
			i++
			switch raw[i] {
			case kissEscapedEnd:
				c = kissEnd
			case kissEscapedMark:
				c = kissEscape
			default:
				return nil, false
			}
		}
		out = append(out, c)
	}
	return out, true
}

// KISSHeard is a frame that a modem has received.
type KISSHeard struct {
	LogRX
	HasSignal bool // SNR and RSSI are known
}

// NextHeard gives the next frame that the modem has received, with the signal
// that the modem reports right after it. A frame whose report is missing comes
// when the next one does, or at the end. All other frames are passed over.
func (r *KISSReader) NextHeard() (KISSHeard, error) {
	for {
		f, err := r.Next()
		before := r.held
		if err != nil {
			if r.held = nil; before != nil {
				return KISSHeard{LogRX: *before}, nil
			}
			return KISSHeard{}, err
		}
		switch {
		case f.Type == KISSData:
			if r.held = (&LogRX{Frame: f.Data}); before != nil {
				return KISSHeard{LogRX: *before}, nil
			}
		case f.Type == KISSSetHardware && len(f.Data) >= 3 && f.Data[0] == KISSRxMeta && before != nil:
			r.held = nil
			return KISSHeard{LogRX{SNR: int8(f.Data[1]), RSSI: int8(f.Data[2]), Frame: before.Frame}, true}, nil
		}
	}
}

// WriteKISS writes a frame to a KISS modem: of [KISSData] at most 255 bytes.
func WriteKISS(w io.Writer, f KISSFrame) error {
	if len(f.Data) > meshcore.MaxFrame {
		return fmt.Errorf("KISS: %d bytes, at most %d", len(f.Data), meshcore.MaxFrame)
	}
	b := []byte{kissEnd}
	for _, c := range append([]byte{f.Type}, f.Data...) {
		switch c {
		case kissEnd:
			b = append(b, kissEscape, kissEscapedEnd)
		case kissEscape:
			b = append(b, kissEscape, kissEscapedMark)
		default:
			b = append(b, c)
		}
	}
	if _, err := w.Write(append(b, kissEnd)); err != nil {
		return fmt.Errorf("KISS: %w", err)
	}
	return nil
}
