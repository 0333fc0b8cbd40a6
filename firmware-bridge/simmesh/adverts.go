package simmesh

// advertiser goes round the nodes, so that all become known early, with some
// that advertise out of turn.
func (t *traffic) advertiser() *node {
	if t.r.chance(0.35) {
		return t.w.nodes[t.r.IntN(len(t.w.nodes))]
	}
	t.turn++
	return t.w.nodes[(t.turn*7919)%len(t.w.nodes)] // 7919 is prime: visits all
}

func (t *traffic) floodAdvert(at int64) {
	n := t.advertiser()
	if n.silent || !n.up(at) {
		return
	}
	t.flood(t.advert(n, at), n.idx, -1, at)
}

func (t *traffic) localAdvert(at int64) {
	n := t.w.nodes[t.r.IntN(len(t.w.nodes))]
	if n.silent || !n.up(at) {
		return
	}
	t.direct(t.advert(n, at), n.idx, nil, at)
}
