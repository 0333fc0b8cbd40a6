package meshcore

import (
	"errors"
	"fmt"
)

// The most bytes of plaintext that a sender puts into one packet
// (src/Mesh.cpp:440-452, 490, 514 of the firmware).
const (
	MaxDatagramPlain = 167 // between two nodes that have each other's keys
	MaxAnonPlain     = 136 // of an anonymous request
	MaxGroupPlain    = 168 // in a channel
)

// ErrPlainTooLong says that no sender would put so much into one packet.
var ErrPlainTooLong = errors.New("plaintext is too long for one packet")

func checkPlain(plain []byte, most int) error {
	if len(plain) > most {
		return fmt.Errorf("%w: %d bytes, at most %d fit", ErrPlainTooLong, len(plain), most)
	}
	return nil
}
