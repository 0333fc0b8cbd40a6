package column

import "hilltop/appliance/internal/mesh"

// Scan shows the rows from from to below to, but for those that skip names;
// skip may be nil. What fn is shown is valid until it returns. It stops when fn
// returns false, and tells whether it came to its end.
func (h *Hour) Scan(from, to int, skip func(row int) bool, fn func(*mesh.Scanned) bool) bool {
	var s scratch
	for i := max(from, 0); i < min(to, h.Len()); i++ {
		if skip != nil && skip(i) {
			continue
		}
		h.scan(i, &s)
		if !fn(&s.scanned) {
			return false
		}
	}
	return true
}

// Reader shows rows one at a time, in memory that it uses again.
type Reader struct{ s scratch }

// Row shows a row of an hour; it is valid until the next.
func (r *Reader) Row(h *Hour, i int) *mesh.Scanned {
	h.scan(i, &r.s)
	return &r.s.scanned
}

// scan makes s.scanned show a row.
func (h *Hour) scan(i int, s *scratch) {
	c := h.open(i)
	x := &s.scanned
	x.ID, x.Hash, x.Type, x.Verified, x.First = h.ID(i), h.Hash(i), h.Type(i), h.Verified(i), h.First(i)
	x.Payload = h.readPayload(&c)
	x.Tree = h.readTree(&c, i, s)
	from, to := int(h.start[i]), int(h.start[i+1])
	s.obs = sized(s.obs, to-from)
	for k := range s.obs {
		o := from + k
		rep := h.Reporter(o)
		d := &s.obs[k]
		d.At, d.Observer, d.Region, d.Flags = h.At(o), rep.Observer, rep.Region, rep.Flags
		d.Arrived = d.At
		if rep.has&hasArrived != 0 {
			d.Arrived += c.varint()
		}
		d.SNR4, d.RSSI = h.snr[o], h.RSSI(o)
		if d.Leaf = h.Leaf(o); d.Leaf >= 0 {
			d.Header, d.PathLen, d.OwnPath = x.Tree.Header, pathLen(x.Tree.Width, s.depths[d.Leaf]), nil
			continue
		}
		own := c.ownHead()
		d.Header, d.PathLen, d.OwnPath = own.header, own.pathLen, own.path
	}
	x.Obs = s.obs
}
