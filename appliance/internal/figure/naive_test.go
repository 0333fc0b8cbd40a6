package figure

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// naive is a second implementation: from decoded packets, one observation at a
// time, with maps.
type naive struct {
	f     Filter
	w     Want
	total *naiveCell
	rows  []map[int64]*naiveCell
}

type naiveCell struct {
	Cell
	seen map[uint64]bool
}

func (n *naive) cell(timeline bool) *naiveCell {
	c := &naiveCell{seen: map[uint64]bool{}}
	if timeline && n.w.Timeline.Buckets > 0 {
		c.Timeline = make([]Count, n.w.Timeline.Buckets)
	}
	return c
}

func countNaively(rows []column.Row, f Filter, w Want) Figures {
	n := &naive{f: f, w: w}
	n.total = n.cell(true)
	for range w.Tables {
		n.rows = append(n.rows, map[int64]*naiveCell{})
	}
	for _, r := range rows {
		n.transmission(r)
	}
	out := Figures{Total: n.total.Cell}
	for _, table := range n.rows {
		list := []Row{}
		for key, c := range table {
			list = append(list, Row{key, c.Cell})
		}
		slices.SortFunc(list, func(a, b Row) int { return cmp.Compare(a.Key, b.Key) })
		out.Tables = append(out.Tables, list)
	}
	return out
}

func (n *naive) transmission(r column.Row) {
	tx := r.Transmission()
	sent := map[string]int{}
	matched := false
	for i, o := range tx.Observations {
		p := o.Packet(tx.Payload)
		if !n.matches(tx, r.Verified, o, p) {
			continue
		}
		matched = true
		n.observation(tx, o, p)
		if heard, ok := p.Heard(); r.Obs[i].Leaf >= 0 {
			if !ok {
				panic("a tree of what is no flood")
			}
			for hops := range heard.Len() + 1 {
				size := hops * p.HopWidth()
				sent["tree"+string(p.PathBytes[:size])] = o.Packet(tx.Payload).Len() - len(p.PathBytes) + size
			}
		} else {
			sent[string(append([]byte{p.Header, p.PathLen}, p.PathBytes...))] = p.Len()
		}
	}
	if !matched || n.w.Airtime == nil {
		return
	}
	for _, size := range sent {
		d := n.w.Airtime.Airtime(size)
		n.total.Sent += d
		for i, t := range n.w.Tables {
			switch t.By {
			case ByType:
				n.row(i, int64(tx.Type)).Sent += d
			case ByChannel:
				n.row(i, channelOf(tx)).Sent += d
			}
		}
	}
}

func channelOf(tx mesh.Transmission) int64 {
	if g, err := meshcore.ParseGroup(tx.Payload); err == nil && (tx.Type == 5 || tx.Type == 6) {
		return int64(g.Channel)
	}
	return NoChannel
}

func (n *naive) matches(tx mesh.Transmission, verified bool, o mesh.Observation, p meshcore.Packet) bool {
	f := n.f
	t := o.At
	if f.ByFirst {
		t = tx.First()
	}
	ok := t >= f.From && t < f.To
	ok = ok && (f.Types == nil || slices.Contains(f.Types, tx.Type))
	ok = ok && (f.Channels == nil || channelOf(tx) >= 0 && slices.Contains(f.Channels, byte(channelOf(tx))))
	ok = ok && (!f.Verified || verified)
	ok = ok && (f.Observers == nil || slices.Contains(f.Observers, o.Observer))
	ok = ok && (f.Regions == nil || slices.Contains(f.Regions, o.Region))
	ok = ok && (f.Routes == nil || slices.Contains(f.Routes, p.Route))
	ok = ok && (f.Widths == nil || slices.Contains(f.Widths, widthOf(p)))
	ok = ok && (!f.SNR4.On || o.SNR4 != mesh.NoSNR && within(f.SNR4, int(o.SNR4)))
	ok = ok && (!f.RSSI.On || o.RSSI != mesh.NoRSSI && within(f.RSSI, int(o.RSSI)))
	ok = ok && (!f.Size.On || within(f.Size, len(o.Frame(tx.Payload))))
	heard, flood := p.Heard()
	ok = ok && (!f.Hops.On || flood && within(f.Hops, heard.Len()))
	if f.Relays == nil && f.Keys == nil || !ok {
		return ok
	}
	if !flood {
		return false
	}
	for _, h := range heard.All() {
		for _, want := range f.Relays {
			if w := want.Width(); h.Width() >= w && meshcore.NewHop(h.Bytes()[:w]) == want {
				return true
			}
		}
		for _, k := range f.Keys {
			if h.Matches(k) {
				return true
			}
		}
	}
	return false
}

