package resolve

import (
	"runtime"
	"testing"
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
