package naming

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// The tree that is read from a sealed hour is the one that the paths of the
// copies make, of however many of them.
func TestTreesOfSealedHoursAreThoseOfThePaths(t *testing.T) {
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const start = 498_000 * mesh.HourMS
	rng := rand.New(rand.NewPCG(5, 6))
	for n := range 300 {
		placeSome(s, rng, n, start+int64(n)*1000)
	}
	if done, err := s.Seal(498_000); !done || err != nil {
		t.Fatal(done, err)
	}
	for n := range 20 { // these are open records again
		placeSome(s, rng, n, start+int64(n)*1000+20)
	}
	var r hourReader
	r.open(s, nil, 498_000)
	var got, want tree
	var trees, partly, slow, nodes int
	var ids []uint64
	s.PickHour(498_000).Heads(func(id uint64, _ int) { ids = append(ids, id) })
	for _, id := range ids {
		tx, _ := s.PacketByID(id)
		for n := range len(tx.Observations) + 2 {
			in, isFlood, ok := r.read(id, &got, func(a arrivals) int {
				if !reflect.DeepEqual(a, arrivalsOf(&tx)) {
					t.Fatalf("%d arrived at %v, want %v", id, a, arrivalsOf(&tx))
				}
				return n
			})
			n = min(n, len(tx.Observations))
			wanted := want.build(&tx, n, nil)
			if !ok || in != n || isFlood != wanted || isFlood && !sameFlood(&got.flood, &want.flood) || !reflect.DeepEqual(got.report, want.report) {
				t.Fatalf("%d, %d copies of %d: %v %v %d, %+v\nwant %v %+v", id, n, len(tx.Observations), ok, isFlood, in, got, wanted, want)
			}
			if row, known := r.rows[id]; known && isFlood {
				trees++
				nodes += len(got.flood.Nodes)
				if n < len(tx.Observations) {
					partly++
				}
				if _, can := got.scan(r.row.Row(r.block, row), n, nil); !can {
					slow++
				}
			}
		}
	}
	if trees < 500 || partly < 300 || nodes < 2000 || slow < 20 || slow > trees/2 || len(r.rows) < 200 || len(r.rows) == len(ids) {
		t.Fatalf("%d trees, %d of some copies, %d nodes, %d read slowly, %d rows of %d: the test shows little", trees, partly, nodes, slow, len(r.rows), len(ids))
	}
	if _, _, ok := r.read(1<<40, &got, func(arrivals) int { return 0 }); ok {
		t.Error("what is not held was read")
	}
}

// placeSome stores copies of a packet: most are floods of one head, some have
// another route, width or codes, or an impossible path.
func placeSome(s *store.Store, rng *rand.Rand, n int, at int64) {
	width := 1 + rng.IntN(3)
	for i := range 1 + rng.IntN(8) {
		o := mesh.Observation{At: at + int64(rng.IntN(3000)), Arrived: at + int64(i)*1000, Observer: uint32(rng.IntN(5)), SNR4: int8(rng.IntN(40)), Score: mesh.NoScore}
		if rng.IntN(30) == 0 {
			o.Observer = resolve.MaxObservers + 3
		}
		route, w, hops := meshcore.Flood, width, rng.IntN(5)
		switch rng.IntN(60) {
		case 0:
			route = meshcore.TransportFlood
		case 1:
			route = meshcore.Direct
		case 2:
			w = 1 + rng.IntN(3)
		}
		for range hops * w {
			o.Path = append(o.Path, byte(rng.IntN(3)))
		}
		o.Header, o.PathLen = byte(meshcore.TypeTxtMsg)<<2|byte(route), byte(w-1)<<6|byte(hops)
		s.Place(store.Copy{Hash: meshcore.Hash{byte(n), byte(n >> 8), 1}, Type: meshcore.TypeTxtMsg, Payload: []byte{1, 2, 3, 4, 5, byte(n), byte(n >> 8)}, Obs: o})
	}
}
