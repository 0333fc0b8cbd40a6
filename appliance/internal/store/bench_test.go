package store

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// traffic makes copies as a mesh of 60 observers gives them: 16 copies of each
// packet, within 8 s, over paths of about five hops that share their beginnings.
func traffic(n int) []Copy {
	list := make([]Copy, 0, n)
	eachOfTraffic(n, func(c Copy) { list = append(list, c) })
	return list
}

func eachOfTraffic(n int, fn func(Copy)) {
	r := rand.New(rand.NewPCG(5, 5))
	made := 0
	for packet := 0; made < n; packet++ {
		start := t0 + int64(packet)*1900
		trunk := make([]byte, 8)
		binary.LittleEndian.PutUint64(trunk, r.Uint64())
		payload := make([]byte, 20+r.IntN(100))
		for i := range payload {
			payload[i] = byte(r.Uint32())
		}
		for i := range min(16, n-made) {
			path := append([]byte(nil), trunk[:r.IntN(6)]...)
			for range r.IntN(4) {
				path = append(path, byte(r.Uint32()))
			}
			c := flood(packet, uint32(1+r.IntN(60)), start+int64(i*500), path...)
			c.Payload = payload
			c.Obs.SNR4, c.Obs.RSSI, c.Obs.Arrived = int8(r.IntN(60)-20), -int16(40+r.IntN(80)), c.Obs.At+int64(30+r.IntN(200))
			fn(c)
			made++
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	list := traffic(b.N)
	s := loadOn(b, newMemFS())
	b.ReportAllocs()
	b.ResetTimer()
	for i, c := range list {
		s.Place(c)
		if i%20_000 == 0 {
			_ = s.Commit()
			_ = s.save()
		}
	}
}

// 600 observations are a minute of ten a second.
func BenchmarkCommit(b *testing.B) {
	list := traffic(600 * b.N)
	s := loadOn(b, newMemFS())
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		for _, c := range list[i*600 : (i+1)*600] {
			s.Place(c)
		}
		b.StartTimer()
		_ = s.Commit()
		_ = s.save()
	}
	b.ReportMetric(float64(s.Health().Written.Total())/float64(600*b.N), "B/observation")
}

func BenchmarkLoad(b *testing.B) {
	const n = 500_000
	for _, point := range []bool{true, false} {
		b.Run(fmt.Sprintf("checkpoint=%v", point), func(b *testing.B) {
			fs := newMemFS()
			s := loadOn(b, fs)
			for _, c := range traffic(n) {
				s.Place(c)
			}
			if err := s.Flush(b.Context(), point); err != nil {
				b.Fatal(err)
			}
			s.Close()
			b.ResetTimer()
			for range b.N {
				s = loadOn(b, fs)
				b.StopTimer()
				if s.Counts().Observations != n {
					b.Fatal(s.Counts())
				}
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/n, "heap-B/observation")
				runtime.KeepAlive(s)
				s.Close()
				b.StartTimer()
			}
		})
	}
}

