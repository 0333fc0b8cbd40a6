package store

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hilltop/appliance/internal/mesh"
)

// at changes a copy.
func (c Copy) at(claimed, arrived int64) Copy {
	c.Obs.Claimed, c.Obs.Arrived, c.Obs.At = claimed, arrived, arrived
	return c
}

func (c Copy) by(feed uint32) Copy { c.Feed = feed; return c }

func (c Copy) unclaimed() Copy { c.Obs.Flags, c.Obs.Claimed = 0, 0; return c }

func TestOneObservation(t *testing.T) {
	first := flood(1, 1, t0, 1, 2)
	other := func(fn func(*Copy)) Copy { c := first; fn(&c); return c }
	for _, c := range []struct {
		name   string
		second Copy
		same   bool
	}{
		{"delivered again", first, true},
		{"delivered again hours later", first.at(t0, t0+20*mesh.HourMS), true},
		{"by another feed, same time", first.by(2), true},
		{"by another feed within 3 s", first.at(t0+3000, t0+40).by(2), true},
		{"by another feed after 3 s", first.at(t0+3001, t0+40).by(2), false},
		{"by the same feed, another time", first.at(t0+1, t0+1), false},
		{"by another feed without a time", first.at(0, t0+3000).unclaimed().by(2), true},
		{"by another feed without a time, late", first.at(0, t0+3001).unclaimed().by(2), false},
		{"by the same feed without a time", first.at(0, t0).unclaimed(), false},
		{"another observer", other(func(c *Copy) { c.Obs.Observer = 2 }), false},
		{"another path", other(func(c *Copy) { c.Obs.Path = []byte{1, 3} }), false},
		{"another header", other(func(c *Copy) { c.Obs.Header |= 0x40 }), false},
		{"another width", other(func(c *Copy) { c.Obs.PathLen = 1<<6 | 1 }), false},
	} {
		s := loadOn(t, newMemFS())
		s.Place(first)
		if p := s.Place(c.second); p.Duplicate != c.same {
			t.Errorf("%s: duplicate is %v", c.name, p.Duplicate)
		}
	}
}

// Of a merged observation each feed has had its message: the next one of
// either is another observation, also after a restart, and each message
// delivered again is known.
func TestMergedFeedsAreRemembered(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	a := flood(1, 1, t0, 1, 2)
	b := a.at(t0+1000, t0+50).by(2)
	b.Obs.SNR4, b.Obs.Sources = 21, 4
	s.Place(a)
	if p := s.Place(b); !p.Duplicate || !p.Improved {
		t.Errorf("b: %+v", p)
	}
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = loadOn(t, fs)
	tx, _ := s.PacketByID(1)
	if o := tx.Observations[0]; o.SNR4 != 21 || o.Sources != 6 || o.Arrived != t0 || o.Claimed != t0 {
		t.Errorf("merged: %+v", o)
	}
	for _, again := range []Copy{a.at(t0, t0+9*mesh.HourMS), b.at(t0+1000, t0+9*mesh.HourMS)} {
		if p := s.Place(again); !p.Duplicate || p.Improved {
			t.Errorf("again: %+v", p)
		}
	}
	if p := s.Place(b.at(t0+2000, t0+2000)); p.Duplicate {
		t.Errorf("the second message of feed 2: %+v", p)
	}
}

func TestEpisodes(t *testing.T) {
	s := loadOn(t, newMemFS())
	place := func(observer uint32, minute float64) uint64 {
		at := t0 + mesh.HourMS + int64(minute*60_000)
		return s.Place(flood(1, observer, at, byte(observer))).ID
	}
	for i, c := range []struct {
		minute float64
		want   uint64
	}{
		{3, 1}, {13, 1}, {13.1, 2}, {22, 2},
		{2.9, 3},                     // 13 is more than ten minutes later
		{13.05, 2}, {12, 1}, {-2, 3}, // late: the nearest that stays within ten minutes
		{40, 4},
	} {
		if got := place(uint32(i+1), c.minute); got != c.want {
			t.Errorf("minute %v: want episode %d, have %d", c.minute, c.want, got)
		}
	}
	// Episode 3 began in the hour before.
	tx, ok := s.PacketByID(3)
	if !ok || tx.First() != t0+mesh.HourMS-120_000 {
		t.Errorf("episode 3: %+v", tx)
	}
	var order []uint64
	s.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		order = append(order, tx.ID)
		return true
	})
	if !slices.Equal(order, []uint64{4, 2, 1, 3}) {
		t.Errorf("newest first: %v", order)
	}
	if n := len(s.Packets(tx.Hash)); n != 4 {
		t.Errorf("want 4 episodes, have %d", n)
	}
}

// Whatever comes in: every frame comes back, counts agree, no episode spans
// more than ten minutes, and readers who walk meanwhile see whole values.
func TestPlaceKeepsEveryCopy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := loadOn(t, newMemFS())
	type key struct {
		id      uint64
		ordinal int
	}
	want := map[key]Copy{}
	now := t0
	for range seeds(4_000) {
		now += r.Int64N(60_000)
		c := anyCopy(r, now)
		p := s.Place(c)
		if !p.Duplicate {
			want[key{p.ID, p.Ordinal}] = c
		}
	}
	seen := 0
	s.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		if tx.Last()-tx.First() > episodeMS {
			t.Errorf("episode %d spans %d ms", tx.ID, tx.Last()-tx.First())
		}
		for i, o := range tx.Observations {
			c := want[key{tx.ID, i}]
			if !bytes.Equal(o.Frame(tx.Payload), c.Obs.Frame(c.Payload)) || o.At != c.Obs.At || o.Claimed != c.Obs.Claimed {
				t.Fatalf("episode %d, %d: want %+v, have %+v", tx.ID, i, c.Obs, o)
			}
			seen++
		}
		return true
	})
	if c := s.Counts(); seen != len(want) || c.Observations != int64(seen) {
		t.Errorf("want %d observations, have %d, counted %d", len(want), seen, c.Observations)
	}
}

