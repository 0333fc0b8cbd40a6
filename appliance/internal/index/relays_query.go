package index

import (
	"cmp"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Naming tells which node a hop of a heard path stands for, where that is
// certain: one relay alone fits it.
type Naming interface {
	One(hop meshcore.Hop) (meshcore.PublicKey, bool)
	// Turn tells apart what the names were at different times, of one index.
	Turn() uint64
}

// Relayed is a transmission that a node relayed.
type Relayed struct {
	Tx    uint64
	First int64 // where it stands, Unix ms
	Type  meshcore.Type
	Route meshcore.Route
}

// lateFirst is how long before the start of its hour a transmission may stand,
// ms: a copy that came late may have been heard that much earlier.
const lateFirst = 600_000

// inside tells how an hour lies to from ≤ time < to: whether all of its
// transmissions stand there, or any may.
func inside(hour uint32, from, to int64) (all, any bool) {
	start, end := mesh.HourStart(hour)-lateFirst, mesh.HourStart(hour)+mesh.HourMS
	return from <= start && end <= to, start < to && from < end
}

// hoursWithin are the hours of which something may stand in from ≤ time < to,
// newest first. mu is held.
func (x *Relays) hoursWithin(from, to int64) []uint32 {
	var list []uint32
	for hour := range x.hours {
		if _, any := inside(hour, from, to); any {
			list = append(list, hour)
		}
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list
}

// eachHour calls fn for the hours that overlap a span, newest first, until fn is
// false, and locks the index for one at a time.
func (x *Relays) eachHour(from, to int64, fn func(hour uint32, h *relayHour) bool) {
	x.mu.RLock()
	hours := x.hoursWithin(from, to)
	x.mu.RUnlock()
	inHours(&x.mu, x.hours, hours, fn)
}

// union appends the rows of several hops, ascending, each once.
func (h *relayHour) union(dst []uint32, codes []hopCode) []uint32 {
	from := len(dst)
	for _, c := range codes {
		dst = h.rowsOf(dst, c)
	}
	if len(codes) > 1 {
		slices.Sort(dst[from:])
		dst = dst[:from+len(slices.Compact(dst[from:]))]
	}
	return dst
}

// codesOfHops are the codes of hops.
func codesOfHops(hops []meshcore.Hop) []hopCode {
	codes := make([]hopCode, len(hops))
	for i, hop := range hops {
		codes[i] = codeOf(hop)
	}
	return codes
}

// Each calls fn for the transmissions relayed under any of the hops that stand
// in from ≤ time < to (Unix ms), newest first, of one time that with the greater
// ID first, until fn is false.
func (x *Relays) Each(hops []meshcore.Hop, from, to int64, fn func(Relayed) bool) {
	codes := codesOfHops(hops)
	var waiting []Relayed // may stand among those of the hour before
	var rows []uint32
	hand := func(since int64) bool { // those that stand then or later
		slices.SortFunc(waiting, func(a, b Relayed) int {
			return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.Tx, a.Tx))
		})
		n := 0
		for ; n < len(waiting) && waiting[n].First >= since; n++ {
			if !fn(waiting[n]) {
				return false
			}
		}
		waiting = append(waiting[:0], waiting[n:]...)
		return true
	}
	x.mu.RLock()
	hours := x.hoursWithin(from, to)
	x.mu.RUnlock()
	for _, hour := range hours {
		x.mu.RLock()
		if h := x.hours[hour]; h != nil {
			rows = h.union(rows[:0], codes)
			for _, row := range rows {
				if r := h.relayed(hour, row); r.First >= from && r.First < to {
					waiting = append(waiting, r)
				}
			}
		}
		x.mu.RUnlock()
		if !hand(mesh.HourStart(hour)) {
			return
		}
	}
	hand(math.MinInt64)
}

// Within are the transmissions of an hour that were relayed under any of the
// hops, ascending.
func (x *Relays) Within(hour uint32, hops []meshcore.Hop) (ids []uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	h := x.hours[hour]
	if h == nil {
		return nil
	}
	for _, row := range h.union(nil, codesOfHops(hops)) {
		ids = append(ids, h.rows.id(row))
	}
	return ids
}

// Before lists at most n transmissions as Each gives them, strictly before the
// cursor; the zero cursor begins with the newest.
func (x *Relays) Before(hops []meshcore.Hop, cursor mesh.Cursor, from, to int64, n int) (list []Relayed) {
	if cursor != (mesh.Cursor{}) && cursor.First < to {
		to = cursor.First + 1
	}
	x.Each(hops, from, to, func(r Relayed) bool {
		if cursor == (mesh.Cursor{}) || r.First < cursor.First || r.First == cursor.First && r.Tx < cursor.ID {
			list = append(list, r)
		}
		return len(list) < n
	})
	return list
}

