package index

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// allHops is a naming in which every hop stands for one node.
type allHops struct{}

func (allHops) One(h meshcore.Hop) (k meshcore.PublicKey, ok bool) {
	copy(k[:], h.Bytes())
	k[31] = byte(h.Width())
	return k, true
}

func (allHops) Turn() uint64 { return 0 }

const ever = int64(1) << 60

// say puts everything that the indexes answer into words, to be compared.
func (b built) say(now int64) string {
	var s strings.Builder
	for _, day := range b.routes.Days() {
		top := b.routes.Top(2, 4, 1<<20, day)
		if len(top.Routes) > 0 || top.Paths > 0 {
			fmt.Fprintf(&s, "day %d: %+v\n", day, top)
		}
	}
	fmt.Fprintf(&s, "busiest %+v\n", b.relays.Busiest(nil, allHops{}, 0, ever))
	for _, n := range people() {
		for width := 1; width <= 3; width++ {
			b.relays.Each([]meshcore.Hop{n.Key.Hop(width)}, 0, ever, func(r Relayed) bool {
				fmt.Fprintf(&s, "%v %+v\n", n.Key.Hop(width), r)
				return true
			})
		}
	}
	for _, l := range b.links.List(allHops{}, nil, 0, ever) {
		fmt.Fprintf(&s, "link %+v\n", l)
	}
	fmt.Fprintf(&s, "hours %+v\nrate %+v\n", b.lists.Traffic.Hours(0, ever), b.lists.Traffic.Rate(now))
	nodes := b.lists.Nodes.List()
	slices.SortFunc(nodes, func(a, b NodeStats) int { return slices.Compare(a.Node.Key[:], b.Node.Key[:]) })
	for _, n := range nodes {
		fmt.Fprintf(&s, "node %+v %v\n", n, b.lists.Nodes.Adverts(n.Node.Key, 1<<20))
	}
	for _, o := range b.lists.Observers.List(health.ListeningAt(now)) {
		fmt.Fprintf(&s, "observer %+v\n", o)
	}
	for _, c := range b.lists.Channels.List(nil) {
		texts, _ := b.lists.Channels.MessagesIn(c.Name, nil, 0, 1<<20)
		fmt.Fprintf(&s, "channel %+v %+v %+v\n", c, b.lists.Channels.Senders(c.Name), texts)
	}
	clocks, widths := b.lists.Nodes.Clocks(), b.lists.Nodes.Widths(now)
	for _, n := range nodes {
		fmt.Fprintf(&s, "clock %v %+v, widths %+v\n", n.Node.Key, clocks[n.Node.Key], widths[n.Node.Key])
	}
	for _, region := range worldRegions {
		in := NewRegions([]uint16{region})
		for _, n := range nodes {
			fmt.Fprintf(&s, "region %d: %v %v\n", region, n.Node.Key, b.lists.Nodes.HeardIn(in)[n.Node.Key])
		}
		fmt.Fprintf(&s, "region %d: %+v\n", region, b.lists.Channels.List(&Received{In: in}))
	}
	return s.String()
}

// differ tells the first line that two texts do not share.
func differ(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("line %d:\n got %.1500s\nwant %.1500s", i, at(g, i), at(w, i))
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// What comes in before, during and after the build is counted once: at any
// moment of any build, everything is as if built from scratch.
func TestEveryChangeOnce(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { everyChangeOnce(t, seed) })
	}
}

