package simmesh

import (
	"math"
	"sort"
)

const (
	snrFloor  = -7.5 // SF7 demodulation limit, dB
	fadeSigma = 2.2  // per packet, dB
	maxLinkKm = 180
)

// link is one direction of a radio link.
type link struct {
	to  int32
	snr float32 // mean at the receiver, dB
}

// pair is two nodes that may hear each other, before clutter.
type pair struct {
	u, v int32
	snr  float64 // of u at v, dB
	back float64 // of v at u
}

// makeLinks lays the radio graph: log-distance loss, a shadowing term per
// pair, and a clutter loss chosen so that the mean relay has relayDegree relay
// neighbours whatever the density of nodes.
func (w *world) makeLinks(r rng, relayDegree float64) {
	pairs := w.pairs(r)
	clutter := w.clutter(pairs, relayDegree)
	w.links = make([][]link, len(w.nodes))
	for _, p := range pairs {
		w.join(w.links, p, clutter)
	}
	if w.real.Moved <= 0 {
		return
	}
	w.linksAfter = make([][]link, len(w.nodes))
	for _, p := range pairs {
		if !w.nodes[p.u].moves && !w.nodes[p.v].moves {
			w.join(w.linksAfter, p, clutter)
		}
	}
	for _, p := range w.movedPairs() {
		w.join(w.linksAfter, p, clutter)
	}
}

// useful tells whether a link between two nodes can matter: one of them
// relays or observes.
func useful(a, b *node) bool { return a.relay || b.relay || a.obs != nil || b.obs != nil }

func (w *world) pairs(r rng) []pair {
	var pairs []pair
	for u, a := range w.nodes {
		for v := u + 1; v < len(w.nodes); v++ {
			b := w.nodes[v]
			if math.Abs(a.lat-b.lat)*kmPerLat > maxLinkKm || !useful(a, b) {
				continue
			}
			d := distanceKm(a.lat, a.lon, b.lat, b.lon)
			if d > maxLinkKm {
				continue
			}
			shadow := w.shadow(a.lat, a.lon, b.lat, b.lon, r.NormFloat64())
			rx := receivedDBm(a, b, d, shadow)
			pairs = append(pairs, pair{int32(u), int32(v), float64(float32(rx - b.noiseDBm)), float64(float32(rx - a.noiseDBm))})
		}
	}
	return pairs
}

// receivedDBm is log-distance loss with an exponent of 3.5, at 22 dBm and 2 dBi.
func receivedDBm(a, b *node, km, shadow float64) float64 {
	return 22 + 2 + a.heightDB + b.heightDB - (100 + 35*math.Log10(math.Max(km, 0.1))) + 7*shadow
}

// clutter is the loss, in dB, that leaves relayDegree neighbours to a relay.
func (w *world) clutter(pairs []pair, relayDegree float64) float64 {
	var snrs []float64
	for _, p := range pairs {
		if w.nodes[p.u].relay && w.nodes[p.v].relay {
			snrs = append(snrs, math.Min(p.snr, p.back))
		}
	}
	sort.Sort(sort.Reverse(sort.Float64Slice(snrs)))
	if edges := int(relayDegree * float64(len(w.relays)) / 2); edges < len(snrs) {
		return math.Max(0, snrs[edges]-(snrFloor+1))
	}
	return 0
}

// join adds both directions of a pair that fading may lift above the floor.
func (w *world) join(links [][]link, p pair, clutter float64) {
	margin := 2*w.fade() + 1.5*math.Max(0, w.real.Drift)
	add := func(u, v int32, snr float64) {
		if n := w.nodes[v]; (n.relay || n.obs != nil) && snr > snrFloor-margin {
			links[u] = append(links[u], link{v, float32(snr)})
		}
	}
	add(p.u, p.v, p.snr-clutter)
	add(p.v, p.u, p.back-clutter)
}

// movedPairs is the pairs of moved relays at their new places.
func (w *world) movedPairs() []pair {
	at := func(n *node) (float64, float64) {
		if n.moves {
			return n.newLat, n.newLon
		}
		return n.lat, n.lon
	}
	var pairs []pair
	for u, a := range w.nodes {
		for v := u + 1; v < len(w.nodes); v++ {
			b := w.nodes[v]
			if !(a.moves || b.moves) || !useful(a, b) {
				continue
			}
			la, oa := at(a)
			lb, ob := at(b)
			d := distanceKm(la, oa, lb, ob)
			if d > maxLinkKm {
				continue
			}
			shadow := w.shadow(la, oa, lb, ob, hashNormal(w.seed^0x30fed, uint64(u), uint64(v)))
			rx := receivedDBm(a, b, d, shadow)
			pairs = append(pairs, pair{int32(u), int32(v), rx - b.noiseDBm, rx - a.noiseDBm})
		}
	}
	return pairs
}
