package index

import (
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

// nameHour is who is believed to have relayed the transmissions of one hour.
// Names come mostly in the order of IDs and are seldom replaced.
type nameHour struct {
	ids   []uint64 // transmissions, ascending
	first []int64  // where they stand, Unix ms
	ends  []uint32 // where the nodes of each end in nodes
	nodes []uint32
	late  map[uint64]named // replaces what is above, or comes before it
}

type named struct {
	first int64
	nodes []uint32
}

// lateMost is how many transmissions wait to be put in their places.
const lateMost = 1 << 12

// Rename replaces what is believed of a transmission.
func (x *Relays) Rename(n *Names) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.names[n.Hour]
	if h == nil {
		h = &nameHour{}
		x.names[n.Hour] = h
	}
	nodes := make([]uint32, 0, len(n.Relays))
	for _, key := range n.Relays {
		if i := x.nodes.number(key); !slices.Contains(nodes, i) {
			nodes = append(nodes, i)
		}
	}
	if last := len(h.ids) - 1; last < 0 || h.ids[last] < n.Tx {
		h.append(n.Tx, n.First, nodes)
		return
	}
	if h.late == nil {
		h.late = map[uint64]named{}
	}
	h.late[n.Tx] = named{n.First, nodes}
	if len(h.late) >= lateMost {
		h.settle()
	}
}

func (h *nameHour) append(tx uint64, first int64, nodes []uint32) {
	h.ids, h.first = append(h.ids, tx), append(h.first, first)
	h.nodes = append(h.nodes, nodes...)
	h.ends = append(h.ends, uint32(len(h.nodes)))
}

// settle puts what came late in its place.
func (h *nameHour) settle() {
	var out nameHour
	h.each(out.append)
	*h = out
}

// each gives every transmission with its nodes, ascending.
func (h *nameHour) each(fn func(tx uint64, first int64, nodes []uint32)) {
	late := make([]uint64, 0, len(h.late))
	for tx := range h.late {
		late = append(late, tx)
	}
	slices.Sort(late)
	from := uint32(0)
	for i, tx := range h.ids {
		for len(late) > 0 && late[0] < tx {
			fn(late[0], h.late[late[0]].first, h.late[late[0]].nodes)
			late = late[1:]
		}
		if len(late) > 0 && late[0] == tx {
			fn(tx, h.late[tx].first, h.late[tx].nodes)
			late = late[1:]
		} else {
			fn(tx, h.first[i], h.nodes[from:h.ends[i]])
		}
		from = h.ends[i]
	}
	for _, tx := range late {
		fn(tx, h.late[tx].first, h.late[tx].nodes)
	}
}
