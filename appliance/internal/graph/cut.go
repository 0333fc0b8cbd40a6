package graph

import (
	"cmp"
	"slices"
)

// Cut is what falls apart without a node.
type Cut struct {
	// Share is the share of the pairs of other nodes of the whole graph, 0 to 1,
	// that are joined with the node and not without it.
	Share float64
	// Off are the pieces that the node's part of the graph falls into without
	// it, without the largest: who is cut off. None if it holds together.
	Off [][]int
}

// Cuts tells for each node what falls apart without it.
func (g *Graph) Cuts() []Cut {
	n := g.Len()
	cuts := make([]Cut, n)
	if n < 3 {
		return cuts
	}
	pairs := float64(n-1) * float64(n-2) / 2
	seen := make([]int, n) // the node that was without when it was seen, plus one
	for v := range n {
		if len(g.adjacent[v]) < 2 || !g.articulates(v) {
			continue
		}
		var pieces [][]int
		for _, e := range g.adjacent[v] {
			if piece := g.piece(e.to, v, seen); len(piece) > 0 {
				pieces = append(pieces, piece)
			}
		}
		slices.SortFunc(pieces, func(a, b []int) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0])) })
		joined, sum := 0.0, 0.0
		for _, p := range pieces {
			joined += sum * float64(len(p))
			sum += float64(len(p))
		}
		cuts[v] = Cut{joined / pairs, pieces[1:]}
	}
	return cuts
}

// articulates tells whether a node's neighbours are apart without it. Most are
// not, and are told so by the neighbours alone.
func (g *Graph) articulates(v int) bool {
	near := g.adjacent[v]
	joined := map[int]bool{near[0].to: true}
	for grown := true; grown; {
		grown = false
		for _, e := range near {
			if joined[e.to] {
				continue
			}
			if slices.ContainsFunc(g.adjacent[e.to], func(s step) bool { return joined[s.to] }) {
				joined[e.to], grown = true, true
			}
		}
	}
	return len(joined) < len(near) && len(g.piece(near[0].to, v, make([]int, g.Len()))) < g.reached(v)-1
}

// reached is the number of nodes in a node's part of the graph, itself included.
func (g *Graph) reached(v int) int { return len(g.piece(v, -2, make([]int, g.Len()))) }

// piece lists what can be reached from a node without another, ascending;
// nothing if it was seen already.
func (g *Graph) piece(from, without int, seen []int) []int {
	mark := without + 3 // seen begins with 0
	if seen[from] == mark {
		return nil
	}
	seen[from] = mark
	list := []int{from}
	for i := 0; i < len(list); i++ {
		for _, e := range g.adjacent[list[i]] {
			if e.to != without && seen[e.to] != mark {
				seen[e.to] = mark
				list = append(list, e.to)
			}
		}
	}
	slices.Sort(list)
	return list
}
