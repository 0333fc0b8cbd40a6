package figure

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// Hour is what is held of one hour at one moment.
type Hour struct {
	Number     uint32             // since 1970
	Block      *column.Hour       // nil: it is not sealed
	State      string             // tells states of the rows of Block apart that are not Overridden; "": nothing is remembered
	Overridden func(row int) bool // rows of Block that stand elsewhere now; nil: none
	Open       []OpenPart         // open records
}

// OpenPart are some open records of an hour.
type OpenPart struct {
	Serial      uint64                            // tells its states apart, from those of all others too; 0: nothing is remembered
	First, Last int64                             // where copies of them stand, from the earliest to the latest, Unix ms; with a Serial
	Each        func(fn func(*mesh.Scanned) bool) // shows them
}

// maxBuckets bounds the memory of one question.
const maxBuckets = 1 << 20

// Run counts over hours, whose order does not matter, with as many goroutines
// as GOMAXPROCS. It gives the same figures however they share the work. Its
// error is that of ctx, or of a Want that cannot be.
func Run(ctx context.Context, hours []Hour, f Filter, w Want) (Figures, error) {
	return runWith(ctx, nil, hours, f, w)
}

func runWith(ctx context.Context, m *Memory, hours []Hour, f Filter, w Want) (Figures, error) {
	if t := w.Timeline; t.Buckets < 0 || t.Buckets > maxBuckets || t.Buckets > 0 && (t.Each < time.Millisecond || t.Each%time.Millisecond != 0) {
		return Figures{}, fmt.Errorf("a timeline of %d buckets of %v cannot be counted", t.Buckets, t.Each)
	}
	c, air, q := compile(f), newAirtimes(w.Airtime), m.asks(f, &w)
	all := make([]*accumulator, max(1, min(runtime.GOMAXPROCS(0), len(hours))))
	var next atomic.Int64
	var wg sync.WaitGroup
	panics := make(chan any, len(all))
	for i := range all {
		all[i] = newAccumulator(c, &w, air)
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panics <- p
				}
			}()
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= int64(len(hours)) {
					return
				}
				hours[n].count(q, c, all[i])
			}
		})
	}
	wg.Wait()
	select {
	case p := <-panics:
		panic(p)
	default:
	}
	if err := ctx.Err(); err != nil {
		return Figures{}, err
	}
	return figures(all), nil
}

func (h *Hour) count(q *asking, f *compiled, a *accumulator) {
	q.parts(h, f, a)
	if h.Block != nil && !q.recall(h, f, a) {
		h.countRows(f, a)
	}
}

// countRows counts what is sealed.
func (h *Hour) countRows(f *compiled, a *accumulator) {
	if least, greatest := h.Block.Bounds(); greatest < f.From || least >= f.To {
		return
	}
	b := newBlock(h.Block, h.Overridden, f, a)
	switch {
	case f.paths || a.paths():
		a.scan(f, func(take func(*mesh.Scanned) bool) { h.Block.Scan(b.from, b.to, b.skips, take) })
	case b.kernel():
	default:
		b.count()
	}
}

// paths tells whether what is wanted depends on heads and paths of copies.
func (a *accumulator) paths() bool {
	for _, t := range a.want.Tables {
		if t.By.ofPath() {
			return true
		}
	}
	return a.air != nil
}
