package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Areas says in which areas something must stand: one of them. Nodes whose
// position is doubted, or that have sent none, stand in no area.
type Areas struct {
	list  []health.Area
	board *survey.Board
}

// AreasOf are the areas with these keys, positions judged by the latest survey,
// which may be nil; nil without any key. A key that is not known names no area, in
// which nothing stands.
func AreasOf(known []health.Area, keys []string, board *survey.Board) *Areas {
	if len(keys) == 0 {
		return nil
	}
	a := &Areas{board: board}
	for _, area := range known {
		if slices.Contains(keys, area.Key) {
			a.list = append(a.list, area)
		}
	}
	return a
}

// Has tells whether a node stands in one of the areas. Nil areas have every node.
func (a *Areas) Has(n *mesh.Node) bool {
	if a == nil {
		return true
	}
	if !n.HasPosition {
		return false
	}
	at := mesh.Place{LatE6: n.LatE6, LonE6: n.LonE6}
	return slices.ContainsFunc(a.list, func(area health.Area) bool { return area.Has(at) }) && doubtOf(*n, a.board) == health.Believed
}

// HasObserver tells whether the node of an observer stands in one of the areas.
func (a *Areas) HasObserver(st *store.Store, o mesh.Observer) bool {
	if a == nil {
		return true
	}
	n, ok := nodeOf(st, o)
	return ok && a.Has(&n)
}

// nodeOf is the node that an observer is, if it sent an advert.
func nodeOf(st *store.Store, o mesh.Observer) (mesh.Node, bool) {
	key, err := meshcore.ParsePublicKey(o.ID)
	if err != nil {
		return mesh.Node{}, false
	}
	return st.Node(key)
}

// senders are the nodes that stand in one of the areas, as a figure takes them.
func (a *Areas) senders(st *store.Store) *figure.Senders {
	if a == nil {
		return nil
	}
	s := &figure.Senders{Keys: map[meshcore.PublicKey]bool{}}
	for _, n := range st.Nodes() {
		if a.Has(&n) {
			s.Keys[n.Key] = true
		}
	}
	sum := sha256.New()
	for _, key := range slices.SortedFunc(maps.Keys(s.Keys), func(a, b meshcore.PublicKey) int { return bytes.Compare(a[:], b[:]) }) {
		sum.Write(key[:])
	}
	s.Name = hex.EncodeToString(sum.Sum(nil))
	return s
}

// Standing is how many of some nodes stand where.
type Standing struct {
	Areas   map[string]int // by the key of the area
	Doubted int            // whose position is not believed
	Nowhere int            // that have sent no position
}

// add counts one node.
func (s *Standing) add(known *Areas, n *mesh.Node) {
	switch {
	case !n.HasPosition:
		s.Nowhere++
		return
	case doubtOf(*n, known.board) != health.Believed:
		s.Doubted++
		return
	}
	for _, area := range known.list {
		if area.Has(mesh.Place{LatE6: n.LatE6, LonE6: n.LonE6}) {
			if s.Areas == nil {
				s.Areas = map[string]int{}
			}
			s.Areas[area.Key]++
		}
	}
}

// Standing counts, of some areas, the nodes that have sent a valid advert.
func (n Nodes) Standing(known *Areas) (s Standing) {
	for _, node := range n.Store.Nodes() {
		if node.FirstAdvert != 0 {
			s.add(known, &node)
		}
	}
	return s
}
