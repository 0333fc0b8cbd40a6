package store

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Whatever a record decodes to comes back after encoding it.
func FuzzRecord(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 9))
	s := loadOn(f, newMemFS())
	for range 200 {
		s.Place(anyCopy(r, t0+r.Int64N(500_000)))
	}
	s.under("t/", func(_, value string) { f.Add([]byte(value)) })
	f.Fuzz(func(t *testing.T, b []byte) {
		var one, two record
		if one.decode(string(b)) != nil {
			return
		}
		want := one.transmission()
		one.fillPaths()
		if err := two.decode(string(one.encode(nil))); err != nil {
			t.Fatal(err)
		}
		if got := two.transmission(); !reflect.DeepEqual(got, want) {
			t.Errorf("want %+v\nhave %+v", want, got)
		}
		for i := range one.entries {
			if w, g := one.entries[i].merged, two.entries[i].merged; len(w) != len(g) {
				t.Errorf("merged: want %v, have %v", w, g)
			}
		}
	})
}

// Facts come back whole from whatever can be read.
func FuzzFact(f *testing.F) {
	f.Add([]byte(pack(&mesh.Node{Name: "n", LatE6: -5}, (*codec).node)))
	f.Add([]byte(pack(&mesh.Observer{Num: 3, ID: "o", Clock: mesh.Clock{Recent: []mesh.ClockSample{{At: 1, Delay: 2}}}}, (*codec).observer)))
	f.Add([]byte(pack(&mesh.Node{Past: &mesh.NodePast{Widths: []mesh.Spell[uint8]{{Value: 2, From: 3, To: 4}}}}, (*codec).node)))
	f.Add([]byte(pack(&mesh.Gap{From: 1, Kind: "disk"}, (*codec).gap)))
	f.Add([]byte(pack(&mesh.MetricsSample{At: 5, Has: 3}, (*codec).sample)))
	f.Add([]byte(pack(&hourFile{Generation: 2, Frame: 300, Size: 70_000, Transmissions: 5, Observations: 80}, (*codec).hourFile)))
	f.Add([]byte(pack(&ChannelKey{Name: "#test", Key: meshcore.HashtagKey("#test"), Origin: OriginConfig, Since: 7}, (*codec).channelKey)))
	sum := naive(loadOn(f, newMemFS()), nil)
	sum.Nodes[[8]byte{1, 2}], sum.Channels[7], sum.Observers[3] = Tally{1, 2}, Tally{3, 4}, ObserverTally{5, -6, 7}
	f.Add([]byte(pack(&sum, (*codec).rollup)))
	f.Fuzz(func(t *testing.T, b []byte) {
		again(t, b, (*codec).node)
		again(t, b, (*codec).observer)
		again(t, b, (*codec).gap)
		again(t, b, (*codec).sample)
		again(t, b, (*codec).malformed)
		again(t, b, (*codec).rejected)
		again(t, b, (*codec).count)
		again(t, b, (*codec).hourFile)
		again(t, b, (*codec).channelKey)
		again(t, b, (*codec).rollup)
	})
}

func again[T any](t *testing.T, b []byte, describe func(*codec, *T)) {
	v, ok := unpack(string(b), describe)
	if !ok {
		return
	}
	w, ok := unpack(pack(&v, describe), describe)
	if !ok || !reflect.DeepEqual(v, w) {
		t.Errorf("want %+v, have %+v", v, w)
	}
}

// A journal of any bytes loads, and a store goes on from there.
func FuzzJournal(f *testing.F) {
	fs := newMemFS()
	s := loadOn(f, fs)
	r := rand.New(rand.NewPCG(3, 3))
	for i := range int64(60) {
		anything(s, r, t0+i*1000)
		if i%20 == 0 {
			_ = s.Flush(f.Context(), false)
		}
		if i == 30 {
			_, _ = s.Seal(mesh.HourOf(t0))
		}
	}
	name := fs.change("journal-", func(b []byte) []byte { return b })
	b, _ := fs.ReadFile("data/" + name)
	f.Add(b[fileHead:], []byte{})
	_, rest, _ := cutFrame(b[fileHead:])
	p, _, _ := cutFrame(rest)
	raw, _ := newUnpacker().open(p, nil)
	f.Add([]byte{}, raw)
	pack := newPacker()
	f.Fuzz(func(t *testing.T, file, raw []byte) {
		fs := newMemFS()
		b := append(appendFileHead(nil, magicJournal), pack.append(nil, frame{kind: frameChanges, number: 1, raw: raw})...)
		h, _ := fs.Create("data/" + journalFile(1))
		h.Write(append(b, file...))
		s, err := Open(options(fs))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		s.Place(flood(1, 1, t0, 1, 2))
		for _, hour := range s.Hours() {
			if _, err := s.Seal(hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Flush(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		want := dump(s)
		s.Close()
		s = loadOn(t, fs)
		if got := dump(s); got != want {
			t.Error(differ(want, got))
		}
		s.Close()
	})
}
