package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Topology is how far floods travelled, and which relays observers received them
// by, of those that were first received in a span.
type Topology struct {
	Depths    [64]Depth // receptions by relays passed
	Relays    []HopCount
	Pairs     []HopPair // by transmissions, most first
	Observers []Reached // by number
}

// Depth sums receptions up that passed as many relays.
type Depth struct {
	Receptions int64
	SNR        Spread // quarter dB, at the observer
}

// HopPair is two hops that follow one another in the tree of a flood, in
// whichever order.
type HopPair struct {
	A, B  meshcore.Hop
	Count int64 // transmissions, those that have them in both orders twice
}

// Reached is the relays by which an observer received floods.
type Reached struct {
	Observer uint32 // the store's number
	Hops     []ReachedHop
}

// ReachedHop is a hop on the paths that an observer received floods by.
type ReachedHop struct {
	Hop         meshcore.Hop
	Count       int64 // places on paths of receptions
	Least, Most int   // transmissions from there to the observer: 1 was heard itself
}

// Topology looks at all floods with a hop that q wants. It lists so many pairs. Its
// error is that of ctx.
func (p Packets) Topology(ctx context.Context, routes *index.Routes, q SequenceQuery, pairs int) (out Topology, err error) {
	rows, _, err := widthRows(ctx, p.Store, p.Memory, q)
	if err != nil {
		return out, err
	}
	for _, row := range rows.Tables[1] {
		out.Relays = append(out.Relays, HopCount{figure.HopOf(row.Key), row.Transmissions})
	}
	if out.Pairs, err = p.hopPairs(ctx, routes, q, pairs); err != nil {
		return out, err
	}
	all, err := p.reached(ctx, q)
	if err != nil {
		return out, err
	}
	out.Depths = all.depths
	for _, num := range slices.Sorted(maps.Keys(all.by)) {
		r := Reached{Observer: num}
		for _, key := range slices.Sorted(maps.Keys(all.by[num])) {
			c := all.by[num][key]
			r.Hops = append(r.Hops, ReachedHop{reachHop(key), c.count, int(c.least), int(c.most)})
		}
		out.Observers = append(out.Observers, r)
	}
	return out, nil
}

// hopPairs adds up the sequences of two hops in both orders. It asks for more of
// them until none that is left out could be in the list.
func (p Packets) hopPairs(ctx context.Context, routes *index.Routes, q SequenceQuery, n int) ([]HopPair, error) {
	for limit := 16 * n; ; limit *= 4 {
		list, err := p.Sequences(ctx, routes, q, []SequenceGroup{{Least: 2, Most: 2, Limit: limit}})
		if err != nil {
			return nil, err
		}
		at := map[[2]meshcore.Hop]int{}
		var pairs []HopPair
		for _, s := range list.Groups[0] {
			a, b := s.Hops[0], s.Hops[1]
			if compareHops([]meshcore.Hop{a}, []meshcore.Hop{b}) > 0 {
				a, b = b, a
			}
			i, known := at[[2]meshcore.Hop{a, b}]
			if !known {
				i = len(pairs)
				at[[2]meshcore.Hop{a, b}] = i
				pairs = append(pairs, HopPair{A: a, B: b})
			}
			pairs[i].Count += s.Count
		}
		slices.SortStableFunc(pairs, func(a, b HopPair) int { return int(b.Count - a.Count) })
		got := list.Groups[0]
		if len(got) < limit || len(pairs) >= n && pairs[n-1].Count > 2*got[len(got)-1].Count {
			return pairs[:min(n, len(pairs))], nil
		}
	}
}

// reach counts the places of hops on the paths by which observers received
// floods.
type reach struct {
	depths [64]Depth
	by     map[uint32]map[uint32]reachCell // by number of the observer, by reachKey
}

type reachCell struct {
	count       int64
	least, most uint8
}

func (c reachCell) join(o reachCell) reachCell {
	if c.count == 0 {
		return o
	}
	return reachCell{c.count + o.count, min(c.least, o.least), max(c.most, o.most)}
}

// reachKey is a hop as a number: its width in the highest byte.
func reachKey(hop []byte) uint32 {
	key := uint32(len(hop)) << 24
	for i, b := range hop {
		key |= uint32(b) << (16 - 8*i)
	}
	return key
}

func reachHop(key uint32) meshcore.Hop {
	b := [3]byte{byte(key >> 16), byte(key >> 8), byte(key)}
	return meshcore.NewHop(b[:key>>24])
}

// reached counts. What sealed hours that lie in the span whole came to is
// remembered by the day.
func (p Packets) reached(ctx context.Context, q SequenceQuery) (*reach, error) {
	in := PacketSearch{From: q.From, To: q.To}.span()
	regions := regionNumbers(p.Store, q.Regions)
	question := fmt.Sprint("reached by observers in ", q.Regions)
	var days []dayViews
	for _, v := range viewsIn(p.Store, in).Hours {
		day := v.Hour / 24
		if n := len(days); n == 0 || days[n-1].day != day {
			days = append(days, dayViews{day: day})
		}
		last := &days[len(days)-1]
		last.views = append(last.views, v)
	}
	parts, err := inParallel(ctx, len(days), func() *reachPart { return &reachPart{regions: regions, in: in} }, func(part *reachPart, i int) {
		d := days[i]
		state := d.state()
		sealed, known := p.Reach.Recall(question, d.day, state)
		whole := d.whole(in)
		switch {
		case whole && known:
		case whole:
			alone := &reachPart{regions: regions, in: always}
			d.sealed(alone.add)
			sealed = alone.pack()
			p.Reach.Remember(question, d.day, state, sealed)
		default:
			sealed = nil
			d.sealed(part.add)
		}
		part.unpack(sealed)
		for i := range d.views {
			d.views[i].Open(anyHead, part.add)
		}
	})
	all := &parts[0].reach
	for _, part := range parts[1:] {
		all.join(&part.reach)
	}
	return all, err
}

