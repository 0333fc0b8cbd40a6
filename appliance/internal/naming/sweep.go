package naming

import (
	"bytes"
	"encoding/binary"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

// A new relay may be who was taken for another, or was nobody: so some hours
// after its first advert whatever of the last day has a hop that may be
// its own is named once more.

const (
	sweepHours = 24 // how far back a sweep goes
	sweepMany  = 8  // new first bytes that concern nearly all transmissions
	sweepShare = 2  // such a sweep waits for as long as half of what it goes over
)

// sweep is what the next sweep has to look at.
type sweep struct {
	since   uint32    // the hour in which the first new relay came
	at      int64     // when it is due, Unix ms; 0: nothing is to be done
	relays  [][3]byte // of new relays, ascending: the longest hops
	bytes   [256]bool // their first bytes
	changed bool      // the store does not know yet
}

// noteNew has a relay be looked at that is new at a time, Unix ms. The more of
// the last hours is concerned, the longer the sweep waits for more, or it would
// cost most of all while most relays are new.
func (n *Namer) noteNew(key meshcore.PublicKey, at int64) {
	s := &n.sweep
	if s.at == 0 {
		s.since = mesh.HourOf(at)
	}
	s.add([3]byte(key[:3]))
	s.changed = true
	span, many := uint32(0), uint32(0)
	for hour := range n.names.hours {
		if hour < s.since {
			span = max(span, min(sweepHours, s.since-hour))
		}
	}
	for _, new := range s.bytes {
		if new {
			many++
		}
	}
	wait := span * min(many, sweepMany) / sweepMany / sweepShare
	s.at = mesh.HourStart(max(s.since+max(1, wait), mesh.HourOf(at)+1))
}

func (s *sweep) add(relay [3]byte) {
	s.bytes[relay[0]] = true
	if i, known := slices.BinarySearchFunc(s.relays, relay, compareRelays); !known {
		s.relays = slices.Insert(s.relays, i, relay)
	}
}

func compareRelays(a, b [3]byte) int { return bytes.Compare(a[:], b[:]) }

// has tells whether a hop may be a new relay's.
func (s *sweep) has(hop []byte) bool {
	if len(hop) == 1 || !s.bytes[hop[0]] {
		return s.bytes[hop[0]]
	}
	var least [3]byte
	copy(least[:], hop)
	i, _ := slices.BinarySearchFunc(s.relays, least, compareRelays)
	return i < len(s.relays) && bytes.HasPrefix(s.relays[i][:], hop)
}

// pack gives what the store is to know; nil if it does.
func (s *sweep) pack() *string {
	if !s.changed {
		return nil
	}
	s.changed = false
	packed := ""
	if s.at != 0 {
		b := binary.AppendUvarint(binary.AppendVarint(nil, s.at), uint64(s.since))
		for i := range s.relays {
			b = append(b, s.relays[i][:]...)
		}
		packed = string(b)
	}
	return &packed
}

func readSweep(packed string) (s sweep) {
	r := reader{b: packed}
	at, since := r.varint(), r.number()
	if rest := len(packed) - r.at; r.bad || rest%3 != 0 {
		return s
	}
	s.at, s.since = at, uint32(since)
	for ; r.at < len(packed); r.at += 3 {
		s.add([3]byte([]byte(packed[r.at : r.at+3])))
	}
	return s
}

// doSweep names once more what the new relays may have relayed. Everything due
// before has been decided. All of it goes into one frame.
func (n *Namer) doSweep() {
	s := n.sweep
	n.sweep = sweep{changed: true}
	var hours, changed []uint32
	for hour, h := range n.names.hours {
		if !h.passed && mesh.HourStart(hour) >= s.at-sweepHours*mesh.HourMS && (n.pass == nil || passOf(hour) > n.pass.at) {
			hours = append(hours, hour)
		}
	}
	slices.Sort(hours)
	n.work.Hold(n.model)
	defer n.work.Hold(nil)
	for _, hour := range hours {
		if n.sweepHour(&s, n.names.hours[hour]) {
			changed = append(changed, hour)
		}
	}
	n.flush()
	n.names.mu.Lock()
	n.names.again += int64(len(changed))
	n.names.mu.Unlock()
	for _, hour := range changed {
		n.tellHour(hour)
	}
}

// sweepHour names an hour's transmissions once more; false if nothing changed.
func (n *Namer) sweepHour(s *sweep, h *hourNames) (changed bool) {
	packed, list := n.store.Decided(h.hour), n.concerned(s, h.hour)
	n.from.open(n.store, n.o.Keys, h.hour)
	defer n.from.close()
	var e entry
	for i, rel := range h.ids {
		if !list[h.base+uint64(rel)] || !h.unpackAt(packed, i, &e) || len(e.nodes) == 0 {
			continue
		}
		if _, isFlood, ok := n.from.read(e.id, &n.tree, func(arrivals) int { return e.in }); !ok || !isFlood || !s.concerns(&n.tree.flood) {
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
	hop := func(hops []byte, width int) bool {
		for at := 0; width > 0 && at < len(hops); at += width {
			if s.has(hops[at : at+width]) {
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
	return slices.ContainsFunc(f.Nodes, func(t resolve.TreeNode) bool { return s.has(t.Hop[:f.Width]) })
}
