package index

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// A second, slow implementation counts from the paths as they were heard, and
// knows no tree.

// walk is an observation with the path that was heard.
type walk struct {
	*sent
	obs    mesh.ScannedObs
	path   []meshcore.Hop
	inTree bool
}

// walks are the observations of a world whose paths were heard.
func (w *world) walks() (list []walk) {
	for _, hour := range w.now {
		for _, s := range hour {
			for _, o := range s.Obs {
				p := meshcore.Packet{Route: meshcore.Route(o.Header & 3), Type: s.Type, PathLen: o.PathLen, PathBytes: o.OwnPath}
				if path, ok := p.Heard(); ok {
					list = append(list, walk{s, o, path.AppendHops(nil), o.Leaf >= 0})
				}
			}
		}
	}
	return list
}

// someWorld is a random world and indexes that were built from it.
func someWorld(t *testing.T, seed uint64) (*world, built) {
	w := newWorld()
	c := &chance{Rand: rand.New(rand.NewPCG(seed, 9)), w: w, hour: 490_000, floor: 489_994, tell: func(*Event) {}, drop: func(int64) {}}
	for range 800 {
		c.step()
	}
	b := newBuilt(t, w, w.count)
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, b
}

func TestRoutesAgainstPaths(t *testing.T) {
	for seed := range uint64(10) {
		w, b := someWorld(t, seed)
		in := map[string]map[uint64]bool{}
		long := map[uint64]bool{}
		hopsOf := map[string][]meshcore.Hop{}
		for _, o := range w.walks() {
			if !o.inTree {
				continue
			}
			if len(o.path) >= 2 {
				long[o.ID] = true
			}
			for length := 2; length <= 4; length++ {
				for i := 0; i+length <= len(o.path); i++ {
					part := fmt.Sprint(o.path[i : i+length])
					if in[part] == nil {
						in[part] = map[uint64]bool{}
					}
					in[part][o.ID] = true
					hopsOf[part] = o.path[i : i+length]
				}
			}
		}
		top := b.routes.Top(2, 4, 1<<20)
		if len(top.Routes) != len(in) || top.Paths != int64(len(long)) || len(in) < 100 {
			t.Fatalf("%d routes of %d paths, want %d of %d", len(top.Routes), top.Paths, len(in), len(long))
		}
		for _, r := range top.Routes {
			if want := len(in[fmt.Sprint(r.Hops)]); r.Count != int64(want) {
				t.Fatalf("%v: %d, want %d", r.Hops, r.Count, want)
			}
			if got := b.routes.Count(r.Hops); got != r.Count {
				t.Fatalf("%v alone: %d, want %d", r.Hops, got, r.Count)
			}
		}
		// Fewer of them are the first of all of them.
		for _, n := range []int{1, 7, 50} {
			some := b.routes.Top(3, 3, n).Routes
			all := slices.DeleteFunc(slices.Clone(top.Routes), func(r Route) bool { return len(r.Hops) != 3 })
			if fmt.Sprint(some) != fmt.Sprint(all[:n]) {
				t.Fatalf("the first %d:\n%v\n%v", n, some, all[:n])
			}
		}
		if got := b.routes.Count([]meshcore.Hop{hop(9), hop(9)}); got != 0 {
			t.Errorf("what was never heard: %d", got)
		}
	}
}

// The busiest have what is counted of each alone, and nobody is left out.
func TestBusiestAgainstEach(t *testing.T) {
	for seed := range uint64(10) {
		_, b := someWorld(t, seed)
		naming := b.lists.Nodes.Naming()
		for _, window := range [][2]int64{{0, ever}, {mesh.HourStart(489_998), mesh.HourStart(490_000)}, {mesh.HourStart(489_999) + 123_456, mesh.HourStart(490_000) + 777_777}} {
			want, got := map[meshcore.PublicKey]int64{}, map[meshcore.PublicKey]int64{}
			for _, n := range people() {
				if count := b.relays.CertainOf([][]meshcore.Hop{b.lists.Nodes.Hops(n.Key)}, window[0], window[1])[0]; count > 0 {
					want[n.Key] = count
				}
			}
			for _, r := range b.relays.Busiest(nil, naming, window[0], window[1]) {
				got[r.Key] = r.Certain
			}
			if !maps.Equal(got, want) || len(want) == 0 && window[0] == 0 {
				t.Fatalf("seed %d, window %v: have %v, want %v", seed, window, got, want)
			}
		}
	}
}

