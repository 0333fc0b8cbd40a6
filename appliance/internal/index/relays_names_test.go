package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

// What is believed is counted apart from what is certain, whichever came first,
// and goes with its hour.
func TestBelievedRelaysAreCountedApart(t *testing.T) {
	w := newWorld()
	a, b := people()[0].Key, people()[2].Key
	own := []meshcore.Hop{a.Hop(2)} // one byte is of two relays
	for i := range int64(6) {
		path := []meshcore.Hop{a.Hop(1), b.Hop(1)}
		if i < 2 {
			path = own
		}
		w.begin(meshcore.TypeTxtMsg, []byte("x"), false, report{at: hourMs*100 + i*60_000, observer: 1, route: meshcore.Flood, path: path})
	}
	x := newBuilt(t, w, w.count)
	x.Rename(&Names{Hour: 100, Tx: 4, First: hourMs*100 + 3*60_000, Relays: []meshcore.PublicKey{a, a}}) // nothing is built yet
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := func(tx uint64, relays ...meshcore.PublicKey) {
		x.Rename(&Names{Hour: 100, Tx: tx, First: hourMs*100 + int64(tx-1)*60_000, Relays: relays})
	}
	want := func(from, to, certain, believed int64, list ...uint64) {
		t.Helper()
		got := x.relays.Count(a, own, hourMs*100+from, hourMs*100+to)
		if got.Certain != certain || got.Believed != believed {
			t.Errorf("%+v, want %d certain, %d believed", got, certain, believed)
		}
		if got := x.relays.Believed(a, 9); !slices.Equal(got, list) {
			t.Errorf("believed %v, want %v", got, list)
		}
	}
	want(0, hourMs, 2, 0) // the resolver says it again to what is being built
	name(4, a)
	name(6, a, b)
	name(3, a)
	name(5, b)
	name(1, a) // it is certain too: it counts as that
	want(0, hourMs, 2, 3, 6, 4, 3, 1)
	want(2*60_000, 4*60_000, 0, 2, 6, 4, 3, 1)
	name(6, b)
	name(3)
	want(0, hourMs, 2, 1, 4, 1)
	for _, task := range x.hours {
		task.tidy(-1)
	}
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(0, hourMs, 2, 1, 4, 1)
	for i := range uint64(lateMost + 5) { // more than wait for their places
		name(1+i%6, a)
	}
	want(0, hourMs, 2, 4, 6, 5, 4, 3, 2, 1)
	w.dropBefore(101)
	x.DropBefore(hourMs * 101)
	want(0, hourMs, 0, 0)
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
				b.say(hourStart(490_001))
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
	now := hourStart(c.hour) + hourMs/2
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
