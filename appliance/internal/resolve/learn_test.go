package resolve

import (
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// soft is how much of the evidence for a link is ambiguous.
func soft(m *Model, a, b Relay) (n, certain float32) {
	if p := m.link(int32(a), int32(b)); p != nil {
		return p.ab.n + p.ba.n - p.ab.m - p.ba.m, p.ab.m + p.ba.m
	}
	return 0, 0
}

// A new relay of a byte makes doubtful what 1-byte hops showed of the others.
func TestNewRelayOfAByteMakesAmbiguousEvidenceForgotten(t *testing.T) {
	m, near, _ := twoAlike()
	a, b := m.Relay(nodeKey(0x11)), m.Relay(near)
	for i := range int64(10) {
		take(m, treeOf(start+30_000+i, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}}))
	}
	n, sure := soft(m, a, b)
	if n < 5 || sure < 19 {
		t.Fatalf("soft %v, certain %v before", n, sure)
	}
	m.Node(relayNode(nodeKey(0xA0, 3)))
	take(m, treeOf(later, 1, Origin{}))
	if n, sure = soft(m, a, b); n > 0.01 || sure < 18 {
		t.Errorf("soft %v, certain %v after", n, sure)
	}
}

// Ambiguous evidence is forgotten after 1, 2, 4, 8 hours; certain evidence and
// what came since is not.
func TestRestartsForgetWhatIsAmbiguous(t *testing.T) {
	m, near, _ := twoAlike()
	a, b := m.Relay(nodeKey(0x11)), m.Relay(near)
	feed := func(at int64) {
		take(m, treeOf(at, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}}))
	}
	var falls []int64
	last := float32(0)
	for at := start + 60_000; at < start+20*hourMS; at += 60_000 {
		feed(at)
		n, sure := soft(m, a, b)
		if n < last/2 && last > 5 {
			falls = append(falls, (at-start)/60_000)
		}
		if sure < 14 {
			t.Fatalf("certain evidence fell to %v", sure)
		}
		last = n
	}
	want := []int64{60, 120, 240, 480, 960}
	if len(falls) != len(want) {
		t.Fatalf("restarts at minutes %v, want about %v", falls, want)
	}
	for i := range want {
		// Restarts come with the first refresh that is due.
		if d := falls[i] - want[i]; d < 0 || d > want[i]/4+30 {
			t.Errorf("restart %d at minute %d, want about %d", i, falls[i], want[i])
		}
	}
}

// What was seen before fades with a half-life of two days.
func TestEvidenceFades(t *testing.T) {
	m, near, _ := twoAlike()
	take(m, treeOf(start+48*hourMS, 1, Origin{}))
	if _, sure := soft(m, m.Relay(nodeKey(0x11)), m.Relay(near)); sure < 9.9 || sure > 10.1 {
		t.Errorf("20 sightings are worth %v after two days, want 10", sure)
	}
}

// What a relay's own floods, whose sender is beyond doubt, never show is not
// there, however often ambiguous paths claim it.
func TestOwnFloodsBoundWhatIsClaimed(t *testing.T) {
	m := New()
	a := m.Node(relayNode(nodeKey(0x11)))
	b := m.Node(relayNode(nodeKey(0x21)))
	m.pairs.at(int32(a), int32(b)).ab.n = 500 // as if it had confirmed itself
	m.tally[a].n = 600
	claimed := m.rate(int32(a), int32(b), m.ownLimit(int32(a), 0x21))
	for range 100 {
		take(m, treeOf(start, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0x55}}))
	}
	if got := m.rate(int32(a), int32(b), m.ownLimit(int32(a), 0x21)); got > claimed/10 || got > 0.05 {
		t.Errorf("rate %v, was %v", got, claimed)
	}
}

