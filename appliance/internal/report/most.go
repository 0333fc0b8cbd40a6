package report

import (
	"cmp"
	"context"
	"math"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/store"
)

// copiesIn is how many copies there are of what matches in a view.
type copiesIn struct {
	rows, heads *figure.Copies
	found       figure.Picked // its rows only if they were looked for
}

// ranked is a packet that was found, with how many copies of it were heard.
type ranked struct {
	spot
	copies int
}

// most gives n of what matches from an offset on, that of which most copies were
// heard first. It looks only into hours that have one of them.
func (f *finder) most(ctx context.Context, offset, n int) ([]spot, error) {
	end := min(offset+n, f.total)
	if offset >= end {
		return nil, nil
	}
	parts, err := f.copies(ctx)
	if err != nil {
		return nil, err
	}
	least, most, before, have := amongMost(parts, offset, end)
	lists := make([][]ranked, len(parts))
	err = Share(ctx, len(parts), func(_, i int) {
		if have[i] {
			lists[i] = f.withCopies(&f.views[i], &parts[i], least, most)
		}
	})
	if err != nil {
		return nil, err
	}
	list := slices.Concat(lists...)
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.copies, a.copies), cmp.Compare(b.first, a.first), cmp.Compare(b.id, a.id))
	})
	offset, end = offset-before, min(end-before, len(list)) // what indexes list may have changed meanwhile
	out := make([]spot, 0, n)
	for _, r := range list[min(offset, end):end] {
		out = append(out, r.spot)
	}
	return out, nil
}

// copies counts what was found in each view by copies.
func (f *finder) copies(ctx context.Context) ([]copiesIn, error) {
	parts := make([]copiesIn, len(f.views))
	known := f.tallies.KnownCopies(f.pick.Selector, f.views)
	nothing := &figure.Copies{}
	return parts, Share(ctx, len(f.views), func(_, i int) {
		v, part := &f.views[i], &parts[i]
		part.rows, part.heads = nothing, nothing
		if f.counts[i].Total() == 0 {
			return
		}
		rows, whole := f.rows(v), f.whole(v)
		if whole && known[i] != nil {
			part.rows, rows = known[i], [2]int{}
		}
		version := f.pick.Version(v)
		part.found = f.pick.Pick(v, rows, f.heads(v))
		part.heads = figure.CountCopies(part.found.Heads, headCopies(v))
		if rows[0] >= rows[1] {
			return
		}
		part.rows = figure.CountCopies(part.found.Rows, rowCopies(v))
		if whole {
			f.tallies.RememberCopies(f.pick.Selector, version, part.rows)
		}
	})
}

func headCopies(v *store.View) func(uint32) int {
	return func(i uint32) int { return len(v.Heads.At(int(i)).Voices) }
}

func rowCopies(v *store.View) func(uint32) int {
	return func(row uint32) int { return v.Block.Copies(int(row)) }
}

// amongMost is how many copies the packets from offset to end have, in order of
// copies: most is that of the first, least that of the last. before is how many have
// more than most: they need not be looked at. have tells which views have one of the
// first end.
func amongMost(parts []copiesIn, offset, end int) (least, most, before int, have []bool) {
	var all [figure.CopiesCounted + 1]int
	for i := range parts {
		for _, c := range [...]*figure.Copies{parts[i].rows, parts[i].heads} {
			for copies, n := range c.Counts {
				all[copies] += int(n)
			}
		}
	}
	for most = figure.CopiesCounted; most > 0 && before+all[most] <= offset; most-- {
		before += all[most]
	}
	n := end
	for least = figure.CopiesCounted; least > 0 && all[least] < n; least-- {
		n -= all[least]
	}
	if most == figure.CopiesCounted { // and more
		most = math.MaxInt
	}
	have = make([]bool, len(parts))
	enough := len(parts) // the view after which there are enough of those that are equal
	for i, part := range parts {
		equal, more := part.rows.From(least)
		equalHeads, moreHeads := part.heads.From(least)
		equal += equalHeads
		// What is kept with an hour may stand in the hour before: among equal ones
		// the next view can have newer ones. Those counted together are not equal.
		have[i] = more+moreHeads > 0 || equal > 0 && (i <= enough+1 || least == figure.CopiesCounted)
		if n -= int(equal); n <= 0 {
			enough = min(enough, i)
		}
	}
	return least, most, before, have
}

// withCopies lists what was found in a view with so many copies, from least to most.
func (f *finder) withCopies(v *store.View, part *copiesIn, least, most int) (list []ranked) {
	rows := part.rows.Most
	if least < part.rows.Least {
		if rows = part.found.Rows; rows == nil {
			rows = f.pick.Pick(v, f.rows(v), [2]int{}).Rows
		}
	}
	for _, row := range rows {
		if copies := v.Block.Copies(int(row)); copies >= least && copies <= most {
			list = append(list, ranked{spot{v.Block.First(int(row)), v.Block.ID(int(row)), v, int(row), 0}, copies})
		}
	}
	heads := part.heads.Most
	if least < part.heads.Least {
		heads = part.found.Heads
	}
	for _, i := range heads {
		h := v.Heads.At(int(i))
		if copies := len(h.Voices); copies >= least && copies <= most {
			list = append(list, ranked{spot{h.First, h.ID, v, -1, int(i)}, copies})
		}
	}
	return list
}
