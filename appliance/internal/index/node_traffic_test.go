package index

import (
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const at0 = int64(1_770_000_000_000) / hourMs * hourMs

// heard is the event of a copy of packet tx over one-byte hops.
func heard(tx uint64, t meshcore.Type, payload []byte, observer uint32, at int64, snr int8, hops ...byte) Event {
	o := mesh.Observation{At: at, Arrived: at, Observer: observer, SNR4: snr, RSSI: -90,
		Header: byte(t)<<2 | byte(meshcore.Flood), PathLen: byte(len(hops)), Path: hops}
	return Event{Tx: tx, Type: t, Payload: payload, First: at, Was: at, Obs: o}
}

func repeater(first byte) mesh.Node {
	return mesh.Node{Key: meshcore.PublicKey{first, 1, 2, 3}, Role: meshcore.RoleRepeater, FirstAdvert: at0, LastAdvert: at0}
}

func TestTrafficOfANode(t *testing.T) {
	x := NewNodes()
	a, b := repeater(0xA1), repeater(0xB2)
	x.Put(a)
	x.Put(b)
	advert := heard(7, meshcore.TypeAdvert, a.Key[:], 1, at0, 20)
	advert.New, advert.Advert = true, &meshcore.Advert{Key: a.Key}
	x.Apply(advert)
	x.Apply(heard(7, meshcore.TypeAdvert, a.Key[:], 1, at0+5, 28))
	x.Apply(heard(7, meshcore.TypeAdvert, a.Key[:], 2, at0+9, -8, 0xB2)) // over a relay: not direct
	x.Apply(heard(8, meshcore.TypeAdvert, a.Key[:], 3, at0, 20))         // a forged one: never valid
	x.Apply(heard(9, meshcore.TypeGrpTxt, []byte{1}, 1, at0, 4, 0xA1, 0xB2))

	got := x.Traffic(a.Key, 10)
	if !slices.Equal(got.Adverts, []uint64{7}) || !slices.Equal(got.Relayed, []uint64{9}) {
		t.Errorf("a: adverts %v, relayed %v", got.Adverts, got.Relayed)
	}
	want := DirectHearing{Observer: 1, Copies: 2, SNR: SNR{Count: 2, Mean4: 24, Min: 20, Max: 28}, Last: at0 + 5}
	if len(got.Direct) != 1 || got.Direct[0] != want {
		t.Errorf("a: heard directly %+v, want %+v", got.Direct, want)
	}
	if got := x.Traffic(b.Key, 10); !slices.Equal(got.Relayed, []uint64{9, 7}) || len(got.Direct) != 0 {
		t.Errorf("b: %+v", got)
	}

	x.Put(repeater(0xB2)) // the same again changes nothing
	twin := mesh.Node{Key: meshcore.PublicKey{0xB2, 9}, Role: meshcore.RoleRepeater, FirstAdvert: at0, LastAdvert: at0}
	x.Put(twin)
	if got := x.Traffic(b.Key, 10); len(got.Relayed) != 0 {
		t.Errorf("b shares its hop now, and still relayed %v", got.Relayed)
	}

	x.DropBefore(at0 + hourMs)
	if got := x.Traffic(a.Key, 10); len(got.Adverts)+len(got.Direct) != 0 {
		t.Errorf("after dropping: %+v", got)
	}
}

func TestLatestKeepsTheNewest(t *testing.T) {
	var l latest
	for _, tx := range []uint64{5, 3, 5, 4} {
		l.add(tx)
	}
	if !slices.Equal(l.tx, []uint64{3, 4, 5}) {
		t.Fatalf("%v", l.tx)
	}
	for tx := range uint64(100) {
		l.add(tx * 2)
	}
	l.add(1)   // too old
	l.add(171) // late, yet newer than most
	if len(l.tx) != latestKept || !slices.IsSorted(l.tx) || !slices.Contains(l.tx, 171) || slices.Contains(l.tx, 1) || l.tx[latestKept-1] != 198 {
		t.Fatalf("%v", l.tx)
	}
}

func TestMinutesOfAnHour(t *testing.T) {
	var m minutes
	m.add(at0)
	m.add(at0 + 30*minuteMs)
	m.add(at0 + 30*minuteMs + 1)
	for _, c := range []struct{ minute, want int64 }{{0, 1}, {30, 3}, {59, 3}, {60, 2}, {89, 2}, {90, 0}} {
		if got := m.hour(at0 + c.minute*minuteMs); got != c.want {
			t.Errorf("at minute %d: %d, want %d", c.minute, got, c.want)
		}
	}
	m.add(at0 + 60*minuteMs) // takes the place of minute 0
	m.add(at0)               // too late to count
	if got := m.hour(at0 + 60*minuteMs); got != 3 {
		t.Errorf("after an hour: %d", got)
	}
}

func TestSendersOfAChannel(t *testing.T) {
	x := NewChannels(nil)
	for i, who := range []string{"Ann", "Bob", "Ann", ""} {
		e := heard(uint64(i+1), meshcore.TypeGrpTxt, []byte{1}, 1, at0+int64(i), 0)
		e.New, e.Text = true, &Text{Channel: "#x", Sender: who, Text: "hi"}
		x.Apply(e)
	}
	want := []Sender{{"", 1, at0 + 3}, {"Ann", 2, at0 + 2}, {"Bob", 1, at0 + 1}}
	if got := x.Senders("#x"); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := x.Senders("#y"); got != nil {
		t.Errorf("of no channel: %+v", got)
	}
}
