package store

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func seal(t testing.TB, s *Store, hour uint32) {
	t.Helper()
	if done, err := s.Seal(hour); !done || err != nil {
		t.Fatalf("hour %08x: sealed %v, %v", hour, done, err)
	}
}

func flush(t testing.TB, s *Store, checkpoint bool) {
	t.Helper()
	if err := s.Flush(t.Context(), checkpoint); err != nil {
		t.Fatal(err)
	}
}

// hourFiles lists the files of hours in a directory.
func hourFiles(fs *memFS) (names []string) {
	all, _ := fs.ReadDir("data")
	for _, name := range all {
		if _, _, ok := hourOfFile(name[:min(17, len(name))]); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// filesOf lists the files of hours and of their names that a store has, in the order
// of hourFiles.
func filesOf(s *Store) (names []string) {
	for _, h := range s.dir.hours {
		if h.file.Generation > 0 {
			names = append(names, h.file.name(h.num))
		}
		if h.names.file.Generation > 0 {
			names = append(names, h.names.file.name(h.num))
		}
	}
	slices.Sort(names)
	return names
}

// everything is what all readers say, in words.
func everything(s *Store) string {
	var b strings.Builder
	b.WriteString(dump(s))
	hashes := map[meshcore.Hash]bool{}
	s.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		one, ok := s.PacketByID(tx.ID)
		fmt.Fprintf(&b, "%d %d %v %v\n", tx.ID, tx.First(), ok, fmt.Sprint(one) == fmt.Sprint(tx))
		hashes[tx.Hash] = true
		return true
	})
	list := []meshcore.Hash{}
	for h := range hashes {
		list = append(list, h)
	}
	slices.SortFunc(list, func(x, y meshcore.Hash) int { return cmp.Compare(x.String(), y.String()) })
	for _, h := range list {
		found := s.ByPrefix(h.String()[:3], 1000)
		fmt.Fprintf(&b, "%v %v %v\n", h, slices.Contains(found, h), s.Packets(h))
	}
	prefixed := s.ByPrefix("", 1000)
	slices.SortFunc(prefixed, func(x, y meshcore.Hash) int { return cmp.Compare(x.String(), y.String()) })
	fmt.Fprintln(&b, prefixed)
	all := scanned(s)
	for _, id := range slices.Sorted(func(yield func(uint64) bool) {
		for id := range all {
			if !yield(id) {
				return
			}
		}
	}) {
		b.WriteString(all[id] + "\n")
	}
	return b.String()
}

// However often hours are sealed, merged, evicted and loaded again, readers and
// placements say what a store says that never seals.
func TestSealedHoursReadAsOpenOnes(t *testing.T) {
	for seed := range seeds(3) {
		r := rand.New(rand.NewPCG(seed, 11))
		fs := newMemFS()
		age := func(o *Options) { o.MaxAge = 12 * time.Hour }
		s, model := loadOn(t, fs, age), loadOn(t, newMemFS(), age)
		now := t0
		check := func(after string) {
			t.Helper()
			if got, want := everything(s), everything(model); got != want {
				t.Fatalf("seed %d, after %s: %s", seed, after, differ(want, got))
			}
		}
		for range 400 {
			now += r.Int64N(140_000)
			c := anyCopy(r, now)
			c.Verified = c.Hash[0]&1 == 0
			if r.IntN(4) == 0 { // late, by hours
				c.Obs.At -= r.Int64N(8 * mesh.HourMS)
			}
			got, want := s.Place(c), model.Place(c)
			got.Seq, want.Seq = 0, 0
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Fatalf("seed %d: placed\nwant %+v\nhave %+v", seed, want, got)
			}
			switch hours := s.Hours(); r.IntN(60) {
			case 0, 1, 2:
				if _, err := s.Seal(hours[r.IntN(len(hours))]); err != nil {
					t.Fatal(err)
				}
				check("sealing")
			case 3:
				for _, hour := range s.SealDue(time.UnixMilli(now)) {
					seal(t, s, hour)
				}
				check("sealing what is due")
			case 4:
				flush(t, s, r.IntN(3) == 0)
				s.Close()
				s = loadOn(t, fs, age)
				if p := s.Health().Problems; len(p) > 0 {
					t.Fatal(p)
				}
				check("a restart")
			case 5:
				at := time.UnixMilli(now)
				if got, want := s.Evict(at), model.Evict(at); got != want {
					t.Fatalf("seed %d: evicted before %d, want %d", seed, got, want)
				}
				check("evicting")
			}
		}
		check("all")
		flush(t, s, true)
		flush(t, s, true)
		if names := hourFiles(fs); !slices.Equal(names, filesOf(s)) {
			t.Errorf("%d hours have a file, there are %v", s.Files().Hours, names)
		}
	}
}