func TestNewestPages(t *testing.T) {
	s := loadOn(t, newMemFS())
	for n := range 500 {
		s.Place(flood(n, 1, t0+int64(n/2)*20_000))
	}
	var cursor mesh.Cursor
	var got []uint64
	for page := 0; ; page++ {
		n := 0
		s.Newest(cursor, t0+100, t0+240*20_000, func(tx mesh.Transmission) bool {
			got = append(got, tx.ID)
			cursor = mesh.Cursor{First: tx.First(), ID: tx.ID}
			n++
			return n < 30
		})
		if n == 0 {
			break
		}
	}
	var want []uint64
	for n := 479; n >= 2; n-- {
		want = append(want, uint64(n+1))
	}
	if !slices.Equal(got, want) {
		t.Errorf("want %d from %d to %d, have %d: %v", len(want), want[0], want[len(want)-1], len(got), got)
	}
}

func TestByPrefix(t *testing.T) {
	s := loadOn(t, newMemFS())
	for n := range 300 {
		s.Place(flood(n, 1, t0))
	}
	hash := flood(42, 1, t0).Hash
	for _, n := range []int{1, 7, 16} {
		found := s.ByPrefix(hash.String()[:n], 300)
		if !slices.Contains(found, hash) {
			t.Errorf("%d digits: %v", n, found)
		}
	}
	if got := s.ByPrefix("xyz", 3); got != nil {
		t.Errorf("no hex: %v", got)
	}
	if got := s.ByPrefix("", 3); len(got) != 3 {
		t.Errorf("limit: %v", got)
	}
}

func TestEvictWholeHours(t *testing.T) {
	s := loadOn(t, newMemFS(), func(o *Options) { o.MaxAge = 2 * time.Hour })
	for n := range 6 {
		s.Place(flood(n, 1, t0+int64(n)*mesh.HourMS/2))
	}
	s.AddMetrics("o", mesh.MetricsSample{At: t0 - 3*dayMS})
	now := time.UnixMilli(t0 + 3*mesh.HourMS + 1)
	if before := s.Evict(now); before != t0+mesh.HourMS {
		t.Errorf("want %d, have %d", t0+mesh.HourMS, before)
	}
	if c := s.Counts(); c.Transmissions != 4 || c.From != t0+mesh.HourMS {
		t.Errorf("counts: %+v", c)
	}
	if before := s.Evict(now); before != 0 {
		t.Errorf("nothing to evict: %d", before)
	}
	if m := s.Metrics("o", 0, math.MaxInt64); m != nil {
		t.Errorf("metrics: %v", m)
	}
	if p := s.Place(flood(0, 1, t0+mesh.HourMS)); p.ID != 7 {
		t.Errorf("IDs go on: %+v", p)
	}
}

// Readers of every kind run beside the writer and the saver.
func TestConcurrentReaders(t *testing.T) {
	s := loadOn(t, newMemFS())
	stop := make(chan struct{})
	var readers sync.WaitGroup
	read := func(fn func()) {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					fn()
				}
			}
		})
	}
	read(func() { s.Scan(0, math.MaxInt64, func(tx mesh.Transmission) bool { return tx.ID != 0 }) })
	read(func() {
		n := 0
		s.Newest(mesh.Cursor{}, 0, math.MaxInt64, func(mesh.Transmission) bool { n++; return n < 100 })
	})
	read(func() { s.PacketByID(3); s.Packets(flood(3, 1, t0).Hash); s.ByPrefix("9", 5); s.Counts() })
	read(func() {
		s.Nodes()
		s.Observers()
		s.Malformed()
		s.Rejected()
		s.Gaps(0, math.MaxInt64)
		s.Health()
	})
	read(func() { s.Metrics("o1", 0, math.MaxInt64); s.Region(1); s.Setting("k") })
	read(func() { _ = s.save() })
	r := rand.New(rand.NewPCG(4, 4))
	now := t0
	for i := range 3000 {
		now += 500
		anything(s, r, now)
		if i%100 == 0 {
			s.files.askPoint()
			if err := s.Commit(); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	readers.Wait()
}

// The saver writes what is cut, tries again after an error, and ends.
func TestRunSaver(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs) // buntdb's own goroutine must stay outside the bubble
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		s.files.kick = make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(context.Background())
		go func() { s.RunSaver(ctx); close(done) }()
		fs.fail = func(op, _ string) error { return errIO }
		s.Place(flood(1, 1, t0))
		_ = s.Commit()
		synctest.Wait()
		if s.Health().LastError == "" {
			t.Error("no error")
		}
		fs.mu.Lock()
		fs.fail = nil
		fs.mu.Unlock()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if h := s.Health(); h.LastError != "" || h.Saved.Frame != 1 {
			t.Errorf("health: %+v", h)
		}
		cancel()
		<-done
	})
}
