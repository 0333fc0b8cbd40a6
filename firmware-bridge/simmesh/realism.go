package simmesh

import (
	"crypto/ed25519"
)

// Realism is what makes paths harder to attribute. The zero value is the plain
// simulation.
type Realism struct {
	Located         float64 // share of nodes that send a position; 0 for 0.88
	OneByte         float64 // share of nodes that start floods with 1-byte hops; 0 for 0.84 (2 and 3 bytes share the rest 11:5)
	PosErrorKm      float64 // standard deviation of advertised positions, km
	PosWrong        float64 // share of nodes that advertise another city altogether
	Silent          float64 // share of relays that never advertise nor answer discovery
	Sites           float64 // share of relays that stand beside another one
	ShadowCorr      float64 // share of the shadowing's variance that places within 3 km have in common
	Fade            float64 // standard deviation of fading per packet, dB; 0 for 2.2
	Drift           float64 // amplitude of a link's slow fading over hours and days, dB
	Churn           float64 // share of nodes that join or leave during the span
	Moved           float64 // share of relays that move once, halfway
	Vanity          float64 // share of relays whose key starts with one of a dozen popular bytes
	CompanionRelays float64 // share of companions that relay
	Again           float64 // chance that a relay repeats a packet a second time when it hears another copy
}

// or gives a share, or its standard value where it is not set.
func or(v, standard float64) float64 {
	if v > 0 {
		return v
	}
	return standard
}

func (w *world) fade() float64 { return or(w.real.Fade, fadeSigma) }

// harden applies the Realism to the nodes. Its draws are its own: without them
// the world is the same.
func (w *world) harden(r rng, startMs, spanMs int64) {
	w.again = newRNG(w.seed, 0xA6A1)
	w.shareSites(r)
	w.shareFirstBytes(r)
	w.letCompanionsRelay(r)
	for _, n := range w.nodes {
		w.hardenNode(r, n, startMs, spanMs)
	}
}

func (w *world) shareSites(r rng) {
	if w.real.Sites <= 0 {
		return
	}
	for _, i := range w.relays {
		n := w.nodes[i]
		if !r.chance(w.real.Sites) {
			continue
		}
		if m := w.nodes[pick(r, w.byCity[n.city])]; m != n && m.relay {
			n.lat, n.lon = m.lat+r.NormFloat64()*0.05/kmPerLat, m.lon+r.NormFloat64()*0.05/kmPerLon
			n.heightDB = m.heightDB + r.NormFloat64()
		}
	}
}

func (w *world) shareFirstBytes(r rng) {
	if w.real.Vanity <= 0 {
		return
	}
	popular := r.bytes(12)
	for i := range popular {
		popular[i] = popular[i]%254 + 1
	}
	for _, i := range w.relays {
		if !r.chance(w.real.Vanity) {
			continue
		}
		n, want := w.nodes[i], pick(r, popular)
		for n.pub[0] != want {
			n.setKey(ed25519.NewKeyFromSeed(r.bytes(ed25519.SeedSize)))
		}
	}
}

func (w *world) letCompanionsRelay(r rng) {
	if w.real.CompanionRelays <= 0 {
		return
	}
	for _, n := range w.nodes {
		if n.role == roleCompanion && r.chance(w.real.CompanionRelays) {
			n.relay = true
			w.relays = append(w.relays, n.idx)
		}
	}
}

func (w *world) hardenNode(r rng, n *node, startMs, spanMs int64) {
	q := w.real
	if q.PosErrorKm > 0 {
		n.offLat, n.offLon = r.NormFloat64()*q.PosErrorKm/kmPerLat, r.NormFloat64()*q.PosErrorKm/kmPerLon
	}
	if q.PosWrong > 0 && r.chance(q.PosWrong) {
		c := cities[r.IntN(len(cities))]
		n.offLat, n.offLon = c.lat-n.lat, c.lon-n.lon
	}
	if q.Silent > 0 && n.relay {
		n.silent = r.chance(q.Silent)
	}
	if q.Churn > 0 && r.chance(q.Churn) {
		at := startMs + int64(r.Float64()*float64(spanMs))
		if r.chance(0.5) {
			n.from = at
		} else {
			n.to = at
		}
	}
	if q.Moved > 0 && n.relay && r.chance(q.Moved) {
		n.moves = true
		n.newLat, n.newLon = n.lat+r.NormFloat64()*15/kmPerLat, n.lon+r.NormFloat64()*15/kmPerLon
	}
}

// move makes the moves.
func (w *world) move() {
	w.links = w.linksAfter
	for _, n := range w.nodes {
		if n.moves {
			n.lat, n.lon = n.newLat, n.newLon
		}
	}
}
