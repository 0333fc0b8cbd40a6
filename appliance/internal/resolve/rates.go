package resolve

import "math"

// The constants of the rates; docs/accuracy.md tells how they were chosen.
const (
	alpha    = 0.02 // shape of the prior of a link: most pairs are none, one sighting says much
	alphaO   = 0.15 // the same for observers
	reverse  = 0.15 // weight of the other direction
	slack    = 1.5  // sightings that long hashes may have missed by chance
	ownSlack = 3.0  // the same for a relay's own floods
)

// Distances are in bins; the last is for pairs without two positions.
const (
	nBins    = 18
	unplaced = nBins - 1
)

var binEdges = [nBins - 2]float64{1, 2, 3, 4.5, 6, 8, 11, 15, 20, 27, 37, 50, 70, 100, 140, 200} // km

const earthKm = 6371.0

// onSphere is a place as kilometres from the centre of the earth. The straight
// line between two of them is within 0.1 % of the way over ground up to 800 km.
func onSphere(lat, lon float64) [3]float32 {
	sinLat, cosLat := math.Sincos(lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(lon * math.Pi / 180)
	return [3]float32{float32(earthKm * cosLat * cosLon), float32(earthKm * cosLat * sinLon), float32(earthKm * sinLat)}
}

// binStart finds the bin of a squared distance by its exponent and first two
// bits, so that one comparison is left.
var binStart = func() (start [4 * 64]uint8) {
	for i := range start {
		d2 := float64(math.Float32frombits(uint32(i+binBias) << 21))
		for int(start[i]) < len(binEdges) && d2 >= binEdges[start[i]]*binEdges[start[i]] {
			start[i]++
		}
	}
	return start
}()

const binBias = (127 - 8) << 2 // 2^-8 km² and less is the first bin

func bin(d2 float32) int {
	i := int(math.Float32bits(d2)>>21) - binBias
	if i < 0 {
		return 0
	}
	if i >= len(binStart) {
		return unplaced - 1
	}
	b := int(binStart[i])
	for b < len(binEdges) && float64(d2) >= binEdges[b]*binEdges[b] {
		b++
	}
	return b
}

func apart(a, b *entity) (d2 float32, ok bool) {
	if !a.located || !b.located {
		return 0, false
	}
	x, y, z := a.pos[0]-b.pos[0], a.pos[1]-b.pos[1], a.pos[2]-b.pos[2]
	return x*x + y*y + z*z, true
}

func (m *Model) distanceBin(a, b int32) int {
	if d2, ok := apart(&m.ents[a], &m.ents[b]); ok {
		return bin(d2)
	}
	return unplaced
}

func (m *Model) earBin(a, o int32) int {
	switch e := m.listeners[o].entity; {
	case e < 0:
		return unplaced
	case e == a:
		return 0
	default:
		return m.distanceBin(a, e)
	}
}

// rate is how often b repeats what a sends: the mean of a Poisson process.
// limit is what a's own floods allow for b's first byte.
func (m *Model) rate(a, b int32, limit float64) float64 {
	if a < firstReal {
		n, after := m.tally[a].n, m.tally[b].after
		if a == anyOrigin {
			after = m.tally[b].afterO
		}
		return (after + alpha) / (n + alpha/m.mean)
	}
	if a == b {
		return 1e-9
	}
	ta, tb := &m.tally[a], &m.tally[b]
	n, sure := 0.0, 0.0
	if p := m.link(a, b); p != nil {
		f, back := &p.ab, &p.ba
		if a > b {
			f, back = back, f
		}
		// An audit may take out more than was learned: late copies taught nothing.
		n, sure = max(0, float64(f.n))+reverse*max(0, float64(back.n)), max(0, float64(f.m))
	}
	w := (n*tb.trust + alpha) / (max(0, ta.n) + reverse*max(0, tb.n) + alpha/m.near[m.distanceBin(a, b)])
	if ta.m > slack {
		// Long hashes travel the same links: what they never show is not there.
		w = min(w, (sure+slack)/ta.m)
	}
	return min(w, limit)
}

func (m *Model) link(a, b int32) *pair {
	if a > b {
		a, b = b, a
	}
	return m.pairs.get(a, b)
}

// ownLimit bounds the rate of any relay with this first byte behind a: what a's
// own floods, whose sender is certain, never show is not there.
func (m *Model) ownLimit(a int32, first byte) float64 {
	if a < firstReal || m.tally[a].own <= ownSlack {
		return math.Inf(1)
	}
	n := 0.0
	if v := m.owns.get(a, int32(first)); v != nil {
		n = float64(*v)
	}
	return (n + ownSlack) / m.tally[a].own
}

// reportRate is how often an observer reports what a sends.
func (m *Model) reportRate(a, o int32, e *ear) float64 {
	if a < firstReal {
		return (m.listeners[o].heard + 0.2) / (m.tally[anyRelay].nO + 10)
	}
	w0 := m.nearO[m.earBin(a, o)]
	if z := m.listeners[o].zeal; z > 0 {
		w0 = min(0.8, w0*z)
	}
	n, sure := 0.0, 0.0
	if e != nil {
		n, sure = max(0, float64(e.n)), max(0, float64(e.m))
	}
	t := &m.tally[a]
	w := (n + alphaO) / (max(0, t.nO) + alphaO/w0)
	if t.mO > slack {
		w = min(w, (sure+slack)/t.mO)
	}
	return w
}

func gauss(x, mu, v float64) float64 {
	return math.Exp(-(x-mu)*(x-mu)/(2*v)) / math.Sqrt(v)
}

// surprise is the density of a report's SNR, in dB, from anywhere.
func (m *Model) surprise(snr float64) float64 {
	return gauss(snr, m.snrMu, m.snrVar+m.snrWS/m.snrWN)
}

// likeness is the density of a report's SNR for a pair that is known, with a
// little of anything.
func (m *Model) likeness(e *ear, snr, surprise float64) float64 {
	if e == nil || e.snrN <= 0 {
		return surprise
	}
	within := m.snrWS / m.snrWN
	v := 1 / (1/m.snrVar + float64(e.snrN)/within)
	mu := v * (m.snrMu/m.snrVar + float64(e.snrS)/within)
	return 0.97*gauss(snr, mu, v+within) + 0.03*surprise
}

// unknownShare is the share of hops by relays that are not known, not even as
// phantoms. Where long hashes are rare, new relays among the adverts tell.
func (m *Model) unknownShare() float64 {
	u := m.missed / m.seen
	if m.longShare() < fewLong {
		u = max(u, m.newN/m.advN)
	}
	return u
}

// fewLong is the share of long hashes below which the model trusts itself less.
const fewLong = 0.02

func (m *Model) longShare() float64 { return (m.longN + 1) / (m.allN + 5) }

// unknownRate is the rate of an unknown relay with one hop of a width.
func (m *Model) unknownRate(width int) float64 {
	return max(m.children, 0.2) * m.unknownShare() * prefixes[width]
}

// prefixes is one over the number of hops of a width; first bytes 00 and FF
// are reserved.
var prefixes = [4]float64{0, 1.0 / 254, 1.0 / 65024, 1.0 / (65024 * 256)}
