package store

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// unpackTar makes a directory of a backup.
func unpackTar(t *testing.T, b []byte) *memFS {
	t.Helper()
	fs := newMemFS()
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fs
		}
		if err != nil {
			t.Fatal(err)
		}
		f, err := fs.Create("data/" + h.Name)
		if err != nil || filepath.Base(h.Name) != h.Name {
			t.Fatalf("%s: %v", h.Name, err)
		}
		if _, err := io.Copy(f, r); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Sync(), fs.SyncDir("data")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBackupStartsInAnEmptyDirectory(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	fs := newMemFS()
	s := loadOn(t, fs)
	for now := t0; now < t0+8*mesh.HourMS; now += r.Int64N(60_000) {
		anything(s, r, now)
	}
	hours := s.Hours()
	for _, hour := range hours[2:] {
		seal(t, s, hour)
	}
	for range 50 { // late
		s.Place(anyCopy(r, t0+r.Int64N(8*mesh.HourMS)))
	}
	want := everything(s)
	oldest := hours[len(hours)-1]
	flush(t, s, false)
	s.unload(oldest) // it is read from its file

	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	restored := unpackTar(t, b.Bytes())
	x := loadOn(t, restored)
	if got := everything(x); got != want || len(x.Health().Problems) > 0 {
		t.Errorf("%v %s", x.Health().Problems, differ(want, got))
	}
	// It goes on from there.
	x.Place(flood(77, 1, t0+9*mesh.HourMS, 1))
	seal(t, x, oldest+1)
	flush(t, x, true)
	want = everything(x)
	x.Close()
	if got := everything(loadOn(t, restored.afterCrash())); got != want {
		t.Error(differ(want, got))
	}
}

