package store

import (
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"hilltop/appliance/internal/column"
)

// sealing is an hour on its way into its file. A nil one notes nothing.
type sealing struct {
	hour uint32
	// changed are the episodes that the file does not show as they are.
	changed map[uint64]bool
	// committed says that frames from now on have the hour as its file.
	committed bool
	pick      HourPick
	rows      map[uint64]int // of the new generation, by ID
	next      *sealedRows
	file      hourFile
	packed    []byte // the bytes of that
	naming    bool   // names are filed with it
	names     string // those
	namesFile namesFile
}

// note tells the sealing of an hour that an episode changes.
func (g *sealing) note(e episode) {
	if g != nil && g.hour == e.hour {
		g.changed[e.id] = true
	}
}

// asRow tells whether frames have an open record as a row already.
func (g *sealing) asRow(e episode) bool {
	return g != nil && g.hour == e.hour && g.committed && !g.changed[e.id]
}

// Seal writes an hour to a file of its own and keeps it as that file's bytes:
// its open records go, but for what changes meanwhile. An hour that is sealed
// already gets a new generation with its late copies merged in. It says whether
// there was anything to do.
//
// A frame is cut that holds all of the hour; the file is written from what that
// frame has, and nothing newer; the next frame names the file. Until that one
// is on disk, the file does not count. Names that are to be filed go into a file of
// their own at the same time, or alone.
func (s *Store) Seal(hour uint32) (bool, error) {
	s.house.Lock()
	defer s.house.Unlock()
	return s.seal(hour)
}

// seal does it. house is held.
func (s *Store) seal(hour uint32) (bool, error) {
	g, err := s.beginSeal(hour)
	if err != nil {
		return false, err
	}
	if g == nil {
		return s.fileNames(hour)
	}
	defer s.endSeal()
	bytes, err := g.encode(s.files.nextGeneration(hour))
	if err != nil {
		return false, fmt.Errorf("hour %08x: %w", hour, err)
	}
	if err := s.files.writeSealed(g.file.name(hour), g.packed, func(w *Written) *int64 { return &w.Hours }); err != nil {
		return false, fmt.Errorf("file %s: %w", g.file.name(hour), err)
	}
	if g.naming {
		if g.namesFile, err = s.writeNames(hour, g.names); err != nil {
			return false, err
		}
	}
	if !s.bring(g) {
		return false, fmt.Errorf("hour %08x: too many transmissions are held", hour)
	}
	roll, sum := s.rollupFor(hour, g.pick.block, g.next.Hour)
	s.commitSeal(g, bytes, roll, sum)
	s.putBack(g)
	return true, nil
}

// beginSeal cuts the frame that holds all of the hour and picks the hour as it
// is then; nil if it has nothing to seal.
func (s *Store) beginSeal(hour uint32) (*sealing, error) {
	s.w.Lock()
	h := s.dir.hours[hour]
	if h == nil || h.unread() || len(h.open) == 0 {
		s.w.Unlock()
		return nil, nil
	}
	if err := s.cut(); err != nil {
		s.w.Unlock()
		return nil, err
	}
	g := &sealing{hour: hour, changed: map[uint64]bool{}}
	g.file.Frame = s.frame
	// An hour's own file of an earlier version may have its names.
	inside := h.sealed != nil && h.sealed.Names() != "" && h.names.file.Generation == 0
	due := (h.names.place == namesAside || h.names.wantFile() && !h.private) && s.decidedWhole(hour)
	if g.naming = inside || due; g.naming {
		g.names = s.namesOf(h)
	}
	s.sealing = g
	p := s.pickRoom(hour, h)
	s.w.Unlock()
	g.pick = p.finish()
	return g, nil
}

func (s *Store) endSeal() {
	s.w.Lock()
	defer s.w.Unlock()
	s.sealing = nil
}

// encode makes the new generation.
func (g *sealing) encode(generation uint32) (bytes string, err error) {
	rows := g.pick.rows()
	b, err := column.Encode(g.hour, generation, rows)
	if err != nil {
		return "", err
	}
	bytes = unsafe.String(unsafe.SliceData(b), len(b)) // nobody writes to b any more
	block, err := column.Open(bytes)
	if err != nil {
		return "", err // a mistake of this program: the file would not load
	}
	g.next = newSealedRows(block)
	g.packed = column.PackFile(b)
	g.file.Generation, g.file.Size = generation, int64(len(g.packed))
	g.file.Transmissions, g.file.Observations = uint32(block.Len()), uint32(block.Observations())
	g.rows = g.next.byID()
	// All that was open at the pick still is: its records override the rows.
	for _, id := range g.pick.openIDs() {
		g.next.setOver(g.rows[id])
	}
	return bytes, nil
}

