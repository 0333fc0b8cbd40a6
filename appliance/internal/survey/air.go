package survey

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// air counts what was sent of a transmission. Of a flood the paths that were
// heard show who sent it on: a relay sends with its own hop at the path's end.
// What has a path of its own is one sending for each path.
func (c *counter) air(t *mesh.Scanned) {
	sum := &c.hour().Types[t.Type&15]
	sum.Transmissions++
	clear(c.hops)
	if t.Tree.Width > 0 {
		c.send(sum, c.frame(t, t.Tree.Header, 0))
		c.relayed(t)
	}
	own := map[string]bool{}
	for i := range t.Obs {
		o := &t.Obs[i]
		if o.Leaf >= 0 {
			continue
		}
		p := meshcore.Packet{Route: meshcore.Route(o.Header & 3), Type: t.Type, PathLen: o.PathLen, PathBytes: o.OwnPath}
		if path, ok := p.Heard(); ok && t.Tree.Width > 0 {
			c.outside(t, o, path)
			continue
		}
		if way := string(append([]byte{o.Header, o.PathLen}, o.OwnPath...)); !own[way] {
			own[way] = true
			c.send(sum, c.frame(t, o.Header, len(o.OwnPath)))
		}
	}
	for hop, pathBytes := range c.hops {
		took := c.frame(t, t.Tree.Header, pathBytes)
		c.send(sum, took)
		r := c.day.Relays[hop]
		if r == nil {
			r = &Air{}
			c.day.Relays[hop] = r
		}
		r.Transmissions++
		c.send(r, took)
	}
}

func (c *counter) send(a *Air, took time.Duration) {
	a.Sendings++
	a.Airtime += took
}

// relayed notes every hop of the tree with the length of its path: once, for a
// relay sends a packet on once. Where a hop stands at several depths the least
// counts.
func (c *counter) relayed(t *mesh.Scanned) {
	c.depth = append(c.depth[:0], 0)
	for n := 1; n <= t.Tree.Len(); n++ {
		d := c.depth[t.Tree.Parent(n)] + t.Tree.Width
		c.depth = append(c.depth, d)
		c.note(t.Tree.Hop(n), d)
	}
}

// outside notes the hops of a heard path that is not of the tree.
func (c *counter) outside(t *mesh.Scanned, o *mesh.ScannedObs, path meshcore.HeardPath) {
	d := 0
	for _, hop := range path.All() {
		d += hop.Width()
		c.note(hop, d)
	}
}

func (c *counter) note(hop meshcore.Hop, pathBytes int) {
	if before, ok := c.hops[hop]; !ok || pathBytes < before {
		c.hops[hop] = pathBytes
	}
}

// frame is how long a frame of the transmission with so many path bytes is on
// air.
func (c *counter) frame(t *mesh.Scanned, header byte, pathBytes int) time.Duration {
	return c.preset.Airtime(frameBytes(t, header, pathBytes))
}

// frameBytes is how long such a frame is.
func frameBytes(t *mesh.Scanned, header byte, pathBytes int) int {
	n := 2 + pathBytes + len(t.Payload)
	if meshcore.Route(header & 3).HasTransport() {
		n += 4
	}
	return n
}

// PresetOf is what most of the observers that have said so are set to, the
// firmware's default if none has: what one frame takes on the mesh's air.
func PresetOf(observers []mesh.Observer) (preset meshcore.Preset, said bool) {
	count := map[mesh.Radio]int{}
	var best mesh.Radio
	for _, o := range observers {
		r := mesh.Radio{BWHz: o.Radio.BWHz, SF: o.Radio.SF, CR: o.Radio.CR}
		if r.BWHz == 0 || r.SF < 5 || r.SF > 12 || r.CR < 5 || r.CR > 8 {
			continue
		}
		count[r]++
		if n := count[r]; n > count[best] || n == count[best] && (r.SF < best.SF || r.SF == best.SF && r.BWHz < best.BWHz) {
			best = r
		}
	}
	if best == (mesh.Radio{}) {
		return meshcore.DefaultPreset(), false
	}
	preset = meshcore.Preset{SF: int(best.SF), BWkHz: float64(best.BWHz) / 1000, CR: int(best.CR)}
	for _, o := range observers {
		if o.Radio.BWHz == best.BWHz && o.Radio.SF == best.SF && o.Radio.CR == best.CR {
			preset.FreqMHz = float64(o.Radio.FreqKHz) / 1000
			break
		}
	}
	return preset, true
}
