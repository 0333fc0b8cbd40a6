package figure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func run(t testing.TB, hours []Hour, f Filter, w Want) Figures {
	t.Helper()
	got, err := Run(t.Context(), hours, f, w)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Columns, scans and a second implementation count the same.
func TestFiguresAgreeWithANaiveCount(t *testing.T) {
	counted := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 3))
		hours, held := anyHours(t, r)
		for range 12 {
			f, w := anyFilter(r, held), anyWant(r)
			got, want := run(t, hours, f, w), countNaively(held, f, w)
			if g, n := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != n {
				t.Fatalf("seed %d, filter %+v, want %+v\n%s", seed, f, w, differ(n, g))
			}
			counted += int(got.Total.Observations)
		}
	}
	if counted < 10_000 {
		t.Errorf("only %d observations matched: nothing was tested", counted)
	}
}

func differ(want, got string) string {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	at = max(0, at-100)
	return fmt.Sprintf("want %.300s\nhave %.300s", want[at:], got[at:])
}

// The kernel is taken for what it is made for, and counts as the columns do.
func TestKernelAgreesWithColumns(t *testing.T) {
	taken := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		var rows []column.Row
		for id := range uint64(50) {
			rows = append(rows, anyRow(r, id+1, t0))
		}
		if seed%3 == 0 {
			for i := range rows { // more reporters than a byte can number
				for k := range rows[i].Obs {
					rows[i].Obs[k].Observer = uint32(r.IntN(2000))
				}
			}
		}
		h := sealed(t, rows)
		for range 20 {
			f, w := anyFilter(r, rows), anyWant(r)
			w.Tables, w.Signal, w.Airtime = nil, false, nil
			c := compile(f)
			fast, slow := newAccumulator(c, &w, nil), newAccumulator(c, &w, nil)
			if newBlock(h, nil, c, fast).kernel() {
				taken++
				newBlock(h, nil, c, slow).count()
				if g, n := fmt.Sprint(fast.total.Cell), fmt.Sprint(slow.total.Cell); g != n {
					t.Fatalf("seed %d, filter %+v, want %+v\ncolumns %s\nkernel  %s", seed, f, w, n, g)
				}
			}
		}
	}
	if taken < 500 {
		t.Errorf("the kernel was taken only %d times", taken)
	}
}

// A span holds its first millisecond and not its end, to the millisecond, of a
// sealed hour as of an open one.
func TestSpanIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	row := anyRow(r, 1, t0)
	row.Obs = row.Obs[:1]
	row.Base, row.Obs[0].At = row.Obs[0].Arrived, t0+500
	b := sealed(t, []column.Row{row})
	open := func(fn func(*mesh.Scanned) bool) { b.Scan(0, 1, nil, fn) }
	for _, h := range []Hour{{Block: b}, {Open: []OpenPart{{Each: open}}}} {
		for _, w := range []Want{{}, {Signal: true}, {Tables: []Table{{ByHops, false}}}} {
			for _, c := range []struct{ from, to, want int64 }{
				{0, t0 + 500, 0}, {0, t0 + 501, 1}, {t0 + 500, t0 + 501, 1}, {t0 + 501, math.MaxInt64, 0}, {t0 + 500, t0 + 500, 0}, {t0 + 600, t0 + 400, 0},
			} {
				for _, byFirst := range []bool{false, true} {
					f := Filter{From: c.from, To: c.to, ByFirst: byFirst}
					if got := run(t, []Hour{h}, f, w).Total; got.Observations != c.want || got.Transmissions != c.want {
						t.Errorf("from %d to %d: want %d, have %+v", c.from-t0, c.to-t0, c.want, got.Count)
					}
				}
			}
		}
	}
}

// Times at the ends of what a number holds neither overflow nor panic.
func TestTimesFarAway(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, times := range [][]int64{
		{math.MinInt64, math.MaxInt64 - 1}, {math.MaxInt64 - 5, math.MaxInt64 - 1}, {math.MinInt64, math.MinInt64 + 9}, {t0, t0 + math.MaxUint32},
		{t0, t0 + math.MaxUint32 + 1}, {0, 5},
	} {
		rows := []column.Row{anyRow(r, 1, t0), anyRow(r, 2, t0)}
		for i := range rows {
			for k := range rows[i].Obs {
				rows[i].Obs[k].At = times[k%2]
			}
		}
		hours := []Hour{{Block: sealed(t, rows)}}
		for _, w := range []Timeline{{}, {From: t0, Each: time.Hour, Buckets: 3}, {From: math.MaxInt64 - 50, Each: 10 * time.Millisecond, Buckets: 5}, {From: math.MinInt64, Each: 10 * time.Millisecond, Buckets: 5}} {
			for _, f := range []Filter{Always(), {From: t0, To: t0 + hourMS}, {From: math.MinInt64, To: 0, ByFirst: true}} {
				want := Want{Timeline: w}
				got := run(t, hours, f, want)
				far := w.From > math.MaxInt64/2 || w.From < math.MinInt64/2
				if n := countNaively(rows, f, want); !far && fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", n) || got.Total.Observations != n.Total.Observations {
					t.Errorf("times %v, %+v, %+v\nwant %+v\nhave %+v", times, w, f, n, got)
				}
			}
		}
	}
}

