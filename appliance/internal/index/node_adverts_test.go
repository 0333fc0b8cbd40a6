package index

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// adverts lists a node's adverts from what each observer heard.
func (w *world) adverts(key meshcore.PublicKey) (list []SentAdvert) {
	for _, hour := range w.now {
		for _, s := range hour {
			if !s.Verified || !slices.Equal(s.Payload[:len(key)], key[:]) {
				continue
			}
			a, _ := meshcore.ParseAdvert(s.Payload)
			sent := howSent(s.Obs[0].At, s.Obs[0].Header, s.Obs[0].PathLen)
			heard := int64(0)
			for _, o := range s.Obs {
				if o.Flags&mesh.FlagHeardStands != 0 && (heard == 0 || o.At < heard) {
					heard = o.At
				}
			}
			list = append(list, SentAdvert{s.ID, s.Obs[0].At, sent.flood, int(sent.width), a.Timestamp, heard})
		}
	}
	slices.SortFunc(list, func(a, b SentAdvert) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tx, b.Tx)) })
	return list
}

// A node's clock is judged by the first that a proven clock heard of each
// advert, whether copies came before or after the index was built, and in
// whatever order.
func TestAdvertsAreTimedByTheFirstProvenClock(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld()
		b := newBuilt(t, w, w.count)
		c := &chance{Rand: rand.New(rand.NewPCG(seed, 11)), w: w, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
		for range 300 {
			c.step()
		}
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.tell, c.drop = b.Apply, b.DropBefore
		for range 300 {
			c.step()
		}
		found := 0
		for _, n := range people() {
			got, want := b.lists.Nodes.Sent(n.Key), w.adverts(n.Key)
			if !slices.Equal(got, want) {
				t.Errorf("seed %d: got %+v\nwant %+v", seed, got, want)
			}
			found += len(got)
			var times []int64
			for _, a := range want {
				times = append(times, a.At)
			}
			var kept []int64
			for _, own := range b.lists.Nodes.nodes[n.Key].sent {
				kept = append(kept, own.at)
			}
			if !slices.Equal(kept, times) {
				t.Errorf("seed %d: times: got %v, want %v", seed, kept, times)
			}
		}
		if found == 0 {
			t.Error("no adverts")
		}
	}
}

// A repeater that relays every day and adverts once a week is not silent.
func TestRelayingKeepsANodeFromBeingSilent(t *testing.T) {
	x := NewNodes()
	n := relay(key(0xA1))
	n.FirstAdvert, n.LastAdvert = 1, 1
	x.Put(n)
	now := int64(7 * 24 * mesh.HourMS)
	if s, _ := x.Get(n.Key); s.StateAt(health.ListeningAt(now)) != mesh.NodeSilent {
		t.Errorf("not heard for a week: got %s", s.StateAt(health.ListeningAt(now)))
	}
	apply(x, copyOf(1, flood(hop(0xA1)), now-mesh.HourMS))
	if s, _ := x.Get(n.Key); s.StateAt(health.ListeningAt(now)) != mesh.NodeActive || s.LastHeard != now-mesh.HourMS {
		t.Errorf("relayed an hour ago: got %s", s.StateAt(health.ListeningAt(now)))
	}
}

// One hop shared by two relays is nobody's relaying.
func TestSharedHopsCountForNobody(t *testing.T) {
	x := NewNodes()
	a, b := relay(key(0xA1, 1)), relay(key(0xA1, 2))
	x.Put(a)
	x.Put(b)
	apply(x, copyOf(1, flood(hop(0xA1)), 5*mesh.HourMS))
	for _, n := range []mesh.Node{a, b} {
		if s, _ := x.Get(n.Key); s.RelayedCopies != 0 || s.LastRelayed != 0 {
			t.Errorf("got %+v", s)
		}
	}
}

// The hops of a direct packet are still to be gone, those of a trace are done
// or to be gone: neither was heard relaying.
func TestOnlyFloodsShowWhoRelayed(t *testing.T) {
	x := NewNodes()
	n := relay(key(0xA1))
	x.Put(n)
	direct := flood(hop(0xA1))
	direct.Header = direct.Header&^3 | byte(meshcore.Direct)
	trace := flood(hop(0xA1))
	trace.Type, trace.Header = meshcore.TypeTrace, byte(meshcore.TypeTrace)<<2|byte(meshcore.Direct)
	for i, p := range []meshcore.Packet{direct, trace} {
		apply(x, copyOf(uint64(i+1), p, 5*mesh.HourMS))
	}
	if s, _ := x.Get(n.Key); s.RelayedCopies != 0 {
		t.Errorf("got %d copies", s.RelayedCopies)
	}
}

// One node's clock is the one among all, and the keys are those of all nodes.
func TestClockAndKeysOfOneNode(t *testing.T) {
	for seed := range uint64(3) {
		_, b := someWorld(t, seed)
		x := b.lists.Nodes
		all, keys := x.Clocks(), map[meshcore.PublicKey]bool{}
		x.EachKey(func(key *meshcore.PublicKey) { keys[*key] = true })
		nodes := x.List()
		for _, n := range nodes {
			one, any := x.Clock(n.Node.Key)
			if of, known := all[n.Node.Key]; any != known || !reflect.DeepEqual(one, of) {
				t.Errorf("clock of %v: %+v, %v, among all %+v, %v", n.Node.Key, one, any, of, known)
			}
			if !keys[n.Node.Key] {
				t.Errorf("%v is not among the keys", n.Node.Key)
			}
		}
		if len(all) == 0 || len(keys) != len(nodes) {
			t.Errorf("%d clocks, %d keys of %d nodes", len(all), len(keys), len(nodes))
		}
		if _, any := x.Clock(key(0x77)); any {
			t.Error("who is not known has a clock")
		}
	}
}
