package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
)

// relayPart lists the transmissions of an hour by hop.
type relayPart struct {
	x       *Relays
	hour    uint32
	txs     []relayTx
	numbers hopNumbers
	last    []uint32 // by number of the hop: 1 + the transmission that was listed under it last
	list    []hopRow
	made    *relayHour
}

type relayTx struct {
	id    uint64
	first int64
	kind  byte
}

// hopRow is a transmission under a hop: both by their numbers in the part.
type hopRow struct{ hop, tx uint32 }

// Begin starts an hour.
func (x *Relays) Begin(hour uint32) Part { return &relayPart{x: x, hour: hour} }

// Add lists a transmission under every hop of its heard paths.
func (p *relayPart) Add(_ uint32, t *mesh.Scanned) {
	if len(t.Obs) == 0 {
		return
	}
	tx := relayTx{t.ID, t.First, kindOf(t.Type, t.Obs[0].Header)}
	for n := 1; n <= t.Tree.Len(); n++ {
		p.enter(treeCode(&t.Tree, n))
	}
	for i := range t.Obs {
		if path, ok := heardOwn(t, &t.Obs[i]); ok {
			tx.kind |= rowOwn
			for _, hop := range path.All() {
				p.enter(codeOf(hop))
			}
		}
	}
	p.txs = append(p.txs, tx)
}

// enter lists the transmission that is being added under a hop, once.
func (p *relayPart) enter(c hopCode) {
	n, tx := p.numbers.of(c), uint32(len(p.txs))
	if int(n) == len(p.last) {
		p.last = append(p.last, 0)
	}
	if p.last[n] != tx+1 {
		p.last[n] = tx + 1
		p.list = append(p.list, hopRow{n, tx})
	}
}

// Finish orders the transmissions by ID and packs the lists.
func (p *relayPart) Finish() {
	order := make([]uint32, len(p.txs))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(p.txs[a].id, p.txs[b].id) })
	h := &relayHour{}
	h.rows.ids = make([]uint32, 0, len(order))
	h.rows.first = make([]int32, 0, len(order))
	h.rows.kind = make([]byte, 0, len(order))
	rows := make([]uint32, len(order))
	start := mesh.HourStart(p.hour)
	for row, i := range order {
		tx := p.txs[i]
		h.rows.add(tx.id, int32(tx.first-start), tx.kind)
		rows[i] = uint32(row)
	}
	h.pack(p.numbers.codes, p.list, rows)
	*p = relayPart{x: p.x, hour: p.hour, made: h}
}

// pack makes the lists, hop by hop. rows are the rows of the transmissions.
func (h *relayHour) pack(codes []hopCode, list []hopRow, rows []uint32) {
	starts := make([]uint32, len(codes)+1) // of each hop in sorted
	for _, e := range list {
		starts[e.hop+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	sorted, at := make([]uint32, len(list)), slices.Clone(starts)
	for _, e := range list {
		sorted[at[e.hop]] = rows[e.tx]
		at[e.hop]++
	}
	order := make([]uint32, len(codes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(codes[a], codes[b]) })
	h.hops, h.ends, h.count = make([]hopCode, len(codes)), make([]uint32, len(codes)), make([]uint32, len(codes))
	h.lists = make([]byte, 0, len(list))
	for i, hop := range order {
		of := sorted[starts[hop]:starts[hop+1]]
		if !slices.IsSorted(of) {
			slices.Sort(of)
		}
		row := uint32(0)
		for _, r := range of {
			h.lists = appendUvarint(h.lists, r-row)
			row = r
		}
		h.hops[i], h.ends[i], h.count[i] = codes[hop], uint32(len(h.lists)), uint32(len(of))
	}
	h.lists = slices.Clip(slices.Clone(h.lists))
}

// Put has the hour in use.
func (p *relayPart) Put() {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	p.x.hours[p.hour] = p.made
	p.x.changed(p.made)
}
