package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
)

// nodePlace is where a row stands in a list: numbers tell most rows apart, so that
// rows and their texts are seldom looked at while they are ordered.
type nodePlace struct {
	lacks bool   // what the list is ordered by
	value uint64 // of that; of a text, its beginning; turned round where the order descends
	key   uint64 // the beginning of the node's key
	row   *NodeRow
}

// place is where a row stands.
func (q NodeQuery) place(r *NodeRow) nodePlace {
	p := nodePlace{key: binary.BigEndian.Uint64(r.Node.Key[:]), row: r}
	switch q.Sort {
	case NodesByName:
		p.lacks, p.value = r.Node.Name == "", beginning(r.Lower)
	case NodesByRole:
		p.value = uint64(r.Node.Role)
	case NodesByKey:
		p.value = p.key
	case NodesByAdvert:
		p.value = rising(r.Node.LastAdvert)
	case NodesByRelayed:
		p.lacks, p.value = r.LastRelayed == 0, rising(r.LastRelayed)
	case NodesByAdverts:
		p.value = rising(r.FloodAdverts + r.ZeroHopAdverts)
	case NodesByPosition:
		if r.Node.HasPosition {
			p.value = 1
		}
	case NodesByFirst:
		p.value = rising(r.Node.FirstAdvert)
	case NodesByScope:
		p.lacks, p.value = r.Scope == "", beginning(strings.ToLower(r.Scope))
	case NodesByState:
		p.value = uint64(stateRank(r.State))
	default:
		p.value = rising(r.LastHeard)
	}
	if !q.Ascending {
		p.value = ^p.value
	}
	return p
}

// rising maps numbers to those without a sign, in the same order.
func rising(n int64) uint64 { return uint64(n) ^ 1<<63 }

// beginning is the first eight bytes of a text, in the order of texts; two that are
// equal tell nothing of the rest.
func beginning(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// compare orders rows by their places. What has no value stands last whatever the
// direction; equal ones are ordered by key.
func (q NodeQuery) compare() func(a, b nodePlace) int {
	texts := map[NodeSort]func(a, b *NodeRow) int{
		NodesByName: func(a, b *NodeRow) int {
			return cmp.Or(cmp.Compare(a.Lower, b.Lower), cmp.Compare(a.Node.Name, b.Node.Name))
		},
		NodesByKey:   func(a, b *NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) },
		NodesByScope: func(a, b *NodeRow) int { return cmp.Compare(strings.ToLower(a.Scope), strings.ToLower(b.Scope)) },
	}[q.Sort]
	return func(a, b nodePlace) int {
		switch {
		case a.lacks != b.lacks:
			return boolCompare(a.lacks, b.lacks)
		case a.value != b.value:
			return cmp.Compare(a.value, b.value)
		}
		if texts != nil {
			if c := texts(a.row, b.row); c != 0 && q.Ascending {
				return c
			} else if c != 0 {
				return -c
			}
		}
		return cmp.Or(cmp.Compare(a.key, b.key), bytes.Compare(a.row.Node.Key[:], b.row.Node.Key[:]))
	}
}

// stateRank rises with liveliness.
func stateRank(s mesh.NodeState) int {
	return slices.Index([]mesh.NodeState{mesh.NodeSilent, mesh.NodeQuiet, mesh.NodeActive}, s)
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
