package meshcore

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

// unhex reads hex with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustPrivate(t testing.TB, s string) PrivateKey {
	t.Helper()
	k, err := ParsePrivateKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustPublic(t testing.TB, s string) PublicKey {
	t.Helper()
	k, err := ParsePublicKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// generator draws random values, the same in every run.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// frame draws a valid frame of any route, type, width and length.
func (g generator) frame() []byte {
	p := Packet{Route: Route(g.IntN(4)), Type: Type(g.IntN(16))}
	if p.Route.HasTransport() {
		p.Transport = [2]uint16{uint16(g.Uint32()), uint16(g.Uint32())}
	}
	width := 1 + g.IntN(3)
	count := g.IntN(min(MaxHops, MaxPath/width) + 1)
	p.PathLen = byte(width-1)<<6 | byte(count)
	p.PathBytes = g.bytes(width * count)
	p.Payload = g.bytes(g.IntN(MaxPayload + 1))
	return p.AppendTo(nil)
}

// text draws UTF-8 without NUL of at most n bytes.
func (g generator) text(n int) string {
	letters := []rune("abc xyz-:🌲é#")
	var b strings.Builder
	for range g.IntN(n/4 + 1) {
		b.WriteRune(letters[g.IntN(len(letters))])
	}
	return b.String()
}
