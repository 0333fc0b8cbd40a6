package resolve

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestProf(t *testing.T) {
	if os.Getenv("HILLTOP_PROF") == "" {
		t.Skip()
	}
	c, err := loadCorpus(os.Getenv("HILLTOP_CORPORA"), os.Getenv("HILLTOP_PROF"), meshConfig(os.Getenv("HILLTOP_PROF"), 42))
	if err != nil {
		t.Fatal(err)
	}
	m := New()
	for i, k := range c.Observers {
		m.Observer(uint32(i), k, 0)
	}
	var w Work
	var n Naming
	t0 := cpuTime()
	for i := range c.Events {
		e := &c.Events[i]
		switch {
		case e.Node != nil:
			m.Node(*e.Node)
		case e.ZeroHop != nil:
			m.ZeroHop(e.ZeroHop.Key, e.ZeroHop.Reports)
		default:
			f := inTime(&c.Floods[e.Flood])
			m.Take(&w, &f, &n)
		}
	}
	t.Logf("%.2f us/report, %d bytes", float64((cpuTime()-t0).Nanoseconds())/1e3/float64(c.Reports), len(m.AppendTo(nil)))
}