// The meaning of the words, on a mesh small enough to count by hand.
func TestWhatIsCounted(t *testing.T) {
	b := treeBuilder{row: &column.Row{ID: 1, Type: 5, Payload: []byte{0x11, 1, 2}}}
	at := func(sec int64, observer uint32, path ...byte) mesh.Observation {
		return mesh.Observation{
			At: t0 + sec*1000, Arrived: t0 + sec*1000, Observer: observer, Region: 1, SNR4: int8(observer), RSSI: -100, Score: mesh.NoScore,
			Header: 5<<2 | 1, PathLen: byte(len(path)), Path: path,
		}
	}
	b.add(at(0, 7))
	b.add(at(2, 8, 0xaa, 0xbb))
	b.add(at(70, 8, 0xaa, 0xcc))
	b.row.Base = b.row.Obs[0].Arrived
	hours := []Hour{{Block: sealed(t, []column.Row{*b.row})}}
	preset := meshcore.DefaultPreset()
	w := Want{Timeline: Timeline{From: t0, Each: time.Minute, Buckets: 2}, Tables: []Table{{ByObserver, false}, {ByRelay, false}}, Airtime: &preset, Signal: true}

	f := Always()
	f.Observers = []uint32{8}
	got := run(t, hours, f, w)
	if want := []Count{{1, 1}, {0, 1}}; !slices.Equal(got.Total.Timeline, want) {
		t.Errorf("the transmission counts where its first copy stands, be it filtered out: want %v, have %v", want, got.Total.Timeline)
	}
	if want := preset.Airtime(5) + preset.Airtime(6) + 2*preset.Airtime(7); got.Total.Sent != want || got.Total.Heard != 2*preset.Airtime(7) {
		t.Errorf("the originator and three relays sent: want %v, have %v; heard %v", want, got.Total.Sent, got.Total.Heard)
	}
	if rows := got.Tables[0]; len(rows) != 1 || rows[0].Key != 8 || rows[0].Count != (Count{1, 2}) || rows[0].SNR != (Stat{2, 16, 8, 8}) || rows[0].SNR.Mean() != 8 {
		t.Errorf("observer 8 heard one transmission twice: %+v", rows)
	}
	relays := map[string]Count{}
	for _, r := range got.Tables[1] {
		relays[HopOf(r.Key).String()] = r.Count
	}
	if len(relays) != 3 || relays["AA"] != (Count{1, 2}) || relays["BB"] != (Count{1, 1}) {
		t.Errorf("relays: %v", relays)
	}

	f = Filter{From: t0 + 60_000, To: t0 + 120_000}
	got = run(t, hours, f, w)
	if want := []Count{{0, 0}, {1, 1}}; !slices.Equal(got.Total.Timeline, want) {
		t.Errorf("what began before the span counts at its begin: want %v, have %v", want, got.Total.Timeline)
	}
	f.ByFirst = true
	if got = run(t, hours, f, w); got.Total.Observations != 0 {
		t.Errorf("the transmission did not begin in the span: %+v", got.Total)
	}
}

// Whoever counts which hour, the figures are the same.
func TestFiguresDoNotDependOnGoroutines(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	var hours []Hour
	for range 12 {
		more, _ := anyHours(t, r)
		hours = append(hours, more...)
	}
	w := Want{Timeline: Timeline{t0, time.Minute, 200}, Signal: true}
	for by := ByType; by <= ByRelay; by++ {
		w.Tables = append(w.Tables, Table{by, true})
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := fmt.Sprintf("%+v", run(t, hours, Always(), w))
	for _, n := range []int{2, 3, 8, 100} {
		runtime.GOMAXPROCS(n)
		r.Shuffle(len(hours), func(i, k int) { hours[i], hours[k] = hours[k], hours[i] })
		if got := fmt.Sprintf("%+v", run(t, hours, Always(), w)); got != want {
			t.Errorf("%d goroutines\n%s", n, differ(want, got))
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, nil, Always(), Want{}); err != context.Canceled {
		t.Error(err)
	}
	for _, w := range []Timeline{{Buckets: -1}, {Buckets: 1}, {Buckets: 1, Each: 1500 * time.Microsecond}, {Buckets: maxBuckets + 1, Each: time.Second}} {
		if _, err := Run(t.Context(), nil, Always(), Want{Timeline: w}); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
	if got := run(t, nil, Always(), Want{Tables: []Table{{ByType, true}}}); got.Total.Observations != 0 || len(got.Tables) != 1 || len(got.Tables[0]) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

// What panics in one of many goroutines is the caller's to recover.
func TestPanicIsTheCallers(t *testing.T) {
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("recovered %v", p)
		}
	}()
	hours := make([]Hour, 9)
	hours[4].Open = []OpenPart{{Each: func(func(*mesh.Scanned) bool) { panic("broken") }}}
	_, err := Run(t.Context(), hours, Always(), Want{})
	t.Errorf("no panic, error %v", err)
}

func TestKeysOfHops(t *testing.T) {
	for _, s := range []string{"00", "ff", "0000", "00ff", "ffff", "000000", "0000ff", "ffffff"} {
		h, err := meshcore.ParseHop(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := HopOf(hopKey(h.Bytes())); got != h {
			t.Errorf("%s comes back as %v", s, got)
		}
	}
}