func TestRelaysAgainstPaths(t *testing.T) {
	for seed := range uint64(10) {
		w, b := someWorld(t, seed)
		by := map[meshcore.Hop]map[uint64]*sent{}
		for _, o := range w.walks() {
			for _, h := range o.path {
				if by[h] == nil {
					by[h] = map[uint64]*sent{}
				}
				by[h][o.ID] = o.sent
			}
		}
		for _, n := range people() {
			for _, hops := range [][]meshcore.Hop{{n.Key.Hop(1)}, {n.Key.Hop(2)}, {n.Key.Hop(3)}, {n.Key.Hop(1), n.Key.Hop(2), n.Key.Hop(3)}} {
				for _, window := range [][2]int64{{0, ever}, {mesh.HourStart(489_998), mesh.HourStart(490_000)}, {mesh.HourStart(489_999) + 123_456, mesh.HourStart(490_000) + 777_777}} {
					want := map[uint64]int64{}
					for _, h := range hops {
						for id, s := range by[h] {
							if s.First >= window[0] && s.First < window[1] {
								want[id] = s.First
							}
						}
					}
					got := map[uint64]int64{}
					last := ever
					b.relays.Each(hops, window[0], window[1], func(r Relayed) bool {
						if got[r.Tx] = r.First; r.First > last || r.Type != w.tx[r.Tx-1].Type {
							t.Fatalf("%+v after %d", r, last)
						}
						last = r.First
						return true
					})
					if !maps.Equal(got, want) {
						t.Fatalf("hops %v in %v: got %v, want %v", hops, window, got, want)
					}
					count := b.relays.Count(n.Key, hops, window[0], window[1])
					wantLast := int64(0)
					for _, first := range want {
						wantLast = max(wantLast, first)
					}
					if count.Certain != int64(len(want)) || count.Last != wantLast {
						t.Fatalf("hops %v in %v: %+v, want %d, %d", hops, window, count, len(want), wantLast)
					}
					if n := b.relays.CertainOf([][]meshcore.Hop{hops}, window[0], window[1])[0]; n != int64(len(want)) {
						t.Fatalf("hops %v in %v: certain %d, want %d", hops, window, n, len(want))
					}
				}
			}
		}
	}
}

