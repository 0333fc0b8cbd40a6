package meshcore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// Why a ciphertext stays closed.
var (
	ErrNoKey     = errors.New("no key for this channel hash")
	ErrWrongKey  = errors.New("no key fits the MAC")
	ErrUnaligned = errors.New("ciphertext is not whole blocks of 16 bytes")
)

// Secret is what both ends of an encrypted exchange share: AES-128 uses its
// first half, HMAC all of it (Utils.cpp).
type Secret [32]byte

// ParseSecret reads 64 hex digits in any case.
func ParseSecret(s string) (k Secret, err error) {
	return k, parseHex(k[:], "secret", s)
}

// String keeps the secret out of logs.
func (k Secret) String() string { return "secret" }

// GoString keeps the secret out of logs.
func (k Secret) GoString() string { return "meshcore.Secret{}" }

// Hex is the secret as 64 lower-case hex digits.
func (k Secret) Hex() string { return hex.EncodeToString(k[:]) }

// Seal encrypts with AES-128 in ECB mode, the last block filled with zeroes,
// and gives the two bytes of the MAC over the ciphertext. An empty plaintext
// has no blocks.
func (k Secret) Seal(plain []byte) (mac [2]byte, ciphertext []byte) {
	ciphertext = make([]byte, (len(plain)+aes.BlockSize-1)/aes.BlockSize*aes.BlockSize)
	copy(ciphertext, plain)
	c := k.cipher()
	for i := 0; i < len(ciphertext); i += aes.BlockSize {
		c.Encrypt(ciphertext[i:], ciphertext[i:])
	}
	return k.mac(ciphertext), ciphertext
}

// Open checks the MAC and decrypts. The padding stays, as its length is not
// sent. Of wrong secrets one in 65,536 passes.
func (k Secret) Open(mac [2]byte, ciphertext []byte) ([]byte, error) {
	if len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 {
		return nil, ErrUnaligned
	}
	if k.mac(ciphertext) != mac {
		return nil, ErrWrongKey
	}
	plain := make([]byte, len(ciphertext))
	c := k.cipher()
	for i := 0; i < len(plain); i += aes.BlockSize {
		c.Decrypt(plain[i:], ciphertext[i:])
	}
	return plain, nil
}

func (k Secret) cipher() cipher.Block {
	c, err := aes.NewCipher(k[:16])
	if err != nil {
		panic("meshcore: a key of 16 bytes: " + err.Error())
	}
	return c
}

func (k Secret) mac(ciphertext []byte) [2]byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(ciphertext)
	var sum [sha256.Size]byte
	return [2]byte(h.Sum(sum[:0]))
}