// What sealing leaves in memory and in the checkpoint is the file.
func TestSealedHourLeavesNoRecords(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	for _, c := range traffic(5000) {
		s.Place(c)
	}
	want := everything(s)
	flush(t, s, true)
	big, _ := fs.Size("data/" + checkpointFile(s.frame))
	for _, hour := range s.Hours() {
		seal(t, s, hour)
		if done, err := s.Seal(hour); done || err != nil {
			t.Errorf("sealed again: %v, %v", done, err)
		}
	}
	s.under("t/", func(key, _ string) { t.Errorf("%s is still there", key) })
	flush(t, s, true)
	small, _ := fs.Size("data/" + checkpointFile(s.frame))
	if small > big/4 {
		t.Errorf("checkpoint has %d bytes, %d before", small, big)
	}
	s.Close()
	s = loadOn(t, fs.afterCrash())
	if got := everything(s); got != want {
		t.Error(differ(want, got))
	}
}

// sealedStore has three sealed hours of flood traffic.
func sealedStore(t *testing.T) (*memFS, *Store) {
	fs := newMemFS()
	s := loadOn(t, fs)
	for n := range 30 {
		s.Place(flood(n, 1, t0+int64(n)*mesh.HourMS/10, 1, 2))
	}
	for _, hour := range s.Hours() {
		seal(t, s, hour)
	}
	flush(t, s, false)
	return fs, s
}

func TestDamagedHourIsSetAside(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"a bit":  flip(200),
		"cut":    func(b []byte) []byte { return b[:len(b)-9] },
		"empty":  func([]byte) []byte { return nil },
		"zeroed": func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			fs, s := sealedStore(t)
			s.Close()
			file := fs.change(hourFileName(mesh.HourOf(t0)+1, 1), change)
			s = loadOn(t, fs)
			if c := s.Counts(); c.Transmissions != 20 {
				t.Errorf("counts %+v", c)
			}
			if p := s.Health().Problems; len(p) != 1 || p[0].File != file+".damaged" {
				t.Errorf("problems %+v", p)
			}
			s.Place(flood(15, 2, t0+15*mesh.HourMS/10+1, 1, 2))
			flush(t, s, false)
			want := everything(s)
			s.Close()
			if names := strings.Join(hourFiles(fs), " "); !strings.Contains(names, file+".damaged") || strings.Count(names, " ") != 2 {
				t.Errorf("files %s", names)
			}
			s = loadOn(t, fs.afterCrash())
			if got := everything(s); got != want || len(s.Health().Problems) != 0 {
				t.Errorf("%v %s", s.Health().Problems, differ(want, got))
			}
			seal(t, s, mesh.HourOf(t0)+1) // the next generation has a name of its own
			flush(t, s, false)
		})
	}
}

func TestNewerHourIsLeftAlone(t *testing.T) {
	fs, s := sealedStore(t)
	s.Close()
	hour := mesh.HourOf(t0) + 1
	file := fs.change(hourFileName(hour, 1), func(b []byte) []byte {
		b[8] = 4
		sum := newCRC(b[:12])
		b[12], b[13], b[14], b[15] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		return b
	})
	was, _ := fs.ReadFile("data/" + file)
	s = loadOn(t, fs, func(o *Options) { o.MaxAge = time.Hour; o.Disk = 1 })
	if c := s.Counts(); c.Transmissions != 20 || len(s.Health().Problems) != 1 {
		t.Errorf("counts %+v, %+v", c, s.Health().Problems)
	}
	if p := s.Place(flood(15, 2, t0+15*mesh.HourMS/10+1, 1, 2)); !p.Hidden || p.Hour != hour {
		t.Errorf("placed %+v", p)
	}
	if done, err := s.Seal(hour); done || err != nil {
		t.Errorf("sealed %v, %v", done, err)
	}
	s.Evict(time.UnixMilli(t0 + 100*mesh.HourMS))
	s.TrimDisk()
	flush(t, s, true)
	s.Close()
	if now, _ := fs.ReadFile("data/" + file); string(now) != string(was) {
		t.Errorf("the file was changed: %v", hourFiles(fs))
	}
}

