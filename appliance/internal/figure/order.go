package figure

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// Sort is a value by which transmissions can be put in order. All but the first
// two are of the observation that a row shows: the first that is wanted.
type Sort uint8

// The values.
const (
	SortCopies   Sort = iota // how many observations there are, wanted or not
	SortType                 // payload type
	SortSNR                  // quarter dB
	SortHops                 // relays passed
	SortSize                 // bytes of the frame
	SortWidth                // bytes a hop, as mesh.HopWidth says
	SortObserver             // its number
	SortRegion               // its number
)

// Unknown is the value of what has none: no SNR, no path that was travelled, no
// hops with a width, no region.
const Unknown = math.MinInt64

// Ordered is what matches of an hour, in order of a value. The zero Ordered is of
// nothing. It never changes.
type Ordered struct {
	groups []byte // of each value, ascending: a varint, and how many have it, a uvarint
	list   []byte // rows of a block, or places among heads, group by group, the newest first
	wide   int    // bytes of each of list: 2 or 4
	base   int    // what each of list counts from
}

// Each calls fn for each value, ascending, with the places in the list of those
// that have it.
func (o Ordered) Each(fn func(value int64, from, to int)) {
	at := 0
	for b := o.groups; len(b) > 0; {
		value, n := binary.Varint(b)
		count, m := binary.Uvarint(b[n:])
		b = b[n+m:]
		fn(value, at, at+int(count))
		at += int(count)
	}
}

// At is the row, or the place among heads, at a place of the list.
func (o Ordered) At(i int) int {
	if o.wide == 2 {
		return o.base + int(binary.LittleEndian.Uint16(o.list[2*i:]))
	}
	return o.base + int(binary.LittleEndian.Uint32(o.list[4*i:]))
}

// orderOf puts ascending numbers in order of their values.
func orderOf(list []uint32, values []int64) (o Ordered) {
	if len(list) == 0 {
		return o
	}
	next := map[int64]int{} // where those of a value go, last first
	for _, v := range values {
		next[v]++
	}
	end := 0
	for _, v := range slices.Sorted(maps.Keys(next)) {
		o.groups = binary.AppendUvarint(binary.AppendVarint(o.groups, v), uint64(next[v]))
		end += next[v]
		next[v] = end
	}
	if o.wide = 2; list[len(list)-1] > math.MaxUint16 {
		o.wide = 4
	}
	o.list = make([]byte, o.wide*len(list))
	for i, x := range list {
		next[values[i]]--
		if at := o.wide * next[values[i]]; o.wide == 2 {
			binary.LittleEndian.PutUint16(o.list[at:], uint16(x))
		} else {
			binary.LittleEndian.PutUint32(o.list[at:], x)
		}
	}
	return o
}

// pack gives it in bytes, unpackOrdered takes them.
func (o Ordered) pack() []byte {
	b := make([]byte, 0, 1+binary.MaxVarintLen32+len(o.groups)+len(o.list))
	b = binary.AppendUvarint(append(b, byte(o.wide)), uint64(len(o.groups)))
	return append(append(b, o.groups...), o.list...)
}

func unpackOrdered(b []byte) Ordered {
	n, m := binary.Uvarint(b[1:])
	from := 1 + m
	return Ordered{groups: b[from : from+int(n)], list: b[from+int(n):], wide: int(b[0])}
}

// OrderHeads puts open records of an hour, by their places, which ascend, in order.
func (p *Picker) OrderHeads(v *store.View, list []uint32, by Sort) Ordered {
	values := make([]int64, len(list))
	for i, at := range list {
		values[i] = p.valueOf(v.Heads.At(int(at)), by)
	}
	return orderOf(list, values)
}

// valueOf is the value of an open record.
func (p *Picker) valueOf(h *store.Head, by Sort) int64 {
	switch by {
	case SortCopies:
		return int64(len(h.Copies))
	case SortType:
		return int64(h.Type)
	}
	c := p.shownOf(h)
	if c == nil {
		return Unknown
	}
	s := shown{snr: c.SNR4, header: c.Header, pathLen: c.PathLen, pathBytes: int(c.PathBytes), payload: h.Payload}
	if int(c.Voice) < len(p.heardBy) {
		s.voice = p.heardBy[c.Voice]
	}
	return s.value(by)
}

