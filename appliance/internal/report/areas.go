package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"sync"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Areas says in which areas something must stand: one of them. Nodes whose
// position is doubted, or that have sent none, stand in no area.
//
// All nodes are looked at once, when that is asked for first: it is for one
// question.
type Areas struct {
	list  []health.Area
	board *survey.Board

	once     sync.Once
	from     *figure.Senders // of look
	standing Standing        // of look
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

// senders are the nodes that stand in one of the areas, as a figure takes them;
// nil of nil areas.
func (a *Areas) senders(st *store.Store) *figure.Senders {
	if a == nil {
		return nil
	}
	a.look(st)
	return a.from
}

// Standing counts the nodes that have sent a valid advert.
func (a *Areas) Standing(st *store.Store) Standing {
	a.look(st)
	return a.standing
}

// look goes through all nodes.
func (a *Areas) look(st *store.Store) {
	a.once.Do(func() {
		a.from = &figure.Senders{Keys: map[meshcore.PublicKey]bool{}}
		all := st.Nodes()
		for i := range all {
			if n := &all[i]; n.FirstAdvert != 0 && a.standing.add(a, n) {
				a.from.Keys[n.Key] = true
			}
		}
		a.from.Name = nameOf(a.from.Keys)
	})
}

// nameOf tells sets of keys apart.
func nameOf(keys map[meshcore.PublicKey]bool) string {
	sum := sha256.New()
	for _, key := range slices.SortedFunc(maps.Keys(keys), func(a, b meshcore.PublicKey) int { return bytes.Compare(a[:], b[:]) }) {
		sum.Write(key[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Standing is how many of some nodes stand where.
type Standing struct {
	Areas   map[string]int // by the key of the area
	Doubted int            // whose position is not believed
	Nowhere int            // that have sent no position
}

// add counts one node, and tells whether it stands in one of the areas.
func (s *Standing) add(known *Areas, n *mesh.Node) (stands bool) {
	switch {
	case !n.HasPosition:
		s.Nowhere++
		return false
	case doubtOf(*n, known.board) != health.Believed:
		s.Doubted++
		return false
	}
	at := mesh.Place{LatE6: n.LatE6, LonE6: n.LonE6}
	for i := range known.list {
		if known.list[i].Has(at) {
			if s.Areas == nil {
				s.Areas = map[string]int{}
			}
			s.Areas[known.list[i].Key]++
			stands = true
		}
	}
	return stands
}