// Late copies of an hour that is not loaded wait, and are compared when it is.
func TestLateCopiesOfAnUnloadedHour(t *testing.T) {
	fs, s := sealedStore(t)
	late := func(n, observer int) Copy {
		c := flood(n, uint32(observer), t0+int64(n)*mesh.HourMS/10+5, 1, 2, byte(observer))
		c.Obs.Arrived = t0 + 30*mesh.HourMS
		return c
	}
	s.Place(late(3, 2)) // an open record before the hour leaves
	s.unload(mesh.HourOf(t0))
	s.unload(mesh.HourOf(t0) + 1)
	if c := s.Counts(); c.Transmissions != 10 || c.Observations != 10 {
		t.Errorf("held %+v", c)
	}
	for _, c := range []Copy{late(3, 3), late(3, 2), late(4, 2), late(4, 2), flood(5, 1, t0+5*mesh.HourMS/10, 1, 2), late(4, 3), late(12, 2)} {
		if p := s.Place(c); !p.Hidden {
			t.Errorf("placed %+v", p)
		}
	}
	// It stands in a loaded hour, yet belongs to an episode of one that is not.
	edge := flood(19, 2, t0+2*mesh.HourMS+60_000, 1, 2)
	if p := s.Place(edge); !p.Hidden {
		t.Errorf("placed %+v", p)
	}
	if c := s.Counts(); c.Transmissions != 10 || len(s.Packets(late(4, 2).Hash)) != 0 || len(s.ByPrefix(late(4, 2).Hash.String(), 9)) != 0 {
		t.Errorf("what waits is seen: %+v", c)
	}
	if due := s.SealDue(time.UnixMilli(t0 + 100*mesh.HourMS)); len(due) != 0 {
		t.Errorf("due %v", due)
	}
	flush(t, s, true)
	s.Close()
	for range 2 { // also from what the first start made of it
		s = loadOn(t, fs)
		if c := s.Counts(); c.Transmissions != 30 || c.Observations != 30+6 {
			t.Errorf("loaded %+v", c)
		}
		for n, want := range map[int]int{3: 3, 4: 3, 5: 1, 12: 2, 19: 2} {
			list := s.Packets(flood(n, 1, 0).Hash)
			if len(list) != 1 || len(list[0].Observations) != want || list[0].ID != uint64(n+1) {
				t.Errorf("packet %d: want %d observations, have %+v", n, want, list)
			}
		}
		flush(t, s, false)
		s.Close()
	}
}

// At random: what comes in for hours that are loaded or not is neither lost nor
// there twice.
func TestUnloadedHoursLoseNothing(t *testing.T) {
	for seed := range seeds(5) {
		r := rand.New(rand.NewPCG(seed, 12))
		fs := newMemFS()
		s := loadOn(t, fs)
		now := t0
		want := map[string]bool{}
		var sent []Copy
		for range 2500 {
			now += r.Int64N(30_000)
			c := flood(r.IntN(400), uint32(1+r.IntN(5)), now, byte(r.IntN(3)))
			c.Obs.At -= r.Int64N(9 * mesh.HourMS)
			c.Obs.Claimed = c.Obs.At // one feed: only the same message is the same observation
			if len(sent) > 0 && r.IntN(5) == 0 {
				c = sent[r.IntN(len(sent))]
				c.Obs.Arrived = now
			}
			sent = append(sent, c)
			want[fmt.Sprint(c.Hash, c.Obs.Observer, c.Obs.Claimed, c.Obs.Path)] = true
			s.Place(c)
			switch hours := s.Hours(); r.IntN(50) {
			case 0, 1:
				if _, err := s.Seal(hours[r.IntN(len(hours))]); err != nil {
					t.Fatal(err)
				}
			case 2:
				s.unload(hours[r.IntN(len(hours))])
			case 3:
				flush(t, s, r.IntN(2) == 0)
				s.Close()
				s = loadOn(t, fs)
			case 4:
				for _, hour := range s.MergeDue(time.UnixMilli(now + 100*mesh.HourMS)) {
					merge(t, s, hour)
				}
			}
		}
		for _, hour := range s.MergeDue(time.UnixMilli(now + 100*mesh.HourMS)) {
			merge(t, s, hour)
		}
		flush(t, s, false)
		s.Close()
		s = loadOn(t, fs)
		for _, hour := range s.Hours() {
			if _, err := s.Seal(hour); err != nil {
				t.Fatal(err)
			}
		}
		if got, _, _ := allRollups(s); fmt.Sprint(got) != fmt.Sprint(naive(s, nil)) {
			t.Errorf("seed %d: rollups: want %v, have %v", seed, naive(s, nil), got)
		}
		n := 0
		s.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
			for _, o := range tx.Observations {
				n++
				if key := fmt.Sprint(tx.Hash, o.Observer, o.Claimed, o.Path); !want[key] {
					t.Fatalf("seed %d: observation %s never came", seed, key)
				}
			}
			return true
		})
		if n != len(want) {
			t.Errorf("seed %d: want %d observations, have %d", seed, len(want), n)
		}
	}
}

