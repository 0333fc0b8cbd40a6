package meshcore

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
)

func TestKeyRingTellsWhyAPacketStaysClosed(t *testing.T) {
	bot := HashtagKey("#bot")
	text := NewGroupText(1767225600, "alice", "hi: all")
	payload := must(text.Seal(bot))
	var none *KeyRing
	for name, ring := range map[string]*KeyRing{"nil": none, "empty": NewKeyRing(nil), "other": NewKeyRing([]Channel{{"Public", PublicChannelKey()}})} {
		if _, err := ring.OpenText(payload); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNoKey)
		}
	}
	ring := none.With(Channel{"#bot", bot})
	got, err := ring.OpenText(payload)
	text.Channel = "#bot"
	if err != nil || got != text {
		t.Errorf("got %+v (%v), want %+v", got, err, text)
	}
	payload[1] ^= 1
	if _, err := ring.OpenText(payload); !errors.Is(err, ErrWrongKey) {
		t.Errorf("got %v, want %v", err, ErrWrongKey)
	}
	if _, err := ring.Open(payload[:20]); !errors.Is(err, ErrUnaligned) {
		t.Errorf("got %v, want %v", err, ErrUnaligned)
	}
	var e *PayloadError
	if _, err := ring.Open(payload[:3]); !errors.As(err, &e) {
		t.Errorf("got %v, want a *PayloadError", err)
	}
}

func TestKeyRingKeepsEachKeyOnce(t *testing.T) {
	ring := NewKeyRing([]Channel{{"a", HashtagKey("#a")}, {"none", ChannelKey{}}, {"b", HashtagKey("#b")}, {"again", HashtagKey("#a")}})
	got := ring.Channels()
	if len(got) != 2 || got[0].Name != "a" || got[1].Name != "b" {
		t.Errorf("got %v, want a and b", got)
	}
	if c := ring.Candidates(HashtagKey("#b").HashByte()); len(c) != 1 || c[0].Name != "b" {
		t.Errorf("got %v, want b", c)
	}
}

// A ring that is shared holds the old keys or the new ones, never some of both.
func TestKeyRingIsReplacedAsAWhole(t *testing.T) {
	a, b := []Channel{{"a", HashtagKey("#a")}, {"b", HashtagKey("#b")}}, []Channel{{"c", HashtagKey("#c")}}
	ring := NewKeyRing(a)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 1000 {
			ring.Replace(b)
			ring.Replace(a)
		}
	})
	for range 1000 {
		if got := ring.Channels(); !slices.Equal(got, a) && !slices.Equal(got, b) {
			t.Fatalf("got %v", got)
		}
	}
	wg.Wait()
	ring.Replace(b)
	if _, err := ring.Open(must(NewGroupText(1, "x", "y").Seal(HashtagKey("#a")))); !errors.Is(err, ErrNoKey) {
		t.Errorf("a key that was replaced: %v", err)
	}
	if _, err := ring.OpenText(must(NewGroupText(1, "x", "y").Seal(HashtagKey("#c")))); err != nil {
		t.Error(err)
	}
}

// TestReadableTextWinsAmongKeysThatFit searches two keys with one hash byte and
// a payload whose MAC fits both; only one of them makes a text of it.
func TestReadableTextWinsAmongKeysThatFit(t *testing.T) {
	right := HashtagKey("#right")
	wrong := sameHashByte(right)
	for i := range uint32(1 << 20) {
		payload := must(NewGroupText(i, "a", "b").Seal(right))
		if wrong.Secret().mac(payload[3:]) != [2]byte(payload[1:3]) {
			continue
		}
		for _, ring := range []*KeyRing{NewKeyRing([]Channel{{"wrong", wrong}, {"right", right}}), NewKeyRing([]Channel{{"right", right}, {"wrong", wrong}})} {
			if o, err := ring.Open(payload); err != nil || o.Channel.Name != "right" {
				t.Errorf("got %s (%v), want right", o.Channel.Name, err)
			}
		}
		return
	}
	t.Fatal("no payload fits both keys")
}

func sameHashByte(k ChannelKey) ChannelKey {
	var b [16]byte
	for i := uint32(0); ; i++ {
		binary.LittleEndian.PutUint32(b[:], i)
		if o, err := NewChannelKey(b[:]); err == nil && o.HashByte() == k.HashByte() {
			return o
		}
	}
}

func TestGroupPlaintextsRoundTrip(t *testing.T) {
	g := newGenerator(5)
	keys := []ChannelKey{PublicChannelKey(), HashtagKey("x")}
	long, err := NewChannelKey(g.bytes(32))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		k := append(keys, long)[i%3]
		ring := NewKeyRing([]Channel{{"c", k}})
		data := GroupData{Channel: "c", DataType: uint16(g.Uint32()), Data: g.bytes(g.IntN(MaxGroupData + 1))}
		data.DataLen = byte(len(data.Data))
		got, err := ring.OpenData(must(data.Seal(k)))
		if err != nil || got.DataType != data.DataType || string(got.Data) != string(data.Data) {
			t.Fatalf("got %+v (%v), want %+v", got, err, data)
		}
		text := NewGroupText(g.Uint32(), "s"+g.text(20), g.text(120))
		opened, err := ring.OpenText(must(text.Seal(k)))
		if err != nil || opened.Text != text.Text || opened.Timestamp != text.Timestamp {
			t.Fatalf("got %+v (%v), want %+v", opened, err, text)
		}
		if plain, err := k.Open(must(text.Seal(k))); err != nil || string(plain[5:5+len(text.Text)]) != text.Text {
			t.Fatalf("got %q (%v), want %q", plain, err, text.Text)
		}
	}
	if _, err := ParseGroupData(unhex(t, "01FF 04 010203")); !errors.Is(err, ErrDataLength) {
		t.Errorf("got %v, want %v", err, ErrDataLength)
	}
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
