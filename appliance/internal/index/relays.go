package index

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Relays tells which transmissions were relayed under a hop, and from it by
// which node. What is certain is kept by hop as it was heard, so that it
// follows when a new node makes a hop ambiguous; what is believed is kept by
// node, apart.
type Relays struct {
	mu    sync.RWMutex
	hours map[uint32]*relayHour // guarded by mu
	names map[uint32]*nameHour  // guarded by mu
	nodes nodeNumbers           // guarded by mu; of those believed to relay
	turns uint64                // guarded by mu; changes to hours and names
	named uint32                // the hour that Believe was about last
}

// relayHour is what one hour has. Its transmissions are rows, in the order of
// their IDs, which is the one in which they came in.
type relayHour struct {
	rows  relayRows
	hops  []hopCode // ascending
	ends  []uint32  // where the list of a hop ends in lists
	count []uint32  // transmissions of a hop
	lists []byte    // of each hop its rows, ascending: differences as uvarint
	live  map[hopCode][]uint32
	loose int    // rows in live
	turn  uint64 // of the last change
}

// relayRows are what is known of the transmissions of an hour.
type relayRows struct {
	base  uint64   // the least ID
	ids   []uint32 // less base, ascending
	first []int32  // where it stands, ms after the hour's start
	kind  []byte   // type in the low four bits, route above, and rowOwn
	own   int      // rows that have it
}

// rowOwn marks a row with heard paths outside of its tree: its hops may be
// listed already.
const rowOwn = 1 << 6

// NewRelays makes an empty index.
func NewRelays() *Relays {
	return &Relays{hours: map[uint32]*relayHour{}, names: map[uint32]*nameHour{}, nodes: newNodeNumbers()}
}

// Span is an hour.
func (x *Relays) Span() uint32 { return 1 }

// Improves is false: a better SNR changes no relay.
func (x *Relays) Improves() bool { return false }

// Drop forgets an hour, but not what is believed of it: who makes names says
// when that goes.
func (x *Relays) Drop(hour uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.hours, hour)
}

// Loose counts what came into an hour since it was built.
func (x *Relays) Loose(hour uint32) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if h := x.hours[hour]; h != nil {
		return h.loose
	}
	return 0
}

// Apply lists the transmission under the hops that the observation adds.
func (x *Relays) Apply(e *Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.hours[e.Hour]
	if h == nil {
		h = &relayHour{}
		x.hours[e.Hour] = h
	}
	x.changed(h)
	start := mesh.HourStart(e.Hour)
	row, known := h.rows.find(e.Tx)
	if !known {
		if row, known = h.rows.add(e.Tx, int32(e.First-start), kindOf(e.Type, e.Obs.Header)); !known {
			return
		}
	}
	h.rows.first[row] = int32(e.First - start)
	if path, ok := e.heardOwn(); ok {
		h.rows.markOwn(row)
		for _, hop := range path.All() {
			if c := codeOf(hop); !inTree(&e.Tree, e.Tree.Len(), c) && !h.has(c, row) {
				h.list(c, row)
			}
		}
		return
	}
	own := h.rows.kind[row]&rowOwn != 0
	for n := max(e.Fresh, 1); e.Leaf >= 0 && n <= e.Tree.Len(); n++ {
		c := treeCode(&e.Tree, n)
		if !inTree(&e.Tree, n-1, c) && !(own && h.has(c, row)) {
			h.list(c, row)
		}
	}
}

// changed notes that an hour is about to change. mu is held.
func (x *Relays) changed(h *relayHour) {
	x.turns++
	h.turn = x.turns
}

func kindOf(t meshcore.Type, header byte) byte { return byte(t)&15 | header&3<<4 }

// inTree tells whether a hop is at one of the first n nodes.
func inTree(t *mesh.Tree, n int, c hopCode) bool {
	if c.width() != t.Width {
		return false
	}
	for i := 1; i <= n; i++ {
		if treeCode(t, i) == c {
			return true
		}
	}
	return false
}

func (h *relayHour) list(c hopCode, row uint32) {
	if h.live == nil {
		h.live = map[hopCode][]uint32{}
	}
	h.live[c] = append(h.live[c], row)
	h.loose++
}

// has tells whether a hop's list has a row.
func (h *relayHour) has(c hopCode, row uint32) bool {
	if slices.Contains(h.live[c], row) {
		return true
	}
	_, found := slices.BinarySearch(h.built(nil, c), row)
	return found
}

// built appends the rows of a hop that were there when the part was built.
func (h *relayHour) built(dst []uint32, c hopCode) []uint32 {
	if i, found := slices.BinarySearch(h.hops, c); found {
		h.eachBuilt(i, func(row uint32) { dst = append(dst, row) })
	}
	return dst
}

// eachBuilt calls fn for the rows of the hop at a place of hops that were there
// when the part was built.
func (h *relayHour) eachBuilt(i int, fn func(row uint32)) {
	from := uint32(0)
	if i > 0 {
		from = h.ends[i-1]
	}
	row := uint32(0)
	for list := h.lists[from:h.ends[i]]; len(list) > 0; {
		var step uint32
		step, list = uvarint(list)
		row += step
		fn(row)
	}
}

// each calls fn for the rows of a hop, in no order.
func (h *relayHour) each(c hopCode, fn func(row uint32)) {
	if i, found := slices.BinarySearch(h.hops, c); found {
		h.eachBuilt(i, fn)
	}
	for _, row := range h.live[c] {
		fn(row)
	}
}

// rowsOf appends the rows of a hop, ascending.
func (h *relayHour) rowsOf(dst []uint32, c hopCode) []uint32 {
	from := len(dst)
	dst = h.built(dst, c)
	if live := h.live[c]; len(live) > 0 {
		dst = append(dst, live...)
		slices.Sort(dst[from:])
	}
	return dst
}

// countOf is how many transmissions a hop has.
func (h *relayHour) countOf(c hopCode) int64 {
	n := int64(len(h.live[c]))
	if i, found := slices.BinarySearch(h.hops, c); found {
		n += int64(h.count[i])
	}
	return n
}

func appendUvarint(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// uvarint reads what appendUvarint wrote.
func uvarint(b []byte) (v uint32, rest []byte) {
	for i, c := range b {
		v |= uint32(c&0x7F) << (7 * i)
		if c < 0x80 {
			return v, b[i+1:]
		}
	}
	return v, nil
}

// find gives the row of a transmission.
func (r *relayRows) find(id uint64) (uint32, bool) {
	if id < r.base || id-r.base > 1<<32-1 {
		return 0, false
	}
	i, found := slices.BinarySearch(r.ids, uint32(id-r.base))
	return uint32(i), found
}

// add appends a transmission; false if its ID is not greater than all before.
func (r *relayRows) add(id uint64, first int32, kind byte) (row uint32, ok bool) {
	n := len(r.ids)
	if n == 0 {
		r.base = id
	}
	if id < r.base || id-r.base > 1<<32-1 || n > 0 && uint32(id-r.base) <= r.ids[n-1] {
		return 0, false
	}
	r.ids = append(r.ids, uint32(id-r.base))
	r.first = append(r.first, first)
	r.kind = append(r.kind, kind&^rowOwn)
	if kind&rowOwn != 0 {
		r.markOwn(uint32(n))
	}
	return uint32(n), true
}

func (r *relayRows) markOwn(row uint32) {
	if r.kind[row]&rowOwn == 0 {
		r.kind[row] |= rowOwn
		r.own++
	}
}

func (r *relayRows) id(row uint32) uint64 { return r.base + uint64(r.ids[row]) }