func (h *relayHour) relayed(hour, row uint32) Relayed {
	kind := h.rows.kind[row]
	return Relayed{Tx: h.rows.id(row), First: mesh.HourStart(hour) + int64(h.rows.first[row]),
		Type: meshcore.Type(kind & 15), Route: meshcore.Route(kind >> 4 & 3)}
}

// CertainOf counts for each of some nodes, by the hops that it alone fits, the
// transmissions that stand in from ≤ time < to (Unix ms) and were relayed under
// any of them.
func (x *Relays) CertainOf(hops [][]meshcore.Hop, from, to int64) []int64 {
	codes, counts := make([][]hopCode, len(hops)), make([]int64, len(hops))
	for i := range hops {
		codes[i] = codesOfHops(hops[i])
	}
	type placed struct {
		code hopCode
		of   int
	}
	var all []placed // of those that add up, by code
	for i, list := range codes {
		for _, c := range list {
			all = append(all, placed{c, i})
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.code, b.code) })
	x.eachHour(from, to, func(hour uint32, h *relayHour) bool {
		if within, _ := inside(hour, from, to); within && h.rows.own == 0 {
			rest, at := h.hops, 0
			for _, p := range all {
				i, found := slices.BinarySearch(rest, p.code)
				if rest, at = rest[i:], at+i; found {
					counts[p.of] += int64(h.count[at])
				}
				if len(h.live) > 0 {
					counts[p.of] += int64(len(h.live[p.code]))
				}
			}
			return true
		}
		for i := range codes {
			counts[i] += h.countWithin(hour, codes[i], from, to)
		}
		return true
	})
	return counts
}

// ByHour counts the transmissions relayed under any of the hops by the hour in
// which they are stored, from the hour of from on (Unix ms), for n hours. One that
// stands shortly before its hour counts there all the same.
func (x *Relays) ByHour(hops []meshcore.Hop, from int64, n int) []int64 {
	codes := codesOfHops(hops)
	counts, hours := make([]int64, n), make([]uint32, n)
	for i := range hours {
		hours[i] = uint32(floorDiv(from, mesh.HourMS) + int64(i))
	}
	inHours(&x.mu, x.hours, hours, func(hour uint32, h *relayHour) bool {
		counts[hour-hours[0]] = h.countWithin(hour, codes, math.MinInt64, math.MaxInt64)
		return true
	})
	return counts
}

// countWithin counts the transmissions of an hour under any of the hops.
func (h *relayHour) countWithin(hour uint32, codes []hopCode, from, to int64) (n int64) {
	all, _ := inside(hour, from, to)
	if all && (len(codes) == 1 || h.rows.own == 0) {
		// The hops are of different widths, and a tree has one width.
		for _, c := range codes {
			n += h.countOf(c)
		}
		return n
	}
	var twice []uint32 // may be under several of them
	for _, c := range codes {
		h.each(c, func(row uint32) {
			switch {
			case !h.stands(hour, row, from, to):
			case len(codes) > 1 && h.rows.kind[row]&rowOwn != 0:
				twice = append(twice, row)
			default:
				n++
			}
		})
	}
	slices.Sort(twice)
	return n + int64(len(slices.Compact(twice)))
}

// stands tells whether a transmission of an hour stands in from ≤ time < to.
func (h *relayHour) stands(hour, row uint32, from, to int64) bool {
	at := mesh.HourStart(hour) + int64(h.rows.first[row])
	return at >= from && at < to
}

// eachHop gives the hops of an hour.
func (h *relayHour) eachHop() func(func(hopCode) bool) {
	return func(yield func(hopCode) bool) {
		for _, c := range h.hops {
			if !yield(c) {
				return
			}
		}
		for c := range h.live {
			if _, built := slices.BinarySearch(h.hops, c); !built && !yield(c) {
				return
			}
		}
	}
}

// Believed lists the transmissions of any time that a node is believed to have
// relayed, newest hour first, at most n.
func (x *Relays) Believed(key meshcore.PublicKey, n int) (list []uint64) {
	byHour(&x.mu, x.names, func(_ uint32, h *nameHour) bool {
		node, known := x.nodes.of[key]
		if !known {
			return false
		}
		from := len(list)
		list = h.of(list, node)
		slices.Reverse(list[from:])
		return len(list) < n
	})
	return list[:min(n, len(list))]
}
