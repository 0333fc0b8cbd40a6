package column_test

import (
	"context"
	"errors"
	"math"
	"os"
	"sync"
	"testing"

	"hilltop/appliance/internal/column"
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

const hourMS = 3_600_000

// corpus is what a simulated mesh of 1,500 nodes and 60 observers gives in
// forty minutes, at the rate of five million observations a week, as the recorder
// stores it: rows by hour.
var corpus = sync.OnceValue(func() map[uint32][]column.Row {
	dir, err := os.MkdirTemp("", "column")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	if _, err := s.Load(context.Background(), nil); err != nil {
		panic(err)
	}
	receive(s)
	hours := make(map[uint32][]column.Row)
	s.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		n := uint32(tx.First() / hourMS)
		hours[n] = append(hours[n], rowOf(tx))
		return true
	})
	return hours
})

func receive(s *store.Store) {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 42, 1500, 60, 0.7, 20_000
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	inbox := record.NewInbox(4096)
	r := record.New(record.Options{
		Inbox: inbox, Store: loaded, Index: index.NewBuilder(nil, index.NewGates(), nil), Live: live.NewHub(1),
		Clock: record.NewClock(record.ClockOptions{}), Keys: meshcore.NewKeyRing(nil),
		Recorded: true,
	})
	done := make(chan error, 1)
	go func() { done <- r.Run(context.Background()) }()
	err := simmesh.Generate(cfg, func(m simmesh.Message) error {
		return inbox.Put(context.Background(), observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
	})
	inbox.Close()
	if err := errors.Join(err, <-done); err != nil {
		panic(err)
	}
}

// rowOf plants the tree of a transmission's paths, in the order of its copies.
func rowOf(tx mesh.Transmission) column.Row {
	row := column.Row{ID: tx.ID, Hash: tx.Hash, Type: tx.Type, Payload: tx.Payload, Base: tx.Observations[0].Arrived}
	t := &row.Tree
	nodes := make(map[string]int32)
	for _, o := range tx.Observations {
		width := int(o.PathLen>>6) + 1
		flood := meshcore.Route(o.Header&3).IsFlood() && tx.Type != meshcore.TypeTrace && len(o.Path) == int(o.PathLen&63)*width
		if flood && t.Width == 0 {
			t.Header, t.Transport, t.Width = o.Header, o.Transport, width
		}
		x := column.Obs{Observation: o, Feed: o.Observer % 2, Leaf: -1}
		if flood && t.Width == width && t.Header == o.Header && t.Transport == o.Transport {
			x.Leaf, x.Path = 0, nil
			for end := width; end <= len(o.Path); end += width {
				n, ok := nodes[string(o.Path[:end])]
				if !ok {
					t.Parents = append(t.Parents, uint32(x.Leaf))
					t.HopBytes = append(t.HopBytes, o.Path[end-width:end]...)
					n = int32(len(t.Parents))
					nodes[string(o.Path[:end])] = n
				}
				x.Leaf = n
			}
		}
		row.Obs = append(row.Obs, x)
	}
	return row
}

// An observation takes 25 bytes, its share of payload and tree included.
func TestSizeOfAnObservation(t *testing.T) {
	var bytes, obs, rows, nodes, own int
	for n, list := range corpus() {
		b, err := column.Encode(n, 1, list)
		if err != nil {
			t.Fatal(err)
		}
		h, err := column.Open(string(b))
		if err != nil {
			t.Fatal(err)
		}
		bytes, obs, rows = bytes+len(b), obs+h.Observations(), rows+h.Len()
		for _, r := range list {
			nodes += r.Tree.Len()
			for _, o := range r.Obs {
				if o.Leaf < 0 {
					own++
				}
			}
		}
		t.Log(h.Sizes())
	}
	each := float64(bytes) / float64(obs)
	t.Logf("%.2f bytes an observation; %d observations, %d transmissions, %d nodes of trees, %d own heads", each, obs, rows, nodes, own)
	if each > 25 || obs < 15_000 {
		t.Errorf("%.2f bytes an observation, of %d", each, obs)
	}
}