func everyChangeOnce(t *testing.T, seed uint64) {
	w := newWorld()
	c := &chance{Rand: rand.New(rand.NewPCG(seed, 1)), w: w, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
	for range c.IntN(400) {
		c.step()
	}
	b := newBuilt(t, w, w.count)
	c.tell, c.drop = b.Apply, b.DropBefore
	busy := 0.02 + 0.2*c.Float64()
	w.between = func() {
		for busy > 0 && c.Float64() < busy {
			c.step()
		}
	}
	for _, crew := range b.crews() {
		crew.build(t.Context(), w.count())
		if c.IntN(2) == 0 { // again, while in use
			for _, task := range crew.tasks {
				task.tidy(0)
			}
			crew.build(t.Context(), 0)
		}
	}
	for range c.IntN(400) {
		c.step()
	}
	busy = 0
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := newBuilt(t, w, w.count)
	if err := fresh.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := mesh.HourStart(c.hour) + mesh.HourMS/2
	differ(t, b.say(now), fresh.say(now))
	if !strings.Contains(b.say(now), "link") || len(w.tx) == 0 {
		t.Fatal("the world is empty")
	}
}

// Gates open only when everything is in, in whatever order the indexes finish.
func TestNothingIsReadBeforeItIsWhole(t *testing.T) {
	w := newWorld()
	c := &chance{Rand: rand.New(rand.NewPCG(7, 7)), w: w, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
	for range 300 {
		c.step()
	}
	b := newBuilt(t, w, w.count)
	seen := 0
	w.between = func() {
		for _, g := range b.gates.All() {
			s := g.State()
			if s.Ready != ((s.Name == "routes" || s.Name == "links") && seen > 0) {
				t.Errorf("%s is ready: %v, while hours are being read", s.Name, s.Ready)
			}
			if s.Done > s.Total {
				t.Errorf("%s: %d of %d", s.Name, s.Done, s.Total)
			}
		}
	}
	crews := b.crews()
	crews[0].build(t.Context(), w.count())
	if s := b.gates.Routes.State(); !s.Ready || s.Done != s.Total {
		t.Errorf("routes are built: %+v", s)
	}
	seen = 1
	crews[1].build(t.Context(), w.count())
	for _, g := range b.gates.All() {
		if !g.State().Ready {
			t.Errorf("%s stays closed", g.State().Name)
		}
	}
}

// An hour that cannot be read is tried once more; then the parts say so.
func TestBuildThatFailsIsTriedAgainOnce(t *testing.T) {
	for _, f := range []struct {
		failures int
		ready    bool
	}{{0, true}, {1, true}, {2, false}} {
		w := newWorld()
		for i := range int64(5) {
			w.begin(meshcore.TypeTxtMsg, []byte("x"), false, report{at: ever/2 - i*mesh.HourMS, observer: 1, route: meshcore.Flood, path: []meshcore.Hop{hop(1), hop(2)}})
		}
		bad, left := mesh.HourOf(ever/2-mesh.HourMS), f.failures
		w.refuse = func(hour uint32) bool {
			if hour == bad && left > 0 {
				left--
				return true
			}
			return false
		}
		b := newBuilt(t, w, w.count)
		b.crews()[1].build(t.Context(), 5)
		state := b.gates.Relays.State()
		if state.Ready != f.ready || (state.Err != "") != !f.ready {
			t.Errorf("%d failures: %+v", f.failures, state)
		}
		if !f.ready && !strings.Contains(state.Err, "cannot be read") {
			t.Errorf("the error does not say what failed: %q", state.Err)
		}
		b.crews()[0].build(t.Context(), 5)
		if s := b.gates.Routes.State(); !s.Ready {
			t.Errorf("%d failures: the rest does not go on: %+v", f.failures, s)
		}
	}
}

// faulty is an index that fails at one transmission.
type faulty struct {
	*Links
	fails *int
}

func (f faulty) Begin(unit uint32) Part { return faultyPart{f.Links.Begin(unit).(*linkPart), f.fails} }

type faultyPart struct {
	*linkPart
	fails *int
}

func (p faultyPart) Finish() {
	if *p.fails > 0 {
		*p.fails--
		panic(errors.New("no room"))
	}
	p.linkPart.Finish()
}

// One index that fails holds up no other of its crew, and what is in use stays
// so when it cannot be built anew.
func TestOneIndexFailsAlone(t *testing.T) {
	w := newWorld()
	c := &chance{Rand: rand.New(rand.NewPCG(3, 3)), w: w, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
	for range 200 {
		c.step()
	}
	for fails := range 4 {
		b := newBuilt(t, w, w.count)
		left := fails
		links := b.days[1]
		links.Follower = NewFollower(faulty{b.links, &left})
		b.crews()[0].build(t.Context(), w.count())
		if got, want := b.gates.Links.State().Ready, fails < 2; got != want {
			t.Errorf("%d failures: links ready %v", fails, got)
		}
		if !b.gates.Routes.State().Ready {
			t.Errorf("%d failures: the others wait", fails)
		}
	}
	b := newBuilt(t, w, w.count)
	left := 0
	b.days[1].Follower = NewFollower(faulty{b.links, &left})
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := b.say(ever / 2)
	left = 10
	for _, task := range b.days {
		task.tidy(-1)
	}
	b.crews()[0].build(t.Context(), 0)
	differ(t, b.say(ever/2), before)
	if s := b.gates.Links.State(); !s.Ready || s.Err == "" {
		t.Errorf("%+v", s)
	}
}

// A queue that would grow without bound is let go, and the hour built again.
func TestQueueOfAnHourIsBounded(t *testing.T) {
	w := newWorld()
	first := w.begin(meshcore.TypeTxtMsg, []byte("x"), false, report{at: mesh.HourMS * 100, observer: 1, route: meshcore.Flood})
	b := newBuilt(t, w, w.count)
	flooded := false
	w.between = func() {
		if flooded {
			return
		}
		flooded = true
		for i := range int64(queueMost + 10) {
			e := w.hear(first.Tx, report{at: mesh.HourMS*100 + i%1000, observer: 2, route: meshcore.Flood})
			b.Apply(&e)
		}
	}
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.lists.Traffic.Hours(0, ever)[0].Observations; got != queueMost+11 {
		t.Errorf("%d observations, want %d", got, queueMost+11)
	}
}
