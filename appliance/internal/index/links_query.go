package index

import (
	"cmp"
	"maps"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Link is a node that was heard by another, or by an observer.
type Link struct {
	From     meshcore.PublicKey
	To       meshcore.PublicKey // zero if an observer received
	Observer uint32             // the store's number; valid if To is zero
	Count    int64              // transmissions; observations if an observer received
	Widths   [4]int64           // the same by bytes a hop; 0 where no hop was needed
	First    int64              // of the observations that went over it, Unix ms
	Last     int64
	SNR      SNR  // if an observer received
	RSSI     RSSI // likewise
}

// RSSI sums up strengths of signals.
type RSSI struct {
	Count    int64
	Mean     float64 // dBm; 0 without Count
	Min, Max int16   // dBm; valid iff Count is not 0
}

// linkSum adds up the days of a link.
type linkSum struct {
	Link
	snrSum, rssiSum int64
}

// LinkEnd is a node as an end of links.
type LinkEnd struct {
	Key      meshcore.PublicKey
	Observer uint32 // the store's number of the observer that it is too; 0 none
}

// linkFilter finds the links of one node.
type linkFilter struct {
	of     *LinkEnd             // nil: all links
	number uint32               // of the originator; noOrigin if it has none
	hops   [certainWidth]uint32 // by width, from 1: that it alone fits; noHop if others do too
}

const (
	noOrigin = 1 << linkNumberWidth // no end of a link
	noHop    = 1 << linkNumberWidth
)

func newLinkFilter(names Naming, of *LinkEnd) linkFilter {
	f := linkFilter{of: of, number: noOrigin}
	for i := range f.hops {
		f.hops[i] = noHop
		if of == nil {
			continue
		}
		if only, ok := names.One(of.Key.Hop(i + 1)); ok && only == of.Key {
			f.hops[i] = uint32(codeOf(of.Key.Hop(i + 1)))
		}
	}
	return f
}

func (f *linkFilter) hop(code uint32) bool {
	return code == f.hops[0] || code == f.hops[1] || code == f.hops[2]
}

func (f *linkFilter) has(k linkKey) bool {
	if f.of == nil {
		return true
	}
	switch k.kind() {
	case hopToHop:
		return f.hop(k.from()) || f.hop(k.to())
	case nodeToHop:
		return k.from() == f.number || f.hop(k.to())
	case hopToObserver:
		return f.hop(k.from()) || f.of.Observer != 0 && k.to() == f.of.Observer
	}
	return k.from() == f.number || f.of.Observer != 0 && k.to() == f.of.Observer
}

// places are those of some keys: begin ≤ place < end.
type places struct{ begin, end int }

// within gives the places of built keys among which those are that the filter has:
// what only its own sending can be is found by its beginning.
func (f *linkFilter) within(keys []linkKey) (parts []places) {
	if f.of == nil || f.of.Observer != 0 {
		return []places{{0, len(keys)}}
	}
	begin := func(kind uint64, from uint32) int {
		i, _ := slices.BinarySearch(keys, makeLink(kind, from, 0))
		return i
	}
	parts = []places{{0, begin(hopToObserver, 0)}}
	for _, c := range f.hops {
		if c != noHop {
			parts = append(parts, places{begin(hopToObserver, c), begin(hopToObserver, c+1)})
		}
	}
	if f.number != noOrigin {
		parts = append(parts, places{begin(nodeToObserver, f.number), begin(nodeToObserver, f.number+1)})
	}
	return parts
}

// heldLink is what a day has of a link.
type heldLink struct {
	key  linkKey
	seen sightings
	signals
}

// linkList adds up the links of days.
type linkList struct {
	x      *Links
	filter linkFilter
	ends   linkEnds
	places map[linkPair]int32 // in sums
	pairs  []linkPair         // of sums
	sums   []linkSum
	buf    []heldLink
}

// List gives the links whose both ends are certain, in the UTC days that overlap
// from ≤ time < to (Unix ms); those of one node only, unless it is nil. They are
// in the order of their ends.
func (x *Links) List(names Naming, of *LinkEnd, from, to int64) []Link {
	l := linkList{x: x, filter: newLinkFilter(names, of), ends: newLinkEnds(names), places: map[linkPair]int32{}}
	for _, day := range x.overlapping(from, to) {
		l.day(day)
	}
	return l.sorted()
}

// sorted gives the sums in the order of their ends.
func (l *linkList) sorted() []Link {
	type placed struct {
		ends uint64 // ranks of From, and of To, which is below all of an observer's
		to   uint32 // the observer
		at   int32
	}
	ranks, order := l.ends.ranks(), make([]placed, len(l.pairs))
	for i, p := range l.pairs {
		order[i] = placed{ends: uint64(ranks[p.from()]) << 32, at: int32(i)}
		if p.received() {
			order[i].to = p.to()
		} else {
			order[i].ends |= uint64(ranks[p.to()]) + 1
		}
	}
	slices.SortFunc(order, func(a, b placed) int { return cmp.Or(cmp.Compare(a.ends, b.ends), cmp.Compare(a.to, b.to)) })
	list := make([]Link, len(order))
	for i, o := range order {
		list[i] = l.sums[o.at].link()
	}
	return list
}

// overlapping lists the days that overlap a span.
func (x *Links) overlapping(from, to int64) (days []uint32) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for day := range x.days {
		if dayStart(day)-lateFirst < to && dayStart(day+1)+lateFirst > from {
			days = append(days, day)
		}
	}
	return days
}