func within(r Range, v int) bool { return v >= r.Least && v <= r.Greatest }

func widthOf(p meshcore.Packet) int {
	if p.Type == meshcore.TypeTrace || !p.Route.IsFlood() && len(p.PathBytes) == 0 {
		return 0
	}
	return p.HopWidth()
}

func (n *naive) row(table int, key int64) *naiveCell {
	c := n.rows[table][key]
	if c == nil {
		c = n.cell(n.w.Tables[table].Timeline)
		n.rows[table][key] = c
	}
	return c
}

func (n *naive) observation(tx mesh.Transmission, o mesh.Observation, p meshcore.Packet) {
	n.add(n.total, tx, o, p)
	heard, flood := p.Heard()
	for i, t := range n.w.Tables {
		hops := mesh.NoHops
		if flood {
			hops = heard.Len()
		}
		switch t.By {
		case ByRelay:
			if flood {
				for _, h := range heard.All() {
					c := n.row(i, keyOf(h))
					c.Observations++
					n.addTransmission(c, tx)
				}
			}
		case ByType:
			n.add(n.row(i, int64(tx.Type)), tx, o, p)
		case ByChannel:
			n.add(n.row(i, channelOf(tx)), tx, o, p)
		case ByObserver:
			n.add(n.row(i, int64(o.Observer)), tx, o, p)
		case ByRegion:
			n.add(n.row(i, int64(o.Region)), tx, o, p)
		case ByRoute:
			n.add(n.row(i, int64(p.Route)), tx, o, p)
		case ByWidth:
			n.add(n.row(i, int64(widthOf(p))), tx, o, p)
		case ByHops:
			n.add(n.row(i, int64(hops)), tx, o, p)
		case BySize:
			n.add(n.row(i, int64(p.Len())), tx, o, p)
		case BySNR:
			n.add(n.row(i, int64(o.SNR4)), tx, o, p)
		case ByRSSI:
			n.add(n.row(i, int64(o.RSSI)), tx, o, p)
		}
	}
}

// keyOf finds the key by what HopOf says of keys.
func keyOf(h meshcore.Hop) int64 {
	var v, below int64
	for i, b := range h.Bytes() {
		v = v<<8 | int64(b)
		if i > 0 {
			below += 1 << (8 * i)
		}
	}
	return below + v
}

func (n *naive) bucket(t int64) *int {
	w := n.w.Timeline
	for i := range w.Buckets {
		from := w.From + int64(i)*w.Each.Milliseconds()
		if t >= from && t < from+w.Each.Milliseconds() {
			return &i
		}
	}
	return nil
}

func (n *naive) addTransmission(c *naiveCell, tx mesh.Transmission) {
	if c.seen[tx.ID] {
		return
	}
	c.seen[tx.ID] = true
	c.Transmissions++
	if b := n.bucket(max(tx.First(), n.f.From)); b != nil && c.Timeline != nil {
		c.Timeline[*b].Transmissions++
	}
}

func (n *naive) add(c *naiveCell, tx mesh.Transmission, o mesh.Observation, p meshcore.Packet) {
	n.addTransmission(c, tx)
	c.Observations++
	if b := n.bucket(o.At); b != nil && c.Timeline != nil {
		c.Timeline[*b].Observations++
	}
	if n.w.Signal {
		note(&c.SNR, int(o.SNR4), mesh.NoSNR)
		note(&c.RSSI, int(o.RSSI), mesh.NoRSSI)
	}
	if n.w.Airtime != nil {
		c.Heard += n.w.Airtime.Airtime(len(p.AppendTo(nil)))
	}
}

func note(s *Stat, v, unknown int) {
	switch {
	case v == unknown:
		return
	case s.N == 0:
		s.Least, s.Greatest = v, v
	}
	s.Least, s.Greatest = min(s.Least, v), max(s.Greatest, v)
	s.N++
	s.Sum += int64(v)
}
