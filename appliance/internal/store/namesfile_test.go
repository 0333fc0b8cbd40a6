package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// Names come back from their file; any other bytes, hour or generation are refused.
func TestNamesFile(t *testing.T) {
	for _, names := range []string{"x", strings.Repeat("names of an hour ", 5000)} {
		b := packNames(7, 3, names)
		if got, err := unpackNames(b, 7, 3); err != nil || got != names {
			t.Fatalf("%d bytes came back of %d: %v", len(got), len(names), err)
		}
		if _, err := unpackNames(b, 8, 3); !errors.Is(err, errDamaged) {
			t.Errorf("another hour: %v", err)
		}
		if _, err := unpackNames(b, 7, 4); !errors.Is(err, errDamaged) {
			t.Errorf("another generation: %v", err)
		}
		for at := range b[:min(len(b), 200)] {
			c := append([]byte(nil), b...)
			c[at] ^= 4
			if _, err := unpackNames(c, 7, 3); !errors.Is(err, errDamaged) {
				t.Errorf("byte %d is another: %v", at, err)
			}
			if _, err := unpackNames(b[:at], 7, 3); !errors.Is(err, errDamaged) {
				t.Errorf("it ends at byte %d: %v", at, err)
			}
		}
	}
	name := namesFile{Generation: 3}.name(0x7a1b2)
	if hour, generation, ok := namesOfFile(name); name != "0007a1b2.00000003.names" || hour != 0x7a1b2 || generation != 3 || !ok {
		t.Errorf("%s: %x %d %v", name, hour, generation, ok)
	}
	for _, name := range []string{"0007a1b2.00000003", name + ".damaged", name + ".tmp"} {
		if _, _, ok := namesOfFile(name); ok {
			t.Errorf("%q is taken for a file of names", name)
		}
	}
}

// Whatever bytes a file of names has: what can be read, written again, reads the same.
func FuzzNamesFile(f *testing.F) {
	f.Add(packNames(7, 3, "names"), "names")
	f.Add([]byte(magicNames), "")
	f.Fuzz(func(t *testing.T, b []byte, names string) {
		if got, err := unpackNames(b, 7, 3); err == nil {
			if again, err := unpackNames(packNames(7, 3, got), 7, 3); err != nil || again != got {
				t.Error(err)
			}
		}
		if got, err := unpackNames(packNames(7, 3, names), 7, 3); err != nil || got != names {
			t.Error(err)
		}
	})
}

// namedHour is a directory whose hour is sealed and has names in a file of their own
// and, in frames, what they grew by.
func namedHour(t *testing.T) (fs *memFS, hour uint32, file string) {
	t.Helper()
	fs = newMemFS()
	s := loadOn(t, fs)
	hour = mesh.HourOf(t0)
	s.Place(flood(1, 1, t0, 1, 2))
	s.Decide(Decision{More: map[uint32]string{hour: "names"}})
	seal(t, s, hour)
	s.Decide(Decision{More: map[uint32]string{hour: ", more"}})
	flush(t, s, true)
	file = s.dir.hours[hour].names.file.name(hour)
	s.Close()
	return fs.afterCrash(), hour, file
}

// A file of names that cannot be read is named, and the hour does without: what is
// decided next of it begins anew.
func TestNamesThatCannotBeRead(t *testing.T) {
	for what, change := range map[string]func(*testing.T, *memFS, string){
		"missing": func(t *testing.T, fs *memFS, name string) {
			if err := fs.Remove("data/" + name); err != nil {
				t.Fatal(err)
			}
		},
		"damaged": func(t *testing.T, fs *memFS, name string) {
			fs.change(name, func(b []byte) []byte { b[len(b)-1]++; return b })
		},
	} {
		fs, hour, file := namedHour(t)
		change(t, fs, file)
		s := loadOn(t, fs)
		p := s.Health().Problems
		if len(p) != 1 || !strings.HasPrefix(p[0].File, file) || s.Decided(hour) != "" || s.Counts().Transmissions != 1 {
			t.Fatalf("%s: %+v, names %q, %+v", what, p, s.Decided(hour), s.Counts())
		}
		s.Decide(Decision{More: map[uint32]string{hour: "anew"}})
		flush(t, s, false)
		s.Close()
		fs = fs.afterCrash()
		s = loadOn(t, fs)
		if p := s.Health().Problems; s.Decided(hour) != "anew" || len(p) > 0 {
			t.Fatalf("%s: names %q, %v", what, s.Decided(hour), p)
		}
		seal(t, s, hour) // names alone
		flush(t, s, true)
		s.Close()
		fs = fs.afterCrash()
		s = loadOn(t, fs)
		if h := s.dir.hours[hour]; s.Decided(hour) != "anew" || h.names.place != namesFiled {
			t.Fatalf("%s: names %q", what, s.Decided(hour))
		}
	}
}

