package figure

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// scanner counts transmissions that a scan shows, whatever the filter asks.
type scanner struct {
	f     *compiled
	a     *accumulator
	tx    transmission
	marks []bool  // nodes of the tree in whose paths a relay of the filter is
	here  []int64 // observations that match, by leaf; then by node of their paths
	deep  []int   // depths of the nodes
	own   []*mesh.ScannedObs
}

func (s *scanner) take(x *mesh.Scanned) bool {
	s.tx = transmission{x.First, x.Type, channel(x.Type, x.Payload), len(x.Payload)}
	if !s.f.takes(&s.tx, x.Verified) {
		return true
	}
	s.a.begin(&s.tx)
	if s.f.relayOn {
		s.mark(x.Tree)
	}
	sendings := s.a.air != nil || s.a.relays
	if sendings {
		s.here = append(s.here[:0], make([]int64, x.Tree.Len()+1)...)
		s.own = s.own[:0]
	}
	for i := range x.Obs {
		d := &x.Obs[i]
		o := s.copy(x, d)
		if !s.f.hears(&o) || !s.f.passes(&o) || s.f.relayOn && !s.relayed(d) {
			continue
		}
		s.a.add(&o)
		switch {
		case !sendings:
		case d.Leaf >= 0:
			s.here[d.Leaf]++
		default:
			s.own = append(s.own, d)
		}
	}
	if sendings && s.a.any {
		s.countTree(x.Tree)
		s.countOwn()
	}
	return true
}

func (s *scanner) copy(x *mesh.Scanned, d *mesh.ScannedObs) copyOf {
	path := len(d.OwnPath)
	if d.Leaf >= 0 {
		path = int(d.PathLen&63) * x.Tree.Width
	}
	return copyOf{
		at: d.At, observer: d.Observer, region: d.Region, snr: d.SNR4, rssi: d.RSSI,
		route: d.Header & 3, width: int8(Width(d.Header, d.PathLen)), hops: int32(hops(d.Header, d.PathLen, path)),
		size: int32(frameSize(d.Header, path, s.tx.payload)),
	}
}

// frameSize is the length of a frame: header, codes, path length, path,
// payload.
func frameSize(header byte, path, payload int) int {
	size := 2 + path + payload
	if meshcore.Route(header & 3).HasTransport() {
		size += 4
	}
	return size
}

// mark finds the nodes in whose paths a relay of the filter is.
func (s *scanner) mark(t mesh.Tree) {
	s.marks = append(s.marks[:0], false)
	for n := 1; n <= t.Len(); n++ {
		s.marks = append(s.marks, s.marks[t.Parent(n)] || s.f.means(t.HopBytes[(n-1)*t.Width:n*t.Width]))
	}
}

// relayed tells whether a copy passed a relay of the filter.
func (s *scanner) relayed(d *mesh.ScannedObs) bool {
	if !travelled(d.Header, d.PathLen) {
		return false
	}
	if d.Leaf >= 0 {
		return s.marks[d.Leaf]
	}
	width := int(d.PathLen>>6) + 1
	for p := d.OwnPath; len(p) >= width; p = p[width:] {
		if s.f.means(p[:width]) {
			return true
		}
	}
	return false
}

// countTree counts who sent what the observations in the tree show: the
// originator, and every relay in their paths.
func (s *scanner) countTree(t mesh.Tree) {
	if t.Width == 0 {
		return
	}
	s.deep = append(s.deep[:0], 0)
	for n := 1; n <= t.Len(); n++ {
		s.deep = append(s.deep, s.deep[t.Parent(n)]+1)
	}
	relays := s.a.relays && travelled(t.Header, byte(t.Width-1)<<6)
	for n := t.Len(); n >= 0; n-- {
		if s.here[n] == 0 {
			continue
		}
		if s.a.air != nil {
			s.a.sent(s.a.air.of(frameSize(t.Header, s.deep[n]*t.Width, s.tx.payload)))
		}
		if n == 0 {
			break
		}
		s.here[t.Parent(n)] += s.here[n]
		if relays {
			s.a.relayed(t.HopBytes[(n-1)*t.Width:n*t.Width], s.here[n])
		}
	}
}

// countOwn counts who sent what observations outside the tree show: equal
// frames were sent once.
func (s *scanner) countOwn() {
	slices.SortFunc(s.own, compareFrames)
	for i, d := range s.own {
		if s.a.air != nil && (i == 0 || compareFrames(s.own[i-1], d) != 0) {
			s.a.sent(s.a.air.of(frameSize(d.Header, len(d.OwnPath), s.tx.payload)))
		}
		if !s.a.relays || !travelled(d.Header, d.PathLen) {
			continue
		}
		width := int(d.PathLen>>6) + 1
		for p := d.OwnPath; len(p) >= width; p = p[width:] {
			s.a.relayed(p[:width], 1)
		}
	}
}

func compareFrames(a, b *mesh.ScannedObs) int {
	return cmp.Or(cmp.Compare(a.Header, b.Header), cmp.Compare(a.PathLen, b.PathLen), slices.Compare(a.OwnPath, b.OwnPath))
}
