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

// undecided is a store with floods that nobody has named, and a model that knows
// nodes.
func undecided(t testing.TB, floods int) (*Names, []mesh.Transmission) {
	t.Helper()
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const start = 498_000 * mesh.HourMS
	rng := rand.New(rand.NewPCG(7, 8))
	for n := range floods {
		placeSome(s, rng, n, start+int64(n)*1000)
	}
	var list []mesh.Transmission
	s.Scan(0, 1<<62, func(tx mesh.Transmission) bool { list = append(list, tx); return true })
	x := newNames(s, nil, 0.9)
	x.model = resolve.New()
	for n := range 512 {
		x.model.Node(mesh.Node{Key: meshcore.PublicKey{byte(n), byte(n >> 8), 7}, Role: meshcore.RoleRepeater, LastAdvert: start})
	}
	return x, list
}

// What is not decided is named as the model at that moment says, however often
// it is asked for, with however many copies, and whatever the model learned.
func TestProvisionalNamesAreOfTheModelAtThatMoment(t *testing.T) {
	x, list := undecided(t, provisionalMost+100)
	rng := rand.New(rand.NewPCG(9, 10))
	var w resolve.Work
	var tr tree
	remembered, named, changed := 0, 0, 0
	before := map[uint64]Paths{}
	for range 4000 {
		i := rng.IntN(60)
		if rng.IntN(4) == 0 {
			i = rng.IntN(len(list))
		}
		tx := list[i]
		switch rng.IntN(40) {
		case 0: // the model learns
			if tr.build(&tx, len(tx.Observations), nil) {
				x.mu.Lock()
				x.model.Take(&w, &tr.flood, &resolve.Naming{})
				x.mu.Unlock()
			}
		case 1: // a finer SNR
			tx.Observations[0].SNR4++
		}
		tx.Observations = tx.Observations[:len(tx.Observations)-rng.IntN(2)*rng.IntN(len(tx.Observations))]
		if tr.build(&tx, len(tx.Observations), nil) && x.asked.get(x.model.Version(), tx.ID, &tr.flood) != nil {
			remembered++
		}
		plain := newNames(x.store, nil, 0.9)
		plain.model = x.model
		got, want := x.Paths(tx), plain.Paths(tx)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("transmission %d: have %+v, want %+v", tx.ID, got, want)
		}
		for i, hops := range got.Hops {
			if one := x.Path(tx, i); len(one)+len(hops) > 0 && !reflect.DeepEqual(one, hops) {
				t.Fatalf("transmission %d, copy %d alone: have %+v, want %+v", tx.ID, i, one, hops)
			}
			for _, h := range hops {
				if h.Any {
					named++
				}
			}
		}
		if was, ok := before[tx.ID]; ok && len(was.Hops) == len(got.Hops) && !reflect.DeepEqual(was, got) {
			changed++
		}
		before[tx.ID] = got
		if len(x.asked.said) > provisionalMost {
			t.Fatalf("%d floods are remembered, want %d at most", len(x.asked.said), provisionalMost)
		}
	}
	if remembered < 300 || named < 1000 || changed < 50 {
		t.Errorf("%d were remembered, %d hops have a name, %d changed: the test shows little", remembered, named, changed)
	}
}

// BenchmarkProvisional names the copies of 50 floods that nobody has decided.
func BenchmarkProvisional(b *testing.B) {
	x, list := undecided(b, 50)
	for _, learn := range []bool{true, false} {
		name := map[bool]string{true: "model changed", false: "model as it was"}[learn]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if learn {
					x.model.Observer(0, meshcore.PublicKey{}, mesh.Unknown)
				}
				for i := range list {
					x.Path(list[i], 0)
				}
			}
		})
	}
}

// What a reader of an unusually large flood needed is not kept.
func TestMemoryOfLargeFloodsIsNotKept(t *testing.T) {
	x := &Names{}
	x.works.New = func() any { return &work{} }
	large := &work{}
	large.tree.flood.Nodes = make([]resolve.TreeNode, spareNodes+1)
	x.done(large)
	for range 100 {
		if x.works.Get().(*work) == large {
			t.Fatal("it was kept")
		}
	}
}