var always = PacketSearch{}.span()

// dayViews are hours of a day.
type dayViews struct {
	day   uint32
	views []store.View
}

// state tells apart what is sealed of them.
func (d *dayViews) state() string {
	var b strings.Builder
	for i := range d.views {
		if state := d.views[i].State(); state != "" {
			fmt.Fprint(&b, d.views[i].Hour, " ", state, ";")
		}
	}
	return b.String()
}

// whole tells whether all that is stored in them stands in a span.
func (d *dayViews) whole(in span) bool {
	start := int64(d.day) * dayMs
	return in.from <= start-earlyMs && in.to >= start+dayMs
}

func (d *dayViews) sealed(fn func(*mesh.Scanned) bool) {
	for i := range d.views {
		if v := &d.views[i]; v.Block != nil {
			v.Block.Scan(0, v.Block.Len(), v.Over, fn)
		}
	}
}

// reachPart counts transmissions.
type reachPart struct {
	reach
	regions map[uint16]bool // of observers; nil: all
	in      span            // where they stand
	keys    []uint32        // of the hops of a tree
}

func (r *reachPart) add(s *mesh.Scanned) bool {
	if !r.in.has(s.First) {
		return true
	}
	t := &s.Tree
	r.keys = r.keys[:0]
	for n := range t.Len() {
		r.keys = append(r.keys, reachKey(t.HopBytes[n*t.Width:(n+1)*t.Width]))
	}
	for i := range s.Obs {
		o := &s.Obs[i]
		if r.regions != nil && !r.regions[o.Region] {
			continue
		}
		if o.Leaf > 0 {
			cells := r.received(o, int(o.PathLen&63))
			distance := uint8(0)
			for n := int(o.Leaf); n > 0; n = t.Parent(n) {
				distance++
				key := r.keys[n-1]
				cells[key] = cells[key].join(reachCell{1, distance, distance})
			}
		} else if width, path, ok := ownHeard(o); ok {
			cells := r.received(o, len(path)/width)
			for at := 0; at < len(path); at += width {
				distance := uint8((len(path) - at) / width)
				key := reachKey(path[at : at+width])
				cells[key] = cells[key].join(reachCell{1, distance, distance})
			}
		}
	}
	return true
}

// received counts a reception, and gives the cells of its observer.
func (r *reachPart) received(o *mesh.ScannedObs, passed int) map[uint32]reachCell {
	d := &r.depths[passed]
	d.Receptions++
	if o.SNR4 != mesh.NoSNR {
		d.SNR.add(int64(o.SNR4))
	}
	return r.cells(o.Observer)
}

func (r *reach) cells(observer uint32) map[uint32]reachCell {
	cells := r.by[observer]
	if cells == nil {
		if r.by == nil {
			r.by = map[uint32]map[uint32]reachCell{}
		}
		cells = map[uint32]reachCell{}
		r.by[observer] = cells
	}
	return cells
}

func (r *reach) join(o *reach) {
	for i := range o.depths {
		r.depths[i].Receptions += o.depths[i].Receptions
		r.depths[i].SNR.join(o.depths[i].SNR)
	}
	for num, from := range o.by {
		cells := r.cells(num)
		for key, c := range from {
			cells[key] = cells[key].join(c)
		}
	}
}

// pack gives what was counted in bytes.
func (r *reach) pack() (b []byte) {
	for _, d := range r.depths {
		for _, v := range []int64{d.Receptions, d.SNR.N, d.SNR.Sum, d.SNR.Squares} {
			b = binary.AppendVarint(b, v)
		}
	}
	for _, num := range slices.Sorted(maps.Keys(r.by)) {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(num)), uint64(len(r.by[num])))
		last := uint32(0)
		for _, key := range slices.Sorted(maps.Keys(r.by[num])) {
			c := r.by[num][key]
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, uint64(key-last)), uint64(c.count)), c.least, c.most)
			last = key
		}
	}
	return slices.Clip(b)
}

// unpack adds what another packed; nil is nothing.
func (r *reach) unpack(b []byte) {
	if len(b) == 0 {
		return
	}
	varint := func() int64 {
		v, n := binary.Varint(b)
		b = b[n:]
		return v
	}
	uvarint := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	for i := range r.depths {
		d := &r.depths[i]
		d.Receptions += varint()
		d.SNR.join(Spread{varint(), varint(), varint()})
	}
	for len(b) > 0 {
		cells := r.cells(uint32(uvarint()))
		key := uint32(0)
		for n := uvarint(); n > 0; n-- {
			key += uint32(uvarint())
			c := reachCell{count: int64(uvarint())}
			c.least, c.most = b[0], b[1]
			b = b[2:]
			cells[key] = cells[key].join(c)
		}
	}
}
