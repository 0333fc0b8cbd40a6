package index

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Links tells who was heard by whom, from certain facts only: neighbouring hops
// of a heard path, the last hop and the observer, the originator of a good
// advert and the first hop or the observer. Hops are kept as they were heard;
// which of them stand for one node alone is asked when the links are.
type Links struct {
	mu    sync.RWMutex
	days  map[uint32]*linkDay // guarded by mu; of the hours in which transmissions are stored, by days since 1970
	nodes nodeNumbers         // guarded by mu; originators

	built *builtKeys // guarded by mu; of the days that Pairs was asked for last; nil once one of them is gone
}

// linkDay is what one day has. Links that an observer received come last.
type linkDay struct {
	keys    []linkKey // ascending
	seen    []sightings
	signals []signals              // of the last len(signals) keys
	spreads []spread               // likewise
	live    map[linkKey]*heardLink // new since it was built
	adverts []uint64               // transmissions of good adverts, ascending
}

// linkKey is a directed link: its kind, who sent, who received.
type linkKey uint64

// The kinds of links.
const (
	hopToHop        = 0
	nodeToHop       = 1
	hopToObserver   = 2 // from here on an observer received
	nodeToObserver  = 3
	linkNumberWidth = 31 // bits of an end: a hopCode, a node's number in Links.nodes, or the store's of an observer
	linkNumberMask  = 1<<linkNumberWidth - 1
)

func makeLink(kind uint64, from, to uint32) linkKey {
	return linkKey(kind<<62 | uint64(from&linkNumberMask)<<linkNumberWidth | uint64(to&linkNumberMask))
}

func (k linkKey) kind() int    { return int(k >> 62) }
func (k linkKey) from() uint32 { return uint32(k >> linkNumberWidth & linkNumberMask) }
func (k linkKey) to() uint32   { return uint32(k & linkNumberMask) }

// received tells whether an observer is the receiver.
func (k linkKey) received() bool { return k.kind() >= hopToObserver }

// sightings sum up when a link was seen within a day.
type sightings struct {
	count       uint32 // transmissions; observations if an observer received
	first, last int32  // of the observations that went over it: where they stand, ms after the day's start
}

// at takes an observation that went over the link.
func (s *sightings) at(ms int32) { s.span(ms, ms) }

func (s *sightings) span(first, last int32) {
	if s.first > s.last {
		s.first, s.last = first, last
		return
	}
	s.first, s.last = min(s.first, first), max(s.last, last)
}

// unseen is a link that nothing went over.
func unseen() sightings { return sightings{first: 1, last: 0} }

// signals sum up what an observer measured within a day.
type signals struct {
	snrs, rssis      uint32
	snrSum           int32 // quarter dB
	rssiSum          int32 // dBm
	snrMin, snrMax   int8
	rssiMin, rssiMax int16
}

func (s *signals) add(snr4 int8, rssi int16) {
	if snr4 != mesh.NoSNR {
		if s.snrs == 0 {
			s.snrMin, s.snrMax = snr4, snr4
		}
		s.snrs++
		s.snrSum += int32(snr4)
		s.snrMin, s.snrMax = min(s.snrMin, snr4), max(s.snrMax, snr4)
	}
	if rssi != mesh.NoRSSI {
		if s.rssis == 0 {
			s.rssiMin, s.rssiMax = rssi, rssi
		}
		s.rssis++
		s.rssiSum += int32(rssi)
		s.rssiMin, s.rssiMax = min(s.rssiMin, rssi), max(s.rssiMax, rssi)
	}
}

// heardLink is one link of a day.
type heardLink struct {
	sightings
	signals signals
	spread  spread
}

// NewLinks makes an empty index.
func NewLinks() *Links { return &Links{days: map[uint32]*linkDay{}, nodes: newNodeNumbers()} }

// Span is a day: the same links are seen hour after hour.
func (x *Links) Span() uint32 { return 24 }

// Improves is true: SNRs are summed up.
func (x *Links) Improves() bool { return true }

// Drop forgets a day.
func (x *Links) Drop(day uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.days, day)
	x.built = nil
}

// Loose counts what came into a day since it was built.
func (x *Links) Loose(day uint32) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if d := x.days[day]; d != nil {
		return len(d.live)
	}
	return 0
}

// dayStart is where a day begins, Unix ms.
func dayStart(day uint32) int64 { return mesh.HourStart(day * 24) }

// originOf gives the key in the payload of an advert.
func originOf(t meshcore.Type, payload []byte) (key meshcore.PublicKey, ok bool) {
	return key, t == meshcore.TypeAdvert && copy(key[:], payload) == len(key)
}

// originNumber numbers an originator.
func (x *Links) originNumber(key meshcore.PublicKey) uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.nodes.number(key)
}

