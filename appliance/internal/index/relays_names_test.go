package index

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// What is believed is counted apart from what is certain, whichever came first,
// however much of it came since it was packed; an hour's is replaced in one
// step, and goes when it is to.
func TestBelievedRelaysAreCountedApart(t *testing.T) {
	w := newWorld()
	a, b := people()[0].Key, people()[2].Key
	own := []meshcore.Hop{a.Hop(2)} // one byte is of two relays
	for i := range int64(6) {
		path := []meshcore.Hop{a.Hop(1), b.Hop(1)}
		if i < 2 {
			path = own
		}
		w.begin(meshcore.TypeTxtMsg, []byte("x"), false, report{at: mesh.HourMS*100 + i*60_000, observer: 1, route: meshcore.Flood, path: path})
	}
	x := newBuilt(t, w, w.count)
	r := x.Relays()
	name := func(tx uint64, again bool, relays ...meshcore.PublicKey) {
		r.Believe(&Names{Hour: 100, Tx: tx, Relays: relays, Again: again})
	}
	want := func(from, to, certain, believed int64, list ...uint64) {
		t.Helper()
		for _, packed := range []bool{false, true} {
			if packed {
				r.packHour(100, 0)
			}
			got := r.Count(a, own, mesh.HourMS*100+from, mesh.HourMS*100+to)
			if got.Certain != certain || got.Believed != believed {
				t.Errorf("packed %v: %+v, want %d certain, %d believed", packed, got, certain, believed)
			}
			if got := r.Believed(a, 9); !slices.Equal(got, list) {
				t.Errorf("packed %v: believed %v, want %v", packed, got, list)
			}
		}
	}
	name(4, false, a, a) // nothing is built yet
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(0, mesh.HourMS, 2, 1, 4)
	name(6, false, a, b)
	name(3, false, a)
	name(5, false, b)
	name(1, false, a) // it is certain too: it counts as that
	want(0, mesh.HourMS, 2, 3, 6, 4, 3, 1)
	want(2*60_000, 4*60_000, 0, 2, 6, 4, 3, 1)
	name(6, true, a, b) // said again
	name(5, true, a)
	name(3, true, b)
	for _, task := range x.hours {
		task.tidy(-1)
	}
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(0, mesh.HourMS, 2, 4, 6, 5, 4, 3, 1)
	replace := func(txs map[uint64][]uint32) {
		r.BelieveHour(&HourNames{Hour: 100, Keys: []meshcore.PublicKey{b, a}, Each: func(yield func(uint64, []uint32) bool) {
			for _, tx := range slices.Sorted(maps.Keys(txs)) {
				if !yield(tx, txs[tx]) {
					return
				}
			}
		}})
	}
	replace(map[uint64][]uint32{2: {1}, 3: {0}, 5: {0, 1, 1, 0}, 99: {1}}) // one that is not held
	want(0, mesh.HourMS, 2, 1, 99, 5, 2)
	name(4, false, a)
	want(0, mesh.HourMS, 2, 2, 99, 5, 4, 2)
	replace(nil)
	want(0, mesh.HourMS, 2, 0)
	name(4, false, a)
	w.dropBefore(101)
	x.DropBefore(mesh.HourMS * 101)
	r.Disbelieve(101)
	want(0, mesh.HourMS, 0, 0)
}

