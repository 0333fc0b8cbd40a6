package survey

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// decided is a resolver that says who is behind the hops of every copy.
type decided map[byte]meshcore.PublicKey

func (d decided) of(w *world) Named {
	return func(id uint64, _ bool, f func(*mesh.Transmission, naming.Step)) bool {
		for _, hour := range w.hours {
			for i := range hour {
				if hour[i].ID == id {
					d.steps(&hour[i], f)
					return true
				}
			}
		}
		return false
	}
}

func (d decided) end(t *mesh.Scanned, node int) (e naming.End) {
	if node > 0 {
		e.Hop = t.Tree.Hop(node)
		e.Key, e.Named = d[e.Hop.Bytes()[0]], d[e.Hop.Bytes()[0]] != meshcore.PublicKey{}
	}
	return e
}

func (d decided) steps(t *mesh.Scanned, f func(*mesh.Transmission, naming.Step)) {
	tx := mesh.Transmission{ID: t.ID, Hash: t.Hash, Type: t.Type, Payload: t.Payload}
	depth := []int{0}
	for _, o := range t.Obs {
		tx.Observations = append(tx.Observations, mesh.Observation{At: o.At, Observer: o.Observer, Region: o.Region, SNR4: o.SNR4})
	}
	for n := 1; n <= t.Tree.Len(); n++ {
		depth = append(depth, depth[t.Tree.Parent(n)]+1)
		f(&tx, naming.Step{From: d.end(t, t.Tree.Parent(n)), To: d.end(t, n), Parent: t.Tree.Parent(n), Depth: depth[n], Observation: -1})
	}
	for i, o := range t.Obs {
		f(&tx, naming.Step{From: d.end(t, int(o.Leaf)), Parent: int(o.Leaf), Depth: depth[o.Leaf], Observation: i})
	}
}

// clashing is a line a, b, c, where another relay has the hop of b.
func clashing() (*world, decided) {
	w := newWorld()
	for _, name := range "abc" {
		w.node(key(byte(name)), 47, -122)
	}
	w.node(key('b', 7), 47, -122)
	for i := range int64(5) {
		w.flood(start+i*hourMs, "along the line "+string(rune('0'+i)), copyOf{1, 1, "abc"}, copyOf{2, 1, "ab"}, copyOf{3, 1, "ab"})
	}
	return w, decided{'a': key('a'), 'b': key('b'), 'c': key('c')}
}

func (w *world) believing(t *testing.T, d decided) *Board {
	t.Helper()
	sources := w.built(t)
	sources.Named = d.of(w)
	board, err := sources.Make(t.Context(), start+dayHours*hourMs)
	if err != nil {
		t.Fatal(err)
	}
	return board
}

// What is believed is kept by the day as long as its packets are held, also when
// the survey's own day is a later one.
func TestBelievedLinksAreOfAllThatIsHeld(t *testing.T) {
	w, d := clashing()
	w.flood(start+3*dayMs, "along the line again", copyOf{1, 1, "abc"}, copyOf{2, 1, "ab"})
	sources := w.built(t)
	sources.Named = d.of(w)
	board, err := sources.Make(t.Context(), start+4*dayMs)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(board.AllBelieved(start+3*dayMs, start+4*dayMs)); n != 3 {
		t.Errorf("%d links are of the survey's day", n)
	}
	if all := board.AllBelieved(0, 1<<60); len(all) != 4 || all[0].Count != 6 {
		t.Errorf("all that is held: got %+v", all)
	}
	among := board.BelievedAmong(map[meshcore.PublicKey]bool{key('a'): true, key('b'): true}, start, start+2*dayMs)
	if len(among) != 1 || among[0].From != key('a') || among[0].Count != 5 {
		t.Errorf("between a and b: got %+v", among)
	}
	for _, x := range []struct{ from, to, ab, atTwo int64 }{{0, 1 << 60, 6, 6}, {start + 2*dayMs, 1 << 60, 1, 1}, {0, start + dayMs, 5, 5}, {start + 5*dayMs, 1 << 60, 0, 0}} {
		var ab, atTwo int64
		for _, l := range board.Believed(key('b'), 0, x.from, x.to) {
			switch {
			case l.From == key('a') && l.To == key('b'):
				if ab = l.Count; x.ab == 6 && (l.First != start || l.Last != start+3*dayMs || l.Widths != [4]int64{0, 6}) {
					t.Errorf("got %+v", l)
				}
			case l.Observer == 2:
				if atTwo = l.Count; l.SNR.Count != l.Count || l.SNR.Mean4 != 8 {
					t.Errorf("got %+v", l)
				}
			}
		}
		if ab != x.ab || atTwo != x.atTwo {
			t.Errorf("%+v: got %d and %d", x, ab, atTwo)
		}
	}
}

