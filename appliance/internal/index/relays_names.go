package index

import (
	"encoding/binary"
	"iter"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// nodeNumbers numbers nodes from 0.
type nodeNumbers struct {
	of   map[meshcore.PublicKey]uint32
	keys []meshcore.PublicKey
}

func newNodeNumbers() nodeNumbers { return nodeNumbers{of: map[meshcore.PublicKey]uint32{}} }

func (n *nodeNumbers) number(key meshcore.PublicKey) uint32 {
	i, ok := n.of[key]
	if !ok {
		i = uint32(len(n.keys))
		n.of[key] = i
		n.keys = append(n.keys, key)
	}
	return i
}

// Names says who is believed to have relayed a transmission. What is certain
// by a hop that only one relay fits may be among it.
type Names struct {
	Hour   uint32 // in which the transmission is stored
	Tx     uint64
	Relays []meshcore.PublicKey
	Again  bool // something was said of the transmission before: this adds to it
}

// HourNames is everything that is believed of the transmissions of an hour.
type HourNames struct {
	Hour uint32
	Keys []meshcore.PublicKey
	// Each gives the transmissions, ascending, and who relayed each: places in
	// Keys, which may recur.
	Each iter.Seq2[uint64, []uint32]
}

// nameHour is who is believed to have relayed the transmissions of one hour, by
// node: what was packed, and what came since.
type nameHour struct {
	base  uint64   // an ID
	nodes []uint32 // ascending; those that have a list
	ends  []uint32 // where the list of each ends in lists
	lists []byte   // of each node its transmissions, ascending: IDs as uvarint, less the one before, the first less base
	live  map[uint32][]uint64
	loose int    // transmissions in live
	turn  uint64 // of the last change to what is believed
}

const (
	packFrom = 8192 // entries that came in since an hour was packed, before it is packed again
	packLeft = 512  // the same, when another hour has begun
)

// Believe takes in what is believed of a transmission. It, BelieveHour and
// Disbelieve are for one goroutine, whatever goes on in the index.
func (x *Relays) Believe(n *Names) {
	h := x.nameHour(n.Hour)
	x.mu.Lock()
	nodes := make([]uint32, len(n.Relays))
	for i, key := range n.Relays {
		nodes[i] = x.nodes.number(key)
	}
	x.mu.Unlock()
	if n.Again { // nobody else changes the hour, so its lists are looked through without the lock
		nodes = slices.DeleteFunc(nodes, func(node uint32) bool { return slices.Contains(h.of(nil, node), n.Tx) })
	}
	x.mu.Lock()
	x.believes(h)
	for _, node := range nodes {
		h.add(node, n.Tx)
	}
	x.mu.Unlock()
	if last := x.named; last != n.Hour {
		x.named = n.Hour
		x.packHour(last, packLeft)
	}
	x.packHour(n.Hour, packFrom)
}

// believes notes that what is believed of an hour changes. mu is held.
func (x *Relays) believes(h *nameHour) {
	x.turns++
	h.turn = x.turns
}

func (x *Relays) nameHour(hour uint32) *nameHour {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.names[hour]
	if h == nil {
		h = &nameHour{}
		x.names[hour] = h
	}
	return h
}

// add lists a transmission under a node, which may be the same as just before.
func (h *nameHour) add(node uint32, tx uint64) {
	list := h.live[node]
	if n := len(list); n > 0 && list[n-1] == tx {
		return
	}
	if h.live == nil {
		h.live = map[uint32][]uint64{}
	}
	h.live[node] = append(list, tx)
	h.loose++
}

// of appends the transmissions of a node, ascending.
func (h *nameHour) of(dst []uint64, node uint32) []uint64 {
	from := len(dst)
	if i, found := slices.BinarySearch(h.nodes, node); found {
		dst = h.packed(dst, i)
	}
	if live := h.live[node]; len(live) > 0 {
		dst = append(dst, live...)
		slices.Sort(dst[from:])
	}
	return dst
}

// packed appends the packed list at a place.
func (h *nameHour) packed(dst []uint64, i int) []uint64 {
	start := uint32(0)
	if i > 0 {
		start = h.ends[i-1]
	}
	id := h.base
	for list := h.lists[start:h.ends[i]]; len(list) > 0; {
		step, n := binary.Uvarint(list)
		id, list = id+step, list[n:]
		dst = append(dst, id)
	}
	return dst
}

// packHour packs what came into an hour since it was packed, if that is more
// than most. Readers go on meanwhile: nobody else changes the hour.
func (x *Relays) packHour(hour uint32, most int) {
	x.mu.RLock()
	h := x.names[hour]
	x.mu.RUnlock()
	if h == nil || h.loose <= most {
		return
	}
	next := h.pack()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.names[hour] = next
}

func (h *nameHour) pack() *nameHour {
	nodes := slices.Clone(h.nodes)
	for node := range h.live {
		if _, found := slices.BinarySearch(h.nodes, node); !found {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	out := &nameHour{nodes: nodes, ends: make([]uint32, 0, len(nodes)), base: h.base, turn: h.turn}
	if len(h.nodes) == 0 {
		out.base = 1<<64 - 1
	}
	for _, list := range h.live {
		out.base = min(out.base, slices.Min(list))
	}
	lists := make([]byte, 0, len(h.lists)+2*h.loose)
	var ids []uint64
	for _, node := range nodes {
		ids = h.of(ids[:0], node)
		lists = appendIDs(lists, out.base, ids)
		out.ends = append(out.ends, uint32(len(lists)))
	}
	out.lists = slices.Clip(slices.Clone(lists))
	return out
}

func appendIDs(b []byte, base uint64, ids []uint64) []byte {
	for _, id := range ids {
		b = binary.AppendUvarint(b, id-base)
		base = id
	}
	return b
}

// BelieveHour has what is believed of an hour take the place of what was, in
// one step.
func (x *Relays) BelieveHour(n *HourNames) {
	x.mu.Lock()
	number := make([]uint32, len(n.Keys))
	for i, key := range n.Keys {
		number[i] = x.nodes.number(key)
	}
	all := len(x.nodes.keys)
	x.mu.Unlock()
	h := packNames(n, number, all)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.believes(h)
	x.names[n.Hour] = h
}

// packNames lists transmissions by node. number are the numbers of the keys, all
// of them below nodes.
func packNames(n *HourNames, number []uint32, nodes int) *nameHour {
	var txs []uint64
	var pairs []hopRow // node, place in txs
	last := make([]uint32, nodes)
	count := make([]uint32, nodes+1)
	for tx, who := range n.Each {
		row := uint32(len(txs))
		txs = append(txs, tx)
		for _, i := range who {
			if node := number[i]; last[node] != row+1 {
				last[node] = row + 1
				pairs = append(pairs, hopRow{node, row})
				count[node+1]++
			}
		}
	}
	h := &nameHour{}
	if len(pairs) == 0 {
		return h
	}
	h.base = txs[0]
	for node := range nodes {
		if count[node+1] > 0 {
			h.nodes = append(h.nodes, uint32(node))
		}
		count[node+1] += count[node]
	}
	sorted, at := make([]uint64, len(pairs)), slices.Clone(count)
	for _, p := range pairs {
		sorted[at[p.hop]] = txs[p.tx]
		at[p.hop]++
	}
	lists := make([]byte, 0, 2*len(pairs))
	h.ends = make([]uint32, 0, len(h.nodes))
	for _, node := range h.nodes {
		lists = appendIDs(lists, h.base, sorted[count[node]:count[node+1]])
		h.ends = append(h.ends, uint32(len(lists)))
	}
	h.nodes, h.lists = slices.Clip(h.nodes), slices.Clip(slices.Clone(lists))
	return h
}

// Disbelieve forgets what is believed of the hours before one.
func (x *Relays) Disbelieve(before uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for hour := range x.names {
		if hour < before {
			delete(x.names, hour)
		}
	}
}
