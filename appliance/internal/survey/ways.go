package survey

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// Way is the longest stretch of a flood's paths, in km, of which every leg is known:
// each radio was heard by the next, both are named or certain, and their places are
// believed. What is not known parts a path, and is not passed over.
type Way struct {
	ID    uint64
	Hash  meshcore.Hash
	First int64                // of the transmission, Unix ms
	Radio []meshcore.PublicKey // who sent it, who sent it on, and in the end who received it
	Legs  []float64            // km from each to the next
	KM    float64              // of all legs
}

// LegHour sums up over which legs the floods of an hour went: every flood counts each
// of its legs once, whatever its copies show.
type LegHour struct {
	Start int64 // Unix ms
	Legs  int64
	mm    int64 // of all legs: whole numbers add up in any order
}

// KM is how long a leg was at the mean; 0 without legs.
func (h LegHour) KM() float64 {
	if h.Legs == 0 {
		return 0
	}
	return float64(h.mm) / float64(h.Legs) / 1e6
}

// Distances are how far floods of the day went.
type Distances struct {
	Hours  []LegHour // all of the day, oldest first
	Floods int64     // that have a leg
	Ways   []Way     // the longest, one a flood
	// Unsorted are floods of the whole day of which figures by region lack some region
	// or all: more regions, or more sets of them, were there than are kept.
	Unsorted int64
}

const (
	waysKept    = 20   // of each region
	regionsKept = 512  // that have figures of their own, the first that floods of the day were received in
	setsKept    = 4096 // of regions in which one flood was received: 600 bytes each
)

// Distances tells how far the floods went that were received in one of some regions,
// by the store's numbers of them; nil: anywhere.
func (b *Board) Distances(in map[uint16]bool) Distances {
	out := Distances{Hours: make([]LegHour, dayHours), Unsorted: b.ways.unsorted}
	for i := range out.Hours {
		out.Hours[i].Start = b.From + int64(i)*hourMs
	}
	for set, sums := range b.ways.sums {
		if in != nil && !meets(set, in) {
			continue
		}
		out.Floods += sums.floods
		for i, h := range sums.hours {
			out.Hours[i].Legs += h.Legs
			out.Hours[i].mm += h.mm
		}
	}
	if in == nil {
		out.Ways = b.ways.top[anywhere]
		return out
	}
	// What is among the longest of several regions is among those of each that it was in.
	for region := range in {
		out.Ways = append(out.Ways, b.ways.top[region]...)
	}
	slices.SortFunc(out.Ways, longerWay)
	out.Ways = slices.CompactFunc(out.Ways, func(a, b Way) bool { return a.ID == b.ID })
	out.Ways = out.Ways[:min(waysKept, len(out.Ways))]
	return out
}

// longerWay puts the longest first.
func longerWay(a, b Way) int { return cmp.Or(cmp.Compare(b.KM, a.KM), cmp.Compare(a.ID, b.ID)) }

// anywhere is no region.
const anywhere = 0

// regionSet are the regions in which a flood was received: their numbers, ascending, two
// bytes each.
type regionSet string

func meets(set regionSet, in map[uint16]bool) bool {
	for ; len(set) >= 2; set = set[2:] {
		if in[uint16(set[0])<<8|uint16(set[1])] {
			return true
		}
	}
	return false
}

// legSums sum up the floods that were received in the same regions.
type legSums struct {
	floods int64
	hours  [dayHours]LegHour // without Start
}

// wayTable is how far floods went.
type wayTable struct {
	sums map[regionSet]*legSums
	top  map[uint16][]Way // by region; anywhere has those of all

	unsorted int64
}

// ways measures how far floods went. It is a listener.
type ways struct {
	wayTable
	names  index.Naming
	at     map[meshcore.PublicKey]spot
	nodeOf func(observer uint32) (meshcore.PublicKey, bool)
	hour   int // of the day

	legs  map[[2]meshcore.PublicKey]*leg
	flood int64 // number of the flood, from 1

	// Of the flood:
	tx      *mesh.Transmission
	reached []passage // by node of its tree; 0 is the originator
	best    passage
	any     bool
	count   int64
	mm      int64
	regions []uint16
	set     []byte
}

// leg is how far two radios are apart.
type leg struct {
	km    float64
	ok    bool  // both places are believed, and one may have heard the other
	flood int64 // that counted it last
}

// passage is a leg of a flood, and how far it went over the legs before.
type passage struct {
	from, to meshcore.PublicKey
	before   int32   // the node to which the leg before leads, -1: there is none
	leg      float64 // km; negative: not known
	km       float64 // with those before
}

