package report

import (
	"cmp"
	"slices"
)

// Dropped tells how many would match without one filter, or without two.
type Dropped struct {
	Filter string // its name in addresses, such as "type"; that of the time is "time"
	With   string // that is lifted together with it; "": it alone is
	Count  int
}

// lift is a filter of a query: whether it is in force, and how it is taken off.
type lift[Q any] struct {
	name string
	on   func(*Q) bool
	off  func(*Q)
}

// pairsCounted is how many pairs of filters are counted at most to find the one whose
// lifting brings most, beside what each filter alone lets through.
const pairsCounted = 10

// dropped counts, for each filter in force, what a query would want if it were lifted;
// and where none brings anything, for two that bring something together.
func dropped[Q any](q Q, all []lift[Q], count func(Q) (int, error)) (out []Dropped, err error) {
	var on []lift[Q]
	for _, l := range all {
		if l.on(&q) {
			on = append(on, l)
		}
	}
	less := func(lifted func(i int) bool) (int, error) {
		s := q
		for i, l := range on {
			if lifted(i) {
				l.off(&s)
			}
		}
		return count(s)
	}
	some := false
	for i := range on {
		n, err := less(func(k int) bool { return k == i })
		if err != nil {
			return nil, err
		}
		out = append(out, Dropped{Filter: on[i].name, Count: n})
		some = some || n > 0
	}
	if some || len(on) < 3 { // without two of two there is no filter left
		return out, nil
	}
	alone := make([]int, len(on)) // what each lets through where it is the only one
	for i := range on {
		if alone[i], err = less(func(k int) bool { return k != i }); err != nil {
			return nil, err
		}
	}
	best, err := bestPair(alone, func(a, b int) (int, error) { return less(func(k int) bool { return k == a || k == b }) })
	if err == nil && best.count > 0 {
		out = append(out, Dropped{Filter: on[best.a].name, With: on[best.b].name, Count: best.count})
	}
	return out, err
}

// pair are two filters, and how much is wanted without them.
type pair struct{ a, b, count int }

// bestPair finds the two filters whose lifting brings most. What is left when two are
// lifted passes each of the others, so it is no more than the least of what these let
// through alone: pairs are counted from the greatest such bound on, until none can be
// better, and no more of them than pairsCounted.
func bestPair(alone []int, count func(a, b int) (int, error)) (best pair, err error) {
	var pairs []pair
	for a := range alone {
		for b := range a {
			bound, first := 0, true
			for i, n := range alone {
				if i != a && i != b && (first || n < bound) {
					bound, first = n, false
				}
			}
			pairs = append(pairs, pair{b, a, bound})
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.count, x.count) })
	for _, p := range pairs[:min(len(pairs), pairsCounted)] {
		if p.count <= best.count {
			break
		}
		if len(alone) > 3 { // of three filters one is left, and the bound is what it lets through
			if p.count, err = count(p.a, p.b); err != nil {
				return best, err
			}
		}
		if p.count > best.count {
			best = p
		}
	}
	return best, nil
}

// droppedOf is dropped of a list that fits in memory: lets tells of each row which
// filters let it pass, and on which are in force.
func droppedOf(names []string, on []bool, rows int, lets func(row int) []bool) []Dropped {
	failed := map[uint]int{} // how many rows which filters stop
	for i := range rows {
		var by uint
		for k, ok := range lets(i) {
			if !ok {
				by |= 1 << k
			}
		}
		failed[by]++
	}
	var all []lift[uint]
	for k, name := range names {
		all = append(all, lift[uint]{name, func(*uint) bool { return on[k] }, func(q *uint) { *q &^= 1 << k }})
	}
	out, _ := dropped(^uint(0), all, func(q uint) (n int, _ error) { // nothing fails
		for by, rows := range failed {
			if by&q == 0 {
				n += rows
			}
		}
		return n, nil
	})
	return out
}