func TestBackupTells(t *testing.T) {
	fs := newMemFS()
	s := openOn(t, fs)
	if err := s.Backup(t.Context(), io.Discard); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("before loading: %v", err)
	}
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.Place(flood(1, 1, t0, 1))
	seal(t, s, mesh.HourOf(t0))
	flush(t, s, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if err := s.Backup(t.Context(), failingWriter{}); err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("to nobody: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// An hour's file that cannot be read takes nothing else with it: the backup has
// the rest, says what it lacks, and starts as if that hour had never been.
func TestBackupWithoutAFile(t *testing.T) {
	hour := mesh.HourOf(t0) + 2
	name := hourFileName(hour, 1)
	for _, c := range []struct {
		what  string
		spoil func(fs *memFS)
	}{
		{"vanished", func(fs *memFS) { _ = fs.Remove("data/" + name) }},
		{"unreadable", func(fs *memFS) {
			fs.fail = func(op, file string) error {
				if op == "read" && strings.HasSuffix(file, name) {
					return syscall.EIO
				}
				return nil
			}
		}},
		{"damaged", func(fs *memFS) { fs.change(name, func(b []byte) []byte { b[len(b)/2] ^= 4; return b }) }},
		{"of another hour", func(fs *memFS) {
			other, _ := fs.ReadFile("data/" + hourFileName(hour+1, 1))
			fs.change(name, func([]byte) []byte { return other })
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, 2))
			fs := newMemFS()
			s := loadOn(t, fs)
			for now := t0; now < t0+6*mesh.HourMS; now += r.Int64N(60_000) {
				anything(s, r, now)
			}
			for _, hour := range s.Hours() {
				seal(t, s, hour)
			}
			s.Decide(Decision{More: map[uint32]string{hour: "gone", hour + 1: "kept"}})
			flush(t, s, true)
			c.spoil(fs)
			// While the hour is loaded its bytes are at hand.
			var whole, b bytes.Buffer
			if err := s.Backup(t.Context(), &whole); err != nil {
				t.Fatal(err)
			}
			if got, want := dump(loadOn(t, unpackTar(t, whole.Bytes()))), dump(s); got != want {
				t.Error(differ(want, got))
			}
			s.unload(hour)
			s.unload(hour + 1)
			if err := s.Backup(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if p := s.Health().Problems; len(p) != 1 || p[0].File != name {
				t.Errorf("problems %+v", p)
			}
			restored := unpackTar(t, b.Bytes())
			if text, _ := restored.ReadFile("data/" + missingName); !strings.Contains(string(text), name) {
				t.Errorf("%s: %q", missingName, text)
			}
			x := loadOn(t, restored)
			if p := x.Health().Problems; len(p) > 0 {
				t.Errorf("the restored directory has problems: %+v", p)
			}
			if f := x.Files(); f.Hours != s.Files().Hours-1 || f.Loaded != f.Hours || slices.Contains(hourFiles(restored), name) {
				t.Errorf("files %+v, %v", f, hourFiles(restored))
			}
			if x.Decided(hour) != "" || x.Decided(hour+1) != "kept" {
				t.Error("what is decided of an hour goes with its file, and no other")
			}
			// Put right, it is in the next one, and nothing is said any more.
			fs.fail = nil
			file := unpackTar(t, whole.Bytes())
			good, _ := file.ReadFile("data/" + name)
			_ = fs.Remove("data/" + name)
			f, _ := fs.Create("data/" + name)
			_, _ = f.Write(good)
			if err := s.Backup(t.Context(), io.Discard); err != nil || len(s.Health().Problems) > 0 {
				t.Errorf("%v, %+v", err, s.Health().Problems)
			}
		})
	}
}

// A file of names that cannot be read takes nothing else with it: the backup has
// the hour, says what it lacks of it, and a start with it finds nothing decided.
func TestBackupWithoutNames(t *testing.T) {
	for what, spoil := range map[string]func(fs *memFS, name string){
		"vanished": func(fs *memFS, name string) { _ = fs.Remove("data/" + name) },
		"unreadable": func(fs *memFS, name string) {
			fs.fail = func(op, file string) error {
				if op == "read" && strings.HasSuffix(file, name) {
					return syscall.EIO
				}
				return nil
			}
		},
		"damaged": func(fs *memFS, name string) { fs.change(name, func(b []byte) []byte { b[len(b)-1]++; return b }) },
		"of another generation": func(fs *memFS, name string) {
			fs.change(name, func([]byte) []byte { return packNames(mesh.HourOf(t0), 77, "others") })
		},
	} {
		t.Run(what, func(t *testing.T) {
			fs, hour, name := namedHour(t)
			s := loadOn(t, fs)
			good, err := fs.ReadFile("data/" + name)
			if err != nil {
				t.Fatal(err)
			}
			spoil(fs, name)
			backup := func() *memFS {
				var b bytes.Buffer
				if err := s.Backup(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				return unpackTar(t, b.Bytes())
			}
			// While the hour is loaded its names are at hand.
			whole := backup()
			if x := loadOn(t, whole); x.Decided(hour) != "names, more" || len(s.Health().Problems) > 0 {
				t.Errorf("of an hour that is loaded: %q, %+v", x.Decided(hour), s.Health().Problems)
			}
			s.unload(hour)
			restored := backup()
			if p := s.Health().Problems; len(p) != 1 || p[0].File != name {
				t.Errorf("problems %+v", p)
			}
			if text, _ := restored.ReadFile("data/" + missingName); !strings.Contains(string(text), name) {
				t.Errorf("%s: %q", missingName, text)
			}
			if _, err := restored.ReadFile("data/" + name); err == nil {
				t.Error("what cannot be read is in the backup")
			}
			x := loadOn(t, restored)
			if p := x.Health().Problems; len(p) > 0 || x.Decided(hour) != "" || x.Counts().Transmissions != 1 || x.Files().Hours != 1 {
				t.Errorf("restored: problems %+v, names %q, %+v", p, x.Decided(hour), x.Counts())
			}
			x.Decide(Decision{More: map[uint32]string{hour: "anew"}})
			if x.Decided(hour) != "anew" {
				t.Error("nothing can be decided of the hour any more")
			}
			// Put right, they are in the next one, and nothing is said any more.
			fs.fail = nil
			_ = fs.Remove("data/" + name)
			f, _ := fs.Create("data/" + name)
			_, _ = f.Write(good)
			if x := loadOn(t, backup()); x.Decided(hour) != "names, more" || len(s.Health().Problems) > 0 {
				t.Errorf("put right: %q, %+v", x.Decided(hour), s.Health().Problems)
			}
		})
	}
}

// While copies come in, hours are sealed, merged, evicted and unloaded, and
// checkpoints are written, a backup is of one moment: it starts, and has what was
// there before.
func TestBackupWhileEverythingGoesOn(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs, func(o *Options) { o.MaxAge = 20 * time.Hour })
	stop := make(chan struct{})
	var wg sync.WaitGroup
	busy := func(seed uint64, fn func(r *rand.Rand)) {
		r := rand.New(rand.NewPCG(seed, 3))
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					fn(r)
				}
			}
		})
	}
	var now = t0
	var clock sync.Mutex
	tick := func(by int64) int64 {
		clock.Lock()
		defer clock.Unlock()
		now += by
		return now
	}
	for n := range 400 {
		s.Place(flood(n, 1, tick(100_000), byte(n)))
	}
	busy(1, func(r *rand.Rand) {
		c := anyCopy(r, tick(r.Int64N(3000)))
		c.Hash[5] = byte(r.IntN(200))
		s.Place(c)
		time.Sleep(50 * time.Microsecond)
	})
	busy(2, func(r *rand.Rand) {
		hours := s.Hours()
		if len(hours) < 3 {
			return
		}
		if _, err := s.Seal(hours[r.IntN(len(hours))]); err != nil {
			t.Error(err)
		}
		switch r.IntN(8) {
		case 0:
			s.Evict(time.UnixMilli(tick(0)))
		case 1:
			s.house.Lock()
			s.unload(hours[len(hours)-1])
			s.house.Unlock()
		}
	})
	busy(3, func(r *rand.Rand) {
		if r.IntN(3) == 0 {
			s.files.askPoint()
		}
		_ = s.Commit()
		if err := s.save(); err != nil {
			t.Error(err)
		}
	})
	busy(4, func(r *rand.Rand) {
		for _, hour := range s.Hours() {
			n := 0
			s.PickHour(hour).Each(func(*mesh.Scanned) bool { n++; return true })
		}
		left := 200
		s.Newest(mesh.Cursor{}, 0, 1<<60, func(tx mesh.Transmission) bool {
			if one, ok := s.PacketByID(tx.ID); ok && one.Hash != tx.Hash {
				t.Errorf("packet %d has hash %v and %v", tx.ID, tx.Hash, one.Hash)
			}
			left--
			return left > 0
		})
		s.Counts()
		s.ByPrefix("9e", 5)
	})
	for range 12 {
		newest := s.Hours()[0]
		var b bytes.Buffer
		if err := s.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		x := loadOn(t, unpackTar(t, b.Bytes()))
		if p := x.Health().Problems; len(p) > 0 {
			t.Fatal(p)
		}
		if hours := x.Hours(); len(hours) == 0 || hours[0] < newest {
			t.Fatalf("the newest hour was %d, the backup has %v", newest, hours)
		}
		ids := map[uint64]bool{}
		x.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
			if ids[tx.ID] {
				t.Errorf("packet %d is there twice", tx.ID)
			}
			ids[tx.ID] = true
			return true
		})
		x.Close()
	}
	close(stop)
	wg.Wait()
}
