package store

import (
	"fmt"

	"hilltop/appliance/internal/mesh"
)

// HourPick is what the store holds of one hour at one moment. It never changes.
type HourPick struct {
	hour uint32
	seq  uint64
	open []string // records
}

// Hour is the hour's number, since 1970.
func (p HourPick) Hour() uint32 { return p.hour }

// Seq tells the moment: changes whose Placement.Seq is at most this are in the
// pick, later ones are not.
func (p HourPick) Seq() uint64 { return p.seq }

// Hours lists the hours that hold something loaded, newest first.
func (s *Store) Hours() []uint32 { return s.dir.hoursDown() }

// PickHour picks what is held of an hour, without unpacking it. It holds no
// lock for longer than a batch of keys takes.
func (s *Store) PickHour(hour uint32) HourPick {
	p := HourPick{hour: hour}
	prefix := fmt.Sprintf("t/%08x/", hour)
	s.w.Lock()
	p.seq = s.seq
	w := newWalk(prefix, prefix[:len(prefix)-1]+"0") // "0" follows "/"
	take := func(_, value string) { p.open = append(p.open, value) }
	done, err := w.step(s.db, take)
	if !done && err == nil {
		s.walks.begin(w)
	}
	s.w.Unlock()
	defer w.finished.Store(true)
	for !done && err == nil {
		done, err = w.step(s.db, take)
	}
	w.rest(take)
	return p // a closed database holds nothing
}

// Each calls fn for the hour's transmissions, in no order, until fn is false.
// It takes no lock.
func (p HourPick) Each(fn func(*mesh.Scanned) bool) {
	var r record
	var tx mesh.Scanned
	for _, value := range p.open {
		if r.decode(value) != nil {
			continue
		}
		r.scan(&tx)
		if !fn(&tx) {
			return
		}
	}
}

// scan shows the record, whose memory the view shares.
func (r *record) scan(tx *mesh.Scanned) {
	tx.ID, tx.Hash, tx.Type, tx.Verified, tx.Payload = r.id, r.hash, r.kind, r.verified, r.payload
	tx.First, _ = r.span()
	tx.Tree, tx.Obs = r.tree.Tree, tx.Obs[:0]
	for i := range r.entries {
		e := &r.entries[i]
		o := mesh.ScannedObs{
			At: e.obs.At, Arrived: e.obs.Arrived, Observer: e.obs.Observer, Region: e.obs.Region, Leaf: int32(e.leaf),
			SNR4: e.obs.SNR4, RSSI: e.obs.RSSI, Flags: e.obs.Flags, Header: e.obs.Header, PathLen: e.obs.PathLen,
		}
		if e.kind == kindOwn {
			o.Leaf, o.OwnPath = -1, e.obs.Path
		}
		tx.Obs = append(tx.Obs, o)
	}
}
