package meshcore

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Why a token is refused.
var (
	ErrTokenForm      = errors.New("token: not three parts of a MeshCore token")
	ErrTokenAlgorithm = errors.New("token: algorithm is not Ed25519 or type is not JWT")
	ErrTokenKey       = errors.New("token: public key is missing, malformed or not the expected one")
	ErrTokenIssued    = errors.New("token: does not say when it was made (iat)")
	ErrTokenSignature = errors.New("token: signature does not fit")
	ErrTokenExpired   = errors.New("token: expired")
	ErrTokenAudience  = errors.New("token: made for another broker")
)

const tokenHeader = `{"alg":"Ed25519","typ":"JWT"}`

// Claims is the content of an MQTT token. Times are unix seconds.
type Claims struct {
	PublicKey string `json:"publicKey"`     // upper-case hex
	Audience  string `json:"aud,omitempty"` // host name of the broker
	IssuedAt  int64  `json:"iat"`           // required
	Expires   int64  `json:"exp,omitempty"` // 0: never; publishers take an hour to a day
	Subject   string `json:"sub,omitempty"`
	Owner     string `json:"owner,omitempty"` // public key of the owner's companion
	Email     string `json:"email,omitempty"`
	Client    string `json:"client,omitempty"`
}

// TokenUsername is the MQTT user name that belongs to a key's tokens.
func TokenUsername(k PublicKey) string { return "v1_" + upperHex(k[:]) }

// ParseTokenUsername reads the key from such a user name.
func ParseTokenUsername(s string) (PublicKey, error) {
	rest, ok := strings.CutPrefix(s, "v1_")
	if !ok {
		return PublicKey{}, errors.New("user name: does not begin with v1_")
	}
	return ParsePublicKey(rest)
}

// MakeToken signs the claims; the public key is filled in. The signature is in
// hex, not in base64 as in other JWTs, and the algorithm's name is not the
// registered one: brokers of the field expect both.
func MakeToken(k PrivateKey, c Claims) (string, error) {
	signed, err := UnsignedToken(k.Public(), c)
	if err != nil {
		return "", err
	}
	return SignedToken(signed, k.Sign([]byte(signed))), nil
}

// UnsignedToken is what the holder of the key signs to make a token of the
// claims: a companion does so for its host, which never sees the private key.
func UnsignedToken(public PublicKey, c Claims) (string, error) {
	c.PublicKey = upperHex(public[:])
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return encodePart([]byte(tokenHeader)) + "." + encodePart(payload), nil
}

// SignedToken puts the signature to what [UnsignedToken] gave.
func SignedToken(unsigned string, sig [64]byte) string { return unsigned + "." + upperHex(sig[:]) }

func encodePart(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TokenCheck is what a token has to fit. Empty fields are not checked.
type TokenCheck struct {
	Username string    // as sent with the token: it names the key, see [TokenUsername]
	Audience string    // host name of the broker that the token has to be made for
	Now      time.Time // time at which the token must not have expired
}

// VerifyToken checks a token's form, key, signature, audience and expiry, and
// that it says when it was made. The claims are good only without an error.
func VerifyToken(token string, check TokenCheck) (Claims, error) {
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return Claims{}, ErrTokenForm
	}
	if err := checkTokenHeader(part[0]); err != nil {
		return Claims{}, err
	}
	var c Claims
	if err := decodePart(part[1], &c); err != nil {
		return Claims{}, err
	}
	key, err := ParsePublicKey(c.PublicKey)
	if err != nil {
		return Claims{}, ErrTokenKey
	}
	var sig [64]byte
	if n, err := hex.Decode(sig[:], tokenSignature(part[2])); err != nil || n != len(sig) {
		return Claims{}, ErrTokenForm
	}
	if !key.Verify([]byte(part[0]+"."+part[1]), sig) {
		return Claims{}, ErrTokenSignature
	}
	if c.IssuedAt <= 0 {
		return Claims{}, ErrTokenIssued
	}
	return c, check.verify(c, key)
}

// tokenSignature is the hex of a signature, or nothing when it has not the
// length of one.
func tokenSignature(s string) []byte {
	if len(s) != 128 {
		return nil
	}
	return []byte(s)
}

func checkTokenHeader(part string) error {
	var h struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
	}
	if err := decodePart(part, &h); err != nil {
		return err
	}
	if h.Alg != "Ed25519" || h.Typ != "JWT" {
		return ErrTokenAlgorithm
	}
	return nil
}

func decodePart(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return ErrTokenForm
	}
	if err := json.Unmarshal(b, into); err != nil {
		return ErrTokenForm
	}
	return nil
}

func (t TokenCheck) verify(c Claims, key PublicKey) error {
	if t.Username != "" {
		if want, err := ParseTokenUsername(t.Username); err != nil || want != key {
			return ErrTokenKey
		}
	}
	if t.Audience != "" && t.Audience != c.Audience {
		return ErrTokenAudience
	}
	if !t.Now.IsZero() && c.Expires != 0 && t.Now.Unix() > c.Expires {
		return ErrTokenExpired
	}
	return nil
}
