package resolve

import (
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"
)

// The corpus of these is small_test.go's: 300 nodes with few first bytes, so
// that a hop has as many candidates as in a mesh of 2,000. docs/accuracy.md has
// the cost in the meshes that count.

func BenchmarkTake(b *testing.B) {
	c := smallCorpus(b)
	for b.Loop() {
		r := newRun(c)
		for i := range c.Events {
			r.step(r.m, &c.Events[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.Reports), "ns/observation")
}

func BenchmarkResolve(b *testing.B) {
	c := smallCorpus(b)
	r := newRun(c)
	r.live(c.Events)
	for b.Loop() {
		for i := range c.Floods {
			r.w.Resolve(r.m, &c.Floods[i].Flood, &r.naming)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.Reports), "ns/observation")
}

func BenchmarkSaveAndLoad(b *testing.B) {
	c := smallCorpus(b)
	r := newRun(c)
	r.live(c.Events)
	saved := r.m.AppendTo(nil)
	r = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m, err := Load(saved)
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	var buf []byte
	for b.Loop() {
		buf = m.AppendTo(buf[:0])
		if m, err = Load(buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(saved)), "B/saved")
	b.ReportMetric(heap, "B/model")
}

// How long readers wait at worst while the model takes a flood, and what is done
// on a copy, so that they do not wait for it: each the least of some runs, the
// longest of all floods.
func BenchmarkHeldWhileTaking(b *testing.B) {
	c := smallCorpus(b)
	var held, anew, copied leastTimes
	for range 5 * b.N {
		r := newRun(c)
		for i := range c.Events {
			if e := &c.Events[i]; e.Node != nil || e.ZeroHop != nil || !r.m.Due(&c.Floods[e.Flood].Flood) {
				held.time(i, func() { r.step(r.m, e) })
				continue
			}
			copied.time(i, func() { r.m = r.m.Clone() })
			anew.time(i, func() { r.step(r.m, &c.Events[i]) })
		}
	}
	b.ReportMetric(held.longest(), "µs-held")
	b.ReportMetric(anew.longest(), "µs-estimating-anew")
	b.ReportMetric(copied.longest(), "µs-copying")
}

// leastTimes is the least time that each of some things took.
type leastTimes map[int]time.Duration

func (l *leastTimes) time(i int, fn func()) {
	if *l == nil {
		*l = leastTimes{}
	}
	from := time.Now()
	fn()
	took := time.Since(from)
	if least, known := (*l)[i]; !known || took < least {
		(*l)[i] = took
	}
}

func (l leastTimes) longest() float64 {
	return float64(slices.Max(slices.Collect(maps.Values(l))).Microseconds())
}
