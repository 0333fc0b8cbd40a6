package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// hourReaders is how many files of hours are read and checked at a time.
const hourReaders = 2

// listedHour is an hour whose file is to be loaded.
type listedHour struct {
	*hourRoom
	read chan readHour
}

type readHour struct {
	rows     *sealedRows
	text     string
	size     int64 // of the file, bytes
	err      error
	names    string // of a file of their own
	namesErr error
}

// hours loads the files that the frames name, newest first, as many as the
// memory budget allows. What is not loaded stays as it is.
func (l *loader) hours() error {
	list := l.listed()
	jobs := make(chan listedHour, len(list))
	for i := range list {
		list[i].read = make(chan readHour, 1)
		jobs <- list[i]
	}
	close(jobs)
	var readers sync.WaitGroup
	defer readers.Wait() // after an error they find that ctx is done
	for range hourReaders {
		readers.Go(func() {
			for h := range jobs {
				h.read <- l.readHour(h.num, h.file, h.names.file)
			}
		})
	}
	for _, h := range list {
		r := <-h.read
		if err := l.ctx.Err(); err != nil {
			return err
		}
		l.enterHour(h.hourRoom, r)
		l.step(h.file.Size + h.names.file.Size)
	}
	l.s.placeNames()
	return l.compareWaiting()
}

// listed gives the hours to load, newest first, after it has settled which
// files of an hour count.
func (l *loader) listed() (list []listedHour) {
	onDisk := map[uint32][]uint32{}
	for _, name := range l.names {
		if hour, generation, ok := hourOfFile(name); ok {
			onDisk[hour] = append(onDisk[hour], generation)
		}
		if hour, generation, ok := hourOfFile(name[:min(17, len(name))]); ok {
			f := l.s.files
			f.generations[hour] = max(f.generations[hour], generation)
		}
	}
	for hour, generations := range onDisk {
		l.settleFiles(hour, generations)
	}
	l.listNames()
	for _, h := range l.s.dir.hours {
		if h.file.Generation > 0 {
			list = append(list, listedHour{hourRoom: h})
		}
	}
	slices.SortFunc(list, func(a, b listedHour) int { return int(int64(b.num) - int64(a.num)) })
	return list[:l.affordable(list)]
}

// settleFiles deletes the files of an hour that no frame names, if the frames
// are whole. If they are not, the newest file takes the place of one that is
// missing, or of an hour that nothing is known of.
func (l *loader) settleFiles(hour uint32, generations []uint32) {
	named := uint32(0)
	empty := true
	if h, ok := l.s.dir.hours[hour]; ok {
		named, empty = h.file.Generation, len(h.open) == 0
	}
	whole := l.whole()
	newest := slices.Max(generations)
	if !whole && (named > 0 && !slices.Contains(generations, named) || named == 0 && empty) {
		file := hourFile{Generation: newest, Frame: l.applied}
		file.Size, _ = l.s.files.fs.Size(l.s.files.path(file.name(hour))) // reading it tells what is wrong
		l.problem(hourFileName(hour, newest), "is loaded though no frame names it, as frames are missing", "Nothing needs to be done.")
		l.s.setFile(hour, file)
		l.s.putBoth(fileKey(hour), pack(&file, (*codec).hourFile))
		return
	}
	for _, g := range generations {
		if g != named && whole {
			l.s.files.tidy = append(l.s.files.tidy, chore{name: hourFileName(hour, g), erase: true})
		}
	}
}

// whole tells whether nothing is missing of the frames.
func (l *loader) whole() bool {
	return !l.newer && !l.damaged && l.report.Missing == 0 && l.report.Skipped == 0
}

// affordable is how many of the hours the memory budget allows.
func (l *loader) affordable(list []listedHour) int {
	o := l.s.opts
	if o.Memory <= 0 {
		return len(list)
	}
	room := o.Memory*loadShare/100 - o.RSS()
	for i, h := range list {
		if room -= memoryOf(h.file, h.names.file); room < 0 {
			return i
		}
	}
	return len(list)
}

// readHour reads and checks a file. It may run beside others.
func (l *loader) readHour(hour uint32, file hourFile, names namesFile) (r readHour) {
	if r.err = l.ctx.Err(); r.err != nil {
		return r
	}
	b, err := l.s.files.hourBytes(hour, file)
	if err != nil {
		return readHour{err: err}
	}
	block, text, err := hourIn(b, hour, file)
	if err != nil {
		return readHour{err: err}
	}
	r = readHour{rows: newSealedRows(block), text: text, size: int64(len(b))}
	if names.Generation > 0 {
		r.names, _, r.namesErr = l.s.files.openNames(hour, names)
	}
	return r
}

func (f *files) hourBytes(hour uint32, file hourFile) ([]byte, error) {
	return f.fs.ReadFile(f.path(file.name(hour)))
}

// openHour reads and checks an hour's file.
func (f *files) openHour(hour uint32, file hourFile) (*column.Hour, error) {
	b, err := f.hourBytes(hour, file)
	if err != nil {
		return nil, err
	}
	block, _, err := hourIn(b, hour, file)
	return block, err
}

// hourIn checks the bytes of an hour's file, which must not change any more, and gives
// the hour and the bytes that it lies in.
func hourIn(b []byte, hour uint32, file hourFile) (block *column.Hour, text string, err error) {
	if b, err = column.UnpackFile(b); err != nil {
		return nil, "", err
	}
	text = unsafe.String(unsafe.SliceData(b), len(b)) // nobody writes to b any more
	block, err = column.Open(text)
	if err == nil && (block.Number() != hour || block.Generation() != file.Generation) {
		err = fmt.Errorf("%w: it is hour %08x, generation %d", column.ErrDamaged, block.Number(), block.Generation())
	}
	return block, text, err
}

