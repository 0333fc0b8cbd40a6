package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// randomChanges are packed changes of every kind and shape.
func randomChanges(t testing.TB, seed uint64) (frames [][]byte) {
	fs := newMemFS()
	s := loadOn(t, fs)
	r := rand.New(rand.NewPCG(seed, 21))
	for i := range int64(600) {
		anything(s, r, t0+i*1000)
		if i == 300 {
			s.Decide(Decision{More: map[uint32]string{mesh.HourOf(t0): "names"}, Log: "log"})
			_, _ = s.Seal(mesh.HourOf(t0))
		}
		if r.IntN(100) == 0 {
			s.w.Lock()
			s.drain()
			frames = append(frames, bytes.Clone(s.pending.c.b))
			s.pending.reset()
			s.w.Unlock()
		}
	}
	return frames
}

// Changes come back from their columns byte for byte, whatever they are.
func TestColumnsOfChanges(t *testing.T) {
	for seed := range seeds(20) {
		for i, raw := range randomChanges(t, seed) {
			parts, ok := transpose(raw)
			if !ok {
				t.Fatalf("seed %d: frame %d does not come back", seed, i)
			}
			back, err := restore(bytes.Join(parts, nil), len(raw))
			if err != nil || !bytes.Equal(back, raw) {
				t.Fatalf("seed %d: frame %d: %v", seed, i, err)
			}
		}
	}
}

// What is at an end of a number's range comes back, too, and so does a hash that does not
// follow from the payload.
func TestColumnsOfExtremes(t *testing.T) {
	var o ops
	o.reset()
	id := uint64(5)
	for _, n := range []int64{0, -1, 1, 1<<63 - 1, -1 << 63} {
		c := flood(int(id), 1<<32-1, n, 1, 2, 3)
		e := entry{obs: c.Obs, feed: 1<<32 - 1, merged: []claim{{feed: 7, claimed: n, ok: true}, {}}}
		e.obs.Arrived, e.obs.Claimed, e.obs.Sources = -n, n/2, 1<<64-1
		e.obs.SNR4, e.obs.RSSI, e.obs.Score, e.obs.DurationMS, e.obs.Region = -128, -1<<15, 1<<15-1, 1<<16-1, 1<<16-1
		b := beginning{id: id, hash: c.Hash, kind: c.Type, payload: c.Payload}
		o.begin(b, &e)
		e.obs.RSSI, e.obs.Score, e.obs.DurationMS = -255, -1<<15, 0
		o.copy(id, 1<<31-1, &e)
		b.id, b.hash = maxID-1, meshcore.Packet{Type: b.kind, Payload: b.payload}.Hash()
		o.begin(b, &e)
		id++
	}
	if _, ok := transpose(o.c.b); !ok {
		t.Error("they do not come back")
	}
}

// Columns may be any bytes: they are refused, or are changes of no more than the
// bytes that are allowed.
func FuzzColumns(f *testing.F) {
	for seed := range uint64(3) {
		for _, raw := range randomChanges(f, seed) {
			parts, _ := transpose(raw)
			f.Add(bytes.Join(parts, nil), raw)
		}
	}
	f.Fuzz(func(t *testing.T, columns, raw []byte) {
		const most = 1 << 16
		if b, err := restore(columns, most); err == nil && len(b) > most {
			t.Errorf("%d bytes of %d", len(b), len(columns))
		}
		if parts, ok := transpose(raw); ok {
			if back, err := restore(bytes.Join(parts, nil), len(raw)); err != nil || !bytes.Equal(back, raw) {
				t.Errorf("%v: want %x, have %x", err, raw, back)
			}
		}
	})
}
