package health

import (
	"math"
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
