package report

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Rows stand as their values say, however much of these the numbers tell.
func TestNodePlacesAgainstValues(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		pick := func(from ...string) string { return from[rnd.IntN(len(from))] }
		rows := make([]NodeRow, 60)
		for i := range rows {
			r := &rows[i]
			r.Node.Key[rnd.IntN(2)] = byte(rnd.IntN(3))
			r.Node.Key[8], r.Node.Key[31] = byte(rnd.IntN(3)), byte(i)
			r.Node.Name = pick("", "a", "a\x00", "A", "relay on the hill", "relay on the Hill 2", "relay on", "Relay on", "Ähre", "📡 x")
			r.Lower = strings.ToLower(r.Node.Name)
			r.Scope = pick("", "#pnw", "#PNW", "#pnw-north-1", "#pnw-north-2")
			r.Node.Role, r.Node.HasPosition = meshcore.Role(rnd.IntN(4)), rnd.IntN(2) == 0
			r.State = mesh.NodeState(pick(string(mesh.NodeActive), string(mesh.NodeQuiet), string(mesh.NodeSilent)))
			r.Node.LastAdvert, r.Node.FirstAdvert = rnd.Int64N(5)-2, rnd.Int64N(5)
			r.LastRelayed, r.LastHeard = rnd.Int64N(3), rnd.Int64N(9)-4
			r.FloodAdverts, r.ZeroHopAdverts = rnd.Int64N(4), rnd.Int64N(4)
		}
		for _, sort := range []NodeSort{NodesByName, NodesByRole, NodesByKey, NodesByAdvert, NodesByRelayed, NodesByHeard, NodesByAdverts, NodesByPosition, NodesByState, NodesByFirst, NodesByScope} {
			for _, ascending := range []bool{true, false} {
				q := NodeQuery{Sort: sort, Ascending: ascending}
				var places []nodePlace
				var want []*NodeRow
				for i := range rows {
					places, want = append(places, q.place(&rows[i])), append(want, &rows[i])
				}
				slices.SortFunc(places, q.compare())
				slices.SortFunc(want, func(a, b *NodeRow) int { return nodesByValue(q, a, b) })
				for i := range want {
					if places[i].row != want[i] {
						t.Fatalf("seed %d, %s, ascending %v: row %d is %+v, want %+v", seed, sort, ascending, i, *places[i].row, *want[i])
					}
				}
			}
		}
	}
}

// nodesByValue is the order by whole values.
func nodesByValue(q NodeQuery, a, b *NodeRow) int {
	lacks := func(r *NodeRow) bool {
		return q.Sort == NodesByName && r.Node.Name == "" || q.Sort == NodesByRelayed && r.LastRelayed == 0 || q.Sort == NodesByScope && r.Scope == ""
	}
	number := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	c := map[NodeSort]int{
		NodesByName:     cmp.Or(cmp.Compare(a.Lower, b.Lower), cmp.Compare(a.Node.Name, b.Node.Name)),
		NodesByRole:     cmp.Compare(a.Node.Role, b.Node.Role),
		NodesByKey:      bytes.Compare(a.Node.Key[:], b.Node.Key[:]),
		NodesByAdvert:   cmp.Compare(a.Node.LastAdvert, b.Node.LastAdvert),
		NodesByRelayed:  cmp.Compare(a.LastRelayed, b.LastRelayed),
		NodesByHeard:    cmp.Compare(a.LastHeard, b.LastHeard),
		NodesByAdverts:  cmp.Compare(a.FloodAdverts+a.ZeroHopAdverts, b.FloodAdverts+b.ZeroHopAdverts),
		NodesByPosition: cmp.Compare(number(a.Node.HasPosition), number(b.Node.HasPosition)),
		NodesByState:    strings.Compare(string(b.State), string(a.State)), // their words descend
		NodesByFirst:    cmp.Compare(a.Node.FirstAdvert, b.Node.FirstAdvert),
		NodesByScope:    cmp.Compare(strings.ToLower(a.Scope), strings.ToLower(b.Scope)),
	}[q.Sort]
	if !q.Ascending {
		c = -c
	}
	return cmp.Or(cmp.Compare(number(lacks(a)), number(lacks(b))), c, bytes.Compare(a.Node.Key[:], b.Node.Key[:]))
}
