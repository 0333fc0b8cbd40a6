package index

import (
	"cmp"
	"maps"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Route is a sequence of hops and in how many transmissions it was heard.
type Route struct {
	Hops  []meshcore.Hop // in the direction of travel
	Count int64
}

// RouteList is the most frequent sequences.
type RouteList struct {
	Routes []Route
	// Paths counts the transmissions with a path of two hops or more.
	Paths int64
	// Skipped counts occurrences that could not be counted, because there were
	// more different hops than the index has numbers for.
	Skipped uint64
}

// Top gives the n most frequent sequences of from to to hops (2 to 4) in the
// days from ≤ day < until (since 1970), most frequent first; of as frequent ones
// in the order of their hops.
func (x *Routes) Top(from, to, n int, days ...uint32) RouteList {
	var out RouteList
	list := x.daysNow(days)
	codes := x.symbols.list() // after the days: it has all that they have
	best := top{most: n, codes: codes}
	for _, d := range list {
		out.Paths += int64(d.paths)
		out.Skipped += d.skipped
	}
	if !frequentOf(list, from, to, &best) {
		best.list = nil
		merge(list, func(key sequence, count int64) {
			if l := key.length(); l >= from && l <= to {
				best.offer(key, count)
			}
		})
	}
	for _, r := range best.list {
		out.Routes = append(out.Routes, Route{r.key.hops(codes), r.count})
	}
	slices.SortFunc(out.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	return out
}

// frequentOf offers best the sequences that may be among the first, if it can
// tell which: those that are frequent on some day. Any other occurs at most as
// often as the days' rests allow. It is false if that is not rare enough.
func frequentOf(days []*routeDay, from, to int, best *top) bool {
	if best.most <= 0 {
		return true
	}
	known := map[sequence]atLeast{}
	rest := int64(0) // greatest count of the others, but for what came in since
	for _, d := range days {
		most := int64(0)
		for l := from; l <= to; l++ {
			most = max(most, d.rest[l-shortest])
		}
		rest += most
		for l := from; l <= to; l++ {
			for _, s := range d.often[l-shortest] {
				k := known[s.key]
				known[s.key] = atLeast{k.count + s.count, k.spared + most}
			}
		}
	}
	if len(known) < best.most {
		return false
	}
	counts := make([]int64, 0, len(known))
	for _, k := range known {
		counts = append(counts, k.count)
	}
	slices.Sort(counts)
	least := counts[len(counts)-best.most] // that a sequence must have to come in
	spare := least - rest                  // what an other must have had since
	if spare < 1 {
		return false
	}
	may := map[sequence]struct{}{}
	for key, k := range known {
		most := k.count + rest - k.spared
		for _, d := range days {
			most += int64(d.live[key])
		}
		if most >= least {
			may[key] = struct{}{}
		}
	}
	for _, d := range days {
		for key, n := range d.live { // on one day it must have had its part of spare
			if l := key.length(); l >= from && l <= to && int64(n)*int64(len(days)) >= spare {
				may[key] = struct{}{}
			}
		}
	}
	for key := range may {
		best.offer(key, countOf(days, key))
	}
	return true
}

// atLeast is what is known of the count of a sequence: of the days on which it
// is among the most frequent, whose rests come to spared.
type atLeast struct{ count, spared int64 }

// countOf is how often a sequence occurs in all the days.
func countOf(days []*routeDay, key sequence) (count int64) {
	for _, d := range days {
		count += d.list.count(key) + int64(d.live[key])
	}
	return count
}

// Days lists the days of which anything is held, ascending.
func (x *Routes) Days() []uint32 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.days))
}

// pickDays gives the days that are wanted; none named: all. mu is held.
func (x *Routes) pickDays(days []uint32) (list []*routeDay) {
	if days == nil {
		days = slices.Sorted(maps.Keys(x.days))
	}
	for _, day := range days {
		if d := x.days[day]; d != nil {
			list = append(list, d)
		}
	}
	return list
}

