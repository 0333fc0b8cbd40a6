package figure

import (
	"cmp"
	"slices"
	"time"

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
	s.a.begin()
	if s.f.relayOn {
		s.mark(x.Tree)
	}
	sendings := s.a.air != nil || s.a.relays
	if sendings {
		s.here, s.own = append(s.here[:0], 0), s.own[:0]
		for range x.Tree.Len() {
			s.here = append(s.here, 0)
		}
	}
	for i := range x.Obs {
		d := &x.Obs[i]
		o := s.copy(x, d)
		if !s.f.hears(&o) || !s.f.passes(&o) || s.f.relayOn && !s.relayed(d) {
			continue
		}
		s.a.copies = append(s.a.copies, o)
		switch {
		case !sendings:
		case d.Leaf >= 0:
			s.here[d.Leaf]++
		default:
			s.own = append(s.own, d)
		}
	}
	if !s.a.matched() {
		return true
	}
	var sent time.Duration
	if sendings {
		s.passed(x.Tree)
	}
	if s.a.air != nil {
		sent = s.sentTree(x.Tree) + s.sentOwn()
	}
	s.a.end(s.tx, sent)
	if s.a.relays {
		s.relays(x.Tree)
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
		route: d.Header & 3, width: int8(mesh.HopWidth(d.Header, d.PathLen)), hops: int32(mesh.Hops(d.Header, d.PathLen, path)),
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
	if !mesh.Travelled(d.Header, d.PathLen) {
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

// passed makes here tell of each node of the tree how many observations that
// match have it in their paths.
func (s *scanner) passed(t mesh.Tree) {
	for n := t.Len(); n > 0; n-- {
		s.here[t.Parents[n-1]] += s.here[n]
	}
}

// sentTree is the time on air of what the observations in the tree show to
// have been sent: by the originator, and by every relay in their paths.
func (s *scanner) sentTree(t mesh.Tree) (sent time.Duration) {
	s.deep = append(s.deep[:0], 0)
	size := frameSize(t.Header, 0, s.tx.payload)
	for n, p := range t.Parents {
		s.deep = append(s.deep, s.deep[p]+1)
		if s.here[n+1] > 0 {
			sent += s.a.air.of(size + s.deep[n+1]*t.Width)
		}
	}
	if s.here[0] > 0 {
		sent += s.a.air.of(size)
	}
	return sent
}

// sentOwn is the same of observations outside the tree: equal frames were sent
// once.
func (s *scanner) sentOwn() (sent time.Duration) {
	slices.SortFunc(s.own, compareFrames)
	for i, d := range s.own {
		if i == 0 || compareFrames(s.own[i-1], d) != 0 {
			sent += s.a.air.of(frameSize(d.Header, len(d.OwnPath), s.tx.payload))
		}
	}
	return sent
}

// relays counts the relays in the paths of the observations.
func (s *scanner) relays(t mesh.Tree) {
	bucket := int32(s.a.want.Timeline.bucket(max(s.tx.first, s.f.From)))
	if t.Width > 0 && mesh.Travelled(t.Header, byte(t.Width-1)<<6) {
		for n := 1; n <= t.Len(); n++ {
			if s.here[n] > 0 {
				s.a.relayed(t.HopBytes[(n-1)*t.Width:n*t.Width], s.here[n], bucket)
			}
		}
	}
	for _, d := range s.own {
		if !mesh.Travelled(d.Header, d.PathLen) {
			continue
		}
		width := int(d.PathLen>>6) + 1
		for p := d.OwnPath; len(p) >= width; p = p[width:] {
			s.a.relayed(p[:width], 1, bucket)
		}
	}
}

func compareFrames(a, b *mesh.ScannedObs) int {
	return cmp.Or(cmp.Compare(a.Header, b.Header), cmp.Compare(a.PathLen, b.PathLen), slices.Compare(a.OwnPath, b.OwnPath))
}
