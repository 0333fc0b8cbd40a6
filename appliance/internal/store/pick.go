package store

import (
	"fmt"
	"slices"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// HourPick is what the store holds of one hour at one moment. It never changes.
type HourPick struct {
	hour  uint32
	seq   uint64
	open  []string // records
	block *column.Hour
	over  []uint64 // as in sealedRows
}

// Hour is the hour's number, since 1970.
func (p HourPick) Hour() uint32 { return p.hour }

// Seq tells the moment: changes whose Placement.Seq is at most this are in the
// pick, later ones are not.
func (p HourPick) Seq() uint64 { return p.seq }

// Block is the sealed hour, and which of its rows are overridden: Open shows
// those as they are. It is nil if there is none.
func (p HourPick) Block() (block *column.Hour, overridden func(row int) bool) {
	return p.block, p.isOver
}

func (p HourPick) isOver(row int) bool { return p.over[row/64]&(1<<(row%64)) != 0 }

// Each calls fn for the hour's transmissions, the rows first and each part in
// no order, until fn is false. It takes no lock.
func (p HourPick) Each(fn func(*mesh.Scanned) bool) {
	if p.block == nil || p.block.Scan(0, p.block.Len(), p.isOver, fn) {
		p.Open(fn)
	}
}

// Open calls fn for what is in open records, until fn is false.
func (p HourPick) Open(fn func(*mesh.Scanned) bool) {
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

// Heads calls fn for the IDs of the hour's transmissions and how many
// observations each has, in no order. It is much quicker than Each.
func (p HourPick) Heads(fn func(id uint64, copies int)) {
	if p.block != nil {
		for row := range p.block.Len() {
			if !p.isOver(row) {
				fn(p.block.ID(row), p.block.Copies(row))
			}
		}
	}
	var r record
	for _, value := range p.open {
		if r.decode(value) == nil {
			fn(r.id, len(r.entries))
		}
	}
}

// rows gives everything in the pick as rows.
func (p HourPick) rows() []column.Row {
	var rows []column.Row
	if p.block != nil {
		for i := range p.block.Len() {
			if !p.isOver(i) {
				rows = append(rows, p.block.Row(i))
			}
		}
	}
	var r record
	for _, value := range p.open {
		if r.decode(value) == nil {
			rows = append(rows, r.row())
		}
	}
	return rows
}

func (p HourPick) openIDs() (ids []uint64) {
	var r record
	for _, value := range p.open {
		c := codec{b: bytesOf(value)}
		if r.head(&c); c.err == nil {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// Hours lists the hours that hold something loaded, newest first.
func (s *Store) Hours() []uint32 { return s.dir.hoursDown() }

// PickHour picks what is held of an hour, without unpacking it. It holds no
// lock for longer than a batch of keys takes.
func (s *Store) PickHour(hour uint32) HourPick {
	s.w.Lock()
	p := s.beginPick(hour)
	s.w.Unlock()
	return p.finish()
}

// picking is a pick whose moment is set and whose records are still being
// gathered.
type picking struct {
	HourPick
	s    *Store
	walk *walk
	done bool
	err  error
}

// beginPick sets the moment of a pick, which finish must follow. The writer's
// lock is held.
func (s *Store) beginPick(hour uint32) *picking {
	h := s.dir.hours[hour]
	if h != nil && h.hidden() {
		h = nil
	}
	return s.pickRoom(hour, h)
}

// pickRoom does it, whether readers see the hour or not; nil is an empty one.
func (s *Store) pickRoom(hour uint32, h *hourRoom) *picking {
	prefix := fmt.Sprintf("t/%08x/", hour)
	p := &picking{HourPick: HourPick{hour: hour, seq: s.seq}, s: s}
	p.walk = newWalk(prefix, prefix[:len(prefix)-1]+"0") // "0" follows "/"
	if h == nil {
		p.done = true
		return p
	}
	if h.sealed != nil {
		p.block, p.over = h.sealed.Hour, slices.Clone(h.sealed.over)
	}
	if len(h.open) == 0 {
		p.done = true
		return p
	}
	if p.step(); !p.done && p.err == nil {
		s.walks.begin(p.walk)
	}
	return p
}

func (p *picking) step() {
	p.done, p.err = p.walk.step(p.s.db, p.take)
}

func (p *picking) take(_, value string) { p.open = append(p.open, value) }

func (p *picking) finish() HourPick {
	defer p.walk.finished.Store(true)
	for !p.done && p.err == nil { // a closed database holds nothing
		p.step()
	}
	p.walk.rest(p.take)
	return p.HourPick
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
