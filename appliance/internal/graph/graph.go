package graph

import (
	"math"
	"slices"
)

// Edge joins two nodes that hear one another. Weight is how often, above 0.
type Edge struct {
	A, B   int
	Weight float64
}

// Graph is who hears whom, whichever way.
type Graph struct {
	adjacent [][]step
	edges    int
}

// step leads to a neighbour.
type step struct {
	to     int
	length float64
}

// New makes the graph of n nodes. Of several edges between two nodes the
// strongest counts; one from a node to itself, to a node that there is not, or
// without weight is none. The length of an edge is 1 for the strongest of all
// and rises as the weight falls, to at most MostLength.
func New(n int, edges []Edge) *Graph {
	best := map[[2]int]float64{}
	most := 0.0
	for _, e := range edges {
		a, b := min(e.A, e.B), max(e.A, e.B)
		if a < 0 || b >= n || a == b || !(e.Weight > 0) || math.IsInf(e.Weight, 0) {
			continue
		}
		best[[2]int{a, b}] = max(best[[2]int{a, b}], e.Weight)
		most = max(most, e.Weight)
	}
	g := &Graph{adjacent: make([][]step, n), edges: len(best)}
	for ends, weight := range best {
		length := min(math.Sqrt(most/weight), MostLength)
		g.adjacent[ends[0]] = append(g.adjacent[ends[0]], step{ends[1], length})
		g.adjacent[ends[1]] = append(g.adjacent[ends[1]], step{ends[0], length})
	}
	for _, list := range g.adjacent {
		slices.SortFunc(list, func(a, b step) int { return a.to - b.to })
	}
	return g
}

// MostLength is the length of the weakest edges.
const MostLength = 8

// Len is the number of nodes, Edges that of edges.
func (g *Graph) Len() int   { return len(g.adjacent) }
func (g *Graph) Edges() int { return g.edges }

// Degree is how many neighbours a node has.
func (g *Graph) Degree(v int) int { return len(g.adjacent[v]) }
