package index_test

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"

	"golang.org/x/sys/unix"
)

// span is every index of some hours at the density of five million observations in
// a week: the hours of a corpus, over and over.
type span struct {
	store    *store.Store
	set      *index.Set
	routes   *index.Routes
	relays   *index.Relays
	links    *index.Links
	from, to int64 // Unix ms
	naming   index.Naming
	node     meshcore.PublicKey // that relayed most
	hops     []meshcore.Hop     // its own
	in       *index.Regions
	names    int // given to a node
}

const weekHours = 168

func newSpan(b *testing.B, s *store.Store, ring *meshcore.KeyRing, n uint32) *span {
	b.Helper()
	w := &span{store: s, set: index.NewSet(ring), routes: index.NewRoutes(), relays: index.NewRelays(), links: index.NewLinks(), in: index.NewRegions([]uint16{1})}
	for _, n := range s.Nodes() {
		w.set.PutNode(n)
	}
	for _, o := range s.Observers() {
		w.set.PutObserver(o)
	}
	past := index.Of(s)
	hours := past.Hours()
	slices.Sort(hours)
	first := hours[0]
	w.from, w.to = int64(first)*3_600_000, int64(first+n)*3_600_000
	for _, x := range []index.Index{w.set, w.routes, w.relays, w.links} {
		for unit := first / x.Span(); unit <= (first+n-1)/x.Span(); unit++ {
			p := x.Begin(unit)
			for hour := max(unit*x.Span(), first); hour < min((unit+1)*x.Span(), first+n); hour++ {
				addAs(p, past, hours[(hour-first)%3], hour)
			}
			p.Finish()
			p.Put()
		}
	}
	keys := keysOf(s)
	for hour := first; hour < first+n; hour++ {
		w.relays.BelieveHour(believed(hour, keys))
	}
	w.naming = w.set.Nodes.Naming()
	list := w.relays.Busiest(nil, w.naming, w.from, w.to)
	if len(list) == 0 {
		b.Fatal("no node relayed")
	}
	w.node = list[0].Key
	w.hops = w.set.Nodes.Hops(w.node)
	return w
}

// takeIn has everything of the corpus come in, so that nothing is built.
func (w *span) takeIn(b *testing.B) {
	b.Helper()
	w.routes, w.links = index.NewRoutes(), index.NewLinks()
	events := eventsOf(b, w.store)
	for i := range events {
		w.routes.Apply(&events[i])
		w.links.Apply(&events[i])
	}
	day := events[0].Hour / 24
	b.Logf("came in: %d sequences, %d links; at most %d", w.routes.Loose(day), w.links.Loose(day), index.LooseMost)
	w.to = w.from + weekHours*3_600_000
}

// addAs adds a corpus's hour as if it were another.
func addAs(p index.Part, past index.Past, from, hour uint32) {
	shift := (int64(hour) - int64(from)) * 3_600_000
	past.Pick(from).Each(func(t *mesh.Scanned) bool {
		copied := *t
		copied.Obs = slices.Clone(t.Obs)
		for i := range copied.Obs {
			copied.Obs[i].At += shift
			copied.Obs[i].Arrived += shift
		}
		copied.First += shift
		copied.ID += uint64(hour-from) << 20
		p.Add(hour, &copied)
		return true
	})
}

func keysOf(s *store.Store) (keys []meshcore.PublicKey) {
	for _, n := range s.Nodes() {
		keys = append(keys, n.Key)
	}
	return keys
}

// believed are 25 names of each of 2,000 transmissions.
func believed(hour uint32, keys []meshcore.PublicKey) *index.HourNames {
	return &index.HourNames{Hour: hour, Keys: keys, Each: func(yield func(uint64, []uint32) bool) {
		who := make([]uint32, 25)
		for tx := range uint64(2000) {
			for i := range who {
				who[i] = uint32(tx*7+uint64(i*i)*31) % uint32(len(keys))
			}
			if !yield(uint64(hour)<<20+tx, who) {
				return
			}
		}
	}}
}

// cpuOf is the processor time that a query takes, the least of some runs: what a
// busy machine does beside it does not count. It is called on one thread.
func cpuOf(b *testing.B, prepare, query func()) time.Duration {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	least := time.Duration(1<<63 - 1)
	for range 20 {
		if prepare != nil {
			prepare()
		}
		from := threadCPU(b)
		query()
		least = min(least, threadCPU(b)-from)
	}
	return least
}

