package simmesh

import (
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// job is something that happens later.
type job struct {
	at  int64
	seq uint64
	run func(at int64)
}

func (j job) Before(other job) bool {
	return j.at < other.at || j.at == other.at && j.seq < other.seq
}

// traffic decides who sends what, and hands it to the radio.
type traffic struct {
	w     *world
	r     rng
	radio *radio
	kinds weighted
	jobs  heap[job]
	seq   uint64
	sent  int // transmissions by their originators

	paths    map[uint64][]int32 // known routes, by src<<32|dst
	pathKeys []uint64           // in order of age
	turn     int                // next node in the advert round
	onSend   func()
}

func newTraffic(w *world, r rng, radio *radio) *traffic {
	weights := make([]float64, len(sessions))
	for i, s := range sessions {
		weights[i] = s.weight
	}
	return &traffic{w: w, r: r, radio: radio, kinds: newWeighted(weights), paths: make(map[uint64][]int32), onSend: func() {}}
}

func (t *traffic) newSession(at int64) { sessions[t.kinds.pick(t.r)].start(t, at) }

func (t *traffic) later(at int64, run func(int64)) {
	t.seq++
	t.jobs.push(job{at, t.seq, run})
}

func (t *traffic) flood(p wire.Packet, src, dst int32, at int64) (route []int32, ok bool, end int64) {
	n := t.w.nodes[src]
	p.Route, p.HashSize, p.Path = wire.Flood, n.hashSize, nil
	if n.region >= 0 {
		p.Route = wire.TransportFlood
		p.Transport[0] = wire.TransportCode(t.w.regions[n.region].key, p.Type, p.Payload)
	}
	t.sent++
	t.onSend()
	return t.radio.flood(p, src, dst, at)
}

func (t *traffic) direct(p wire.Packet, src int32, route []int32, at int64) (ok bool, end int64) {
	p.Route, p.HashSize, p.Path = wire.Direct, t.w.nodes[src].hashSize, nil
	if len(route) == 0 {
		p.HashSize = 1
	}
	t.sent++
	t.onSend()
	return t.radio.direct(p, src, route, at)
}
