package simmesh

func (t *traffic) person() int32 { return int32(t.w.chatters.pick(t.r)) }

// partner is somebody else, mostly from the same city.
func (t *traffic) partner(of int32) int32 {
	for {
		p := t.person()
		if t.r.chance(0.7) {
			p = pick(t.r, t.w.byCity[t.w.nodes[of].city])
		}
		if p != of || len(t.w.nodes) == 1 {
			return p
		}
	}
}

// station is a relay or room near a node.
func (t *traffic) station(near int32) int32 {
	city := t.w.byCity[t.w.nodes[near].city]
	for range 20 {
		if n := pick(t.r, city); n != near && t.w.nodes[n].role != roleCompanion {
			return n
		}
	}
	if len(t.w.relays) > 0 {
		return pick(t.r, t.w.relays)
	}
	return near
}