// enterHour takes an hour in that was read, or says why it cannot be.
func (l *loader) enterHour(h *hourRoom, r readHour) {
	s, name := l.s, h.file.name(h.num)
	switch {
	case r.err == nil:
		l.enterRows(h, r)
		return
	case errors.Is(r.err, column.ErrNewer):
		h.foreign = true
		l.problem(name, "was written by a newer version of hilltop and is not loaded",
			"Install that version again to see what it holds; this one leaves the file as it is.")
		return
	case errors.Is(r.err, column.ErrDamaged):
		to := l.damagedName(name)
		s.files.tidy = append(s.files.tidy, chore{name: name, to: to})
		l.problem(to, "is the damaged file of an hour: "+r.err.Error(),
			"The rest is loaded. Check the disk or card; delete this file when it is not needed for a repair.")
	case errors.Is(r.err, os.ErrNotExist):
		l.problem(name, "is missing; its hour is not loaded", "Put it back from a backup, or leave it.")
	default:
		// It may be there when the disk can be read again.
		h.foreign = true
		l.problem(name, "cannot be read: "+r.err.Error(), "Check the disk or card and restart. The file is left as it is.")
		return
	}
	// What waited for the file has nothing left to be compared with.
	s.under(waitKey(h.num, ""), func(key, _ string) { s.pending.delete(key) })
	s.pending.delete(fileKey(h.num))
	if file := h.names.file; file.Generation > 0 {
		s.files.tidy = append(s.files.tidy, chore{name: file.name(h.num), erase: true})
	}
	l.loseNames(h.num)
	s.forgetFile(h.num)
}

func (l *loader) damagedName(name string) string {
	to := name + ".damaged"
	for i := 2; slices.Contains(l.names, to); i++ {
		to = fmt.Sprintf("%s.damaged-%d", name, i)
	}
	return to
}

func (l *loader) enterRows(h *hourRoom, r readHour) {
	s, d := l.s, l.s.dir
	var byID map[uint64]int
	if len(h.open) > 0 {
		byID = r.rows.byID()
	}
	d.mu.Lock()
	d.override(h.open, r.rows, byID)
	fits := d.reserve(r.rows)
	if fits {
		h.sealed = r.rows
		h.file.Size, h.file.Transmissions, h.file.Observations = r.size, uint32(r.rows.Len()), uint32(r.rows.Observations())
		d.settleOrder(h)
	}
	d.mu.Unlock()
	if !fits {
		return
	}
	d.enterRows(r.rows, 0, r.rows.Len())
	s.set(hourKey(h.num), r.text)
	l.enterNames(h, r)
	s.nextID = max(s.nextID, r.rows.ids[1]+1)
}

// Records that wait for an hour that is not loaded have a mark beside them.
func waitKey(hour uint32, id string) string { return fmt.Sprintf("u/%08x/%s", hour, id) }

// hourFor is the hour in which an episode begins, and whether that one's file
// is not read. What stands within ten minutes of such an hour may belong to an
// episode of it, and waits with it.
func (s *Store) hourFor(at int64) (hour uint32, waits bool) {
	hour = mesh.HourOf(at)
	if h, ok := s.dir.hours[hour]; ok && h.unread() {
		return hour, true
	}
	for _, near := range [...]uint32{mesh.HourOf(at - episodeMS), mesh.HourOf(at + episodeMS)} {
		if h, ok := s.dir.hours[near]; near != hour && ok && h.unread() && !h.foreign {
			return near, true
		}
	}
	return hour, false
}

// waits notes that a new record is to be compared with its hour when that is
// loaded.
func (s *Store) waits(key, value string) {
	s.pending.put(key, value)
	s.putBoth(waitKey(hourOfKey(key), key[strings.LastIndexByte(key, '/')+1:]), "")
}

// compareWaiting places once more what came in for hours that were not loaded
// then and are now.
func (l *loader) compareWaiting() error {
	var marks []string
	l.s.under("u/", func(key, _ string) { marks = append(marks, key) })
	for _, mark := range marks {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		h, ok := l.s.dir.hours[hourOfKey(mark)]
		if ok && h.unread() {
			continue
		}
		l.s.compareNow(mark) // no index is told: they are built later
	}
	return nil
}

// placeAgain takes a record apart and places its copies as if they came in now. It
// gives what readers see of them.
func (s *Store) placeAgain(key string) (list []Again) {
	value, ok := s.value(key)
	var r record
	if !ok || r.decode(value) != nil {
		return nil
	}
	s.pending.delete(key)
	s.forgetRecord(key)
	s.deleteAll([]string{key})
	r.eachCopy(func(c Copy) { list = visible(list, c, s.place(c)) })
	return list
}

// eachCopy calls fn for every message that a record is made of, as it came in.
func (r *record) eachCopy(fn func(Copy)) {
	r.fillPaths()
	for i := range r.entries {
		e := &r.entries[i]
		c := Copy{Hash: r.hash, Type: r.kind, Payload: r.payload, Verified: r.verified, Obs: e.obs, Feed: e.feed}
		fn(c)
		for _, m := range e.merged {
			c.Feed, c.Obs.Claimed, c.Obs.Flags = m.feed, m.claimed, c.Obs.Flags&^mesh.FlagClaimed
			if m.ok {
				c.Obs.Flags |= mesh.FlagClaimed
			}
			fn(c)
		}
	}
}
