package graph

import (
	"cmp"
	"container/heap"
	"math"
)

// Bridge gives for each node the share of the pairs of other nodes, 0 to 1,
// whose shortest way leads over it; of several as short ways each counts its
// part. A pair that no way joins counts as one whose way does not. It is
// weighted betweenness (Brandes 2001), over all pairs and not over the greatest,
// so that it means the same on another day.
func (g *Graph) Bridge() []float64 {
	n := g.Len()
	score := make([]float64, n)
	if n < 3 {
		return score
	}
	for s := range n {
		g.passedFrom(s, score)
	}
	pairs := float64(n-1) * float64(n-2) // each counted from both ends
	for v := range score {
		score[v] /= pairs
	}
	return score
}

// passedFrom adds to score how often each node is passed on the way from s.
func (g *Graph) passedFrom(s int, score []float64) {
	n := g.Len()
	ways := make([]float64, n)
	before := make([][]int, n)
	ways[s] = 1
	order, _ := g.walk(s, func(v, to int, shorter bool) {
		if shorter {
			ways[to], before[to] = 0, before[to][:0]
		}
		ways[to] += ways[v]
		before[to] = append(before[to], v)
	})
	passed := make([]float64, n)
	for i := len(order) - 1; i > 0; i-- {
		w := order[i]
		for _, v := range before[w] {
			passed[v] += ways[v] / ways[w] * (1 + passed[w])
		}
		score[w] += passed[w]
	}
}

// tie is how little two lengths may differ to be as long.
const tie = 1e-9

// walk visits what can be reached from s, nearest first (Dijkstra), and gives
// the order and the distances. reach is told of each step that leads to a node
// as shortly as any before, and whether more shortly.
func (g *Graph) walk(s int, reach func(from, to int, shorter bool)) (order []int, far []float64) {
	far = make([]float64, g.Len())
	done := make([]bool, g.Len())
	for i := range far {
		far[i] = math.Inf(1)
	}
	far[s] = 0
	for next := (queue{{s, 0}}); len(next) > 0; {
		v := heap.Pop(&next).(step).to
		if done[v] {
			continue
		}
		done[v] = true
		order = append(order, v)
		for _, e := range g.adjacent[v] {
			d := far[v] + e.length
			switch {
			case done[e.to]:
			case d < far[e.to]-tie:
				far[e.to] = d
				reach(v, e.to, true)
				heap.Push(&next, step{e.to, d})
			case d <= far[e.to]+tie:
				reach(v, e.to, false)
			}
		}
	}
	return order, far
}

// queue is a heap of nodes by distance, then by number.
type queue []step

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].length, q[j].length), cmp.Compare(q[i].to, q[j].to)) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push and Pop are of container/heap.
func (q *queue) Push(x any) { *q = append(*q, x.(step)) }

// Pop takes the last.
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
