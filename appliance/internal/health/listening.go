package health

import (
	"cmp"
	"slices"
	"sort"

	"hilltop/appliance/internal/mesh"
)

// Listening is a moment and the time before it in which this machine could receive,
// so that what it missed is charged to nobody: a silence is measured in time
// listened. The zero value is the Unix epoch, with reception all the time before.
type Listening struct {
	now  int64
	deaf []deafSpan // ascending and disjoint
}

// deafSpan is a span in which nothing could be received, Unix ms.
type deafSpan struct {
	from, to int64
	since    int64 // how much of it and of the later ones there is, ms
}

// ListeningAt is a moment (Unix ms) with reception all the time before.
func ListeningAt(now int64) Listening { return Listening{now: now} }

// Listened is a moment (Unix ms) with the gaps of the ledger, in any order; those in
// which the radio was heard, in part or all the same, do not count.
func Listened(now int64, gaps []mesh.Gap) Listening {
	l := Listening{now: now}
	for _, g := range gaps {
		to := g.To
		if to == 0 || to > now {
			to = now
		}
		if g.Deaf() && g.From < to {
			l.deaf = append(l.deaf, deafSpan{from: g.From, to: to})
		}
	}
	slices.SortFunc(l.deaf, func(a, b deafSpan) int { return cmp.Compare(a.from, b.from) })
	joined := l.deaf[:0]
	for _, d := range l.deaf {
		if last := len(joined) - 1; last >= 0 && d.from <= joined[last].to {
			joined[last].to = max(joined[last].to, d.to)
			continue
		}
		joined = append(joined, d)
	}
	l.deaf = joined
	sum := int64(0)
	for i := len(l.deaf) - 1; i >= 0; i-- {
		sum += l.deaf[i].to - l.deaf[i].from
		l.deaf[i].since = sum
	}
	return l
}

// Now is the moment, Unix ms.
func (l Listening) Now() int64 { return l.now }

// Since is how long was listened from a time (Unix ms) until the moment, ms;
// negative for a time that is to come.
func (l Listening) Since(at int64) int64 {
	i := l.after(at)
	if i == len(l.deaf) {
		return l.now - at
	}
	return l.now - at - l.deaf[i].since + max(0, at-l.deaf[i].from)
}

// Resumed is where the latest deafness after a time ended, Unix ms; 0 where there is
// none.
func (l Listening) Resumed(at int64) int64 {
	if l.after(at) == len(l.deaf) {
		return 0
	}
	return l.deaf[len(l.deaf)-1].to
}

// after is the first span that ends after a time.
func (l Listening) after(at int64) int {
	return sort.Search(len(l.deaf), func(i int) bool { return l.deaf[i].to > at })
}