// Apply counts the links that an observation went over.
func (x *Links) Apply(e *Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	day := e.Hour / 24
	d := x.days[day]
	if d == nil {
		d = &linkDay{}
		x.days[day] = d
	}
	var origin uint32
	key, known := originOf(e.Type, e.Payload)
	if known {
		if e.New && e.Advert != nil {
			d.adverts = append(d.adverts, e.Tx)
		}
		if _, known = slices.BinarySearch(d.adverts, e.Tx); known {
			origin = x.nodes.number(key)
		}
	}
	o := linkObs{day: d, at: int32(e.Obs.At - dayStart(day)), observer: e.Obs.Observer,
		snr4: e.Obs.SNR4, rssi: e.Obs.RSSI, origin: origin, known: known}
	if e.Leaf >= 0 {
		o.inTree(&e.Tree, int(e.Leaf), e.Fresh)
		return
	}
	p := e.Obs.Packet(nil)
	if path, ok := p.Heard(); ok {
		o.outside(path)
	} else if ahead, ok := p.Ahead(); ok && ahead.Len() == 0 {
		o.direct() // an advert that is not flooded goes no hop
	}
}

// linkObs is an observation and the day that its links are counted in.
type linkObs struct {
	day      *linkDay
	at       int32
	observer uint32
	snr4     int8
	rssi     int16
	origin   uint32 // valid if known
	known    bool
}

// inTree counts the links of an observation whose path leads to a leaf.
func (o *linkObs) inTree(t *mesh.Tree, leaf, fresh int) {
	if leaf == 0 {
		o.direct()
		return
	}
	o.receive(makeLink(hopToObserver, uint32(treeCode(t, leaf)), o.observer))
	for n := leaf; n > 0; n = t.Parent(n) {
		k, ok := o.step(t, n)
		if !ok {
			continue
		}
		l := o.day.link(k)
		l.at(o.at)
		if n >= fresh && !o.stepBefore(t, n, k) {
			l.count++
		}
	}
}

// step is the link that leads to a node of the tree.
func (o *linkObs) step(t *mesh.Tree, n int) (k linkKey, ok bool) {
	if parent := t.Parent(n); parent > 0 {
		return makeLink(hopToHop, uint32(treeCode(t, parent)), uint32(treeCode(t, n))), true
	}
	return makeLink(nodeToHop, o.origin, uint32(treeCode(t, n))), o.known
}

// stepBefore tells whether the same link leads to an earlier node.
func (o *linkObs) stepBefore(t *mesh.Tree, n int, k linkKey) bool {
	for m := 1; m < n; m++ {
		if other, ok := o.step(t, m); ok && other == k {
			return true
		}
	}
	return false
}

// outside counts the links of a path that is not in the tree. Only what the
// observer itself heard is taken: whether the steps before were counted for
// this transmission already is not known.
func (o *linkObs) outside(path meshcore.HeardPath) {
	if last, ok := path.Last(); ok {
		o.receive(makeLink(hopToObserver, uint32(codeOf(last)), o.observer))
		return
	}
	o.direct()
}

// direct counts that the originator itself was heard.
func (o *linkObs) direct() {
	if o.known {
		o.receive(makeLink(nodeToObserver, o.origin, o.observer))
	}
}

func (o *linkObs) receive(k linkKey) {
	if i, g, ok := o.day.place(k); ok {
		o.measured(&o.day.seen[i], &o.day.signals[g], &o.day.spreads[g])
		return
	}
	l := o.day.added(k)
	o.measured(&l.sightings, &l.signals, &l.spread)
}

// measured counts what an observer received of a link.
func (o *linkObs) measured(seen *sightings, sum *signals, each *spread) {
	seen.at(o.at)
	seen.count++
	sum.add(o.snr4, o.rssi)
	if o.snr4 != mesh.NoSNR {
		*each = each.with(o.snr4)
	}
}

// link gives the sightings of a link, made if there are none.
func (d *linkDay) link(k linkKey) *sightings {
	if s, _, ok := d.built(k); ok {
		return s
	}
	return &d.added(k).sightings
}

// built gives what a link has since the part was built. The signals are nil
// unless an observer received.
func (d *linkDay) built(k linkKey) (*sightings, *signals, bool) {
	i, g, found := d.place(k)
	switch {
	case !found:
		return nil, nil, false
	case g >= 0:
		return &d.seen[i], &d.signals[g], true
	}
	return &d.seen[i], nil, true
}

// place is where a link is in the part that was built, and where its signals are;
// negative if no observer received.
func (d *linkDay) place(k linkKey) (i, signal int, ok bool) {
	i, ok = slices.BinarySearch(d.keys, k)
	return i, i - (len(d.keys) - len(d.signals)), ok
}

func (d *linkDay) added(k linkKey) *heardLink {
	l := d.live[k]
	if l == nil {
		if d.live == nil {
			d.live = map[linkKey]*heardLink{}
		}
		l = &heardLink{sightings: unseen()}
		d.live[k] = l
	}
	return l
}