func TestLinksAgainstPaths(t *testing.T) {
	for seed := range uint64(10) {
		w, b := someWorld(t, seed)
		want, measured := map[string]*linkSum{}, map[string]Spread{}
		seen := map[string]bool{}
		names := allHops{}
		count := func(l Link, o walk, once bool, kind int) {
			id := fmt.Sprint(l.From, l.To, l.Observer)
			if want[id] == nil {
				want[id] = &linkSum{Link: l}
				want[id].First, want[id].Last = o.obs.At, o.obs.At
			}
			sum := want[id]
			sum.First, sum.Last = min(sum.First, o.obs.At), max(sum.Last, o.obs.At)
			if tx := fmt.Sprint(id, o.ID, kind); !once || !seen[tx] {
				seen[tx] = true
				sum.Count++
			}
			if g := (signals{}); l.To == (meshcore.PublicKey{}) {
				g.add(o.obs.SNR4, o.obs.RSSI)
				if o.obs.SNR4 != mesh.NoSNR {
					each := measured[id]
					each.count(o.obs.SNR4, 1)
					measured[id] = each
				}
				at := sum.First
				sum.add(0, 0, sightings{}, &g)
				sum.First = at
				sum.Last = max(sum.Last, o.obs.At)
			}
		}
		direct := 0
		for _, hour := range w.now {
			for _, s := range hour {
				for _, o := range s.Obs {
					if route := meshcore.Route(o.Header & 3); s.Verified && !route.IsFlood() && o.PathLen&63 == 0 {
						key, _ := originOf(s.Type, s.Payload)
						count(Link{From: key, Observer: o.Observer}, walk{sent: s, obs: o}, false, 0)
						direct++
					}
				}
			}
		}
		for _, o := range w.walks() {
			origin, _ := originOf(o.Type, o.Payload)
			if len(o.path) > 0 {
				from, _ := names.One(o.path[len(o.path)-1])
				count(Link{From: from, Observer: o.obs.Observer}, o, false, 0)
			} else if o.Verified {
				count(Link{From: origin, Observer: o.obs.Observer}, o, false, 0)
			}
			for i, h := range o.path {
				to, _ := names.One(h)
				switch {
				case !o.inTree:
				case i > 0:
					from, _ := names.One(o.path[i-1])
					if from != to {
						count(Link{From: from, To: to}, o, true, hopToHop)
					}
				case o.Verified && origin != to:
					count(Link{From: origin, To: to}, o, true, nodeToHop)
				}
			}
		}
		got := b.links.List(names, nil, 0, ever)
		if len(got) != len(want) || len(got) < 50 || direct == 0 {
			t.Fatalf("%d links, want %d", len(got), len(want))
		}
		for _, l := range got {
			sum := want[fmt.Sprint(l.From, l.To, l.Observer)]
			if sum == nil {
				t.Fatalf("%+v is none", l)
			}
			if w := sum.link(); l.Count != w.Count || l.First != w.First || l.Last != w.Last || l.SNR != w.SNR || l.RSSI != w.RSSI {
				t.Fatalf("got  %+v\nwant %+v", l, w)
			}
			pair := []LinkPair{{l.From, LinkEnd{Key: l.To, Observer: l.Observer}}}
			if each, w := b.links.Measured(names, pair, 0, ever)[0], measured[fmt.Sprint(l.From, l.To, l.Observer)]; !maps.Equal(each, w) {
				t.Fatalf("%+v: measured %v, want %v", l, each, w)
			}
		}
		if len(measured) < 20 {
			t.Fatalf("%d links were measured", len(measured))
		}
		// The links of one node are those of all that have it at an end.
		for _, n := range people() {
			key, _ := names.One(n.Key.Hop(2))
			for _, observer := range []uint32{0, 1} { // what it received as an observer is its too
				var some []Link
				for _, l := range got {
					if l.From == key || l.To == key || observer != 0 && l.Observer == observer {
						some = append(some, l)
					}
				}
				if one := b.links.List(names, &LinkEnd{key, observer}, 0, ever); fmt.Sprint(one) != fmt.Sprint(some) {
					t.Fatalf("of %v:\n%v\n%v", key, one, some)
				}
			}
		}
	}
}

