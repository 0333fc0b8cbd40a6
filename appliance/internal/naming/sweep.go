package naming

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

// A new relay may be who was taken for another, or was nobody: so some hours
// after its first advert whatever of the last day has a hop with its first byte
// is named once more.

const (
	sweepHours = 24 // how far back a sweep goes
	sweepMany  = 8  // new first bytes that concern nearly all transmissions
	sweepShare = 2  // such a sweep waits for as long as half of what it goes over
)

// sweep is what the next sweep has to look at.
type sweep struct {
	since   uint32   // the hour in which the first new relay came
	at      int64    // when it is due, Unix ms; 0: nothing is to be done
	bytes   [32]byte // bit set: the first byte of a new relay
	changed bool     // the store does not know yet
}

// noteNew has a relay be looked at that is new at a time, Unix ms. The more of
// the last hours is concerned, the longer the sweep waits for more, or it would
// cost most of all while most relays are new.
func (n *Namer) noteNew(key meshcore.PublicKey, at int64) {
	s := &n.sweep
	if s.at == 0 {
		s.since = hourOf(at)
	}
	s.bytes[key[0]/8] |= 1 << (key[0] % 8)
	s.changed = true
	span, many := uint32(0), uint32(0)
	for hour := range n.names.hours {
		if hour < s.since {
			span = max(span, min(sweepHours, s.since-hour))
		}
	}
	for _, b := range s.bytes {
		many += uint32(bits.OnesCount8(b))
	}
	wait := span * min(many, sweepMany) / sweepMany / sweepShare
	s.at = hourStart(max(s.since+max(1, wait), hourOf(at)+1))
}

func (s *sweep) has(first byte) bool { return s.bytes[first/8]&(1<<(first%8)) != 0 }

// pack gives what the store is to know; nil if it does.
func (s *sweep) pack() *string {
	if !s.changed {
		return nil
	}
	s.changed = false
	packed := ""
	if s.at != 0 {
		packed = string(binary.AppendUvarint(binary.AppendVarint(nil, s.at), uint64(s.since))) + string(s.bytes[:])
	}
	return &packed
}

func readSweep(packed string) (s sweep) {
	r := reader{b: packed}
	at, since := r.varint(), r.number()
	if r.bad || len(packed)-r.at != len(s.bytes) {
		return s
	}
	s.at, s.since = at, uint32(since)
	copy(s.bytes[:], packed[r.at:])
	return s
}

// doSweep names once more what the new relays may have relayed. Everything due
// before has been decided. All of it goes into one frame.
func (n *Namer) doSweep() {
	s := n.sweep
	n.sweep = sweep{changed: true}
	var hours, changed []uint32
	for hour, h := range n.names.hours {
		if !h.passed && hourStart(hour) >= s.at-sweepHours*hourMS && (n.pass == nil || passOf(hour) > n.pass.at) {
			hours = append(hours, hour)
		}
	}
	slices.Sort(hours)
	for _, hour := range hours {
		if n.sweepHour(&s, n.names.hours[hour]) {
			changed = append(changed, hour)
		}
	}
	n.flush()
	for _, hour := range changed {
		n.tellHour(hour)
	}
}

// sweepHour names an hour's transmissions once more; false if nothing changed.
func (n *Namer) sweepHour(s *sweep, h *hourNames) (changed bool) {
	packed, list, from := n.store.Decided(h.hour), n.concerned(s, h.hour), newHourReader(n.store, h.hour)
	var e entry
	for i, rel := range h.ids {
		if !list[h.base+uint64(rel)] || !h.unpackAt(packed, i, &e) || len(e.nodes) == 0 {
			continue
		}
		tx, ok := from.read(e.id)
		if !ok || !n.tree.build(&tx, min(e.in, len(tx.Observations)), n.o.Keys) || !s.concerns(&n.tree.flood) {
			continue
		}
		n.work.Resolve(n.model, &n.tree.flood, &n.said)
		next := entry{id: e.id, in: e.in, decided: s.at}
		n.names.mu.Lock()
		next.add(&n.said, 0, n.number)
		if !slices.Equal(next.nodes, e.nodes) || !slices.Equal(next.splits, e.splits) {
			changed = true
			n.enter(h.hour, next, true)
			n.fresh[len(n.fresh)-1].entry = entry{id: e.id} // the index is told of the whole hour
		}
		n.names.mu.Unlock()
	}
	return changed
}

// concerned lists the transmissions of an hour that may have a new relay's hop,
// without reading all of each.
func (n *Namer) concerned(s *sweep, hour uint32) map[uint64]bool {
	list := map[uint64]bool{}
	hop := func(bytes []byte, width int) bool {
		for at := 0; width > 0 && at < len(bytes); at += width {
			if s.has(bytes[at]) {
				return true
			}
		}
		return false
	}
	pick := n.store.PickHour(hour)
	if block, over := pick.Block(); block != nil {
		starts := block.Starts()
		for row := range block.Len() {
			if over(row) {
				continue
			}
			width, _ := block.Tree(row)
			found := hop(block.HopBytes(row), width)
			for o := starts[row]; o < starts[row+1] && !found; o++ {
				found = block.Leaf(int(o)) < 0 // it has a path of its own
			}
			if found {
				list[block.ID(row)] = true
			}
		}
	}
	pick.Open(func(t *mesh.Scanned) bool {
		if hop(t.Tree.HopBytes, t.Tree.Width) || slices.ContainsFunc(t.Obs, func(o mesh.ScannedObs) bool { return !o.HasTree() }) {
			list[t.ID] = true
		}
		return true
	})
	return list
}

// concerns tells whether a hop may be a new relay's.
func (s *sweep) concerns(f *resolve.Flood) bool {
	return slices.ContainsFunc(f.Nodes, func(t resolve.TreeNode) bool { return s.has(t.Hop[0]) })
}