// A newer version's file of names, and one that cannot be read now, are left as they
// are, and nothing is decided of the hour.
func TestNewerNamesAreLeftAlone(t *testing.T) {
	fs, hour, file := namedHour(t)
	fs.change(file, func(b []byte) []byte {
		b[8] = namesVersion + 1
		crc := newCRC(b[:12])
		b[12], b[13], b[14], b[15] = byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)
		return b
	})
	before, _ := fs.ReadFile("data/" + file)
	s := loadOn(t, fs)
	if p := s.Health().Problems; len(p) != 1 || p[0].File != file {
		t.Fatal(p)
	}
	s.Decide(Decision{More: map[uint32]string{hour: "x"}, Whole: map[uint32]string{hour: "y"}})
	s.Place(flood(1, 2, t0+1000, 1, 2))
	seal(t, s, hour)
	flush(t, s, true)
	flush(t, s, true)
	if after, err := fs.ReadFile("data/" + file); err != nil || string(after) != string(before) || s.Decided(hour) != "" {
		t.Fatalf("%v, or the file was changed; names %q", err, s.Decided(hour))
	}
}

// Names that stand in their hour's own file, as an earlier version wrote it, are read
// and grow; they get a file of their own when the hour is sealed again.
func TestNamesInAnOlderFile(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	hour := mesh.HourOf(t0)
	s.Place(flood(1, 1, t0, 1, 2))
	seal(t, s, hour)
	flush(t, s, true)
	s.Close()
	fs = fs.afterCrash()
	fs.change(hourFileName(hour, 1), func(b []byte) []byte { return withNames(unpacked(t, b), "inside") })
	s = loadOn(t, fs)
	if len(s.Health().Problems) > 0 || s.Decided(hour) != "inside" {
		t.Fatalf("%v, names %q", s.Health().Problems, s.Decided(hour))
	}
	s.Decide(Decision{More: map[uint32]string{hour: ", more"}})
	again := func() {
		t.Helper()
		flush(t, s, true)
		s.Close()
		fs = fs.afterCrash()
		if s = loadOn(t, fs); s.Decided(hour) != "inside, more" || len(s.Health().Problems) > 0 {
			t.Fatalf("%v, names %q", s.Health().Problems, s.Decided(hour))
		}
	}
	again()
	s.Place(flood(1, 2, t0+1000, 1, 2))
	s.unload(hour)
	s.Place(flood(2, 2, t0+1000, 1, 2)) // waits
	var list []Again
	if done, err := s.MergeUnloaded(hour, comparing(&list, nil)); !done || err != nil {
		t.Fatal(done, err)
	}
	again()
	if h := s.dir.hours[hour]; h.sealed.Names() != "" || h.names.file.Generation == 0 || h.sealed.Len() != 2 {
		t.Fatalf("%+v", h.names)
	}
}

// unpacked is an hour's file as versions 1 and 2 have it.
func unpacked(t *testing.T, b []byte) []byte {
	t.Helper()
	plain, err := column.UnpackFile(b)
	if err != nil || b[8] != 3 || plain[8] != 1 {
		t.Fatalf("%v, or it was not packed", err)
	}
	return plain
}

// withNames puts names behind an hour's columns, as version 2 has them.
func withNames(b []byte, names string) []byte {
	b = append(b, make([]byte, -len(b)&7)...)
	b = append(b, names...)
	put := func(at int, v uint32) {
		b[at], b[at+1], b[at+2], b[at+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	}
	put(8, 2)
	put(12, newCRC(b[:12]))
	put(80, newCRC(b[96:]))
	put(84, uint32(len(names)))
	put(92, newCRC(b[:92]))
	return b
}

// Names of an hour are filed once, however late they are decided: when all of them are.
func TestNamesAreFiledWhenTheyAreWhole(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	hour := mesh.HourOf(t0)
	ended := mesh.HourStart(hour+1) + episodeMS
	s.DecidedTo(1)
	s.Place(flood(1, 1, t0, 1, 2))
	s.Decide(Decision{More: map[uint32]string{hour: "some"}})
	seal(t, s, hour)
	filed := func() int64 { return s.Health().Written.Names }
	for _, more := range []string{strings.Repeat("more ", 3000), "and the last"} {
		s.Decide(Decision{More: map[uint32]string{hour: more}})
		s.DecidedTo(ended - 1)
		if due := s.SealDue(time.UnixMilli(ended + mesh.HourMS)); len(due) > 0 || filed() > 0 {
			t.Fatalf("due are %v, %d bytes are filed", due, filed())
		}
		_, _ = s.Seal(hour)
	}
	want := s.Decided(hour)
	flush(t, s, true)
	again := loadOn(t, fs.afterCrash())
	if again.Decided(hour) != want {
		t.Error("what is not filed yet is lost")
	}
	s.DecidedTo(ended)
	if due := s.SealDue(time.UnixMilli(ended + mesh.HourMS)); len(due) != 1 || due[0] != hour {
		t.Fatal("due are ", due)
	}
	seal(t, s, hour)
	flush(t, s, false)
	h := s.dir.hours[hour]
	if h.names.place != namesFiled || filed() != h.names.file.Size || len(s.SealDue(time.UnixMilli(ended+mesh.HourMS))) > 0 {
		t.Errorf("%d bytes were filed of %d", filed(), h.names.file.Size)
	}
	again = loadOn(t, fs.afterCrash())
	if again.Decided(hour) != want || again.dir.hours[hour].names.place != namesFiled {
		t.Error("what is filed is lost")
	}
}
