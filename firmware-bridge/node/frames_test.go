package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

func TestKISSFrames(t *testing.T) {
	var b bytes.Buffer
	frames := []KISSFrame{{KISSData, unhex(t, "C0DBDCDDC000")}, {KISSSetHardware, []byte{KISSRxMeta, 0x2F, 0xC0}}, {KISSData, []byte{0xDB}}}
	b.WriteString("\xC0\xC0noise\xDBx\xC0")
	for _, f := range frames {
		if err := WriteKISS(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(hex.EncodeToString(b.Bytes()), "c000dbdcdbdddcdddbdc00c0") {
		t.Errorf("escaped: %X", b.Bytes())
	}
	b.WriteString("\x00" + strings.Repeat("x", 5000) + "\xC0\x00end without a mark")
	r := NewKISSReader(&b)
	for i, want := range frames {
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d: got %+v (%v), want %+v", i, got, err, want)
		}
	}
	if got, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %+v (%v), want the end", got, err)
	}
	if WriteKISS(&b, KISSFrame{Data: make([]byte, 256)}) == nil {
		t.Error("256 bytes: want an error")
	}
}

func TestKISSSignalBelongsToTheFrameBefore(t *testing.T) {
	var b bytes.Buffer
	for _, f := range []KISSFrame{
		{KISSSetHardware, []byte{KISSRxMeta, 1, 2}}, {KISSData, []byte{1, 2}}, {KISSSetHardware, []byte{KISSRxMeta, 0x2F, 0xC0}},
		{KISSData, []byte{3, 4}}, {KISSSetHardware, []byte{KISSTxDone, 1, 1}}, {KISSData, []byte{5, 6}},
	} {
		if err := WriteKISS(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	r := NewKISSReader(&b)
	for _, want := range []KISSHeard{{LogRX{47, -64, []byte{1, 2}}, true}, {LogRX{Frame: []byte{3, 4}}, false}, {LogRX{Frame: []byte{5, 6}}, false}} {
		if got, err := r.NextHeard(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v (%v), want %+v", got, err, want)
		}
	}
	if _, err := r.NextHeard(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}

func TestBridgeFrames(t *testing.T) {
	// Fletcher-16 of "abcde" and "abcdef" are known values.
	if fletcher16([]byte("abcde")) != 0xC8F0 || fletcher16([]byte("abcdef")) != 0x2057 {
		t.Errorf("got %04X and %04X", fletcher16([]byte("abcde")), fletcher16([]byte("abcdef")))
	}
	var b bytes.Buffer
	b.Write(unhex(t, "C0 C03E 0000 C03EFFFF"))
	frames := [][]byte{unhex(t, "1100AA"), unhex(t, "C03E0003"), bytes.Repeat([]byte{7}, 256)}
	for i, f := range frames {
		if err := WriteBridge(&b, f); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			b.Write(unhex(t, "C03E 0003 1100AA 0000")) // a wrong checksum
		}
	}
	b.Write(unhex(t, "C03E 0005 11"))
	r := NewBridgeReader(&b)
	for _, want := range frames {
		if got, err := r.Next(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %X (%v), want %X", got, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) || r.Bad != 1 {
		t.Errorf("got %v and %d bad", err, r.Bad)
	}
	if WriteBridge(&b, nil) == nil || WriteBridge(&b, make([]byte, 257)) == nil {
		t.Error("0 and 257 bytes: want errors")
	}
}

// Whatever the frames, what is written is read, through noise between them.
func TestFramingRoundTrips(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 5))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			if b[i] = byte(g.Uint32()); g.IntN(4) == 0 {
				b[i] = "\xC0\xDB\x3E\x3C\xDC\xDD"[g.IntN(6)]
			}
		}
		return b
	}
	var kiss, bridge bytes.Buffer
	var frames [][]byte
	for range 300 {
		f := random(1 + g.IntN(200))
		frames = append(frames, f)
		if err := errors.Join(WriteKISS(&kiss, KISSFrame{Data: f}), WriteBridge(&bridge, f)); err != nil {
			t.Fatal(err)
		}
		bridge.Write(make([]byte, g.IntN(3)))
	}
	k, b := NewKISSReader(&kiss), NewBridgeReader(&bridge)
	for i, want := range frames {
		got, err := k.Next()
		other, err2 := b.Next()
		if err != nil || err2 != nil || !bytes.Equal(got.Data, want) || !bytes.Equal(other, want) {
			t.Fatalf("%d: got %X and %X (%v %v), want %X", i, got.Data, other, err, err2, want)
		}
	}
}

// FuzzNode holds that a node may say anything: readers end with their input,
// and their messages are those of feeds.
func FuzzNode(f *testing.F) {
	f.Add([]byte(packetLog + repeater(strings.Join(questions, "\r"), consoleAnswers)))
	f.Add(said(unhex(f, selfInfo), unhex(f, "88 2F C0"+heardFrame), unhex(f, channelText), []byte{0x83}))
	f.Add([]byte("\xC0\x00\x11\x00\xAA\xC0\xC0\x06\xF9\x2F\xC0\xC0"))
	f.Add(unhex(f, "C03E 0003 1100AA 3CBB"))
	key, _ := meshcore.ParsePublicKey(nodeKey)
	f.Fuzz(func(t *testing.T, b []byte) {
		o := Options{Key: key, Now: atArrival}
		for _, next := range []func() (observer.Message, error){
			NewConsole(&wire{Reader: bytes.NewReader(b)}, o).Next, NewCompanion(&wire{Reader: bytes.NewReader(b)}, o).Next,
		} {
			for n := 0; ; n++ {
				m, err := next()
				if err != nil {
					break
				}
				if n > len(b)+1 {
					t.Fatalf("%d messages of %d bytes", n, len(b))
				}
				ended := m.Kind == observer.KindIgnored || m.Kind == observer.KindMalformed
				if ended != (m.Reason != "") || m.Kind == observer.KindPacket && m.Packet == nil || m.Kind == observer.KindStatus && m.Status == nil ||
					m.Kind == observer.KindMessage && m.Text == nil || m.Dialect != observer.DialectWire || !m.Time.At.Equal(arrival) {
					t.Fatalf("got %+v", m)
				}
				if p := m.Packet; p != nil && p.Direction == observer.RX && string(p.Packet.AppendTo(nil)) != string(p.Frame) {
					t.Fatalf("got %+v", p)
				}
			}
		}
		kiss, bridge := NewKISSReader(bytes.NewReader(b)), NewBridgeReader(bytes.NewReader(b))
		for {
			if _, err := kiss.NextHeard(); err != nil {
				break
			}
		}
		for {
			frame, err := bridge.Next()
			if err != nil {
				break
			}
			var again bytes.Buffer
			if err := WriteBridge(&again, frame); err != nil || !bytes.Contains(b, again.Bytes()) {
				t.Fatalf("got %X (%v)", frame, err)
			}
		}
		ParseCompanion(b)
	})
}