func newWays(names index.Naming, at map[meshcore.PublicKey]spot, nodeOf func(uint32) (meshcore.PublicKey, bool)) *ways {
	return &ways{names: names, at: at, nodeOf: nodeOf,
		wayTable: wayTable{sums: map[regionSet]*legSums{}, top: map[uint16][]Way{anywhere: nil}}, legs: map[[2]meshcore.PublicKey]*leg{}}
}

func (w *ways) begin(flood) {
	w.flood++
	w.reached, w.any, w.count, w.mm = append(w.reached[:0], passage{leg: -1}), false, 0, 0
}

// step goes on over a step; those to the nodes of the tree come in their order.
func (w *ways) step(tx *mesh.Transmission, s naming.Step) {
	w.tx = tx
	from, _, fromOK := endOf(w.names, s.From)
	to, _, toOK := endOf(w.names, s.To)
	if s.Observation >= 0 {
		to, toOK = w.nodeOf(tx.Observations[s.Observation].Observer)
	}
	p := passage{from: from, to: to, before: -1, leg: -1}
	if fromOK && toOK {
		p.leg = w.passed(from, to)
	}
	if p.leg >= 0 {
		p.km = p.leg
		if before := w.reached[s.Parent]; before.leg >= 0 && before.to == from {
			p.before, p.km = int32(s.Parent), p.km+before.km
		}
		if !w.any || p.km > w.best.km {
			w.best, w.any = p, true
		}
	}
	if s.Observation < 0 {
		w.reached = append(w.reached, p)
	}
}

// passed is how long a leg is that the flood went over; negative if that is not known.
func (w *ways) passed(from, to meshcore.PublicKey) float64 {
	pair := [2]meshcore.PublicKey{from, to}
	l := w.legs[pair]
	if l == nil {
		a, fromOK := w.at[from]
		b, toOK := w.at[to]
		l = &leg{}
		if from != to && fromOK && toOK && a.doubt == health.Believed && b.doubt == health.Believed {
			l.km = health.DistanceKM(a.place, b.place)
			l.ok = l.km <= Reach
		}
		w.legs[pair] = l
	}
	if !l.ok {
		return -1
	}
	if l.flood != w.flood {
		l.flood = w.flood
		w.count++
		w.mm += int64(math.Round(1e6 * l.km))
	}
	return l.km
}

func (w *ways) done(bool) {
	if !w.any {
		return
	}
	all := w.receivedIn()
	sums := w.sums[regionSet(w.set)]
	if sums == nil && len(w.sums) >= setsKept {
		all, w.set = false, w.set[:0]
		sums = w.sums[""]
	}
	if sums == nil {
		sums = &legSums{}
		w.sums[regionSet(w.set)] = sums
	}
	if !all {
		w.unsorted++
	}
	sums.floods++
	sums.hours[w.hour].Legs += w.count
	sums.hours[w.hour].mm += w.mm
	var way Way
	for _, region := range append(w.regions, anywhere) {
		list := w.top[region]
		if len(list) == waysKept && longerWay(list[waysKept-1], Way{ID: w.tx.ID, KM: w.best.km}) < 0 {
			continue
		}
		if way.Legs == nil {
			way = w.way()
		}
		at, _ := slices.BinarySearchFunc(list, way, longerWay)
		list = slices.Insert(list, at, way)
		w.top[region] = list[:min(waysKept, len(list))]
	}
}

// receivedIn lists where the flood was received; false if some of it is not kept.
func (w *ways) receivedIn() (all bool) {
	w.regions, w.set, all = w.regions[:0], w.set[:0], true
	for i := range w.tx.Observations {
		r := w.tx.Observations[i].Region
		if r == anywhere || slices.Contains(w.regions, r) {
			continue
		}
		if _, known := w.top[r]; !known {
			if len(w.top) > regionsKept {
				all = false
				continue
			}
			w.top[r] = nil
		}
		w.regions = append(w.regions, r)
	}
	slices.Sort(w.regions)
	for _, r := range w.regions {
		w.set = binary.BigEndian.AppendUint16(w.set, r)
	}
	return all
}

// way is the longest stretch of the flood.
func (w *ways) way() Way {
	out := Way{ID: w.tx.ID, Hash: w.tx.Hash, First: w.tx.First(), KM: w.best.km, Radio: []meshcore.PublicKey{w.best.to}}
	for p := w.best; ; p = w.reached[p.before] {
		out.Radio, out.Legs = append(out.Radio, p.from), append(out.Legs, p.leg)
		if p.before < 0 {
			break
		}
	}
	slices.Reverse(out.Radio)
	slices.Reverse(out.Legs)
	return out
}