// bring makes hashes lead to the new generation's rows, but for those that open
// records override.
func (s *Store) bring(g *sealing) bool {
	s.w.Lock()
	fits := s.dir.begin(g)
	old := s.dir.hours[g.hour].sealed
	s.w.Unlock()
	if old == nil || !fits {
		return fits
	}
	olds := make([]int32, g.next.Len())
	for row := range olds {
		olds[row] = -1
		if at := old.search(g.next.First(row), g.next.ID(row)); at < old.Len() && old.ID(at) == g.next.ID(row) {
			olds[row] = int32(at)
		}
	}
	for from := 0; from < len(olds); from += rowBatch {
		s.w.Lock()
		s.dir.moveRows(old, g.next, olds, from, min(from+rowBatch, len(olds)))
		s.w.Unlock()
	}
	return true
}

// begin gives a new generation its refs; false if there are none left.
func (d *directory) begin(g *sealing) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.reserve(g.next) {
		return false
	}
	d.hours[g.hour].next = g.next
	for id := range g.changed {
		if row, ok := g.rows[id]; ok {
			g.next.setOver(row)
		}
	}
	return true
}

// commitSeal puts the file into the frame that is being gathered, and lets the
// new generation take the place of what was there. roll is the key of a rollup,
// sum its value.
func (s *Store) commitSeal(g *sealing, bytes, roll, sum string) {
	s.w.Lock()
	defer s.w.Unlock()
	was := s.dir.hours[g.hour].file
	s.putBoth(fileKey(g.hour), pack(&g.file, (*codec).hourFile))
	s.putBoth(roll, sum)
	s.pending.sealed(g.hour, slices.Sorted(maps.Keys(g.changed)))
	s.set(hourKey(g.hour), bytes)
	s.scratchRef = 0
	if g.naming {
		s.takeNames(g.hour, g.namesFile, g.names) // while the old generation is at hand
	}
	s.dir.swap(g)
	g.committed = true
	if was.Generation > 0 {
		s.files.superseded(was.name(g.hour), s.frame+1)
	}
}

func (s *Store) putBoth(key, value string) {
	s.set(key, value)
	s.pending.put(key, value)
}

func (d *directory) swap(g *sealing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.hours[g.hour]
	if h.sealed != nil {
		d.release(h.sealed)
	}
	h.sealed, h.next, h.file = h.next, nil, g.file
	d.settleOrder(h)
}

// recordBatch is how many records are deleted at once.
const recordBatch = 100

// putBack deletes the open records that the file shows as they are.
func (s *Store) putBack(g *sealing) {
	for s.putSomeBack(g) {
	}
}

// putSomeBack does a batch of it; false when there are no more.
func (s *Store) putSomeBack(g *sealing) bool {
	s.w.Lock()
	defer s.w.Unlock()
	h := s.dir.hours[g.hour]
	slots, keys := make([]int32, 0, recordBatch), make([]string, 0, recordBatch)
	for _, slot := range h.open {
		if len(slots) == recordBatch {
			break
		}
		if e := s.dir.at(openRef | ref(slot)); !g.changed[e.id] {
			slots, keys = append(slots, slot), append(keys, e.key())
		}
	}
	if len(slots) > 0 {
		s.scratchRef = 0
		s.dir.putBack(h, slots)
		s.deleteAll(keys)
	}
	return len(slots) == recordBatch
}

// writeSealed makes a file of an hour, whole or not at all, and counts its bytes.
func (f *files) writeSealed(name string, b []byte, kind func(*Written) *int64) error {
	f.saving.Lock()
	defer f.saving.Unlock()
	err := f.ready()
	if err == nil {
		err = writeWhole(f.fs, f.path(name), func(out File) error {
			_, err := out.Write(b)
			return err
		})
	}
	if err != nil {
		f.failed(err)
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	*kind(&f.h.Written) += int64(len(b))
	return nil
}

// nextGeneration is a generation of an hour that no file has.
func (f *files) nextGeneration(hour uint32) uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.generations[hour]++
	return f.generations[hour]
}

// superseded has a file deleted once a frame is on disk.
func (f *files) superseded(name string, frame uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leaving = append(f.leaving, leavingFile{name, frame})
}

// leavingFile is a file that no frame names from one on.
type leavingFile struct {
	name  string
	frame uint64
}

// removeSuperseded deletes the files that the frames on disk do not name any
// more. What cannot be deleted is deleted by the next start.
func (f *files) removeSuperseded() error {
	f.mu.Lock()
	var gone []chore
	f.leaving = slices.DeleteFunc(f.leaving, func(l leavingFile) bool {
		if f.pins > 0 || l.frame > f.h.Saved.Frame {
			return false
		}
		gone = append(gone, chore{name: l.name, erase: true})
		return true
	})
	f.mu.Unlock()
	_, err := f.work(gone)
	return err
}