// A day is counted once, and again when what its links follow from has changed;
// of what came late, an hour later once more, for its names may come later yet.
func TestDaysAreCountedForEachState(t *testing.T) {
	w, d := clashing()
	sources := w.built(t)
	asked, again, held := 0, int64(0), int64(5)
	named := d.of(w)
	sources.Named = func(id uint64, signed bool, f func(*mesh.Transmission, naming.Step)) bool {
		asked++
		return named(id, signed, f)
	}
	sources.past, sources.again, sources.held = &past{}, func() int64 { return again }, func(uint32, uint32) int64 { return held }
	to := start + 4*dayMs
	want := func(what string, n int) {
		t.Helper()
		asked, to = 0, to+hourMs
		board, err := sources.Make(t.Context(), to)
		if err != nil || asked != n {
			t.Errorf("%s: %d floods were asked for, want %d; %v", what, asked, n, err)
		}
		if got := board.Believed(key('b'), 0, 0, 1<<60); len(got) != 4 || got[0].Count != 5 {
			t.Errorf("%s: got %+v", what, got)
		}
	}
	want("first", 5)
	want("as it was", 0)
	again++
	want("named once more", 5)
	want("an hour later", 5)
	want("as it was", 0)
	held++
	want("something late", 5)
	to -= hourMs
	want("the same hour again", 5)
	want("an hour later", 5)
	want("as it was", 0)
	before := sources.relaysNow()
	w.node(key('d'), 47, -122)
	if sources = w.built(t); sources.relaysNow() == before {
		t.Error("another relay makes no difference")
	}
}

// A link is believed if one of its ends is only named by belief; what is certain
// is not counted once more, and a flood counts once however many copies show it.
func TestBelievedLinksAreThoseThatAreNotCertain(t *testing.T) {
	w, d := clashing()
	b := w.believing(t, d)
	got := b.Believed(key('b'), 0, 0, 1<<60)
	if len(got) != 4 {
		t.Fatalf("got %d links: %+v", len(got), got)
	}
	for _, l := range got {
		switch {
		case l.From == key('a') && l.To == key('b'), l.From == key('b') && l.To == key('c'):
			if l.Count != 5 || l.Widths != [4]int64{0, 5} || l.First != start || l.Last != start+4*hourMs || l.SNR.Count != 0 {
				t.Errorf("got %+v", l)
			}
		case l.From == key('b') && (l.Observer == 2 || l.Observer == 3):
			if l.Count != 5 || l.SNR.Count != 5 || l.SNR.Mean4 != 8 {
				t.Errorf("at an observer: got %+v", l)
			}
		default:
			t.Errorf("got %+v", l)
		}
	}
	if other := b.Believed(key('b', 7), 0, 0, 1<<60); len(other) != 0 {
		t.Errorf("the other of the two: got %+v", other)
	}
	if c := b.Believed(key('c'), 1, 0, 1<<60); len(c) != 1 {
		t.Errorf("what c is certainly heard by is among what is believed: %+v", c)
	}
}

