package index

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// What is remembered of hours is what is counted: after late copies, names of
// one transmission and of hours, nodes that make a hop ambiguous, hours that went
// and came again, parts built anew.
func TestRememberedRelaysAreThoseCounted(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorld()
		b := newBuilt(t, w, w.count)
		c := &chance{Rand: rand.New(rand.NewPCG(seed, 11)), w: w, hour: 490_000, floor: 489_994, tell: b.Apply,
			drop: func(at int64) { b.DropBefore(at); b.relays.Disbelieve(mesh.HourOf(at)) }}
		for range 300 {
			c.step()
		}
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		memory, nodes := figure.NewMemory([]int{1 << 20, 4 << 10}[seed%2]), people()
		some := func() []meshcore.PublicKey {
			var keys []meshcore.PublicKey
			for range c.IntN(4) {
				keys = append(keys, nodes[c.IntN(len(nodes))].Key)
			}
			return keys
		}
		for range 150 {
			switch c.IntN(12) {
			case 0, 1, 2:
				c.step()
			case 3, 4, 5:
				s := w.tx[c.IntN(len(w.tx))]
				b.relays.Believe(&Names{Hour: s.hour, Tx: s.ID, Relays: some(), Again: true})
			case 6:
				hour := c.floor + uint32(c.IntN(int(c.hour-c.floor)+1))
				b.relays.BelieveHour(&HourNames{Hour: hour, Keys: []meshcore.PublicKey{nodes[0].Key, nodes[2].Key}, Each: func(yield func(uint64, []uint32) bool) {
					for _, s := range w.now[hour] {
						if s.ID%3 == 0 && !yield(s.ID, []uint32{uint32(s.ID % 2)}) {
							return
						}
					}
				}})
			case 7:
				b.relays.packHour(c.hour-uint32(c.IntN(4)), 0)
			case 8: // what is in no hour's list any more, or is again
				n := nodes[c.IntN(4)]
				n.Role = []meshcore.Role{meshcore.RoleCompanion, meshcore.RoleRepeater}[c.IntN(2)]
				b.lists.PutNode(n)
			case 9:
				for _, task := range b.hours {
					task.tidy(-1)
				}
				if err := b.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			to := mesh.HourStart(c.hour) + int64(c.IntN(2*mesh.HourMS))
			var from []int64
			for range 1 + c.IntN(3) {
				from = append(from, to-int64(c.IntN(8*mesh.HourMS)))
			}
			naming := b.lists.Nodes.Naming()
			for _, n := range nodes {
				hops := b.lists.Nodes.Hops(n.Key)
				got := b.relays.Counts(memory, n.Key, hops, to, from...)
				for i, from := range from {
					if want := relayedNaively(b.relays, n.Key, hops, from, to); got[i] != want {
						t.Fatalf("seed %d, %v of %v, %d to %d: %+v, want %+v", seed, hops, n.Key, from, to, got[i], want)
					}
				}
			}
			if got, want := b.relays.Busiest(memory, naming, from[0], to), b.relays.Busiest(nil, naming, from[0], to); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %+v, want %+v", seed, got, want)
			}
		}
		if seed%2 == 0 && reflect.ValueOf(memory).Elem().FieldByName("used").Int() == 0 {
			t.Fatal("nothing is remembered")
		}
	}
}

// relayedNaively asks for every transmission.
func relayedNaively(x *Relays, key meshcore.PublicKey, hops []meshcore.Hop, from, to int64) RelayCount {
	out := RelayCount{Key: key}
	count := func(r Relayed, believed bool) {
		out.count(believed)
		if r.Route == meshcore.Flood {
			out.Unscoped.count(believed)
		}
	}
	certain := map[uint64]bool{}
	x.Each(hops, from, to, func(r Relayed) bool {
		certain[r.Tx] = true
		out.Last = max(out.Last, r.First)
		count(r, false)
		return true
	})
	believed := map[uint64]bool{}
	for _, tx := range x.Believed(key, 1<<30) {
		believed[tx] = true
	}
	for hour, h := range x.hours {
		for row := range h.rows.ids {
			if r := h.relayed(hour, uint32(row)); believed[r.Tx] && !certain[r.Tx] && r.First >= from && r.First < to {
				count(r, true)
			}
		}
	}
	return out
}
