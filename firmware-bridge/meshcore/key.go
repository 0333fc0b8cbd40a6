package meshcore

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// PublicKey is a node's identity: an Ed25519 public key.
type PublicKey [32]byte

// String is 64 lower-case hex digits.
func (k PublicKey) String() string { return hexOf(k[:], lowerDigits) }

// ParsePublicKey reads 64 hex digits in any case.
func ParsePublicKey(s string) (k PublicKey, err error) {
	return k, parseHex(k[:], "public key", s)
}

// MarshalText is [PublicKey.String] for JSON and the like.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is [ParsePublicKey].
func (k *PublicKey) UnmarshalText(b []byte) (err error) {
	*k, err = ParsePublicKey(string(b))
	return err
}

// Hop is the prefix by which paths name the node. The width is 1 to 3 bytes.
func (k PublicKey) Hop(width int) Hop { return NewHop(k[:min(max(width, 0), len(k))]) }

// HashByte is the first byte, by which the clear part of direct messages names
// sender and recipient.
func (k PublicKey) HashByte() byte { return k[0] }

// Reserved reports whether the key begins with 00 or FF. The firmware neither
// makes nor imports such keys.
func (k PublicKey) Reserved() bool { return k[0] == 0x00 || k[0] == 0xFF }

// Verify reports whether sig is the key's Ed25519 signature of message.
func (k PublicKey) Verify(message []byte, sig [64]byte) bool {
	return ed25519.Verify(k[:], message, sig[:])
}

// PrivateKey is a node's private key as the firmware keeps it: expanded, that
// is SHA-512 of the seed with its first half clamped. The seed is not kept,
// which is why crypto/ed25519 cannot sign with it.
type PrivateKey [64]byte

// FromSeed expands a 32-byte seed.
func FromSeed(seed [32]byte) PrivateKey {
	k := PrivateKey(sha512.Sum512(seed[:]))
	k[0] &= 0xF8
	k[31] = k[31]&0x3F | 0x40
	return k
}

// ParsePrivateKey reads 128 hex digits in any case.
func ParsePrivateKey(s string) (k PrivateKey, err error) {
	return k, parseHex(k[:], "private key", s)
}

// String keeps the key out of logs.
func (k PrivateKey) String() string { return "private key" }

// GoString keeps the key out of logs.
func (k PrivateKey) GoString() string { return "meshcore.PrivateKey{}" }

// Hex is the key as 128 lower-case hex digits.
func (k PrivateKey) Hex() string { return hex.EncodeToString(k[:]) }

// ErrPrivateKey says why the firmware does not import a private key.
var ErrPrivateKey = errors.New("private key: not clamped, or its public key begins with 00 or FF")

// Check reports whether the firmware imports the key (Identity.cpp,
// validatePrivateKey): its public key must not be reserved, and its scalar must
// be clamped, or the two ways to a shared secret would differ. The error is
// [ErrPrivateKey].
func (k PrivateKey) Check() error {
	if k[0]&7 != 0 || k[31]&0xC0 != 0x40 || k.Public().Reserved() {
		return ErrPrivateKey
	}
	return nil
}

func (k PrivateKey) scalar() *edwards25519.Scalar {
	s, err := edwards25519.NewScalar().SetBytesWithClamping(k[:32])
	if err != nil {
		panic("meshcore: a scalar of 32 bytes: " + err.Error())
	}
	return s
}

// Public is the public key: the base point times the first half.
func (k PrivateKey) Public() PublicKey {
	return PublicKey(new(edwards25519.Point).ScalarBaseMult(k.scalar()).Bytes())
}

// Sign signs a message. Any Ed25519 implementation verifies the signature
// (RFC 8032 §5.1.6, from its third step on).
func (k PrivateKey) Sign(message []byte) (sig [64]byte) {
	public := k.Public()
	r := hashScalar(k[32:], message)
	copy(sig[:32], new(edwards25519.Point).ScalarBaseMult(r).Bytes())
	h := hashScalar(sig[:32], public[:], message)
	s := edwards25519.NewScalar().MultiplyAdd(h, k.scalar(), r)
	copy(sig[32:], s.Bytes())
	return sig
}

// hashScalar is SHA-512 of the parts, modulo the group's order.
func hashScalar(parts ...[]byte) *edwards25519.Scalar {
	h := sha512.New()
	for _, p := range parts {
		h.Write(p)
	}
	s, err := edwards25519.NewScalar().SetUniformBytes(h.Sum(nil))
	if err != nil {
		panic("meshcore: a scalar of 64 bytes: " + err.Error())
	}
	return s
}

// SharedSecret is the secret of direct messages between two nodes: X25519 of
// the own scalar and the other's key, mapped to its Montgomery form; no key
// derivation follows (key_exchange.c). It fails for keys of low order.
func (k PrivateKey) SharedSecret(other PublicKey) (Secret, error) {
	priv, err := ecdh.X25519().NewPrivateKey(k[:32])
	if err != nil {
		return Secret{}, fmt.Errorf("shared secret: %w", err)
	}
	u, err := montgomery(other)
	if err != nil {
		return Secret{}, fmt.Errorf("shared secret: %w", err)
	}
	pub, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return Secret{}, fmt.Errorf("shared secret: %w", err)
	}
	s, err := priv.ECDH(pub)
	if err != nil {
		return Secret{}, fmt.Errorf("shared secret: %w", err)
	}
	return Secret(s), nil
}

// montgomery maps an Ed25519 key to its X25519 form, u = (1+y)/(1-y). Like the
// firmware it ignores the sign of x and whether the point is on the curve.
func montgomery(k PublicKey) ([]byte, error) {
	y, err := new(field.Element).SetBytes(k[:])
	if err != nil {
		return nil, err
	}
	one := new(field.Element).One()
	d := new(field.Element).Subtract(one, y)
	u := new(field.Element).Add(one, y)
	return u.Multiply(u, d.Invert(d)).Bytes(), nil
}
