package index_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// corpus is the density of five million observations in a week, for three
// hours, in a store.
func corpus(b *testing.B) (*store.Store, *meshcore.KeyRing) {
	b.Helper()
	s, err := store.Open(store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if _, err := s.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 42, 1500, 60, 3, 90_000
	truth, err := simmesh.TruthOf(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ring := ringOf(b, truth)
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	inbox := record.NewInbox(4096)
	r := record.New(record.Options{Inbox: inbox, Store: loaded, Index: index.NewBuilder(ring, index.NewGates(), nil), Live: live.NewHub(1),
		Clock: record.NewClock(record.ClockOptions{}), Keys: ring, Recorded: true})
	done := make(chan error, 1)
	go func() { done <- r.Run(context.Background()) }()
	err = simmesh.Generate(cfg, func(m simmesh.Message) error {
		return inbox.Put(context.Background(), observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
	})
	inbox.Close()
	if err := errors.Join(err, <-done); err != nil {
		b.Fatal(err)
	}
	return s, ring
}

func ringOf(b *testing.B, truth simmesh.Truth) *meshcore.KeyRing {
	b.Helper()
	list := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	for _, c := range truth.Channels {
		key, err := meshcore.ParseChannelKey(c.Key)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, meshcore.Channel{Name: c.Name, Key: key})
	}
	return meshcore.NewKeyRing(list)
}

// kinds are the indexes by their names.
var kinds = []struct {
	name string
	make func(*meshcore.KeyRing) index.Index
}{
	{"routes", func(*meshcore.KeyRing) index.Index { return index.NewRoutes() }},
	{"relays", func(*meshcore.KeyRing) index.Index { return index.NewRelays() }},
	{"links", func(*meshcore.KeyRing) index.Index { return index.NewLinks() }},
	{"lists", func(r *meshcore.KeyRing) index.Index { return index.NewSet(r) }},
}

// BenchmarkBuild builds three hours of each index, and of none to show what
// reading them takes.
func BenchmarkBuild(b *testing.B) {
	s, ring := corpus(b)
	past := index.Of(s)
	n := s.Counts().Observations
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			for _, hour := range past.Hours() {
				past.Pick(hour).Each(func(*mesh.Scanned) bool { return true })
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/obs")
	})
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				build(k.make(ring), past)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/obs")
			before := heap()
			x := k.make(ring)
			build(x, past)
			b.ReportMetric(float64(heap()-before)/float64(n), "B/obs")
			runtime.KeepAlive(x)
		})
	}
}

// BenchmarkBelieve has an hour's names counted by node, 25 of each of 2,000
// transmissions: of the whole hour at once, as a start and the day's pass do, and of
// one transmission after the other, as they come in.
func BenchmarkBelieve(b *testing.B) {
	s, _ := corpus(b)
	const hour, names = 400_000, 2000 * 25
	all := believed(hour, keysOf(s))
	perName := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/names, "ns/name")
	}
	b.Run("hour", func(b *testing.B) {
		b.ReportAllocs()
		x := index.NewRelays()
		for b.Loop() {
			x.BelieveHour(all)
		}
		perName(b)
		before := heap()
		x = index.NewRelays()
		x.BelieveHour(all)
		b.ReportMetric(float64(heap()-before)/names, "B/name")
		runtime.KeepAlive(x)
	})
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x := index.NewRelays()
			for tx, who := range all.Each {
				n := index.Names{Hour: hour, Tx: tx}
				for _, i := range who {
					n.Relays = append(n.Relays, all.Keys[i])
				}
				x.Believe(&n)
			}
		}
		perName(b)
	})
}

// build builds an index from all that is held.
func build(x index.Index, past index.Past) {
	units := map[uint32][]uint32{}
	for _, hour := range past.Hours() {
		units[hour/x.Span()] = append(units[hour/x.Span()], hour)
	}
	for unit, hours := range units {
		p := x.Begin(unit)
		for _, hour := range hours {
			past.Pick(hour).Each(func(t *mesh.Scanned) bool {
				p.Add(hour, t)
				return true
			})
		}
		p.Finish()
		p.Put()
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkApply takes one observation after another into each index, by
// itself: events of a simulated hour.
func BenchmarkApply(b *testing.B) {
	s, ring := corpus(b)
	all := eventsOf(b, s)
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x := k.make(ring)
				for i := range all {
					x.Apply(&all[i])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/obs")
		})
	}
}

// eventsOf tells of everything in a store as if it came in now.
func eventsOf(b *testing.B, s *store.Store) (events []index.Event) {
	b.Helper()
	again, err := store.Open(store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	s.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		for i, o := range tx.Observations {
			p := again.Place(store.Copy{Hash: tx.Hash, Type: tx.Type, Payload: tx.Payload, Verified: tx.Type == meshcore.TypeAdvert, Obs: o, Feed: uint32(i)})
			if p.Duplicate {
				continue
			}
			e := index.Event{Seq: p.Seq, Hour: p.Hour, Tx: p.ID, Hash: tx.Hash, Type: tx.Type, Payload: tx.Payload, First: p.First, Was: p.Was,
				New: p.New, Obs: o, Fresh: p.Fresh, Leaf: p.Leaf}
			e.Tree = mesh.Tree{Header: p.Tree.Header, Transport: p.Tree.Transport, Width: p.Tree.Width,
				HopBytes: append([]byte(nil), p.Tree.HopBytes...), Parents: append([]uint32(nil), p.Tree.Parents...)}
			if p.New && tx.Type == meshcore.TypeAdvert {
				if a, err := meshcore.ParseAdvert(tx.Payload); err == nil {
					e.Advert = &a
				}
			}
			events = append(events, e)
		}
		return len(events) < 30_000
	})
	if len(events) < 1000 {
		b.Fatal(fmt.Sprint(len(events), " events are too few"))
	}
	return events
}