// linksAtOnce is how many links are looked at while reception waits: in well
// under a millisecond.
const linksAtOnce = 1 << 12

// day adds a day. A part that is put in use meanwhile is not mixed with the one
// before it.
func (l *linkList) day(day uint32) {
	d := l.gatherLive(day)
	l.add(day)
	if d == nil {
		return
	}
	for _, part := range l.filter.within(d.keys) {
		for begin := part.begin; begin < part.end; begin += linksAtOnce {
			l.x.mu.RLock()
			l.lookedUp()
			l.take(d, begin, min(begin+linksAtOnce, part.end))
			l.x.mu.RUnlock()
			l.add(day)
		}
	}
}

// take finds what a day had when it was built, of the links at some places.
func (l *linkList) take(d *linkDay, begin, end int) {
	none := len(d.keys) - len(d.signals)
	for i := begin; i < end; i++ {
		if !l.filter.has(d.keys[i]) {
			continue
		}
		h := heldLink{key: d.keys[i], seen: d.seen[i]}
		if i >= none {
			h.signals = d.signals[i-none]
		}
		l.buf = append(l.buf, h)
	}
}

// gatherLive finds what came in since a day was built, and gives the day; nil if
// there is none.
func (l *linkList) gatherLive(day uint32) *linkDay {
	l.x.mu.RLock()
	defer l.x.mu.RUnlock()
	d := l.x.days[day]
	if d == nil {
		return nil
	}
	l.lookedUp()
	for k, h := range d.live {
		if l.filter.has(k) {
			l.buf = append(l.buf, heldLink{k, h.sightings, h.signals})
		}
	}
	return d
}

// lookedUp takes over who the originators are. The index is locked.
func (l *linkList) lookedUp() {
	l.ends.nodes = l.x.nodes.keys
	if l.filter.of != nil {
		if n, ok := l.x.nodes.of[l.filter.of.Key]; ok {
			l.filter.number = n
		}
	}
}

// add adds what was found of a day.
func (l *linkList) add(day uint32) {
	for _, h := range l.buf {
		pair, width, ok := l.ends.ends(h.key)
		if !ok {
			continue
		}
		at, known := l.places[pair]
		if !known {
			at = int32(len(l.sums))
			l.places[pair], l.pairs, l.sums = at, append(l.pairs, pair), append(l.sums, linkSum{Link: l.ends.link(pair)})
		}
		sum := &l.sums[at]
		var g *signals
		if h.key.received() {
			g = &h.signals
		}
		sum.add(day, width, h.seen, g)
	}
	l.buf = l.buf[:0]
}

func (l *linkSum) add(day uint32, width int, s sightings, g *signals) {
	first, last := dayStart(day)+int64(s.first), dayStart(day)+int64(s.last)
	if l.Count == 0 {
		l.First, l.Last = first, last
	}
	l.First, l.Last = min(l.First, first), max(l.Last, last)
	l.Count += int64(s.count)
	l.Widths[width] += int64(s.count)
	if g == nil {
		return
	}
	if g.snrs > 0 {
		if l.SNR.Count == 0 {
			l.SNR.Min, l.SNR.Max = g.snrMin, g.snrMax
		}
		l.SNR.Count += int64(g.snrs)
		l.SNR.Min, l.SNR.Max = min(l.SNR.Min, g.snrMin), max(l.SNR.Max, g.snrMax)
		l.snrSum += int64(g.snrSum)
	}
	if g.rssis > 0 {
		if l.RSSI.Count == 0 {
			l.RSSI.Min, l.RSSI.Max = g.rssiMin, g.rssiMax
		}
		l.RSSI.Count += int64(g.rssis)
		l.RSSI.Min, l.RSSI.Max = min(l.RSSI.Min, g.rssiMin), max(l.RSSI.Max, g.rssiMax)
		l.rssiSum += int64(g.rssiSum)
	}
}

