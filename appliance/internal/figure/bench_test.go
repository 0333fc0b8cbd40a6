package figure

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// week is five million observations in 168 sealed hours: 60 observers, 16
// copies of a transmission, 29 nodes in its tree. crowd is the same of ten hours with
// so many observers that their reporters take two bytes.
var (
	week  = sync.OnceValue(func() []Hour { return someHours(168, 60) })
	crowd = sync.OnceValue(func() []Hour { return someHours(10, 600) })
)

func someHours(n, observers int) []Hour {
	const perHour = 5_000_000 / 168 / 16
	r := rand.New(rand.NewPCG(42, 42))
	rows := make([]column.Row, perHour)
	for i := range rows {
		rows[i] = floodRow(r, uint64(i+1), observers)
	}
	hours := make([]Hour, n)
	for n := range hours {
		b, err := column.Encode(uint32(t0/hourMS+int64(n)), 1, rows)
		if err != nil {
			panic(err)
		}
		h, err := column.Open(string(b))
		if err != nil {
			panic(err)
		}
		hours[n].Block = h
		for i := range rows {
			rows[i].Base += hourMS
			for k := range rows[i].Obs {
				rows[i].Obs[k].At += hourMS
				rows[i].Obs[k].Arrived += hourMS
			}
		}
	}
	return hours
}

func floodRow(r *rand.Rand, id uint64, observers int) column.Row {
	kind := meshcore.Type([]int{2, 4, 4, 5, 5, 5, 8, 11}[r.IntN(8)])
	row := column.Row{ID: id, Type: kind, Payload: make([]byte, 20+r.IntN(100))}
	for i := range row.Payload {
		row.Payload[i] = byte(r.Uint32())
	}
	b := treeBuilder{row: &row}
	first := t0 + r.Int64N(hourMS)
	for i := range 16 {
		o := mesh.Observation{
			At: first + int64(i)*400 + r.Int64N(400), Observer: uint32(1 + r.IntN(observers)), Region: uint16(r.IntN(4)), Sources: 1,
			SNR4: int8(r.IntN(60) - 20), RSSI: -int16(40 + r.IntN(80)), Score: mesh.NoScore, Header: byte(kind)<<2 | 1,
		}
		if i > 0 { // two hops more than a copy before it
			o.Path = append(o.Path, column.AppendPath(nil, row.Tree, r.IntN(row.Tree.Len()+1))...)
		}
		o.Path = append(o.Path, byte(r.Uint32()), byte(r.Uint32()))
		o.Path = o.Path[:min(len(o.Path), 60)]
		o.PathLen, o.Arrived = byte(len(o.Path)), o.At+50+r.Int64N(300)
		b.add(o)
	}
	row.Base = row.Obs[0].Arrived
	return row
}

// benchmark asks one question of the week, on one core.
func benchmark(b *testing.B, f Filter, w Want) {
	b.Helper()
	benchmarkOn(b, week(), f, w)
}

func benchmarkOn(b *testing.B, hours []Hour, f Filter, w Want) {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var got Figures
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		got = run(b, hours, f, w)
	}
	b.ReportMetric(float64(cpu()-before)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(got.Total.Observations), "matched")
	if got.Total.Observations == 0 {
		b.Fatal("nothing matched")
	}
}

// cpu is the processor time of the process: what counts where others compute too.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func someObservers() Filter {
	f := Filter{From: t0, To: t0 + 168*hourMS, Types: []meshcore.Type{4, 5}}
	for n := range uint32(30) {
		f.Observers = append(f.Observers, 2*n+1)
	}
	return f
}

func hourly() Timeline { return Timeline{From: t0, Each: time.Hour, Buckets: 168} }

func BenchmarkTimelineOfObserversAndTypes(b *testing.B) {
	benchmark(b, someObservers(), Want{Timeline: hourly()})
}

func BenchmarkTimelineByMinute(b *testing.B) {
	benchmark(b, someObservers(), Want{Timeline: Timeline{t0, time.Minute, 168 * 60}})
}

func BenchmarkTimelineUnfiltered(b *testing.B) {
	benchmark(b, Always(), Want{Timeline: hourly()})
}

func BenchmarkTimelineOfACrowd(b *testing.B) {
	benchmarkOn(b, crowd(), someObservers(), Want{Timeline: hourly()})
}

func BenchmarkCount(b *testing.B) { benchmark(b, someObservers(), Want{}) }

func BenchmarkDay(b *testing.B) {
	f := someObservers()
	f.From, f.To = t0+100*hourMS+12345, t0+124*hourMS+12345
	benchmark(b, f, Want{Timeline: hourly()})
}

func BenchmarkSignal(b *testing.B) {
	benchmark(b, someObservers(), Want{Tables: []Table{{BySNR, false}, {ByRSSI, false}, {ByType, false}}, Signal: true})
}

func BenchmarkObservers(b *testing.B) {
	benchmark(b, Always(), Want{Timeline: hourly(), Tables: []Table{{ByObserver, true}, {ByRegion, false}, {ByChannel, false}}})
}

func BenchmarkPaths(b *testing.B) {
	p := meshcore.DefaultPreset()
	benchmark(b, Always(), Want{Airtime: &p, Tables: []Table{{ByType, false}, {ByRoute, false}, {ByWidth, false}, {ByHops, false}, {BySize, false}}})
}

func BenchmarkRelays(b *testing.B) {
	benchmark(b, Always(), Want{Tables: []Table{{ByRelay, false}}})
}

func BenchmarkOneRelay(b *testing.B) {
	f := Always()
	f.Relays = []meshcore.Hop{meshcore.NewHop([]byte{0x42})}
	benchmark(b, f, Want{Timeline: hourly()})
}

// The same questions over the same hours, all of which are remembered.
func BenchmarkRemembered(b *testing.B) {
	for name, w := range map[string]Want{
		"signal":    {Timeline: hourly(), Tables: []Table{{By: ByType}}, Signal: true},
		"observers": {Timeline: hourly(), Tables: []Table{{By: ByObserver, Timeline: true}, {By: ByRegion}, {By: ByChannel}}},
		"relays":    {Tables: []Table{{By: ByRelay}}},
	} {
		b.Run(name, func(b *testing.B) {
			hours := slices.Clone(week())
			for i := range hours {
				hours[i].State = "sealed"
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			memory := NewMemory(6 << 20)
			ask := func() {
				if _, err := memory.Run(b.Context(), hours, Always(), w); err != nil {
					b.Fatal(err)
				}
			}
			ask()
			before := cpu()
			for b.Loop() {
				ask()
			}
			b.ReportMetric(float64(cpu()-before)/1e6/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(memory.used), "bytes-remembered")
		})
	}
}
