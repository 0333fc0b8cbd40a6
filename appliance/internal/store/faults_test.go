package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

var (
	errNoSpace error = syscall.ENOSPC
	errIO      error = syscall.EIO
)

func TestFullDisk(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	fs.fail = func(op, _ string) error {
		if op == "write" || op == "create" {
			return errNoSpace
		}
		return nil
	}
	s.Place(flood(1, 1, t0, 1, 2))
	if err := s.Flush(t.Context(), false); !errors.Is(err, errNoSpace) {
		t.Fatalf("want no space, have %v", err)
	}
	h := s.Health()
	if !strings.Contains(h.LastError, "disk is full") || h.PendingBytes == 0 || h.Since.IsZero() {
		t.Errorf("health: %+v", h)
	}
	s.Place(flood(2, 1, t0+1, 1, 2)) // reception goes on
	fs.fail = nil
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if h := s.Health(); h.LastError != "" || h.PendingBytes != 0 || h.Saved.Frame != 2 {
		t.Errorf("health after: %+v", h)
	}
	want := dump(s)
	s.Close()
	if got := dump(loadOn(t, fs.afterCrash())); got != want {
		t.Error(differ(want, got))
	}
}

// Frames that do not fit memory are given up for a checkpoint.
func TestTooManyFramesWait(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	fs.fail = func(op, _ string) error { return errNoSpace }
	big := strings.Repeat("x", 3<<20)
	for n := range 30 {
		s.Place(flood(n, 1, t0+int64(n)))
		s.PutSetting("k", big+string(rune('a'+n)))
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if h := s.Health(); h.PendingBytes > maxWaiting {
		t.Errorf("%d bytes wait", h.PendingBytes)
	}
	fs.fail = nil
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	want := dump(s)
	s.Close()
	if got := dump(loadOn(t, fs.afterCrash())); got != want {
		t.Error("state differs: frame", s.frame)
	}
}

func TestReadOnlyDirectoryServesFromMemory(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	s.Place(flood(1, 1, t0))
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	fs.fail = func(op, _ string) error {
		if op == "read" || op == "readdir" {
			return nil
		}
		return syscall.EROFS
	}
	s = loadOn(t, fs)
	s.Place(flood(2, 1, t0))
	if err := s.Flush(t.Context(), false); err == nil || !strings.Contains(s.Health().LastError, "read-only") {
		t.Errorf("flush: %v, health %q", err, s.Health().LastError)
	}
	if n := s.Counts().Transmissions; n != 2 {
		t.Errorf("want 2 transmissions, have %d", n)
	}
	fs.fail = nil
	if err := s.Flush(t.Context(), false); err != nil || s.Health().LastError != "" {
		t.Errorf("after: %v, health %q", err, s.Health().LastError)
	}
}

func TestInUse(t *testing.T) {
	fs := newMemFS()
	openOn(t, fs)
	if _, err := Open(options(fs)); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("second: %v", err)
	}
}

func TestInUseOnDisk(t *testing.T) {
	o := Options{Dir: t.TempDir() + "/data", Log: quiet}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("second: %v", err)
	}
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.Place(flood(1, 1, t0, 1, 2, 3))
	if err := s.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if h := s.Health(); h.DiskTotal == 0 || h.CheckpointFrame != 1 {
		t.Errorf("health: %+v", h)
	}
	want := dump(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil || dump(s) != want {
		t.Errorf("loaded again: %v\nwant %s\nhave %s", err, want, dump(s))
	}
}

func TestKinds(t *testing.T) {
	demo := func(o *Options) { o.Kind = KindDemo }
	fs := newMemFS()
	loadOn(t, fs).Close()
	if _, err := Open(options(fs, demo)); !errors.Is(err, ErrKind) {
		t.Errorf("demo in a directory of serve: %v", err)
	}
	fs = newMemFS()
	loadOn(t, fs, demo).Close()
	if _, err := Open(options(fs)); !errors.Is(err, ErrKind) {
		t.Errorf("serve in a directory of demo: %v", err)
	}
	loadOn(t, fs, demo).Close()
	fs = newMemFS()
	f, _ := fs.Create("data/photo.jpg")
	f.Close()
	if _, err := Open(options(fs, demo)); !errors.Is(err, ErrKind) {
		t.Errorf("demo in a foreign directory: %v", err)
	}
}

func TestStoppingWhileLoadingChangesNothing(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	s.Place(flood(1, 1, t0))
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	fs.change("journal-", func(b []byte) []byte { return append(b, frameMagic...) })
	before := fs.list()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s = openOn(t, fs)
	if _, err := s.Load(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("load: %v", err)
	}
	if err := s.Flush(t.Context(), true); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("flush: %v", err)
	}
	if after := fs.list(); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("want %v, have %v", before, after)
	}
}

// saved is a file system with two checkpoints and a journal after each, and the
// state that they hold.
func saved(t *testing.T) (*memFS, string) {
	fs := newMemFS()
	s := loadOn(t, fs)
	for n := range 6 {
		s.Place(flood(n, 1, t0+int64(n), 1, 2))
		if err := s.Flush(t.Context(), n == 1 || n == 3); err != nil {
			t.Fatal(err)
		}
	}
	want := dump(s)
	s.Close()
	return fs, want
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 4; return b }
}

