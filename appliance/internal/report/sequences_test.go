package report_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// wood is a field of trees in which some ways are often gone, over three hours
// of which two are sealed, and late copies came.
func wood(t *testing.T) *field {
	f := newField(t)
	near, far := f.observer("Near", "SEA"), f.observer("Far", "PDX")
	r := rand.New(rand.NewPCG(1, 2))
	widths := []int{1, 1, 1, 2, 3}
	path := func(from []byte, width, least int) []byte {
		for hop := byte(len(from)/width + 1); len(from) < (least+r.IntN(9))*width; hop++ {
			if r.IntN(12) == 0 {
				hop = byte(r.IntN(40))
			}
			from = append(from, []byte{hop, hop & 7, 9}[:width]...)
		}
		return from
	}
	hear := func(n, width int, p []byte, o mesh.Observer, at int64) {
		x := raw(meshcore.TypeReq, n, p...)
		x.PathLen = byte(width-1)<<6 | byte(len(p)/width)
		f.hear(x, o, at)
	}
	const each = 15_000
	for n := range 700 {
		width := widths[r.IntN(len(widths))]
		p, at := path(nil, width, 1+r.IntN(4)), t0+int64(n)*each
		hear(n, width, p, []mesh.Observer{near, near, far}[r.IntN(3)], at)
		if r.IntN(3) == 0 { // another copy, which branches off
			hear(n, width, path(slices.Clone(p[:len(p)/width/2*width]), width, 3), far, at+100)
		}
		if r.IntN(20) == 0 { // a copy beside the tree
			hear(n, width%3+1, path(nil, width%3+1, 3), near, at+200)
		}
	}
	for _, hour := range f.Hours()[1:] {
		if done, err := f.Seal(hour); !done || err != nil {
			t.Fatalf("sealed %v: %v", done, err)
		}
	}
	for n := 0; n < 700; n += 50 { // late
		width := 1
		hear(n, width, path(nil, width, 3), near, t0+int64(n)*each+300)
	}
	return f
}

// routes are the index of what is held.
func (f *field) routes() *index.Routes {
	f.t.Helper()
	gates := index.NewGates()
	b := index.NewBuilder(f.ring, gates, nil)
	b.Begin(f.Store, index.Of(f.Store), func() int64 { return f.Counts().Transmissions })
	if err := b.Settle(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	routes, _ := gates.Routes.Get()
	return routes
}

// counted counts every sequence of the trees that match by itself.
func (f *field) counted(want func(*mesh.Scanned) bool) (counts map[string]int64, paths int64) {
	counts = map[string]int64{}
	for _, hour := range f.Hours() {
		f.PickHour(hour).Each(func(s *mesh.Scanned) bool {
			seen, long := map[string]bool{}, false
			for node := 1; want(s) && node <= s.Tree.Len(); node++ {
				var hops []meshcore.Hop
				for at := node; at > 0; at = s.Tree.Parent(at) {
					hops = append([]meshcore.Hop{s.Tree.Hop(at)}, hops...)
				}
				for n := 2; n <= min(len(hops), report.SequencesMost); n++ {
					seen[fmt.Sprint(hops[len(hops)-n:])], long = true, true
				}
			}
			for key := range seen {
				counts[key]++
			}
			if long {
				paths++
			}
			return true
		})
	}
	return counts, paths
}

// Counting only what may be frequent gives what counting everything gives,
// whatever is guessed and however little room there is.
func TestSequencesAgainstAllOfThem(t *testing.T) {
	f := wood(t)
	routes := f.routes()
	groups := []report.SequenceGroup{{Least: 2, Most: 8, Limit: 40}, {Least: 5, Most: 8, Limit: 30}, {Least: 8, Most: 8, Limit: 5}, {Least: 3, Most: 4, Limit: 10}, {Least: 6, Most: 6, Limit: 100_000}, {Least: 2, Most: 8, Limit: 1 << 20}}
	middle := t0 + 90*60_000
	for name, c := range map[string]struct {
		q    report.SequenceQuery
		want func(*mesh.Scanned) bool
	}{
		"all":    {report.SequenceQuery{}, func(*mesh.Scanned) bool { return true }},
		"since":  {report.SequenceQuery{From: 1}, func(*mesh.Scanned) bool { return true }},
		"window": {report.SequenceQuery{From: middle, To: middle + 1_800_000}, func(s *mesh.Scanned) bool { return s.First >= middle && s.First < middle+1_800_000 }},
		"region": {report.SequenceQuery{Regions: []string{"PDX"}}, func(s *mesh.Scanned) bool {
			return slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return f.Region(o.Region) == "PDX" })
		}},
		"nowhere": {report.SequenceQuery{Regions: []string{"XXX"}}, func(*mesh.Scanned) bool { return false }},
	} {
		counts, paths := f.counted(c.want)
		whole, err := f.packets().Sequences(t.Context(), routes, c.q, groups)
		if err != nil || whole.Paths != paths || len(whole.Groups) != len(groups) {
			t.Fatalf("%s: want %d paths, have %d, %v", name, paths, whole.Paths, err)
		}
		for i, g := range groups {
			var all []int64
			for key, n := range counts {
				if hops := hopsIn(key); hops >= g.Least && hops <= g.Most {
					all = append(all, n)
				}
			}
			slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
			var have []int64
			seen := map[string]bool{}
			for _, s := range whole.Groups[i] {
				key := fmt.Sprint(s.Hops)
				if have = append(have, s.Count); counts[key] != s.Count || seen[key] {
					t.Errorf("%s: %s: want %d, have %d (again: %v)", name, key, counts[key], s.Count, seen[key])
				}
				seen[key] = true
			}
			if want := all[:min(len(all), g.Limit)]; !slices.Equal(have, want) {
				t.Errorf("%s %v: want %v, have %v", name, g, want, have)
			}
		}
		for _, guess := range []uint32{1, 3, 20, 100, 10_000} {
			for _, room := range []int{500, 1 << 18} {
				got, err := f.packets().SequencesGuessing(t.Context(), routes, c.q, groups[:5], guess, room)
				if err != nil || fmt.Sprint(got.Groups) != fmt.Sprint(whole.Groups[:5]) {
					t.Errorf("%s, guess %d, room %d: %v\nhave %v\nwant %v", name, guess, room, err, got, whole)
				}
			}
		}
	}
	if counts, _ := f.counted(func(*mesh.Scanned) bool { return true }); slices.Max(slices.Collect(maps.Values(counts))) < 100 {
		t.Error("no way is often gone")
	}
}

// hopsIn counts the hops of a list as it is printed.
func hopsIn(list string) (n int) {
	for _, c := range list {
		if c == ' ' {
			n++
		}
	}
	return n + 1
}
