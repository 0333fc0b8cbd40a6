package meshcore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// ChannelKey is the pre-shared key of a channel, 16 or 32 bytes. Keys compare
// with ==; the zero ChannelKey is none.
type ChannelKey struct {
	b [32]byte
	n uint8
}

// NewChannelKey makes a key of 16 or 32 bytes.
func NewChannelKey(b []byte) (k ChannelKey, err error) {
	if len(b) != 16 && len(b) != 32 {
		return k, fmt.Errorf("channel key: want 16 or 32 bytes, have %d", len(b))
	}
	k.n = uint8(copy(k.b[:], b))
	return k, nil
}

// ParseChannelKey reads a key as people hand it on: 32 or 64 hex digits in any
// case, or base64.
func ParseChannelKey(s string) (ChannelKey, error) {
	s = strings.TrimSpace(s)
	if len(s) == 32 || len(s) == 64 {
		if b, err := hex.DecodeString(s); err == nil {
			return NewChannelKey(b)
		}
	}
	raw := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(raw)
	if err != nil {
		return ChannelKey{}, fmt.Errorf("channel key: neither hex nor base64: %w", err)
	}
	return NewChannelKey(b)
}

// PublicChannelKey is the key of the channel "Public", which every companion
// starts with.
func PublicChannelKey() ChannelKey {
	return ChannelKey{n: 16, b: [32]byte{
		0x8B, 0x33, 0x87, 0xE9, 0xC5, 0xCD, 0xEA, 0x6A, 0xC9, 0xE5, 0xED, 0xBA, 0xA1, 0x15, 0xCD, 0x72,
	}}
}

// HashtagKey is the key of a hashtag channel: the first 16 bytes of SHA-256 of
// its name. A '#' is put before a name that has none. Case counts: apps
// usually write such names in lower case.
func HashtagKey(name string) ChannelKey {
	sum := sha256.Sum256([]byte(withHash(name)))
	k := ChannelKey{n: 16}
	copy(k.b[:], sum[:16])
	return k
}

func withHash(name string) string {
	if strings.HasPrefix(name, "#") {
		return name
	}
	return "#" + name
}

// Bytes is a copy of the key's 16 or 32 bytes.
func (k ChannelKey) Bytes() []byte { return append([]byte(nil), k.b[:k.n]...) }

// IsZero reports whether there is no key.
func (k ChannelKey) IsZero() bool { return k.n == 0 }

// String is the key in lower-case hex. Whoever sees it can read the channel.
func (k ChannelKey) String() string { return hex.EncodeToString(k.b[:k.n]) }

// HashByte is the clear byte that marks the channel's packets: the first of
// SHA-256 of the key. Channels share it often.
func (k ChannelKey) HashByte() byte { return sha256.Sum256(k.b[:k.n])[0] }

// Secret is the key filled with zeroes to 32 bytes.
func (k ChannelKey) Secret() Secret { return k.b }

// Seal encrypts a plaintext to the payload of a GRP_TXT or GRP_DATA packet. The
// error is [ErrPlainTooLong] beyond [MaxGroupPlain].
func (k ChannelKey) Seal(plain []byte) ([]byte, error) {
	if err := checkPlain(plain, MaxGroupPlain); err != nil {
		return nil, err
	}
	mac, ciphertext := k.Secret().Seal(plain)
	return Group{Channel: k.HashByte(), MAC: mac, Ciphertext: ciphertext}.AppendTo(nil), nil
}

// Open decrypts the payload of a GRP_TXT or GRP_DATA packet; the padding stays.
func (k ChannelKey) Open(payload []byte) ([]byte, error) {
	g, err := ParseGroup(payload)
	if err != nil {
		return nil, err
	}
	if g.Channel != k.HashByte() {
		return nil, ErrNoKey
	}
	return k.Secret().Open(g.MAC, g.Ciphertext)
}