func TestDamagedCheckpoint(t *testing.T) {
	fs, want := saved(t)
	name := fs.change("checkpoint-0000000000000004", flip(-40))
	s := loadOn(t, fs)
	if got := dump(s); got != want {
		t.Error(differ(want, got))
	}
	h := s.Health()
	if len(h.Problems) != 1 || h.Problems[0].File != name+".damaged" {
		t.Errorf("problems: %+v", h.Problems)
	}
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if list := strings.Join(fs.list(), " "); !strings.Contains(list, name+".damaged") || s.Health().CheckpointFrame < 6 {
		t.Errorf("files %s, checkpoint %d", list, s.Health().CheckpointFrame)
	}
}

func TestDamagedFrame(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	for n := range 3 {
		s.Place(flood(n, 1, t0+int64(n), 1, 2))
		if n == 2 {
			s.Place(flood(1, 2, t0+int64(n), 1, 2)) // rests on the frame before
		}
		if err := s.Flush(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	name := fs.change("journal-", func(b []byte) []byte {
		_, rest, _ := cutFrame(b[fileHead:])
		b[len(b)-len(rest)+frameHead+3] ^= 1
		return b
	})
	s = openOn(t, fs)
	report, err := s.Load(t.Context(), nil)
	if err != nil || report.Skipped != 1 || report.Missing != 1 || len(report.Problems) != 1 {
		t.Errorf("report %+v, %v", report, err)
	}
	if c := s.Counts(); c.Transmissions != 2 || c.Observations != 2 {
		t.Errorf("counts: %+v", c)
	}
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	want := dump(s)
	s.Close()
	if list := strings.Join(fs.list(), " "); !strings.Contains(list, name+".damaged") {
		t.Errorf("files %s", list)
	}
	s = loadOn(t, fs.afterCrash())
	if got := dump(s); got != want {
		t.Error(differ(want, got))
	}
}

func TestNewerFilesStay(t *testing.T) {
	fs, _ := saved(t)
	newer := func(b []byte) []byte {
		b[8] = fileVersion + 1
		sum := newCRC(b[:12])
		b[12], b[13], b[14], b[15] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		return b
	}
	point := fs.change("checkpoint-0000000000000004", newer)
	journal := fs.change("journal-0000000000000005", newer)
	bytesOf := func(name string) string { b, _ := fs.ReadFile("data/" + name); return string(b) }
	wantPoint, wantJournal := bytesOf(point), bytesOf(journal)
	s := loadOn(t, fs)
	if n := s.Counts().Transmissions; n != 4 {
		t.Errorf("want the 4 transmissions of the rest, have %d", n)
	}
	if len(s.Health().Problems) != 2 {
		t.Errorf("problems: %+v", s.Health().Problems)
	}
	for n := range 4 {
		s.Place(flood(n+10, 1, t0+int64(n)))
		if err := s.Flush(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	if bytesOf(point) != wantPoint || bytesOf(journal) != wantJournal {
		t.Errorf("newer files were changed: %v", fs.list())
	}
	if s.frame < newerGap {
		t.Errorf("frame %d could be in the newer file", s.frame)
	}
}

func TestLoadTellsProgress(t *testing.T) {
	fs, _ := saved(t)
	s := openOn(t, fs)
	var last, of int64
	_, err := s.Load(t.Context(), func(done, total int64) {
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, of = done, total
	})
	if err != nil || last == 0 || last != of {
		t.Errorf("%d of %d, %v", last, of, err)
	}
	if _, err := s.Load(t.Context(), nil); err == nil {
		t.Error("a second load is not refused")
	}
}

// A directory that can be written again is noticed without anything to write.
func TestRecoveryWithoutTraffic(t *testing.T) {
	fs := newMemFS()
	fs.fail = func(op, _ string) error {
		if op == "lock" {
			return syscall.EACCES
		}
		return nil
	}
	s := loadOn(t, fs)
	if !strings.Contains(s.Health().LastError, "may not be written") {
		t.Errorf("health: %q", s.Health().LastError)
	}
	fs.fail = nil
	if err := s.save(); err != nil || s.Health().LastError != "" {
		t.Errorf("after: %v, %q", err, s.Health().LastError)
	}
}

// What version 1 stored did not say which adverts are verified.
func TestAdvertsOfVersion1AreVerified(t *testing.T) {
	for _, point := range []bool{false, true} {
		fs := newMemFS()
		s := loadOn(t, fs)
		for n := range 6 {
			c := flood(n, 1, t0+int64(n), 1)
			if n < 4 {
				c.Type = meshcore.TypeAdvert
			}
			s.Place(c)
		}
		flush(t, s, point)
		s.Close()
		for _, name := range fs.list() {
			fs.change(name, func(b []byte) []byte {
				b[8] = 1
				return append(binary.LittleEndian.AppendUint32(b[:12:12], newCRC(b[:12])), b[16:]...)
			})
		}
		asked := 0
		verify := func(o *Options) {
			o.Verify = func(payload []byte) bool { asked++; return string(payload) < "payload 2" }
		}
		want := "map[1:true 2:true 3:false 4:false 5:false 6:false]"
		for range 2 {
			s = loadOn(t, fs, verify)
			got := map[uint64]bool{}
			s.PickHour(mesh.HourOf(t0)).Each(func(tx *mesh.Scanned) bool { got[tx.ID] = tx.Verified; return true })
			if fmt.Sprint(got) != want || asked == 0 {
				t.Errorf("checkpoint %v: want %s, have %v; asked %d times", point, want, got, asked)
			}
			flush(t, s, true)
			flush(t, s, true)
			s.Close()
		}
	}
}