func (l *linkSum) link() Link {
	if l.SNR.Count > 0 {
		l.SNR.Mean4 = float64(l.snrSum) / float64(l.SNR.Count)
	}
	if l.RSSI.Count > 0 {
		l.RSSI.Mean = float64(l.rssiSum) / float64(l.RSSI.Count)
	}
	return l.Link
}

// Direct gives the observers that heard a node's good adverts with no relay
// between, over all that is held, in the order of their numbers.
func (x *Links) Direct(key meshcore.PublicKey) []Link {
	x.mu.RLock()
	defer x.mu.RUnlock()
	number, ok := x.nodes.of[key]
	if !ok {
		return nil
	}
	sums := map[uint32]*linkSum{}
	add := func(day uint32, k linkKey, s sightings, g *signals) {
		sum := sums[k.to()]
		if sum == nil {
			sum = &linkSum{Link: Link{From: key, Observer: k.to()}}
			sums[k.to()] = sum
		}
		sum.add(day, 0, s, g)
	}
	first, last := makeLink(nodeToObserver, number, 0), makeLink(nodeToObserver, number, linkNumberMask)
	for day, d := range x.days {
		i, _ := slices.BinarySearch(d.keys, first)
		for ; i < len(d.keys) && d.keys[i] <= last; i++ {
			add(day, d.keys[i], d.seen[i], &d.signals[i-(len(d.keys)-len(d.signals))])
		}
		for k, l := range d.live {
			if k >= first && k <= last {
				add(day, k, l.sightings, &l.signals)
			}
		}
	}
	list := make([]Link, 0, len(sums))
	for _, observer := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, sums[observer].link())
	}
	return list
}

// Received gives, for each of some nodes, the observers that heard it itself, in
// the order of their numbers: by a hop that it alone fits, or its good adverts
// with no relay between. Days are taken as List takes them.
func (x *Links) Received(names Naming, keys []meshcore.PublicKey, from, to int64) [][]Link {
	type sender struct {
		kind uint64
		from uint32
	}
	by := map[sender]int{} // place in keys
	for i, key := range keys {
		for width := 1; width <= certainWidth; width++ {
			if only, ok := names.One(key.Hop(width)); ok && only == key {
				by[sender{hopToObserver, uint32(codeOf(key.Hop(width)))}] = i
			}
		}
	}
	x.mu.RLock()
	for i, key := range keys {
		if number, ok := x.nodes.of[key]; ok {
			by[sender{nodeToObserver, number}] = i
		}
	}
	x.mu.RUnlock()
	sums := make([]map[uint32]*linkSum, len(keys))
	add := func(i int, day uint32, k linkKey, s sightings, g *signals) {
		if sums[i] == nil {
			sums[i] = map[uint32]*linkSum{}
		}
		sum := sums[i][k.to()]
		if sum == nil {
			sum = &linkSum{Link: Link{From: keys[i], Observer: k.to()}}
			sums[i][k.to()] = sum
		}
		width := 0
		if k.kind() == hopToObserver {
			width = hopCode(k.from()).width()
		}
		sum.add(day, width, s, g)
	}
	one := func(day uint32) {
		x.mu.RLock()
		defer x.mu.RUnlock()
		d := x.days[day]
		if d == nil {
			return
		}
		none := len(d.keys) - len(d.signals)
		for s, i := range by {
			at, _ := slices.BinarySearch(d.keys, makeLink(s.kind, s.from, 0))
			for last := makeLink(s.kind, s.from, linkNumberMask); at < len(d.keys) && d.keys[at] <= last; at++ {
				add(i, day, d.keys[at], d.seen[at], &d.signals[at-none])
			}
		}
		for k, l := range d.live {
			if i, ok := by[sender{uint64(k.kind()), k.from()}]; ok {
				add(i, day, k, l.sightings, &l.signals)
			}
		}
	}
	for _, day := range x.overlapping(from, to) {
		one(day)
	}
	out := make([][]Link, len(keys))
	for i := range sums {
		for _, observer := range slices.Sorted(maps.Keys(sums[i])) {
			out[i] = append(out[i], sums[i][observer].link())
		}
	}
	return out
}