// sealedCorpus is a directory with n observations, whose ended hours are sealed.
func sealedCorpus(b *testing.B, n int) string {
	dir := b.TempDir()
	s, err := Open(Options{Dir: dir, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	last := uint32(0)
	eachOfTraffic(n, func(c Copy) {
		if hour := mesh.HourOf(c.Obs.At - episodeMS); hour != last {
			for _, hour := range s.SealDue(time.UnixMilli(c.Obs.Arrived)) {
				if _, err := s.Seal(hour); err != nil {
					b.Fatal(err)
				}
			}
			last = hour
			if err := s.Flush(b.Context(), false); err != nil {
				b.Fatal(err)
			}
		}
		s.Place(c)
	})
	if err := s.Flush(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	return dir
}

func BenchmarkLoadSealed(b *testing.B) {
	for _, n := range []int{500_000, 5_000_000} {
		b.Run(fmt.Sprintf("observations=%d", n), func(b *testing.B) {
			dir := sealedCorpus(b, n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ResetTimer()
			for range b.N {
				s, err := Open(Options{Dir: dir, Log: quiet})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.Load(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if s.Counts().Observations != int64(n) {
					b.Fatal(s.Counts())
				}
				f := s.Files()
				runtime.GC()
				runtime.ReadMemStats(&after)
				heap := int64(after.HeapAlloc) - int64(before.HeapAlloc)
				b.ReportMetric(float64(heap)/1e6, "MB-heap")
				b.ReportMetric(float64(heap-f.Bytes)/1e6, "MB-beside-files")
				b.ReportMetric(float64(f.Bytes)/1e6, "MB-files")
				s.Close()
				b.StartTimer()
			}
		})
	}
}

// namesOfBusyHour is how many bytes of names an hour 16 times as busy as the reference
// mesh's has.
const namesOfBusyHour = 16 * 130_000

// How long each step of sealing a big hour holds what reception waits for, and
// readers: of 30,000 transmissions, 16 times those of a busy hour. The least of
// some runs is what the step takes; on a loaded machine each run says more of
// the machine.
func BenchmarkHeldWhileSealing(b *testing.B) {
	const runs = 5
	steps := map[string]time.Duration{}
	for range runs * b.N {
		s := loadOn(b, newMemFS())
		eachOfTraffic(480_000, func(c Copy) {
			c.Obs.At = t0 + (c.Obs.At-t0)/100*5
			s.Place(c)
		})
		hour := mesh.HourOf(t0)
		s.Decide(Decision{More: map[uint32]string{hour: strings.Repeat("names ", namesOfBusyHour/6)}})
		held := func(step string, fn func()) {
			from := time.Now()
			fn()
			took := time.Since(from)
			if least, ok := steps[step]; !ok || took < least {
				steps[step] = took
			}
		}
		for i, what := range []string{"seal", "merge"} {
			held(what+" pick", func() { s.beginPickOnly(hour) })
			g, err := s.beginSeal(hour)
			if err != nil || g == nil {
				b.Fatal(g, err)
			}
			bytes, err := g.encode(s.files.nextGeneration(hour))
			if err == nil && g.naming {
				g.namesFile, err = s.writeNames(hour, g.names)
			}
			if err != nil {
				b.Fatal(err)
			}
			held(what+" begin", func() { s.dir.begin(g) })
			h := s.dir.hours[hour]
			if old := h.sealed; old != nil {
				olds := make([]int32, g.next.Len())
				for row := range olds {
					olds[row] = int32(old.search(g.next.First(row), g.next.ID(row)))
				}
				held(what+" move", func() { s.dir.moveRows(old, g.next, olds, 0, rowBatch) })
				for from := rowBatch; from < len(olds); from += rowBatch {
					s.dir.moveRows(old, g.next, olds, from, min(from+rowBatch, len(olds)))
				}
			}
			roll, sum := s.rollupFor(hour, g.pick.block, g.next.Hour)
			held(what+" commit", func() { s.commitSeal(g, bytes, roll, sum) })
			held(what+" put back", func() { s.putSomeBack(g) })
			s.putBack(g)
			s.endSeal()
			held(what+" read 50", func() {
				left := 50
				s.Newest(mesh.Cursor{}, 0, 1<<60, func(mesh.Transmission) bool { left--; return left > 0 })
			})
			held(what+" decide more", func() { s.Decide(Decision{More: map[uint32]string{hour: "of a minute"}}) })
			files, whole := NamesFiles{}, strings.Repeat("again ", namesOfBusyHour/6)
			s.FileNames(hour, whole, files)
			held(what+" decide all", func() { s.Decide(Decision{Whole: map[uint32]string{hour: whole}, Files: files}) })
			s.Decide(Decision{More: map[uint32]string{hour: strings.Repeat("sweep", namesOfBusyHour/6)}}) // filed when it is merged
			for n := range 3000 {                                                                         // late copies
				c := flood(n*7, uint32(61+i), t0+int64(n), 9)
				s.Place(c)
			}
		}
		rows := s.takeRows(hour)
		byID, open := rows.byID(), s.dir.hours[hour].open
		held("override", func() { s.dir.override(open[:rowBatch], rows, byID) })
		held("forget", func() { s.dir.forgetRows(rows, 0, rowBatch) })
		s.Close()
	}
	for step, took := range steps {
		b.ReportMetric(float64(took.Microseconds()), "µs-"+strings.ReplaceAll(step, " ", "-"))
	}
}

// What one Place, and one page of 50 packets, take at worst while a big hour is
// sealed and merged, and while nothing is done beside them. It says something
// only where the processors have nothing else to do.
func BenchmarkWaitWhileSealing(b *testing.B) {
	for _, sealing := range []bool{false, true} {
		b.Run(fmt.Sprintf("sealing=%v", sealing), func(b *testing.B) {
			var places, reads []time.Duration
			for range b.N {
				s := loadOn(b, newMemFS())
				eachOfTraffic(480_000, func(c Copy) {
					c.Obs.At = t0 + (c.Obs.At-t0)/100*5
					s.Place(c)
				})
				runtime.GC()
				p, r := waitsOf(b, s, sealing)
				places, reads = append(places, p...), append(reads, r...)
				s.Close()
			}
			for name, list := range map[string][]time.Duration{"place": places, "read": reads} {
				slices.Sort(list)
				b.ReportMetric(float64(list[len(list)*999/1000].Microseconds()), "µs-p99.9-"+name)
				b.ReportMetric(float64(list[len(list)-1].Microseconds()), "µs-worst-"+name)
			}
		})
	}
}

// waitsOf places and reads until the hour is sealed and merged.
func waitsOf(b *testing.B, s *Store, sealing bool) (places, reads []time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 2 {
			s.Place(flood(5_000_000, uint32(n+1), t0+int64(n), 1)) // something to merge
			if !sealing {
				time.Sleep(time.Second)
			} else if _, err := s.Seal(mesh.HourOf(t0)); err != nil {
				b.Error(err)
			}
		}
	}()
	for n := 0; ; n++ {
		select {
		case <-done:
			return places, reads
		default:
		}
		c := flood(1_000_000+n/4, uint32(n%60), t0+4*mesh.HourMS+int64(n), 1, 2, byte(n))
		from := time.Now()
		s.Place(c)
		places = append(places, time.Since(from))
		if n%10 == 0 {
			left := 50
			from = time.Now()
			s.Newest(mesh.Cursor{}, t0, t0+2*mesh.HourMS, func(mesh.Transmission) bool { left--; return left > 0 })
			reads = append(reads, time.Since(from))
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// beginPickOnly is the part of a pick that holds the writer's lock.
func (s *Store) beginPickOnly(hour uint32) {
	s.w.Lock()
	p := s.beginPick(hour)
	s.w.Unlock()
	p.walk.finished.Store(true)
}