// The graph of the likely has the believed links too; the certain axes are as
// they are without.
func TestLikelyWorthsAreApart(t *testing.T) {
	w, d := clashing()
	b, plain := w.believing(t, d), w.make(t)
	for _, name := range "abc" {
		got, _ := b.Worth(key(byte(name)))
		want, _ := plain.Worth(key(byte(name)))
		if want.Likely != nil || got.Likely == nil {
			t.Fatalf("%c: got %+v, without names %+v", name, got, want)
		}
		if !reflect.DeepEqual(got.Axes, want.Axes) || got.Airtime != want.Airtime || got.CarriedShare != want.CarriedShare {
			t.Errorf("%c: belief changed %+v to %+v", name, want, got)
		}
	}
	r, _ := b.Worth(key('b'))
	// Of the 3 pairs of the three others, one is joined by b alone.
	if r.Neighbours != 0 || r.Likely.Neighbours != 2 || r.Likely.CutShare != 1.0/3 || !slices.Equal(r.Likely.CutOff, []meshcore.PublicKey{key('c')}) {
		t.Errorf("b: got %+v, likely %+v", r.Axes, r.Likely)
	}
	if want := 5 * b.Preset.Airtime(2+2+len("along the line 0")); r.Airtime != 0 || r.BelievedAirtime != want {
		t.Errorf("air of b: certain %v, believed %v, want %v", r.Airtime, r.BelievedAirtime, want)
	}
	if a, _ := b.Worth(key('a')); a.BelievedAirtime != 0 {
		t.Errorf("certain sendings of a are believed too: %v", a.BelievedAirtime)
	}
}

// What was not decided is counted.
func TestFloodsWithoutNamesAreCounted(t *testing.T) {
	w, _ := clashing()
	sources := w.built(t)
	sources.Named = func(uint64, bool, func(*mesh.Transmission, naming.Step)) bool { return false }
	b, err := sources.Make(t.Context(), start+dayHours*hourMs)
	if err != nil || b.Unnamed() != 5 || len(b.Believed(key('b'), 0, 0, 1<<60)) != 0 {
		t.Errorf("got %d, %v", b.Unnamed(), err)
	}
}

// A node's links are found by their ends: those that have it at one among all.
func TestBelievedLinksOfANodeAreAmongAll(t *testing.T) {
	const nodes, observers, days = 6, 3, 3
	rng := rand.New(rand.NewPCG(1, 2))
	b := &Board{byDay: map[uint32]*believed{}}
	for day := range uint32(days) {
		from := newBeliever(nil)
		for range 40 {
			at, sender := int64(day)*dayMs+rng.Int64N(dayMs), key(byte(rng.IntN(nodes)))
			if to := rng.IntN(nodes + observers); to >= nodes {
				from.link(sender, noEnd, uint32(1+to-nodes), 1, at, int8(rng.IntN(40)))
			} else if key(byte(to)) != sender {
				from.link(sender, from.numberOf(key(byte(to))), 0, 2, at, mesh.NoSNR)
			}
		}
		b.byDay[day] = from.out
		if day > 0 { // it may be asked for once more
			from.out.inOrder()
		}
		from.out.inOrder()
	}
	all := b.AllBelieved(0, days*dayMs)
	if len(all) < nodes*nodes {
		t.Fatalf("%d links are too few to tell", len(all))
	}
	for n := range nodes + 1 { // the last is at no end
		for observer := range uint32(observers + 2) {
			want := slices.DeleteFunc(slices.Clone(all), func(l index.Link) bool {
				mine := l.From == key(byte(n)) || l.To == key(byte(n))
				return !mine && (observer == 0 || l.Observer != observer)
			})
			if got := b.Believed(key(byte(n)), observer, 0, days*dayMs); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
				t.Errorf("node %d, observer %d: got %v, want %v", n, observer, got, want)
			}
		}
	}
}