// daysNow gives days as they are at this moment, as pickDays does, so that nobody
// waits while they are gone through: what was built does not change, and what came
// in since is copied.
func (x *Routes) daysNow(days []uint32) (list []*routeDay) {
	if days == nil {
		days = x.Days()
	}
	var since []lateRoute
	for _, day := range days {
		now, ok := x.dayNow(day, &since)
		if !ok {
			continue
		}
		now.live = make(map[sequence]uint32, len(since))
		for _, s := range since {
			now.live[s.key] = s.count
		}
		list = append(list, &now)
	}
	return list
}

// lateRoute is a sequence that came in since its day was built.
type lateRoute struct {
	key   sequence
	count uint32
}

// dayNow gives a day, and what came in since it was built; false if there is none.
func (x *Routes) dayNow(day uint32, since *[]lateRoute) (now routeDay, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	d := x.days[day]
	if d == nil {
		return now, false
	}
	*since = (*since)[:0]
	for key, n := range d.live { // a map's copy takes several times as long
		*since = append(*since, lateRoute{key, n})
	}
	return *d, true
}

// merge calls fn for every sequence with its count in all the days.
func merge(days []*routeDay, fn func(key sequence, count int64)) {
	late := map[sequence]uint32{} // of all days
	for _, d := range days {
		for key, n := range d.live {
			late[key] += n
		}
	}
	var more routeList
	for _, key := range slices.Sorted(maps.Keys(late)) {
		more.add(key, late[key])
	}
	var walks []routeWalk
	begin := func(l *routeList) {
		if w := l.walk(0); w.next() {
			walks = append(walks, w)
		}
	}
	begin(&more)
	for _, d := range days {
		begin(&d.list)
	}
	for len(walks) > 0 {
		least := walks[0].key
		for i := range walks {
			least = min(least, walks[i].key)
		}
		count := int64(0)
		for i := 0; i < len(walks); {
			w := &walks[i]
			if w.key == least {
				if count += w.count; !w.next() {
					walks = slices.Delete(walks, i, i+1)
					continue
				}
			}
			i++
		}
		fn(least, count)
	}
}

// counted is a sequence with its count.
type counted struct {
	key   sequence
	count int64
}

// top holds the most frequent of what it is offered, in a heap: the least
// frequent first. Of as frequent ones it keeps those whose hops come first, for
// symbols are given anew at every start.
type top struct {
	most  int
	codes []hopCode // by symbol
	list  []counted
}

func (t *top) offer(key sequence, count int64) {
	switch {
	case t.most <= 0:
	case len(t.list) < t.most:
		t.list = append(t.list, counted{key, count})
		for i := len(t.list) - 1; i > 0 && t.less(t.list[i], t.list[(i-1)/2]); i = (i - 1) / 2 {
			t.list[i], t.list[(i-1)/2] = t.list[(i-1)/2], t.list[i]
		}
	case count >= t.list[0].count && t.less(t.list[0], counted{key, count}):
		t.list[0] = counted{key, count}
		t.sink()
	}
}

func (t *top) less(a, b counted) bool {
	if a.count != b.count {
		return a.count < b.count
	}
	for shift := 48; shift >= 0; shift -= 16 {
		x, y := a.key>>shift&0xFFFF, b.key>>shift&0xFFFF
		if x != y {
			return y == 0 || x != 0 && t.codes[x-1] > t.codes[y-1]
		}
	}
	return false
}

func (t *top) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.list); child++ {
			if t.less(t.list[child], t.list[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.list[i], t.list[least] = t.list[least], t.list[i]
		i = least
	}
}

func compareHops(a, b []meshcore.Hop) int {
	return slices.CompareFunc(a, b, func(a, b meshcore.Hop) int { return cmp.Compare(codeOf(a), codeOf(b)) })
}

// Count tells in how many transmissions a sequence of two to four hops was
// heard; days as for Top.
func (x *Routes) Count(hops []meshcore.Hop, days ...uint32) (count int64) {
	if len(hops) < shortest || len(hops) > longest {
		return 0
	}
	key, ok := x.sequenceOf(hops)
	if !ok {
		return 0
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return countOf(x.pickDays(days), key)
}

// Counted tells whether every sequence is: there were not more hops than the
// index has numbers for.
func (x *Routes) Counted() bool { return !x.symbols.full() }
