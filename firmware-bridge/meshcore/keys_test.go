package meshcore

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	clientPrivate = "7065E18FD9FABB70C1ED90DCA19907DE698C88B709EA146EAFD93D9B830C7B60C4681193C79BBC39945BA8064104BB618F8FD7A84A0AF6F57033D6E8DDCD6471"
	clientPublic  = "1EC77175B0918ED206F9AE04EC136D6D5D4315BB26305427F645B492E9350C10"
	tokenPrivate  = "18469D6140447F77DE13CD8D761E605431F52269FBFF43B0925752ED9E6745435DC6A86D2568AF8B70D3365DB3F88234760C8ECC645CE469829BC45B65F1D5D5"
	tokenPublic   = "4852B69364572B52EFA1B6BB3E6D0ABED4F389A1CBFBB60A9BBA2CCE649CAF0E"
)

func TestExpandedKeys(t *testing.T) {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	k := FromSeed(seed)
	if want := "3894eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6fa9d71862a3e5746b571be3d187b0041046f52ebd850c7cbd5fde8ee38473b649"; k.Hex() != want {
		t.Errorf("got %s, want %s", k.Hex(), want)
	}
	if want := "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"; k.Public().String() != want {
		t.Errorf("got %s, want %s", k.Public(), want)
	}
	sig := k.Sign([]byte("abc"))
	if want := "CC46D62D3754F41754B27B6EA2CB2C272BAFA7A5A1F6062BD060F414E50CAAEAC2DA66AD39CEF4424A90236EA907B7D8057E3443DC5ABFC9986967EE7213A407"; upperHex(sig[:]) != want {
		t.Errorf("got %X, want %s", sig, want)
	}
	if !k.Public().Verify([]byte("abc"), sig) || k.Public().Verify([]byte("abd"), sig) {
		t.Error("the signature is of abc, and of nothing else")
	}
}

func TestPublicKeysOfPrivateKeys(t *testing.T) {
	for private, public := range map[string]string{clientPrivate: clientPublic, tokenPrivate: tokenPublic} {
		if got := mustPrivate(t, private).Public(); got != mustPublic(t, public) {
			t.Errorf("got %s, want %s", got, public)
		}
	}
	if k := (PublicKey{0xFF}); !k.Reserved() || (PublicKey{1}).Reserved() {
		t.Error("keys that begin with 00 or FF are reserved")
	}
}

func TestSharedSecretIsTheSameFromBothSides(t *testing.T) {
	a, b := mustPrivate(t, clientPrivate), mustPrivate(t, tokenPrivate)
	ab, err := a.SharedSecret(b.Public())
	if err != nil {
		t.Fatal(err)
	}
	ba, err := b.SharedSecret(a.Public())
	if err != nil || ab != ba {
		t.Errorf("got %s and %s (%v)", ab.Hex(), ba.Hex(), err)
	}
	if want := "fa3e40c00aacdad37c94b1bbf4dd5e34580dcf312fe676a46ff210968bef8b30"; ab.Hex() != want {
		t.Errorf("got %s, want %s", ab.Hex(), want)
	}
	if s, err := a.SharedSecret(PublicKey{1}); err == nil {
		t.Errorf("a key of low order: got %s, want an error", s.Hex())
	}
}

func TestSecretsStayOutOfLogs(t *testing.T) {
	k := mustPrivate(t, clientPrivate)
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%#v", k), fmt.Sprint(Secret(k[:32])), fmt.Sprintf("%+v", Options{Secrets: []Secret{Secret(k[:32])}})} {
		if strings.Contains(s, "112") || strings.Contains(strings.ToUpper(s), "7065E18F") {
			t.Errorf("%s shows the key", s)
		}
	}
}

func TestChannelKeys(t *testing.T) {
	for name, want := range map[string]struct {
		key  string
		hash byte
	}{
		"#test":   {"9CD8FCF22A47333B591D96A2B848B73F", 0xD9},
		"bot":     {"EB50A1BCB3E4E5D7BF69A57C9DADA211", 0xCA},
		"#public": {"8B4B705B080C0D943B1C80F6B3EF6B6D", 0x66},
		"#büro":   {"3F2453604A443BA03E1D065825DCD42C", 0xD6},
	} {
		k := HashtagKey(name)
		if k.String() != strings.ToLower(want.key) || k.HashByte() != want.hash {
			t.Errorf("%s: got %s %02X, want %s %02X", name, k, k.HashByte(), want.key, want.hash)
		}
	}
	for _, s := range []string{"izOH6cXN6mrJ5e26oRXNcg==", "izOH6cXN6mrJ5e26oRXNcg", "8b3387e9c5cdea6ac9e5edbaa115cd72", " 8B3387E9C5CDEA6AC9E5EDBAA115CD72\n"} {
		if k, err := ParseChannelKey(s); err != nil || k != PublicChannelKey() || k.HashByte() != 0x11 {
			t.Errorf("%q: got %v (%v)", s, k, err)
		}
	}
	for _, s := range []string{"", "8b33", "not a key at all", strings.Repeat("A", 31), "8b3387e9c5cdea6ac9e5edbaa115cd7"} {
		if k, err := ParseChannelKey(s); err == nil {
			t.Errorf("%q: got %v, want an error", s, k)
		}
	}
}

