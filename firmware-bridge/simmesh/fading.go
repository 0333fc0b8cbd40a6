package simmesh

import "math"

// shadow is the shadowing of a pair in standard deviations: own, or partly
// that of the two places.
func (w *world) shadow(latA, lonA, latB, lonB, own float64) float64 {
	f := w.real.ShadowCorr
	if f == 0 {
		return own
	}
	p, q := cell(latA, lonA), cell(latB, lonB)
	if p > q {
		p, q = q, p
	}
	return math.Sqrt(f)*hashNormal(w.seed, p, q) + math.Sqrt(1-f)*own
}

// slow is the slow fading of a link at a time, dB: two waves of hours and days.
func (w *world) slow(u, v int32, ms int64) float64 {
	if w.real.Drift == 0 {
		return 0
	}
	if u > v {
		u, v = v, u
	}
	h := mix(mix(w.seed^0xD21F7) + uint64(u)<<32 + uint64(v))
	p1, p2 := float64(h&0xFFFF)/65536, float64(h>>16&0xFFFF)/65536
	t1, t2 := 4+20*float64(h>>32&0xFFFF)/65536, 30+140*float64(h>>48&0xFFFF)/65536
	t := float64(ms%(1000*3600e3)) / 3600e3
	return w.real.Drift * (math.Sin(2*math.Pi*(t/t1+p1)) + math.Sin(2*math.Pi*(t/t2+p2)))
}

// cell numbers the square of 3 km that a place lies in.
func cell(lat, lon float64) uint64 {
	return uint64(int64(math.Floor(lat*kmPerLat/3))+1e6)<<32 | uint64(int64(math.Floor(lon*kmPerLon/3))+1e6)
}

// hashNormal is a standard normal that depends on its arguments alone.
func hashNormal(a, b, c uint64) float64 {
	h := mix(mix(mix(a)+b) + c)
	u := (float64(h>>11) + 0.5) / (1 << 53)
	v := float64(mix(h+1)>>11) / (1 << 53)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// mix is the finalizer of MurmurHash3: every bit of the result depends on
// every bit of h.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
