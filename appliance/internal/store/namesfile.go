package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unsafe"
)

// The names of an hour have a file of their own beside the hour's: they are decided
// once more long after the hour was sealed, which does not change by it.
const (
	magicNames   = "HILLTOPN"
	namesVersion = 1
	namesHead    = 40
)

// namesFile is what the store knows of a file of names without reading it.
type namesFile struct {
	Generation uint32 // of no other file of the hour
	Size       int64  // bytes
}

func (c *codec) namesFile(f *namesFile) {
	unsigned(c, &f.Generation)
	c.varint(&f.Size)
	if f.Generation == 0 || f.Size < 0 {
		c.fail()
	}
}

func (f namesFile) name(hour uint32) string { return hourFileName(hour, f.Generation) + ".names" }

func namesKey(hour uint32) string { return fmt.Sprintf("wf/%08x", hour) }

var namesName = regexp.MustCompile(`^[0-9a-f]{8}\.[0-9a-f]{8}\.names$`)

// namesOfFile reads the name of a file of names.
func namesOfFile(name string) (hour, generation uint32, ok bool) {
	if !namesName.MatchString(name) {
		return 0, 0, false
	}
	return hourOfFile(strings.TrimSuffix(name, ".names"))
}

// packNames makes a file of names.
func packNames(hour, generation uint32, names string) []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, namesHead+len(names)), magicNames...)
	b = le.AppendUint32(b, namesVersion)
	b = le.AppendUint32(b, newCRC(b))
	b = le.AppendUint32(b, hour)
	b = le.AppendUint32(b, generation)
	b = le.AppendUint32(b, uint32(len(names)))
	b = newPacker().z.EncodeAll(bytesOf(names), append(b, make([]byte, namesHead-len(b))...))
	le.PutUint32(b[28:], uint32(len(b)-namesHead))
	le.PutUint32(b[32:], newCRC(b[namesHead:]))
	le.PutUint32(b[36:], newCRC(b[:36]))
	return b
}

// unpackNames reads a file of names. The error is errNewer or errDamaged.
func unpackNames(b []byte, hour, generation uint32) (string, error) {
	le := binary.LittleEndian
	if len(b) < 16 || string(b[:8]) != magicNames || newCRC(b[:12]) != le.Uint32(b[12:]) {
		return "", errDamaged
	}
	if le.Uint32(b[8:]) > namesVersion {
		return "", errNewer
	}
	if len(b) < namesHead || le.Uint32(b[8:]) != namesVersion || newCRC(b[:36]) != le.Uint32(b[36:]) ||
		le.Uint32(b[16:]) != hour || le.Uint32(b[20:]) != generation ||
		uint64(le.Uint32(b[28:])) != uint64(len(b)-namesHead) || newCRC(b[namesHead:]) != le.Uint32(b[32:]) || le.Uint32(b[24:]) > maxFrame {
		return "", errDamaged
	}
	u := newUnpacker()
	defer u.z.Close()
	raw, err := u.open(packedFrame{size: le.Uint32(b[24:]), body: b[namesHead:]}, nil)
	if err != nil {
		return "", errDamaged
	}
	return unsafe.String(unsafe.SliceData(raw), len(raw)), nil // nobody writes to raw any more
}

// openNames reads and checks an hour's names, and gives the file's bytes as far as
// they could be read.
func (f *files) openNames(hour uint32, file namesFile) (names string, b []byte, err error) {
	if b, err = f.fs.ReadFile(f.path(file.name(hour))); err == nil {
		names, err = unpackNames(b, hour, file.Generation)
	}
	return names, b, err
}

// NamesFiles are files that FileNames made, by hour.
type NamesFiles map[uint32]namesFile

// FileNames writes what takes the place of what was decided of an hour into a file,
// which counts from the Decision on that hands over files and the same names. It
// waits for the disk. Where it cannot be written, or no sealed hour is loaded, the
// frame is to have the names: then there is nothing in files of the hour.
func (s *Store) FileNames(hour uint32, names string, files NamesFiles) {
	s.w.Lock()
	h := s.dir.hours[hour]
	sealed := h != nil && h.sealed != nil && !h.hidden() && s.takesDecided(hour)
	s.w.Unlock()
	if !sealed || names == "" {
		return
	}
	if file, err := s.writeNames(hour, names); err == nil { // an error is in Health
		files[hour] = file
	}
}

func (s *Store) writeNames(hour uint32, names string) (namesFile, error) {
	file := namesFile{Generation: s.files.nextGeneration(hour)}
	b := packNames(hour, file.Generation, names)
	file.Size = int64(len(b))
	err := s.files.writeSealed(file.name(hour), b, func(w *Written) *int64 { return &w.Names })
	if err != nil {
		return namesFile{}, fmt.Errorf("file %s: %w", file.name(hour), err)
	}
	return file, nil
}

// commitNames has a file be what is filed of an hour: base of all names. The rest is
// what they grew by.
func (s *Store) commitNames(h *hourRoom, file namesFile, base, all string) {
	s.forgetFiledNames(h)
	if h.names.place == namesAside {
		s.pending.delete(decidedKey(h.num))
	}
	s.putBoth(namesKey(h.num), pack(&file, (*codec).namesFile))
	s.grow(grownKey(h.num, file.Generation), all[len(base):])
	s.dir.setNames(h, hourNames{place: namesFiled, file: file, filed: len(base), grown: len(all) - len(base)})
}