// Where no long hash holds errors back, what is less than certain must not count.
func TestLittleIsLearnedWithoutLongHashes(t *testing.T) {
	m := New()
	m.Observer(1, nodeKey(0x31), mesh.Unknown)
	x, y := m.Node(relayNode(nodeKey(0xA0, 1))), m.Node(relayNode(nodeKey(0xA0, 2)))
	for i := range int64(200) {
		take(m, treeOf(start+i, 1, Origin{}, pathCopy{1, 8, []byte{0xA0}}))
	}
	before := m.tally[x].n + m.tally[y].n
	for i := range int64(50) {
		take(m, treeOf(start+200+i, 1, Origin{}, pathCopy{1, 8, []byte{0xA0}}))
	}
	if m.LongShare() >= Provisional {
		t.Fatalf("share of long hashes %v", m.LongShare())
	}
	if got := m.tally[x].n + m.tally[y].n; got != before {
		t.Errorf("two that cannot be told apart were learned: %v, then %v", before, got)
	}
}

// A zero-hop advert shows for certain whom an observer hears.
func TestZeroHopIsCertain(t *testing.T) {
	m := New()
	m.Observer(1, nodeKey(0x31), mesh.Unknown)
	a := m.Node(relayNode(nodeKey(0xA0, 1)))
	m.ZeroHop(start, nodeKey(0xA0, 1), []Report{{Observer: 1, SNR4: 20}})
	m.ZeroHop(start, nodeKey(0xEE), []Report{{Observer: 1, SNR4: 20}}) // nobody's key
	m.restart()
	e := m.ears.get(int32(a), m.place(1))
	if e == nil || e.n != 1 || e.m != 1 || e.snrS != 5 {
		t.Errorf("evidence %+v", e)
	}
}

// A relay that fell silent gives way to another of its byte; one that is only
// quiet for its habits does not, and one not heard of yet may have been there.
func TestTheDeadDoNotRelay(t *testing.T) {
	m, near, far := twoAlike()
	id := int32(m.Relay(near))
	last := m.ents[id].last
	for _, c := range []struct {
		hours       int64
		least, most float64
	}{{0, 1, 1}, {2, 0.98, 1}, {24, 0, 0.1}, {24 * 30, 0, 1e-6}} {
		if got := aliveAt(m, id, last+c.hours*hourMS); got < c.least || got > c.most {
			t.Errorf("after %d hours: %v, want %v to %v", c.hours, got, c.least, c.most)
		}
	}
	first := m.ents[id].first
	if got := aliveAt(m, id, first-hourMS); got < 0.98 || got > 1 {
		t.Errorf("an hour before the first sign: %v", got)
	}
	once := int32(m.Node(mesh.Node{Key: nodeKey(0x77), Role: meshcore.RoleRepeater, LastAdvert: start}))
	if got := aliveAt(m, once, start+48*hourMS); got < 0.5 {
		t.Errorf("two days after a single advert: %v", got)
	}
	// Both would fit, but only far was heard of since.
	for i := range int64(200) {
		take(m, treeOf(start+24*hourMS+i*1000, 2, Origin{HasKey: true, Key: nodeKey(0x22)}, pathCopy{2, 40, []byte{0xA0, 2}}))
	}
	f := treeOf(start+25*hourMS, 1, Origin{}, pathCopy{3, mesh.NoSNR, []byte{0xA0}})
	if n := resolved(m, f); named(m, n.Nodes[0]) != far {
		t.Errorf("named %v", n.Nodes)
	}
}

func aliveAt(m *Model, c int32, at int64) float64 {
	w := Work{m: m, f: &Flood{At: at}}
	return w.alive(c)
}

// Due says of exactly the floods of which Take estimates anew.
func TestDue(t *testing.T) {
	c := smallCorpus(t)
	r := newRun(c)
	times := 0
	for i := range c.Events {
		e := &c.Events[i]
		if e.Node != nil || e.ZeroHop != nil {
			r.step(r.m, e)
			continue
		}
		f := inTime(&c.Floods[e.Flood])
		began, before, due := r.m.start != 0, r.m.refreshed, r.m.Due(&f)
		r.m.Take(&r.w, &f, &r.naming)
		if due != (began && r.m.refreshed != before) {
			t.Fatalf("flood %d: due %v, estimated anew at %d, before at %d", e.Flood, due, r.m.refreshed, before)
		}
		if due {
			times++
		}
	}
	if times < 5 {
		t.Errorf("%d times in %d floods", times, len(c.Floods))
	}
}