func threadCPU(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// BenchmarkHeldByQueries is how long a change of an index waits at worst for a
// page that asks it. A question that locks the index once is asked of a week; one
// that locks it for each part by itself of one part, which is more than it holds the
// lock for.
func BenchmarkHeldByQueries(b *testing.B) {
	s, ring := corpus(b)
	week, hour, came := newSpan(b, s, ring, weekHours), newSpan(b, s, ring, 1), newSpan(b, s, ring, 1)
	came.takeIn(b)
	for _, q := range []struct {
		name    string
		of      *span
		prepare func(*span)
		query   func(*span)
	}{
		{"routes-top", hour, nil, func(w *span) { w.routes.Top(2, 4, 50) }},
		{"routes-top-of-what-came-in", came, nil, func(w *span) { index.CopyDays(w.routes) }},
		{"routes-count", week, nil, func(w *span) { w.routes.Count(w.hops[:1]) }},
		{"relays-busiest", hour, nil, func(w *span) { w.relays.Busiest(nil, w.naming, w.from+1, w.to-1) }},
		{"relays-before", hour, nil, func(w *span) { w.relays.Before(w.hops, mesh.Cursor{}, w.from, w.to, 1<<20) }},
		{"relays-count", hour, nil, func(w *span) { w.relays.Count(w.node, w.hops, w.from+1, w.to-1) }},
		{"relays-by-hour", hour, nil, func(w *span) { w.relays.ByHour(w.hops, w.from, 1) }},
		{"relays-believed", hour, nil, func(w *span) { w.relays.Believed(w.node, 1<<20) }},
		{"links-list-of-what-came-in", came, nil, func(w *span) { index.GatherDays(w.links) }},
		{"links-of-one", hour, nil, func(w *span) { w.links.List(w.naming, &index.LinkEnd{Key: w.node}, w.from, w.to) }},
		{"links-direct-of-what-came-in", came, nil, func(w *span) { w.links.Direct(w.node) }},
		{"links-of-one-of-what-came-in", came, nil, func(w *span) { w.links.List(w.naming, &index.LinkEnd{Key: w.node}, w.from, w.to) }},
		{"links-direct", week, nil, func(w *span) { w.links.Direct(w.node) }},
		{"traffic-hours", week, nil, func(w *span) { w.set.Traffic.Hours(w.from, w.to) }},
		{"traffic-rate", week, nil, func(w *span) { w.set.Traffic.Rate(w.to) }},
		{"nodes-list", week, nil, func(w *span) { w.set.Nodes.List() }},
		{"nodes-list-after-a-rebuilt-hour", week, rebuild, func(w *span) { w.set.Nodes.List() }},
		{"nodes-list-after-a-new-name", week, renamed, func(w *span) { w.set.Nodes.List() }},
		{"nodes-adverts", hour, nil, func(w *span) { w.set.Nodes.Adverts(w.node, 1<<20) }},
		{"nodes-sent", hour, nil, func(w *span) { w.set.Nodes.Sent(w.node) }},
		{"nodes-widths", hour, nil, func(w *span) { w.set.Nodes.Widths(w.to) }},
		{"nodes-clocks", hour, rebuild, func(w *span) { w.set.Nodes.Clocks() }},
		{"nodes-heard-in", week, rebuild, func(w *span) { w.set.Nodes.HeardIn(w.in) }},
		{"observers-list", week, nil, func(w *span) { w.set.Observers.List(health.ListeningAt(w.to)) }},
		{"channels-list", hour, nil, func(w *span) { w.set.Channels.List(&index.Received{In: w.in}) }},
		{"channels-messages", hour, nil, func(w *span) { w.set.Channels.MessagesIn("Public", w.in, 100, 50) }},
		{"channels-latest", week, nil, func(w *span) { w.set.Channels.Latest(20) }},
		{"channels-message", week, nil, func(w *span) { w.set.Channels.Message(1) }},
		{"channels-busiest", hour, nil, func(w *span) { w.set.Channels.Busiest(w.from, w.to) }},
		{"channels-senders", hour, nil, func(w *span) { w.set.Channels.Senders("Public") }},
		{"channels-find", hour, nil, func(w *span) { w.set.Channels.Find(index.TextQuery{Words: []string{"a"}, Limit: 50}) }},
	} {
		b.Run(q.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				var prepare func()
				if q.prepare != nil {
					prepare = func() { q.prepare(q.of) }
				}
				took = append(took, cpuOf(b, prepare, func() { q.query(q.of) }))
			}
			b.ReportMetric(float64(slices.Min(took).Microseconds()), "µs-held")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// rebuild builds the last hour of the lists once more, as when an SNR was improved.
func rebuild(w *span) {
	past, hour := index.Of(w.store), uint32(w.to/3_600_000)-1
	p := w.set.Begin(hour)
	addAs(p, past, past.Hours()[0], hour)
	p.Finish()
	p.Put()
}

// renamed has a node another name.
func renamed(w *span) {
	n := w.store.Nodes()[0]
	n.Name = strconv.Itoa(w.names)
	w.names++
	w.set.PutNode(n)
}
