package store

import (
	"fmt"
	"regexp"
	"strconv"
)

// hourFile is what the store knows of an hour's file without reading it.
type hourFile struct {
	Generation    uint32
	Frame         uint64 // that it has everything up to
	Size          int64  // bytes
	Transmissions uint32
	Observations  uint32
}

func (c *codec) hourFile(f *hourFile) {
	unsigned(c, &f.Generation)
	c.uvarint(&f.Frame)
	c.varint(&f.Size)
	unsigned(c, &f.Transmissions)
	unsigned(c, &f.Observations)
	if f.Generation == 0 || f.Size < 0 {
		c.fail()
	}
}

// memory is about what the hour takes when it is loaded, bytes: files are packed. The
// bytes of an observation are those of a mesh where many copies of a packet are heard,
// the share is that of one where few are.
func (f hourFile) memory() int64 { return max(f.Size*5/4, 24*int64(f.Observations)) }

// memoryOf is about what an hour takes with its names, which are packed in their file
// and looked up unpacked.
func memoryOf(hour hourFile, names namesFile) int64 { return hour.memory() + 2*names.Size }

func (f hourFile) name(hour uint32) string { return hourFileName(hour, f.Generation) }

func fileKey(hour uint32) string { return fmt.Sprintf("f/%08x", hour) }

func hourKey(hour uint32) string { return fmt.Sprintf("h/%08x", hour) }

// enterFile takes what a frame or checkpoint says of an hour's file.
func (s *Store) enterFile(key, value string) bool {
	file, ok := unpack(value, (*codec).hourFile)
	hour := hourOfKey(key)
	if !ok || key != fileKey(hour) {
		return false
	}
	s.setFile(hour, file)
	return true
}

// setFile notes an hour's file; none if its generation is 0.
func (s *Store) setFile(hour uint32, file hourFile) {
	s.dir.mu.Lock()
	defer s.dir.mu.Unlock()
	h := s.dir.room(hour)
	h.file = file
	s.dir.settleOrder(h)
}

// forgetFile takes an hour's file and what waits for it out.
func (s *Store) forgetFile(hour uint32) {
	keys := []string{fileKey(hour)}
	s.under(waitKey(hour, ""), func(key, _ string) { keys = append(keys, key) })
	s.deleteAll(keys)
	s.setFile(hour, hourFile{})
}

var hourName = regexp.MustCompile(`^([0-9a-f]{8})\.([0-9a-f]{8})$`)

// hourOfFile reads the name of an hour's file.
func hourOfFile(name string) (hour, generation uint32, ok bool) {
	m := hourName.FindStringSubmatch(name)
	if m == nil {
		return 0, 0, false
	}
	h, _ := strconv.ParseUint(m[1], 16, 32)
	g, _ := strconv.ParseUint(m[2], 16, 32)
	return uint32(h), uint32(g), true
}

func hourFileName(hour, generation uint32) string { return fmt.Sprintf("%08x.%08x", hour, generation) }
