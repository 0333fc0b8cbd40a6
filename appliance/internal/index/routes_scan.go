package index

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// LongestScanned is how many hops a sequence may have that ScanRoutes counts.
const LongestScanned = 8

// ScanRoutes counts the sequences of from to to hops (2 to LongestScanned) in
// the trees of the transmissions that want takes, and gives the n most frequent
// as Routes.Top does. want is called from several goroutines. It reads the
// hours twice where sequences are longer than the index has them.
func ScanRoutes(ctx context.Context, past Past, hours []uint32, want func(*mesh.Scanned) bool, from, to, n int) (RouteList, error) {
	x := NewRoutes()
	scan(ctx, past, hours, want, func(worker uint32) (func(*mesh.Scanned), func()) {
		p := x.Begin(worker)
		return func(t *mesh.Scanned) { p.Add(0, t) }, func() { p.Finish(); p.Put() }
	})
	out := x.Top(from, min(to, longest), n)
	threshold := x.frequent(longestMany)
	for to > longest && ctx.Err() == nil {
		long := x.scanLong(ctx, past, hours, want, max(from, longest+1), to, threshold)
		if threshold > 1 && (len(long) < n || long[n-1].Count < threshold) {
			threshold = max(threshold/8, 1) // rarer ones may be among the first
			continue
		}
		out.Routes = append(out.Routes, long...)
		break
	}
	slices.SortFunc(out.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	out.Routes = out.Routes[:min(n, len(out.Routes))]
	return out, ctx.Err()
}

// scan shows the hours' wanted transmissions to as many workers as there are
// processors. Each worker's end is called one at a time.
func scan(ctx context.Context, past Past, hours []uint32, want func(*mesh.Scanned) bool, start func(worker uint32) (add func(*mesh.Scanned), end func())) {
	next := make(chan uint32, len(hours))
	for _, hour := range hours {
		next <- hour
	}
	close(next)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			add, end := start(uint32(worker))
			for hour := range next {
				past.Pick(hour).Each(func(t *mesh.Scanned) bool {
					if t.Tree.Len() >= shortest && want(t) {
						add(t)
					}
					return ctx.Err() == nil
				})
			}
			mu.Lock()
			defer mu.Unlock()
			end()
		})
	}
	wg.Wait()
}

// longestMany is how many of the most frequent sequences of four hops are
// looked at to find longer ones.
const longestMany = 20_000

// frequent is the count of about the n-th most frequent sequence of four hops.
func (x *Routes) frequent(n int) int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var counts []int64
	x.merge(x.pickDays(nil), &RouteList{}, func(key sequence, count int64) {
		if key.length() == longest {
			counts = append(counts, count)
		}
	})
	slices.Sort(counts)
	if len(counts) <= n {
		return 1
	}
	return counts[len(counts)-n]
}

// longSequence is up to eight symbols: the first ones in the first word.
type longSequence [2]sequence

// scanLong counts the sequences of more than four hops whose every four hops in
// a row occur at least threshold times: no other can occur as often. The most
// frequent come first.
func (x *Routes) scanLong(ctx context.Context, past Past, hours []uint32, want func(*mesh.Scanned) bool, from, to int, threshold int64) []Route {
	often := map[sequence]bool{}
	x.mu.RLock()
	x.merge(x.pickDays(nil), &RouteList{}, func(key sequence, count int64) {
		if count >= threshold && key.length() == longest {
			often[key] = true
		}
	})
	x.mu.RUnlock()
	counts := map[longSequence]int64{}
	scan(ctx, past, hours, want, func(uint32) (func(*mesh.Scanned), func()) {
		p := longPart{symbols: symbolCache{all: x.symbols, more: map[hopCode]symbol{}}, often: often, from: from, to: to, counts: map[longSequence]longCount{}}
		return p.add, func() {
			for key, c := range p.counts {
				counts[key] += c.count
			}
		}
	})
	codes := x.symbols.list()
	var list []Route
	for key, count := range counts {
		if count >= threshold {
			list = append(list, Route{append(key[0].hops(codes), key[1].hops(codes)...), count})
		}
	}
	slices.SortFunc(list, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	return list
}

// longPart is one worker's counts.
type longPart struct {
	symbols  symbolCache
	often    map[sequence]bool // read only
	from, to int
	counts   map[longSequence]longCount
	tx       uint32
	suffixes []sequence
	runs     []int // of the nodes: how many in a row, up to it, end frequent sequences of four hops
}

// longCount is a count, and for which transmission it was counted last.
type longCount struct {
	count int64
	tx    uint32
}

func (p *longPart) add(t *mesh.Scanned) {
	p.tx++
	p.suffixes, p.runs = append(p.suffixes[:0], 0), append(p.runs[:0], 0)
	for i := 1; i <= t.Tree.Len(); i++ {
		parent := t.Tree.Parent(i)
		suffix := p.suffixes[parent]<<16 | sequence(p.symbols.of(treeCode(&t.Tree, i)))
		run := 0
		if p.often[suffix] {
			run = p.runs[parent] + 1
		}
		p.suffixes, p.runs = append(p.suffixes, suffix), append(p.runs, run)
		if run < 2 {
			continue
		}
		up := i
		for range longest {
			up = t.Tree.Parent(up)
		}
		for length := p.from; length <= min(p.to, run+longest-1); length++ {
			key := longSequence{p.suffixes[up] << (16 * (2*longest - length)), suffix}
			if c := p.counts[key]; c.count == 0 || c.tx != p.tx {
				p.counts[key] = longCount{c.count + 1, p.tx}
			}
		}
	}
}

// InTree tells whether a sequence of hops occurs in a tree.
func InTree(t *mesh.Tree, hops []meshcore.Hop) bool {
	if len(hops) == 0 || hops[0].Width() != t.Width {
		return false
	}
	for n := 1; n <= t.Len(); n++ {
		at, left := n, len(hops)
		for left > 0 && at > 0 && t.Hop(at) == hops[left-1] {
			at, left = t.Parent(at), left-1
		}
		if left == 0 {
			return true
		}
	}
	return false
}