// Who heard a node itself is what the list of its links has of observers.
func TestReceivedAgainstTheList(t *testing.T) {
	names := allHops{}
	for seed := range uint64(10) {
		_, b := someWorld(t, seed)
		var keys []meshcore.PublicKey
		for _, n := range people() {
			key, _ := names.One(n.Key.Hop(2))
			if keys = append(keys, n.Key); !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		found := 0
		for i, list := range b.links.Received(names, keys, 0, ever) {
			var want []Link
			for _, l := range b.links.List(names, &LinkEnd{Key: keys[i]}, 0, ever) {
				if l.From == keys[i] && l.To == (meshcore.PublicKey{}) {
					want = append(want, l)
				}
			}
			if fmt.Sprint(list) != fmt.Sprint(want) {
				t.Fatalf("of %v:\n%v\n%v", keys[i], list, want)
			}
			found += len(list)
		}
		if found < 10 {
			t.Fatalf("only %d were heard", found)
		}
	}
}

// Pairs are the ends of the list of all links, each once, while days are asked for
// again and what came in since they were built is counted.
func TestPairsAgainstTheList(t *testing.T) {
	names := allHops{}
	for seed := range uint64(6) {
		_, b := someWorld(t, seed)
		for range 2 {
			want := map[LinkEnds]bool{}
			for _, l := range b.links.List(names, nil, 0, ever) {
				want[LinkEnds{l.From, l.To, l.Observer}] = true
			}
			list := b.links.Pairs(names, 0, ever)
			have := map[LinkEnds]bool{}
			for _, p := range list {
				have[p] = true
			}
			if len(list) != len(have) || len(have) < 20 || !maps.Equal(have, want) {
				t.Fatalf("seed %d: have %d, %d different, want %d", seed, len(list), len(have), len(want))
			}
		}
		for _, d := range b.links.days { // built anew, without half of it
			d.keys, d.seen, d.signals = slices.Clone(d.keys[len(d.keys)/2:]), d.seen[len(d.keys)/2:], d.signals[max(0, len(d.signals)-len(d.keys)+len(d.keys)/2):]
			break
		}
		if have, want := len(b.links.Pairs(names, 0, ever)), len(b.links.List(names, nil, 0, ever)); have != want {
			t.Fatalf("seed %d: after a day was built anew: have %d, want %d", seed, have, want)
		}
	}
}

// What went between two is what the list of all links has of them.
func TestBetweenAgainstTheList(t *testing.T) {
	names := allHops{}
	for seed := range uint64(6) {
		_, b := someWorld(t, seed)
		list := b.links.List(names, nil, 0, ever)
		var pairs []LinkPair
		for i, l := range list {
			if pairs = append(pairs, LinkPair{l.From, LinkEnd{l.To, l.Observer}}); i > 0 {
				pairs = append(pairs, LinkPair{list[i-1].To, LinkEnd{l.From, 0}})
			}
		}
		sentOn, received := b.links.Between(names, pairs, 0, ever)
		found := 0
		for i, p := range pairs {
			want := [2]Link{{From: p.From, To: p.To.Key}, {From: p.From, Observer: p.To.Observer}}
			for _, l := range list {
				switch {
				case l.From != p.From || l.From == p.To.Key:
				case l.To == p.To.Key && l.To != (meshcore.PublicKey{}):
					want[0] = l
				case l.To == (meshcore.PublicKey{}) && p.To.Observer != 0 && l.Observer == p.To.Observer:
					want[1] = l
				}
			}
			if got := [2]Link{sentOn[i], received[i]}; got != want {
				t.Fatalf("%v:\ngot  %+v\nwant %+v", p, got, want)
			} else if got[0].Count+got[1].Count > 0 {
				found++
			}
		}
		if found < 50 {
			t.Fatalf("only %d links", found)
		}
	}
}

// What is stored from an hour on changes nothing in the links until then: they are
// those of a world that ends there.
func TestLinksUntilAnHourAgainstAWorldThatEnds(t *testing.T) {
	for seed := range uint64(5) {
		w, b := someWorld(t, seed)
		names := b.lists.Nodes.Naming()
		hours := w.Hours()
		for _, hour := range append(hours, hours[0]+1, 490_008, 490_009) { // in the next day of UTC, these
			ended := newWorld()
			ended.tx = w.tx
			until := b.links.Until(mesh.HourStart(hour))
			for _, h := range hours {
				w.Pick(h).Each(func(s *mesh.Scanned) bool { until.Add(h, s); return true })
				if h < hour {
					ended.now[h] = w.now[h]
				}
			}
			only := newBuilt(t, ended, ended.count)
			if err := only.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, want := until.List(names, 0), only.links.List(names, nil, 0, mesh.HourStart(hour))
			if !slices.Equal(got, want) {
				t.Fatalf("until hour %d:\ngot  %+v\nwant %+v", hour, got, want)
			}
			if all := b.links.List(names, nil, 0, 1<<60); hour == hours[0]+1 && (len(all) == 0 || !slices.Equal(got, all)) {
				t.Fatalf("of all: got %+v, want %+v", got, all)
			}
		}
	}
}

// Copies of a node's adverts and by way of it, and the relays that these passed,
// are those of the paths.
func TestCopiesOfNodesAgainstPaths(t *testing.T) {
	for seed := range uint64(10) {
		w, b := someWorld(t, seed)
		names := b.lists.Nodes.Naming()
		type count struct{ relayed, adverts, passed int64 }
		want := map[meshcore.PublicKey]count{}
		for _, hour := range w.now {
			for _, s := range hour {
				key, ok := originOf(s.Type, s.Payload)
				for _, o := range s.Obs {
					p := meshcore.Packet{Route: meshcore.Route(o.Header & 3), Type: s.Type, PathLen: o.PathLen, PathBytes: o.OwnPath}
					path, _ := p.Heard()
					if ok && s.Verified {
						c := want[key]
						want[key] = count{c.relayed, c.adverts + 1, c.passed + int64(path.Len())}
					}
					seen := map[meshcore.Hop]bool{}
					for _, hop := range path.All() {
						if key, one := names.One(hop); one && !seen[hop] {
							c := want[key]
							want[key] = count{c.relayed + 1, c.adverts, c.passed + int64(path.Len())}
						}
						seen[hop] = true
					}
				}
			}
		}
		some := 0
		for _, s := range b.lists.Nodes.List() {
			if got := (count{s.RelayedCopies, s.AdvertCopies, s.Passed}); got != want[s.Node.Key] {
				t.Fatalf("%s: got %+v, want %+v", s.Node.Key, got, want[s.Node.Key])
			} else if got.passed > 0 {
				some++
			}
		}
		if some == 0 {
			t.Fatal("nobody sent anything")
		}
	}
}

// A count that two bytes do not hold is whole all the same.
func TestRoutesCountBeyondTwoBytes(t *testing.T) {
	x := NewRoutes()
	p := x.Begin(1)
	tree := mesh.Tree{Width: 1, HopBytes: []byte{1, 2}, Parents: []uint32{0, 1}}
	const n = 3<<16 + 7
	for i := range n {
		p.Add(24, &mesh.Scanned{ID: uint64(i + 1), Tree: tree})
	}
	p.Finish()
	p.Put()
	x.Apply(&Event{Hour: 24, Tx: n + 1, New: true, Tree: tree, Fresh: 1, Leaf: 2})
	hops := []meshcore.Hop{hop(1), hop(2)}
	if got, top := x.Count(hops), x.Top(2, 4, 1); got != n+1 || len(top.Routes) != 1 || top.Routes[0].Count != n+1 || top.Paths != n+1 {
		t.Errorf("%d, %+v", got, top)
	}
}

// The first are the same whether all sequences were looked at or only those
// that are frequent on some day.
func TestFrequentRoutesAreTheFirst(t *testing.T) {
	quick := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 4))
		var days []*routeDay
		codes := newSymbols()
		for i := range 9 {
			codes.intern(codeOf(hop(byte(i + 1))))
		}
		for range 1 + r.IntN(4) {
			d := &routeDay{live: map[sequence]uint32{}}
			counts := map[sequence]uint16{}
			for range 400 {
				key := sequence(1+r.IntN(9))<<48 | sequence(1+r.IntN(9))<<32
				if r.IntN(2) == 0 {
					key |= sequence(1+r.IntN(9)) << 16
				}
				counts[key] = uint16(1 + 2000/(1+int(key>>48)*int(key>>32&0xFFFF)) + r.IntN(20))
				if r.IntN(4) == 0 {
					d.live[key] += uint32(r.IntN(60))
				}
			}
			for _, key := range slices.Sorted(maps.Keys(counts)) {
				d.list.add(key, uint32(counts[key]))
			}
			days = append(days, d)
		}
		for _, most := range []int{1, 5, 30, 1000} {
			for _, d := range days {
				d.rank(most)
			}
			for _, n := range []int{1, 4, 25} {
				for _, lengths := range [][2]int{{2, 2}, {3, 3}, {2, 4}} {
					best, all := top{most: n, codes: codes.list()}, top{most: n, codes: codes.list()}
					if !frequentOf(days, lengths[0], lengths[1], &best) {
						continue
					}
					quick++
					merge(days, func(key sequence, count int64) {
						if l := key.length(); l >= lengths[0] && l <= lengths[1] {
							all.offer(key, count)
						}
					})
					order := func(a, b counted) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key)) }
					slices.SortFunc(best.list, order)
					slices.SortFunc(all.list, order)
					if !slices.Equal(best.list, all.list) {
						t.Fatalf("seed %d, %d of a day, the first %d of %v:\n got %v\nwant %v", seed, most, n, lengths, best.list, all.list)
					}
				}
			}
		}
	}
	if quick < 300 {
		t.Errorf("only %d answers were quick", quick)
	}
}
