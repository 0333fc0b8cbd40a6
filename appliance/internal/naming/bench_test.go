package naming

import (
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// BenchmarkStart is what a start does of one hour of 2,000 transmissions with
// 25 names each: it finds the entries, and has the index count them.
func BenchmarkStart(b *testing.B) {
	s, err := store.Open(store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	s.Place(store.Copy{Hash: meshcore.Hash{1}, Type: meshcore.TypeTxtMsg, Payload: []byte{1}})
	n := New(Options{Index: index.NewBuilder(meshcore.NewKeyRing(nil), index.NewGates(), nil), Threshold: 0.9})
	n.store, n.names, n.public = s, newNames(s, nil, 0.9), true
	for i := range 600 {
		n.names.keys.add(meshcore.PublicKey{byte(i), byte(i >> 8)})
	}
	w := newHourWriter(0, true)
	for id := range uint64(2000) {
		e := entry{id: 1 + id, in: 14, decided: mesh.HourStart(0) + int64(id)*1000}
		for i := range uint64(25) {
			e.nodes = append(e.nodes, name{who: 1 + uint32((id*7+i*i*31)%600), p: steps - uint8(i%3)})
		}
		w.add(&e)
	}
	_, packed := w.done()
	s.Decide(store.Decision{Whole: map[uint32]string{0: packed}})
	b.SetBytes(int64(len(packed)))
	for b.Loop() {
		h, whole := readHour(0, s.Decided(0))
		if !whole {
			b.Fatal("damaged")
		}
		n.names.hours[0] = h
		n.tellHour(0)
	}
}
