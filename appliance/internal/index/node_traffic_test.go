package index

import (
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func TestAdvertsOfANode(t *testing.T) {
	w := newWorld()
	x := NewSet(ring())
	a := key(0xA1, 1)
	x.PutNode(relay(a))
	for i := range int64(4) {
		e := w.begin(meshcore.TypeAdvert, advertOf(a), i != 2, report{at: mesh.HourMS * (100 + i), observer: 1, route: meshcore.Flood})
		x.Apply(&e)
	}
	if got := x.Nodes.Adverts(a, 2); !slices.Equal(got, []uint64{4, 2}) {
		t.Errorf("newest two: %v", got)
	}
	x.Drop(103)
	if got := x.Nodes.Adverts(a, 9); !slices.Equal(got, []uint64{2, 1}) {
		t.Errorf("after the newest hour went: %v", got)
	}
	if s, _ := x.Nodes.Get(a); s.FloodAdverts != 2 {
		t.Errorf("%+v", s)
	}
}

func TestSendersOfAChannel(t *testing.T) {
	x := NewChannels(nil)
	for i, who := range []string{"Ann", "Bob", "Ann", ""} {
		x.apply(&Event{Tx: uint64(i + 1), Type: meshcore.TypeGrpTxt, Payload: []byte{1}, First: int64(i + 1), New: true,
			Text: &Text{Channel: "#x", Sender: who, Text: "hi"}})
	}
	want := []Sender{{"", 1, 4}, {"Ann", 2, 3}, {"Bob", 1, 2}}
	if got := x.Senders("#x"); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := x.Senders("#y"); got != nil {
		t.Errorf("of no channel: %+v", got)
	}
}

// A text may stand before its hour, among those of the one before.
func TestMessagesStandWhereTheyWereHeard(t *testing.T) {
	w := newWorld()
	x := NewSet(ring())
	say := func(text string, at int64) uint64 {
		e := w.begin(meshcore.TypeGrpTxt, groupText(meshcore.PublicChannelKey(), "Ada", text).Payload, false, report{at: at, observer: 1, route: meshcore.Flood})
		x.Apply(&e)
		return e.Tx
	}
	say("one", 100*mesh.HourMS+mesh.HourMS-60_000)
	late := say("two", 101*mesh.HourMS+1000)
	say("three", 101*mesh.HourMS+2000)
	e := w.hear(late, report{at: 100*mesh.HourMS + mesh.HourMS - 120_000, observer: 2, route: meshcore.Flood})
	x.Apply(&e)
	var got []string
	var at mesh.Cursor
	for {
		list := x.Channels.Find(TextQuery{Channel: "Public", Before: at, Limit: 1}).Rows
		if len(list) == 0 {
			break
		}
		got = append(got, list[0].Text)
		at = mesh.Cursor{First: list[0].First, ID: list[0].Tx}
	}
	if !slices.Equal(got, []string{"three", "one", "two"}) {
		t.Errorf("%v", got)
	}
	if l := x.Channels.Latest(2); len(l) != 2 || l[1].Text != "one" {
		t.Errorf("latest: %+v", l)
	}
}
