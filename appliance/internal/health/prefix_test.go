package health

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func relay(p mesh.Place, near []meshcore.PublicKey, key ...byte) Relay {
	r := Relay{Width: 1, HasPlace: p != mesh.Place{}, Place: p, Near: near}
	copy(r.Key[:], key)
	return r
}

func TestCollisionsMatterWhereBothAreHeard(t *testing.T) {
	home, close, far := place(47, -122), place(47.2, -122), place(52, 0)
	third := meshcore.PublicKey{9}
	relays := []Relay{
		relay(home, nil, 0x11, 1), relay(close, nil, 0x11, 2), // near
		relay(home, nil, 0x22, 1), relay(far, nil, 0x22, 2), // apart
		relay(home, []meshcore.PublicKey{third}, 0x33, 1), relay(far, []meshcore.PublicKey{third}, 0x33, 2), // a doubtful place: a neighbour hears both
		relay(home, nil, 0x44, 1), relay(mesh.Place{}, nil, 0x44, 2), // unknown
		relay(home, nil, 0x55, 1), relay(home, nil, 0x66, 1), relay(home, nil, 0x66, 1, 1), relay(far, nil, 0x66, 3),
	}
	relays[11].Width = 2
	want := []struct {
		hop     byte
		nearest Nearness
		n       int
		matters bool
	}{{0x33, NearLinked, 2, true}, {0x66, NearBy, 3, true}, {0x11, NearBy, 2, true}, {0x44, NearUnknown, 2, false}, {0x22, NearApart, 2, false}}
	got := Collisions(relays, 1)
	if len(got) != len(want) {
		t.Fatalf("got %d collisions, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if c := got[i]; c.Hop.Bytes()[0] != w.hop || c.Nearest != w.nearest || len(c.Relays) != w.n || c.Matters() != w.matters {
			t.Errorf("place %d: got %+v, want %+v", i, c, w)
		}
	}
	if got[1].Sending != 2 || got[1].KM != 0 || got[3].KM != -1 {
		t.Errorf("got %+v and %+v", got[1], got[3])
	}
	if two := Collisions(relays, 2); len(two) != 1 || two[0].Hop != meshcore.NewHop([]byte{0x66, 1}) {
		t.Errorf("of two bytes: got %+v", two)
	}
}

func TestFreeHopsAreFreeAround(t *testing.T) {
	home := place(47, -122)
	var relays []Relay
	for v := 1; v < 255; v++ {
		switch v {
		case 0x77: // nobody's
		case 0x78:
			relays = append(relays, relay(place(52, 0), nil, byte(v)))
		case 0x79:
			relays = append(relays, relay(mesh.Place{}, nil, byte(v)))
		default:
			relays = append(relays, relay(place(47.1, -122), nil, byte(v)))
		}
	}
	got := FreeHops(relays, home, 1, 10)
	if len(got) != 2 || got[0].Hop.Bytes()[0] != 0x77 || !math.IsInf(got[0].KM, 1) || got[1].Hop.Bytes()[0] != 0x78 || got[1].KM < 7000 {
		t.Errorf("got %+v", got)
	}
	two := FreeHops(relays, home, 2, 3)
	if len(two) != 3 || two[0].Hop != meshcore.NewHop([]byte{1, 1}) {
		t.Errorf("of two bytes: got %+v", two)
	}
}

// someRelays are relays around the world, some without a place.
func someRelays(seed uint64, n int) (list []Relay) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		at := mesh.Place{}
		if r.IntN(20) > 0 {
			at = place(r.Float64()*160-80, r.Float64()*360-180)
		}
		list = append(list, relay(at, nil, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))))
	}
	return list
}

// The free hops are those of a look at every hop that there can be.
func TestFreeHopsAreThoseOfAllHops(t *testing.T) {
	home := place(47, -122)
	for seed := range uint64(10) {
		relays := someRelays(seed, int(seed)*40)
		for width := 1; width <= 2; width++ {
			nearest := map[meshcore.Hop]float64{}
			for _, r := range relays {
				hop, km := r.Key.Hop(width), 0.0
				if r.HasPlace {
					km = DistanceKM(home, r.Place)
				}
				if have, ok := nearest[hop]; !ok || km < have {
					nearest[hop] = km
				}
			}
			var all []Free
			for v := 1 << (8 * (width - 1)); v < 0xFF<<(8*(width-1)); v++ {
				hop := meshcore.NewHop([]byte{byte(v >> 8), byte(v)}[2-width:])
				km, has := nearest[hop]
				if !has {
					km = math.Inf(1)
				}
				if km >= NearKM {
					all = append(all, Free{hop, km})
				}
			}
			slices.SortStableFunc(all, func(a, b Free) int { return cmp.Compare(b.KM, a.KM) })
			if got, want := FreeHops(relays, home, width, 40), all[:min(40, len(all))]; !slices.Equal(got, want) {
				t.Fatalf("seed %d, %d B: got %v\nwant %v", seed, width, got, want)
			}
		}
	}
}

func BenchmarkFreeHops(b *testing.B) {
	relays := someRelays(1, 1500)
	for b.Loop() {
		FreeHops(relays, place(47, -122), 2, 16)
	}
}