// forgetFiledNames has frames from now on know no file of an hour's names.
func (s *Store) forgetFiledNames(h *hourRoom) {
	if h.names.place != namesFiled {
		return
	}
	keys := []string{grownKey(h.num, h.names.file.Generation)}
	if h.names.file.Generation > 0 {
		keys = append(keys, namesKey(h.num))
		s.discardNames(h.num, h.names.file)
	}
	for _, key := range keys {
		if _, ok := s.value(key); ok {
			s.pending.delete(key)
		}
	}
	s.deleteAll(keys)
}

// discardNames has a file of names go when the next frame is on disk.
func (s *Store) discardNames(hour uint32, file namesFile) {
	if file.Generation > 0 {
		s.files.superseded(file.name(hour), s.frame+1)
	}
}

// fileNames writes an hour's names into a file, if that is due.
func (s *Store) fileNames(hour uint32) (bool, error) {
	s.w.Lock()
	h := s.dir.hours[hour]
	if h == nil || h.sealed == nil || h.private || !h.names.wantFile() || !s.decidedWhole(hour) {
		s.w.Unlock()
		return false, nil
	}
	names := s.namesOf(h)
	s.w.Unlock()
	file, err := s.writeNames(hour, names)
	if err != nil {
		return false, err
	}
	s.w.Lock()
	defer s.w.Unlock()
	s.takeNames(hour, file, names)
	return true, nil
}

// takeNames commits a file, unless its names were replaced since it was made.
func (s *Store) takeNames(hour uint32, file namesFile, base string) {
	h, ok := s.dir.hours[hour]
	if ok {
		if all := s.namesOf(h); strings.HasPrefix(all, base) {
			s.commitNames(h, file, base, all)
			return
		}
	}
	s.discardNames(hour, file)
}

// listNames settles which files of names count, after it is known which hours
// there are.
func (l *loader) listNames() {
	s := l.s
	s.under("wf/", func(key, value string) {
		hour := hourOfKey(key)
		file, _ := unpack(value, (*codec).namesFile)
		if h, ok := s.dir.hours[hour]; ok && h.file.Generation > 0 {
			s.dir.setNames(h, hourNames{place: namesFiled, file: file})
		} else {
			l.loseNames(hour)
		}
	})
	onDisk := map[uint32][]uint32{}
	for _, name := range l.names {
		if hour, generation, ok := namesOfFile(name); ok {
			onDisk[hour] = append(onDisk[hour], generation)
		}
	}
	for hour, generations := range onDisk {
		l.settleNames(hour, generations)
	}
}

// settleNames is as settleFiles. Names are taken from a file that no frame names only
// if frames have none.
func (l *loader) settleNames(hour uint32, generations []uint32) {
	h := l.s.dir.hours[hour]
	named := uint32(0)
	if h != nil {
		named = h.names.file.Generation
	}
	if l.whole() {
		for _, g := range generations {
			if g != named {
				l.s.files.tidy = append(l.s.files.tidy, chore{name: namesFile{Generation: g}.name(hour), erase: true})
			}
		}
		return
	}
	if _, aside := l.s.value(decidedKey(hour)); aside || h == nil || h.file.Generation == 0 || slices.Contains(generations, named) {
		return
	}
	file := namesFile{Generation: slices.Max(generations)}
	file.Size, _ = l.s.files.fs.Size(l.s.files.path(file.name(hour))) // reading it tells what is wrong
	l.problem(file.name(hour), "is loaded though no frame names it, as frames are missing", "Nothing needs to be done.")
	l.s.dir.setNames(h, hourNames{place: namesFiled, file: file})
	l.s.putBoth(namesKey(hour), pack(&file, (*codec).namesFile))
}

// enterNames takes in what was read of an hour's names.
func (l *loader) enterNames(h *hourRoom, r readHour) {
	s := l.s
	if _, aside := s.value(decidedKey(h.num)); aside {
		return // placeNames says so
	}
	base, file := r.rows.Names(), h.names.file
	if file.Generation > 0 {
		if r.namesErr != nil {
			l.refuseNames(h, r.namesErr)
			return
		}
		base = r.names
	}
	grown := s.valueOf(grownKey(h.num, file.Generation))
	if base == "" {
		return
	}
	s.set(decidedKey(h.num), base+grown)
	s.dir.setNames(h, hourNames{place: namesFiled, file: file, filed: len(base), grown: len(grown)})
}

// refuseNames says why the file of an hour's names cannot be read.
func (l *loader) refuseNames(h *hourRoom, err error) {
	name := h.names.file.name(h.num)
	const again = "The rest is loaded, and who relayed the hour's packets is found out again."
	switch {
	case errors.Is(err, errNewer):
		h.names.foreign = true
		l.problem(name, "was written by a newer version of hilltop and is not loaded",
			"Install that version again to see who relayed the hour's packets; this one leaves the file as it is.")
		return
	case errors.Is(err, errDamaged):
		to := l.damagedName(name)
		l.s.files.tidy = append(l.s.files.tidy, chore{name: name, to: to})
		l.problem(to, "is the damaged file of an hour's names", again+" Check the disk or card; delete this file when it is not needed for a repair.")
	case errors.Is(err, os.ErrNotExist):
		l.problem(name, "is missing", again)
	default:
		h.names.foreign = true
		l.problem(name, "cannot be read: "+err.Error(), "Check the disk or card and restart. The file is left as it is.")
		return
	}
	l.loseNames(h.num)
}

// loseNames forgets the names of an hour that are in no file that can be read.
func (l *loader) loseNames(hour uint32) {
	s, keys := l.s, []string{namesKey(hour)}
	s.under(fmt.Sprintf("wg/%08x/", hour), func(key, _ string) { keys = append(keys, key) })
	for _, key := range keys {
		s.pending.delete(key)
	}
	s.deleteAll(keys)
	if h, ok := s.dir.hours[hour]; ok {
		s.dir.setNames(h, hourNames{})
	}
}
