package simmesh

import (
	"encoding/binary"
	"math/rand/v2"
)

// rng is a seeded random source. math/rand/v2 fixes PCG's output, so a seed
// means the same corpus with every Go version.
type rng struct{ *rand.Rand }

func newRNG(seed, stream uint64) rng { return rng{rand.New(rand.NewPCG(seed, stream))} }

func (r rng) chance(p float64) bool          { return r.Float64() < p }
func (r rng) between(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
func (r rng) msBetween(lo, hi int64) int64   { return lo + r.Int64N(hi-lo+1) }

func (r rng) fill(b []byte) {
	var w [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(w[:], r.Uint64())
		b = b[copy(b, w[:]):]
	}
}

func (r rng) bytes(n int) []byte {
	b := make([]byte, n)
	r.fill(b)
	return b
}

func pick[T any](r rng, list []T) T { return list[r.IntN(len(list))] }

// weighted draws indexes with given weights.
type weighted struct{ sum []float64 }

func newWeighted(w []float64) weighted {
	out := weighted{make([]float64, len(w))}
	total := 0.0
	for i, v := range w {
		total += v
		out.sum[i] = total
	}
	return out
}

func (w weighted) pick(r rng) int {
	x := r.Float64() * w.sum[len(w.sum)-1]
	lo, hi := 0, len(w.sum)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if w.sum[mid] > x {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
