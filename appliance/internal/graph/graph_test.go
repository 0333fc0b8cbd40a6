package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func line(n int) *Graph {
	var edges []Edge
	for i := 1; i < n; i++ {
		edges = append(edges, Edge{i - 1, i, 1})
	}
	return New(n, edges)
}

func TestMiddleOfALineJoinsItsEnds(t *testing.T) {
	g := line(5)
	// Of the 6 pairs of others, 3 lie over node 1, and 4 over node 2.
	if got := g.Bridge(); !near(got[0], 0) || !near(got[1], 3.0/6) || !near(got[2], 4.0/6) {
		t.Errorf("bridge: got %v", got)
	}
	if got := g.Coverage(); !near(got[0], (1+1.0/2+1.0/3+1.0/4)/4) || !near(got[2], (1+1+0.5+0.5)/4) {
		t.Errorf("coverage: got %v", got)
	}
	cuts := g.Cuts()
	if c := cuts[1]; !near(c.Share, 3.0/6) || len(c.Off) != 1 || !slices.Equal(c.Off[0], []int{0}) {
		t.Errorf("cut: got %+v", c)
	}
	if c := cuts[0]; c.Share != 0 || c.Off != nil {
		t.Errorf("the end of a line: got %+v", c)
	}
}

func TestNobodyIsMissedInARing(t *testing.T) {
	g := New(6, []Edge{{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}, {4, 5, 1}, {5, 0, 1}})
	for v, c := range g.Cuts() {
		if c.Share != 0 || len(c.Off) != 0 {
			t.Errorf("node %d: got %+v", v, c)
		}
	}
}

func TestStrongLinksCarryTheWay(t *testing.T) {
	// 0 and 3 are joined over 1 by strong links, over 2 by weak ones.
	g := New(4, []Edge{{0, 1, 100}, {1, 3, 100}, {0, 2, 1}, {2, 3, 1}, {0, 2, 0.5}})
	if got := g.Bridge(); got[1] <= got[2] || g.Edges() != 4 {
		t.Errorf("got %v of %d edges", got, g.Edges())
	}
}

func TestEdgesThatAreNoneAreLeftOut(t *testing.T) {
	g := New(2, []Edge{{0, 0, 1}, {0, 2, 1}, {-1, 0, 1}, {0, 1, 0}, {0, 1, math.NaN()}, {0, 1, math.Inf(1)}})
	if g.Edges() != 0 || len(g.Bridge()) != 2 || len(g.Coverage()) != 2 || len(g.Cuts()) != 2 {
		t.Errorf("got %d edges", g.Edges())
	}
	if g := New(0, nil); len(g.Bridge())+len(g.Coverage())+len(g.Cuts()) != 0 {
		t.Error("an empty graph has scores")
	}
}

// The fast ways agree with counting all shortest ways and taking each node out.
func TestScoresAgreeWithPlainCounting(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		n := 2 + r.IntN(12)
		var edges []Edge
		for range r.IntN(3 * n) {
			edges = append(edges, Edge{r.IntN(n), r.IntN(n), []float64{1, 4, 16}[r.IntN(3)]})
		}
		g := New(n, edges)
		bridge, cuts := g.Bridge(), g.Cuts()
		wantBridge, wantShare := plainBridge(g), plainCut(g)
		for v := range n {
			if !near(bridge[v], wantBridge[v]) {
				t.Errorf("seed %d: bridge of %d: got %g, want %g", seed, v, bridge[v], wantBridge[v])
			}
			if !near(cuts[v].Share, wantShare[v]) {
				t.Errorf("seed %d: cut of %d: got %g, want %g", seed, v, cuts[v].Share, wantShare[v])
			}
		}
	}
}

// plainBridge counts by distances between all (Floyd and Warshall): the part of
// the shortest ways from s to t over v is that of their numbers.
func plainBridge(g *Graph) []float64 {
	n := g.Len()
	far, ways := make([][]float64, n), make([][]float64, n)
	for s := range n {
		far[s], ways[s] = make([]float64, n), make([]float64, n)
		for t := range n {
			far[s][t] = math.Inf(1)
		}
		far[s][s], ways[s][s] = 0, 1
		for range n {
			for v := range n {
				for _, e := range g.adjacent[v] {
					far[s][e.to] = min(far[s][e.to], far[s][v]+e.length)
				}
			}
		}
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, far[s][a]-far[s][b])) })
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case far[s][a] < far[s][b]-tie:
				return -1
			case far[s][b] < far[s][a]-tie:
				return 1
			}
			return 0
		})
		for _, v := range order {
			if v == s || math.IsInf(far[s][v], 0) {
				continue
			}
			for _, e := range g.adjacent[v] {
				if near(far[s][e.to]+e.length, far[s][v]) {
					ways[s][v] += ways[s][e.to]
				}
			}
		}
	}
	score := make([]float64, n)
	if n < 3 {
		return score
	}
	for v := range n {
		for s := range n {
			for t := range n {
				if s != t && s != v && t != v && !math.IsInf(far[s][t], 0) && near(far[s][v]+far[v][t], far[s][t]) {
					score[v] += ways[s][v] * ways[v][t] / ways[s][t]
				}
			}
		}
		score[v] /= float64((n - 1) * (n - 2))
	}
	return score
}

func plainCut(g *Graph) []float64 {
	n := g.Len()
	score := make([]float64, n)
	if n < 3 {
		return score
	}
	joined := func(without int) (pairs int) {
		for s := range n {
			if s != without {
				for _, t := range g.piece(s, without, make([]int, n)) {
					if t > s {
						pairs++
					}
				}
			}
		}
		return pairs
	}
	all := joined(-2)
	for v := range n {
		own := g.reached(v) - 1
		score[v] = float64(all-own-joined(v)) / (float64((n-1)*(n-2)) / 2)
	}
	return score
}

// A mesh of a thousand relays.
func BenchmarkScores(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 1000
	var edges []Edge
	for range 8 * n {
		a := r.IntN(n)
		edges = append(edges, Edge{a, min(n-1, max(0, a-20+r.IntN(40))), float64(1 + r.IntN(500))})
	}
	g := New(n, edges)
	b.ReportAllocs()
	for b.Loop() {
		g.Bridge()
		g.Coverage()
		g.Cuts()
	}
}
