package report

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// scan shows every transmission whose first copy stands in from..to (Unix ms,
// to excluded) to fn, newest first, until fn is false.
func scan(st *store.Store, from, to int64, fn func(*mesh.Scanned) bool) {
	var s mesh.Scanned
	st.Newest(mesh.Cursor{}, from, to, func(tx mesh.Transmission) bool {
		show(&s, tx)
		return fn(&s)
	})
}

// show fills s with a transmission that has been unpacked. Its copies have
// their own paths.
func show(s *mesh.Scanned, tx mesh.Transmission) {
	*s = mesh.Scanned{ID: tx.ID, Hash: tx.Hash, Type: tx.Type, First: tx.First(), Payload: tx.Payload, Obs: s.Obs[:0]}
	for _, o := range tx.Observations {
		s.Obs = append(s.Obs, mesh.ScannedObs{
			At: o.At, Arrived: o.Arrived, Observer: o.Observer, Region: o.Region, Leaf: -1, SNR4: o.SNR4, RSSI: o.RSSI,
			Flags: o.Flags, Header: o.Header, PathLen: o.PathLen, OwnPath: o.Path,
		})
	}
}

// heardHops calls fn for every hop of a transmission's heard paths: those of
// its tree once each, and those of flood copies beside it.
func heardHops(s *mesh.Scanned, fn func(meshcore.Hop)) {
	for n := 1; n <= s.Tree.Len(); n++ {
		fn(s.Tree.Hop(n))
	}
	for i := range s.Obs {
		if o := &s.Obs[i]; !o.HasTree() && o.OwnPath != nil {
			if heard, ok := ownPacket(o).Heard(); ok {
				for _, hop := range heard.All() {
					fn(hop)
				}
			}
		}
	}
}

// ownPacket is the head of a copy that has a path of its own.
func ownPacket(o *mesh.ScannedObs) meshcore.Packet {
	return meshcore.Packet{
		Header: o.Header, Route: meshcore.Route(o.Header & 3), Type: meshcore.Type(o.Header >> 2 & 15), Version: o.Header >> 6,
		PathLen: o.PathLen, PathBytes: o.OwnPath,
	}
}

// lastOf is where the latest copy stands.
func lastOf(s *mesh.Scanned) int64 {
	last := s.First
	for i := range s.Obs {
		last = max(last, s.Obs[i].At)
	}
	return last
}