// OrderRows puts rows of an hour's block, which ascend, in order.
func (p *Picker) OrderRows(v *store.View, list []uint32, by Sort) Ordered {
	if len(list) == 0 {
		return Ordered{}
	}
	values := make([]int64, len(list))
	reporters, _ := p.reporters(v.Block)
	for i, row := range list {
		values[i] = p.valueIn(v, int(row), by, reporters)
	}
	return orderOf(list, values)
}

// valueIn is the value of a row.
func (p *Picker) valueIn(v *store.View, row int, by Sort, reporters []uint8) int64 {
	b := v.Block
	switch by {
	case SortCopies:
		return int64(b.Copies(row))
	case SortType:
		return int64(b.Type(row))
	}
	o := p.shownIn(b, row, reporters)
	if o < 0 {
		return Unknown
	}
	var s shown
	switch by {
	case SortSNR:
		s.snr = b.SNR(o)
	case SortObserver, SortRegion:
		r := b.Reporter(o)
		s.voice = store.Voice{Observer: r.Observer, Region: r.Region}
	case SortSize:
		s.payload = b.PayloadLen(row)
		fallthrough
	default:
		s.header, s.pathLen, s.pathBytes = b.HeadOf(row, o)
	}
	return s.value(by)
}

// shown is what is known of the observation that a row shows.
type shown struct {
	voice           store.Voice
	snr             int8
	header, pathLen byte
	pathBytes       int
	payload         int
}

// value is one of the values that are of it.
func (s *shown) value(by Sort) int64 {
	known := func(n int, ok bool) int64 {
		if !ok {
			return Unknown
		}
		return int64(n)
	}
	switch by {
	case SortSNR:
		return known(int(s.snr), s.snr != mesh.NoSNR)
	case SortHops:
		n := mesh.Hops(s.header, s.pathLen, s.pathBytes)
		return known(n, n != mesh.NoHops)
	case SortSize:
		return int64(frameSize(s.header, s.pathBytes, s.payload))
	case SortWidth:
		n := mesh.HopWidth(s.header, s.pathLen)
		return known(n, n > 0)
	case SortObserver:
		return known(int(s.voice.Observer), s.voice.Observer != 0)
	case SortRegion:
		return known(int(s.voice.Region), s.voice.Region != 0)
	}
	return Unknown
}

// orderKey is what the memory knows an order of a selection by.
func (c *Selector) orderKey(by Sort) string { return fmt.Sprintf("order %d of %s", by, c.key) }

// state is a version as the memory takes it.
func (v Version) state() string {
	b := make([]byte, 0, 24)
	for _, n := range [...]uint64{v.sealed, v.of, v.in} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return string(b)
}

// OrderOf is OrderRows of all rows of an hour, which are put in order but once.
func (m *Memory) OrderOf(p *Picker, v *store.View, by Sort) Ordered {
	if v.Block == nil {
		return Ordered{}
	}
	question, state := p.orderKey(by), p.Version(v).state()
	if value, known := m.Recall(question, v.Hour, state); known {
		return unpackOrdered(value)
	}
	value := p.OrderRows(v, p.Pick(v, [2]int{0, v.Block.Len()}, [2]int{}).Rows, by).pack()
	m.Remember(question, v.Hour, state, value)
	return unpackOrdered(value)
}

// OrderOpen is OrderHeads of the open records of an hour that match, chunk by chunk:
// one that did not change is put in order but once.
func (m *Memory) OrderOpen(p *Picker, v *store.View, list []uint32, by Sort) (all []Ordered) {
	if m == nil || p.lists != nil { // a chunk does not tell what indexes list of it
		return append(all, p.OrderHeads(v, list, by))
	}
	m.EachPart(p.orderKey(by), v.Hour, v.Heads.Serials(), func(chunk int) []byte {
		base := uint32(chunk) * store.HeadsInChunk
		from, _ := slices.BinarySearch(list, base)
		to, _ := slices.BinarySearch(list, base+store.HeadsInChunk)
		in := slices.Clone(list[from:to])
		values := make([]int64, len(in))
		for i, at := range in {
			in[i], values[i] = at-base, p.valueOf(v.Heads.At(int(at)), by)
		}
		return orderOf(in, values).pack()
	}, func(chunk int, value []byte) {
		o := unpackOrdered(value)
		o.base = chunk * store.HeadsInChunk
		all = append(all, o)
	})
	return all
}