// Whatever comes in between the steps of sealing: readers and placements say
// what a store says that never seals, and so does a start from what is on disk
// then.
func TestChangesWhileAnHourIsSealed(t *testing.T) {
	for seed := range seeds(3) {
		r := rand.New(rand.NewPCG(seed, 13))
		fs := newMemFS()
		s, model := loadOn(t, fs), loadOn(t, newMemFS())
		now := t0
		place := func(n int) {
			for range n {
				now += r.Int64N(2000)
				c := anyCopy(r, now)
				c.Payload = append(c.Payload, byte(r.IntN(12)))
				copy(c.Hash[:], c.Payload[len("payload "):])
				c.Obs.At = t0 + (c.Obs.At-t0+2*mesh.HourMS)%mesh.HourMS
				got, want := s.Place(c), model.Place(c)
				got.Seq, want.Seq = 0, 0
				if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
					t.Fatalf("seed %d: placed\nwant %+v\nhave %+v", seed, want, got)
				}
			}
		}
		between := func(step string) {
			t.Helper()
			place(r.IntN(4))
			if r.IntN(3) == 0 {
				flush(t, s, r.IntN(4) == 0)
				x := loadOn(t, fs.afterCrash())
				if got, want := everything(x), everything(s); got != want {
					t.Fatalf("seed %d: a start after %s: %s", seed, step, differ(want, got))
				}
				x.Close()
			}
			if got, want := everything(s), everything(model); got != want {
				t.Fatalf("seed %d: after %s: %s", seed, step, differ(want, got))
			}
		}
		place(350)
		for range 3 { // seal, merge, merge
			hour := mesh.HourOf(t0)
			g, err := s.beginSeal(hour)
			if err != nil || g == nil {
				t.Fatal(g, err)
			}
			between("picking")
			bytes, err := g.encode(s.files.nextGeneration(hour))
			if err != nil {
				t.Fatal(err)
			}
			between("encoding")
			if err := s.files.writeSealed(g.file.name(hour), g.packed, func(w *Written) *int64 { return &w.Hours }); err != nil {
				t.Fatal(err)
			}
			between("writing")
			if !s.bring(g) {
				t.Fatal("no room")
			}
			between("bringing")
			roll, sum := s.rollupFor(hour, g.pick.block, g.next.Hour)
			s.commitSeal(g, bytes, roll, sum)
			between("committing")
			for s.putSomeBack(g) {
				between("putting back")
			}
			s.endSeal()
			between("all")
			place(40)
		}
	}
}

// Where frames are missing no file of an hour is deleted, and hours of which
// nothing else is known are loaded.
func TestHoursOutliveTheirFrames(t *testing.T) {
	fs, s := sealedStore(t)
	flush(t, s, true)
	want := s.Counts()
	s.Close()
	for _, name := range fs.list() { // what names the files is damaged
		fs.change(name, func(b []byte) []byte {
			return append(b[:fileHead:fileHead], "not a frame, nor what a cut write leaves"...)
		})
	}
	// Of what no frame tells the size, no more is loaded than may be.
	s = loadOn(t, fs, func(o *Options) { o.Memory, o.RSS = 1, func() int64 { return 0 } })
	if hours := s.Hours(); len(hours) != 0 {
		t.Errorf("hours %v are loaded into one byte", hours)
	}
	s.Close()
	for range 2 {
		s = loadOn(t, fs)
		if got := s.Counts(); got != want {
			t.Errorf("want %+v, have %+v", want, got)
		}
		if id := s.Place(flood(3, 9, t0+3*mesh.HourMS/10, 1, 2)).ID; id != 4 {
			t.Errorf("a copy of packet 3 is of episode %d", id)
		}
		want = s.Counts()
		flush(t, s, true)
		s.Close()
		if names := hourFiles(fs); len(names) != 3 {
			t.Errorf("files %v", names)
		}
	}
}