// However entries come in, the lists of nodes are what they say.
// Floods without transport codes are counted apart, certain and believed.
func TestUnscopedRelays(t *testing.T) {
	w := newWorld()
	a := people()[0].Key
	own, shared := []meshcore.Hop{a.Hop(2)}, []meshcore.Hop{a.Hop(1)}
	for i, x := range []struct {
		route meshcore.Route
		path  []meshcore.Hop
	}{{meshcore.Flood, own}, {meshcore.TransportFlood, own}, {meshcore.Flood, shared}, {meshcore.TransportFlood, shared}, {meshcore.Flood, own}} {
		w.begin(meshcore.TypeTxtMsg, []byte("x"), false, report{at: mesh.HourMS*100 + int64(i)*60_000, observer: 1, route: x.route, path: x.path})
	}
	b := newBuilt(t, w, w.count)
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for tx := range uint64(5) {
		b.relays.Believe(&Names{Hour: 100, Tx: tx + 1, Relays: []meshcore.PublicKey{a}})
	}
	for _, x := range []struct{ from, to, certain, believed int64 }{{0, ever, 2, 1}, {mesh.HourMS*100 + 60_000, ever, 1, 1}, {0, mesh.HourMS*100 + 2*60_000, 1, 0}} {
		if got := b.relays.Count(a, own, x.from, x.to).Unscoped; got.Certain != x.certain || got.Believed != x.believed {
			t.Errorf("%d to %d: got %+v, want %d certain, %d believed", x.from, x.to, got, x.certain, x.believed)
		}
	}
	if all := b.relays.Count(a, own, 0, ever); all.Certain != 3 || all.Believed != 2 {
		t.Errorf("got %+v", all)
	}
}

func TestBelievedAgainstBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r := NewRelays()
	keys := make([]meshcore.PublicKey, 20)
	for i := range keys {
		keys[i][0] = byte(i)
	}
	said := map[uint64]map[int]bool{}
	for range 30_000 { // more than waits to be packed
		tx := 1000 + rng.Uint64N(3000)
		if rng.IntN(100) == 0 {
			tx += 1 << 40
		}
		n := &Names{Hour: 7, Tx: tx, Again: said[tx] != nil}
		if said[tx] == nil {
			said[tx] = map[int]bool{}
		}
		for range rng.IntN(4) {
			i := rng.IntN(len(keys))
			said[tx][i] = true
			n.Relays = append(n.Relays, keys[i])
		}
		r.Believe(n)
	}
	for i, key := range keys {
		var want []uint64
		for tx, who := range said {
			if who[i] {
				want = append(want, tx)
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		if got := r.Believed(key, 1<<30); !slices.Equal(got, want) {
			t.Fatalf("node %d: %d transmissions, want %d", i, len(got), len(want))
		}
	}
}

// Readers, the writer and the builders go on at once.
func TestIndexesWhileTheyAreBuilt(t *testing.T) {
	w := &sharedWorld{world: newWorld()}
	c := &chance{Rand: rand.New(rand.NewPCG(5, 5)), w: w.world, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
	for range 200 {
		c.step()
	}
	total := w.count()
	b := newBuilt(t, w, func() int64 { return total })
	c.tell, c.drop = b.Apply, b.DropBefore
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { b.Run(ctx) })
	for range 2 {
		all.Go(func() {
			for _, wait := range []func() error{
				func() error { _, err := b.gates.Routes.Wait(ctx); return err }, func() error { _, err := b.gates.Relays.Wait(ctx); return err },
				func() error { _, err := b.gates.Links.Wait(ctx); return err }, func() error { _, err := b.gates.Lists.Wait(ctx); return err },
			} {
				if wait() != nil {
					return
				}
			}
			for range 2 {
				b.say(mesh.HourStart(490_001))
			}
		})
	}
	for range 300 {
		w.mu.Lock()
		c.step()
		w.mu.Unlock()
	}
	if _, err := b.gates.Routes.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := b.gates.Lists.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		w.mu.Lock()
		c.step()
		w.mu.Unlock()
	}
	stop()
	all.Wait()
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := newBuilt(t, w, w.count)
	if err := fresh.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := mesh.HourStart(c.hour) + mesh.HourMS/2
	differ(t, b.say(now), fresh.say(now))
	if fmt.Sprint(b.routes.Days()) == "[]" {
		t.Error("nothing was built")
	}
}

// sharedWorld is a world for several goroutines.
type sharedWorld struct {
	*world
	mu sync.Mutex
}

func (w *sharedWorld) Hours() []uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.world.Hours()
}

func (w *sharedWorld) Pick(hour uint32) Pick {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.world.Pick(hour)
}
