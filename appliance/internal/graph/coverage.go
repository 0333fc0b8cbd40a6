package graph

// Coverage gives for each node how near it is to all others, 0 to 1: the mean
// over the others of one part in as many hops as lead there, 0 where none do.
// It is harmonic closeness by hops: 1 hears everybody itself.
func (g *Graph) Coverage() []float64 {
	n := g.Len()
	score := make([]float64, n)
	if n < 2 {
		return score
	}
	hops := make([]int, n)
	for s := range n {
		for i := range hops {
			hops[i] = -1
		}
		hops[s] = 0
		sum := 0.0
		for order := []int{s}; len(order) > 0; order = order[1:] {
			for _, e := range g.adjacent[order[0]] {
				if hops[e.to] < 0 {
					hops[e.to] = hops[order[0]] + 1
					sum += 1 / float64(hops[e.to])
					order = append(order, e.to)
				}
			}
		}
		score[s] = sum / float64(n-1)
	}
	return score
}
