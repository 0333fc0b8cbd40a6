package meshcore

import (
	"encoding/hex"
	"fmt"
)

// Hash is the content hash of a packet; see [Packet.Hash].
type Hash [8]byte

// String is 16 lower-case hex digits.
func (h Hash) String() string { return hexOf(h[:], lowerDigits) }

// ParseHash reads 16 hex digits in any case.
func ParseHash(s string) (h Hash, err error) {
	return h, parseHex(h[:], "packet hash", s)
}

// MarshalText is [Hash.String] for JSON and the like.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is [ParseHash].
func (h *Hash) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHash(string(b))
	return err
}

// parseHex fills dst from exactly as many hex digits as it takes.
func parseHex(dst []byte, what, s string) error {
	if len(s) != 2*len(dst) {
		return fmt.Errorf("%s: want %d hex digits, have %d", what, 2*len(dst), len(s))
	}
	if _, err := hex.Decode(dst, []byte(s)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

const (
	lowerDigits = "0123456789abcdef"
	upperDigits = "0123456789ABCDEF"
)

func upperHex(b []byte) string { return hexOf(b, upperDigits) }

// hexOf writes bytes with these digits. Lists write thousands of keys and hops, none
// longer than a key: these take no memory but their own.
func hexOf(b []byte, digits string) string {
	var few [2 * len(PublicKey{})]byte
	out := few[:0]
	for _, v := range b {
		out = append(out, digits[v>>4], digits[v&15])
	}
	return string(out)
}