func TestRegionCodes(t *testing.T) {
	payload := unhex(t, "11C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D")
	for name, want := range map[string]struct {
		key  string
		code uint16
	}{
		"#europe": {"E81567C824FA51C46542C62B813DA68E", 0xDF48},
		"Europe":  {"47A33374E5302E7BFC38A71EDFDDF156", 0xC7DE},
		"#nl":     {"A8289F73665C28057D4F3815A6002921", 0x4A07},
		"usa":     {"418F6396CEA59E2CC79F06D1566EEC31", 0x551E},
		"#zürich": {"9BAECE5522E0B687D8658971D1E671B8", 0xDF29},
	} {
		key := RegionKey(name)
		if got := RegionCode(key, TypeGrpTxt, payload); upperHex(key[:]) != want.key || got != want.code {
			t.Errorf("%s: got %X %04X, want %s %04X", name, key, got, want.key, want.code)
		}
	}
	p := NewFlood(TypeGrpTxt, 1, payload).Scoped(RegionKey("europe"))
	if got := p.AppendTo(nil); upperHex(got[1:5]) != "48DF0000" {
		t.Errorf("on the air: got %X, want 48DF0000", got[1:5])
	}
}

func TestTokensOfTheProtocolDocument(t *testing.T) {
	k := mustPrivate(t, tokenPrivate)
	for want, c := range map[string]Claims{
		"eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.eyJwdWJsaWNLZXkiOiI0ODUyQjY5MzY0NTcyQjUyRUZBMUI2QkIzRTZEMEFCRUQ0RjM4OUExQ0JGQkI2MEE5QkJBMkNDRTY0OUNBRjBFIiwiaWF0IjoxNzc2NTQxMTAyLCJleHAiOjE3NzY1NDQ3MDIsInN1YiI6InRlc3QtdXNlciJ9.ADEC2AD6CD692EE266CDD83956104ADA1F742CDD19E60C3CA0A7860BC26683C8F8FB47958BB13FC82DBCF84F76B06E644D69BC715497FD1457B012534072700A": {
			IssuedAt: 1776541102, Expires: 1776544702, Subject: "test-user"},
		"eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.eyJwdWJsaWNLZXkiOiI0ODUyQjY5MzY0NTcyQjUyRUZBMUI2QkIzRTZEMEFCRUQ0RjM4OUExQ0JGQkI2MEE5QkJBMkNDRTY0OUNBRjBFIiwiYXVkIjoibXF0dC5leGFtcGxlLm9yZyIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI5MjAwfQ.F5110118976CA38CB84548A9E73039D24A5326BBF0CD962B414C30E0071D894E2DBF907D842187DB7280742323B52CF4737E2F360FA5F489D34271A03D775102": {
			IssuedAt: 1767225600, Expires: 1767229200, Audience: "mqtt.example.org"},
	} {
		got, err := MakeToken(k, c)
		if err != nil || got != want {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
		c.PublicKey = tokenPublic
		check := TokenCheck{Username: TokenUsername(k.Public()), Audience: c.Audience, Now: time.Unix(c.Expires, 0)}
		if got, err := VerifyToken(want, check); err != nil || got != c {
			t.Errorf("got %+v (%v), want %+v", got, err, c)
		}
	}
}

func TestTokensAreRefused(t *testing.T) {
	k := mustPrivate(t, tokenPrivate)
	token, err := MakeToken(k, Claims{IssuedAt: 1000, Expires: 2000, Audience: "a.example"})
	if err != nil {
		t.Fatal(err)
	}
	undated, err := MakeToken(k, Claims{Expires: 2000})
	if err != nil {
		t.Fatal(err)
	}
	part := strings.Split(token, ".")
	for name, c := range map[string]struct {
		token string
		check TokenCheck
		want  error
	}{
		"two parts":     {part[0] + "." + part[1], TokenCheck{}, ErrTokenForm},
		"not base64":    {"!." + part[1] + "." + part[2], TokenCheck{}, ErrTokenForm},
		"EdDSA":         {encodePart([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + part[1] + "." + part[2], TokenCheck{}, ErrTokenAlgorithm},
		"no key":        {part[0] + "." + encodePart([]byte(`{"iat":1}`)) + "." + part[2], TokenCheck{}, ErrTokenKey},
		"signature":     {part[0] + "." + part[1] + "." + strings.Repeat("00", 64), TokenCheck{}, ErrTokenSignature},
		"no iat":        {undated, TokenCheck{}, ErrTokenIssued},
		"long":          {token + "00", TokenCheck{}, ErrTokenForm},
		"other user":    {token, TokenCheck{Username: "v1_" + clientPublic}, ErrTokenKey},
		"bad user":      {token, TokenCheck{Username: "admin"}, ErrTokenKey},
		"other broker":  {token, TokenCheck{Audience: "b.example"}, ErrTokenAudience},
		"expired":       {token, TokenCheck{Now: time.Unix(2001, 0)}, ErrTokenExpired},
		"not expired":   {token, TokenCheck{Now: time.Unix(2000, 0)}, nil},
		"nothing asked": {token, TokenCheck{}, nil},
		"user in lower": {token, TokenCheck{Username: "v1_" + strings.ToLower(tokenPublic)}, nil},
	} {
		if _, err := VerifyToken(c.token, c.check); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestScopeNames(t *testing.T) {
	for name, want := range map[string]string{"sea": "#sea", "#sea": "#sea", "#Sea": "#Sea", "*": "", "#": "", "": "", "$own": "", "two words": "", "a,b": "", "0123456789012345678901234567890": ""} {
		full, ok := ScopeName(name)
		if full != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v", name, full, ok)
		}
		if ok && RegionKey(name) != RegionKey(full) {
			t.Errorf("%q and %q have different keys", name, full)
		}
	}
}
