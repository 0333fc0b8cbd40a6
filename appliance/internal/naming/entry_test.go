package naming

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
)

func anyEntry(rng *rand.Rand, id uint64, hour uint32) entry {
	e := entry{id: id, in: rng.IntN(300), passed: rng.IntN(2) == 0, decided: mesh.HourStart(hour) + 1000*int64(rng.IntN(100_000)-5000)}
	any := func() (n name) {
		if n.who = uint32(rng.IntN(5)) * uint32(rng.IntN(1000)); n.who != 0 {
			n.p = uint8(rng.IntN(steps + 1))
		}
		return n
	}
	for range rng.IntN(30) {
		e.nodes = append(e.nodes, any())
	}
	for range rng.IntN(3) {
		s := split{node: 1 + int32(rng.IntN(30)), report: -1, name: any()}
		if rng.IntN(2) == 0 {
			s.report = int32(rng.IntN(40))
		} else {
			s.child = 1 + int32(rng.IntN(40))
		}
		e.splits = append(e.splits, s)
	}
	return e
}

// What is packed is read as it was, the later of two entries, whether an hour
// is read or packed anew.
func TestEntriesAreReadAsTheyWere(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	const hour = 498_000
	want := map[uint64]entry{}
	b, last := appendHead(nil, true), uint64(0)
	for range 3000 {
		e := anyEntry(rng, 70_000+rng.Uint64N(2000), hour)
		b = e.append(b, last, hour)
		last, want[e.id] = e.id, e
	}
	check := func(h *hourNames, packed string) {
		t.Helper()
		if !h.passed || len(h.ids) != len(want) || !slices.IsSorted(h.all()) || h.size != len(packed) {
			t.Fatalf("passed %v, %d entries in %d bytes; want %d in %d", h.passed, len(h.ids), h.size, len(want), len(packed))
		}
		for id, w := range want {
			var e entry
			in, ok := h.in(packed, id)
			if !h.unpack(packed, id, &e) || !ok || in != w.in || !reflect.DeepEqual(e, w) {
				t.Fatalf("have %+v, %d in; want %+v", e, in, w)
			}
		}
	}
	h, whole := readHour(hour, string(b))
	if !whole {
		t.Fatal("the hour is damaged")
	}
	check(h, string(b))
	w := newHourWriter(hour, true)
	for _, id := range h.all() {
		var e entry
		h.unpack(string(b), id, &e)
		w.add(&e)
	}
	again, packed := w.done()
	check(again, packed)
	if len(packed) >= len(b) {
		t.Errorf("%d bytes became %d", len(b), len(packed))
	}
}

// However bytes are damaged, reading ends, and what is read before the damage
// can be read again.
func FuzzReadHour(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 9))
	b, last := appendHead(nil, false), uint64(0)
	for i := range uint64(20) {
		e := anyEntry(rng, 1+i*i, 7)
		b = e.append(b, last, 7)
		last = e.id
	}
	f.Add(string(b))
	f.Add(string(b[:len(b)-3]))
	f.Add("")
	f.Fuzz(func(t *testing.T, packed string) {
		h, whole := readHour(7, packed)
		if whole && h.size != len(packed) || h.size > len(packed) {
			t.Fatalf("whole %v, %d of %d bytes", whole, h.size, len(packed))
		}
		if h.size == 0 {
			return
		}
		again, whole := readHour(7, packed[:h.size])
		if !whole || !reflect.DeepEqual(again, h) {
			t.Fatalf("what was whole is not: %v", whole)
		}
		for i := range h.ids {
			var e entry
			if !h.unpackAt(packed, i, &e) {
				t.Fatalf("entry %d cannot be read", i)
			}
		}
	})
}

// An observer is taken by what it had said of itself by then.
func TestRepeatAt(t *testing.T) {
	o := mesh.Observer{Repeat: mesh.No}
	if got := repeatAt(o, 5); got != mesh.No {
		t.Errorf("without a past: %v", got)
	}
	o.Past = &mesh.ObserverPast{Repeats: []mesh.Spell[mesh.Tri]{{Value: mesh.Yes, From: 100, To: 200}, {Value: mesh.No, From: 300, To: 300}}}
	for at, want := range map[int64]mesh.Tri{99: mesh.Unknown, 100: mesh.Yes, 250: mesh.Yes, 300: mesh.No, 900: mesh.No} {
		if got := repeatAt(o, at); got != want {
			t.Errorf("at %d: %v, want %v", at, got, want)
		}
	}
}

// A sweep's and a pass's state are read as they were, and damaged ones are none.
func TestSweepIsReadAsItWas(t *testing.T) {
	s := sweep{since: 490_000, at: 1_790_000_000_000, changed: true}
	for _, relay := range [][3]byte{{24, 9, 9}, {31, 2, 3}, {24, 8, 7}, {24, 9, 9}} {
		s.add(relay)
	}
	packed := s.pack()
	got := readSweep(*packed)
	if !reflect.DeepEqual(got, s) || s.pack() != nil || len(got.relays) != 3 {
		t.Errorf("have %+v, want %+v", got, s)
	}
	for hop, want := range map[string]bool{
		"\x18": true, "\x1f": true, "\x19": false,
		"\x18\x09": true, "\x18\x08": true, "\x18\x07": false, "\x18\x0a": false, "\x1f\xff": false,
		"\x18\x08\x07": true, "\x18\x08\x08": false, "\x1f\x02\x03": true, "\x1f\x02\x04": false,
	} {
		if got.has([]byte(hop)) != want {
			t.Errorf("hop %x: %v", hop, !want)
		}
	}
	for _, damaged := range []string{"", "x", *packed + "x", (*packed)[:len(*packed)-1]} {
		if got := readSweep(damaged); !reflect.DeepEqual(got, sweep{}) {
			t.Errorf("%q: %+v", damaged, got)
		}
	}
}
