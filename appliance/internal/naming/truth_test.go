package naming_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// heardAt is a report by what the store keeps of it.
type heardAt struct {
	hash     string
	observer string
	arrived  int64
}

// The program's own answers are right after the day's pass as often as
// docs/accuracy.md says of the resolver on such a mesh.
func TestNamesAreTrue(t *testing.T) {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 42, 300, 20, 50, 40_000
	cfg.Start = time.Date(2026, 11, 15, 23, 0, 0, 0, time.UTC) // the day after is passed over
	truth, err := simmesh.TruthOf(cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := func(n int32) meshcore.PublicKey {
		k, _ := meshcore.ParsePublicKey(truth.Nodes[n].PubKey)
		return k
	}
	relays := map[heardAt][]int32{}
	var messages []observer.Envelope
	err = simmesh.GenerateHeard(cfg, func(m simmesh.Message, h *simmesh.Heard) error {
		messages = append(messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
		if h != nil && h.Kind == simmesh.Flood && (h.Fault == simmesh.Sound || h.Fault == simmesh.SignalUnknown) {
			relays[heardAt{h.Hash, truth.Nodes[h.Observer].PubKey, h.At}] = h.Relays
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b := newBox(t, t.TempDir(), 0)
	b.feed(t, messages, false, true)
	x := b.names(t)
	var hops, known, said, right float64
	b.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		p := x.Paths(tx)
		if !p.Passed {
			return true
		}
		for i, o := range tx.Observations {
			facts, _ := b.store.ObserverByNum(o.Observer)
			is, ok := relays[heardAt{strings.ToUpper(tx.Hash.String()), facts.ID, o.Arrived}]
			if packet := o.Packet(nil); !ok || packet.HopWidth() != 1 || len(is) != len(p.Hops[i]) {
				continue
			}
			for j, hop := range p.Hops[i] {
				hops++
				if node, ok := b.store.Node(key(is[j])); ok && node.FirstAdvert != 0 {
					known++
				}
				if hop.Named {
					said++
					if hop.Key == key(is[j]) {
						right++
					}
				}
			}
		}
		return true
	})
	if precision, recall := right/said, right/known; hops < 20_000 || precision < 0.998 || recall < 0.99 {
		t.Fatalf("%v hops, %v by known relays: precision %.4f, recall of known %.4f", hops, known, precision, recall)
	}
}
