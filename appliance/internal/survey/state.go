package survey

import (
	"encoding/binary"
	"hash/fnv"
	"math"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// state tells apart what surveys follow from. Of what changes without a past that is
// kept (who can relay, the radio's settings, names of scopes) the present counts, so
// a survey is made again when that changes; all else is as it was at the end of the
// survey's hours.
type state struct {
	to     int64           // of the survey
	held   int64           // observations that are stored before
	told   int64           // what was named of these
	again  int64           // hours that were named once more
	nodes  uint64          // see nodesState
	preset meshcore.Preset // that airtimes are of
	said   bool            // by observers
	scopes int             // names that are known; none is ever forgotten
}

func (s Sources) state(to int64) state {
	out := state{to: to, nodes: s.nodesState(to), scopes: len(s.Scopes)}
	out.preset, out.said = PresetOf(s.Facts.Observers())
	end := uint32(to / hourMs)
	if s.held != nil {
		out.held = s.held(0, end)
	}
	if s.told != nil {
		out.told, out.again = s.told(0, end), s.again()
	}
	return out
}

// nodesState tells apart what a survey up to a time takes from nodes.
func (s Sources) nodesState(to int64) (sum uint64) {
	var b []byte
	s.Nodes.Each(func(_ int, n *index.NodeStats) {
		node := nodeBy(n.Node, to)
		if !n.CanRelay && !node.HasPosition {
			return
		}
		b = append(b[:0], node.Key[:]...)
		b = append(b, flag(n.CanRelay), flag(node.HasPosition), node.HopWidth,
			flag(health.JudgePlace(PlacesOf(node), health.Around{}) == health.Believed))
		b = binary.LittleEndian.AppendUint32(b, uint32(node.LatE6))
		b = binary.LittleEndian.AppendUint32(b, uint32(node.LonE6))
		h := fnv.New64a()
		h.Write(b)
		sum += h.Sum64() // in no order
	})
	return sum
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// nodesBy lists the nodes with what they had said of themselves by a time.
func (s Sources) nodesBy(to int64) []index.NodeStats {
	list := s.Nodes.List()
	for i := range list {
		list[i].Node = nodeBy(list[i].Node, to)
	}
	return list
}

// nodeBy is a node with the place and the width of hops that it had said before a
// time, Unix ms. How long it stayed there is told by all that is known.
func nodeBy(n mesh.Node, to int64) mesh.Node {
	if n.FirstAdvert >= to {
		n.HasPosition, n.LatE6, n.LonE6, n.HopWidth, n.Past = false, 0, 0, 0, nil
		return n
	}
	if n.Past == nil {
		return n
	}
	past := *n.Past
	if len(past.Places) > 0 {
		past.Places = before(past.Places, to)
		var p mesh.Place
		p, n.HasPosition = mesh.At(past.Places, math.MaxInt64)
		n.LatE6, n.LonE6 = p.LatE6, p.LonE6
	}
	if len(past.Widths) > 0 {
		past.Widths = before(past.Widths, to)
		n.HopWidth, _ = mesh.At(past.Widths, math.MaxInt64)
	}
	n.Past = &past
	return n
}

// before gives the spells that began before a time.
func before[T comparable](list []mesh.Spell[T], to int64) []mesh.Spell[T] {
	for len(list) > 0 && list[len(list)-1].From >= to {
		list = list[:len(list)-1]
	}
	return list
}
