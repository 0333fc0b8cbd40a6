package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// sentThing is a transmission of a channel as a test has it.
type sentThing struct {
	event Event
	at    int64 // where it stands
	heard int64 // copies
	where []uint16
}

// Sums that were asked for before are never older than what came in since: after
// every change, lists say what looking at everything says.
func TestSumsFollowEveryChange(t *testing.T) {
	key := meshcore.PublicChannelKey()
	ring := meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: key}, {Name: "#ferry", Key: key}})
	x, r := NewChannels(ring), rand.New(rand.NewPCG(3, 9))
	var all []*sentThing
	for i := range 300 {
		if s := anyOf(r, all); s != nil && r.IntN(2) == 0 { // a copy, which may stand before the others
			e := s.event
			e.New, e.Was = false, s.at
			e.First = s.at - r.Int64N(2)*r.Int64N(1000)
			e.Obs.Region = uint16(1 + r.IntN(3))
			s.at, s.heard, s.where = e.First, s.heard+1, append(s.where, e.Obs.Region)
			x.apply(&e)
		} else {
			hour := uint32(490_000 + r.IntN(3))
			e := Event{Hour: hour, Tx: uint64(i + 1), Type: meshcore.TypeGrpTxt, Payload: []byte{byte(r.IntN(3))}, First: mesh.HourStart(hour) + r.Int64N(mesh.HourMS), New: true}
			if r.IntN(3) > 0 {
				e.Text = &Text{Channel: []string{"Public", "#ferry", "gone"}[r.IntN(3)], Sender: []string{"Ada", "Bob", ""}[r.IntN(3)], Text: fmt.Sprint("text ", i)}
			}
			e.Obs.Region = uint16(1 + r.IntN(3))
			all = append(all, &sentThing{event: e, at: e.First, heard: 1, where: []uint16{e.Obs.Region}})
			x.apply(&e)
		}
		if got, want := x.List(nil), plainList(x, all); !reflect.DeepEqual(got, want) {
			t.Fatalf("after %d changes:\ngot  %+v\nwant %+v", i+1, got, want)
		}
		checkWhere(t, x, all)
		for _, name := range []string{"Public", "gone"} {
			if got, want := x.Senders(name), plainSenders(all, name); !slices.Equal(got, want) {
				t.Fatalf("after %d changes, %s:\ngot  %+v\nwant %+v", i+1, name, got, want)
			}
		}
	}
}

// checkWhere compares what is summed up and found of some regions, and of some
// transmissions, with looking at everything.
func checkWhere(t *testing.T, x *Channels, all []*sentThing) {
	t.Helper()
	odd := func(s *sentThing) bool { return s.event.Tx%2 == 1 || s.heard > 2 } // as more observers hear it
	asOf := x.Changes()
	var ids []uint64
	for _, s := range all {
		if odd(s) {
			ids = append(ids, s.event.Tx)
		}
	}
	for _, c := range []struct {
		in   Received
		want func(*sentThing) bool
	}{
		{Received{In: NewRegions([]uint16{2})}, func(s *sentThing) bool { return slices.Contains(s.where, 2) }},
		{Received{In: NewRegions([]uint16{1, 3}), From: mesh.HourStart(490_001) - lateFirst}, func(s *sentThing) bool {
			return s.at >= mesh.HourStart(490_001)-lateFirst && (slices.Contains(s.where, 1) || slices.Contains(s.where, 3))
		}},
		{Received{Only: figure.NewIDSet(ids), Chosen: "odd", AsOf: asOf}, odd},
		{Received{Only: figure.NewIDSet(ids), Chosen: "odd", AsOf: asOf, To: mesh.HourStart(490_002)}, func(s *sentThing) bool { return odd(s) && s.at < mesh.HourStart(490_002) }},
		{Received{Only: figure.NewIDSet(ids)}, odd},
	} {
		var wanted []*sentThing
		for _, s := range all {
			if c.want(s) {
				wanted = append(wanted, s)
			}
		}
		if got, want := x.List(&c.in), plainList(x, wanted); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v:\ngot  %+v\nwant %+v", c.in, got, want)
		}
		for _, q := range []TextQuery{{Channel: "Public"}, {Sender: "Ada"}, {Channel: "#ferry", Sender: "Bob"}, {Words: []string{"TEXT", "1"}}} {
			q.Received, q.Limit = c.in, 3
			var texts []mesh.Message
			for _, s := range wanted {
				m := mesh.Message{Tx: s.event.Tx, First: s.at, Copies: int(s.heard)}
				if s.event.Text != nil {
					m.Channel, m.Sender, m.Text = s.event.Text.Channel, s.event.Text.Sender, s.event.Text.Text
					texts = append(texts, m)
				}
			}
			slices.SortFunc(texts, newer)
			if got, want := x.Find(q), plainFind(texts, q); !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v:\ngot  %+v\nwant %+v", q, got, want)
			}
		}
	}
}

// What was looked for before an hour changed is not remembered of it.
func TestSumsOfAnOlderStateAreForgotten(t *testing.T) {
	x := NewChannels(meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}))
	say := func(tx uint64) {
		x.apply(&Event{Hour: 490_000, Tx: tx, Type: meshcore.TypeGrpTxt, Payload: []byte{1}, First: mesh.HourStart(490_000), New: true, Text: &Text{Channel: "Public", Text: "x"}})
	}
	say(1)
	old := Received{Only: figure.NewIDSet([]uint64{1}), Chosen: "all", AsOf: x.Changes()}
	say(2)
	if got := x.List(&old)[0].Messages; got != 1 {
		t.Errorf("%d of the old state", got)
	}
	now := Received{Only: figure.NewIDSet([]uint64{1, 2}), Chosen: "all", AsOf: x.Changes()}
	if got := x.List(&now)[0].Messages; got != 2 {
		t.Errorf("%d of the new state", got)
	}
}

func anyOf(r *rand.Rand, all []*sentThing) *sentThing {
	if len(all) == 0 {
		return nil
	}
	return all[r.IntN(len(all))]
}

// plainList sums up channels from what was sent.
func plainList(x *Channels, all []*sentThing) []Channel {
	open, locked := map[string]*Channel{}, map[byte]*Channel{}
	for _, key := range x.ring.Channels() {
		open[key.Name] = &Channel{Ref: key.Name, Name: key.Name, HashByte: key.Key.HashByte()}
	}
	for _, s := range all {
		e := s.event
		if e.Text == nil {
			c := locked[e.Payload[0]]
			if c == nil {
				c = &Channel{Ref: fmt.Sprintf("%02X", e.Payload[0]), HashByte: e.Payload[0], Locked: true, Why: WhyNoKey}
				locked[e.Payload[0]] = c
			}
			c.Messages++
			c.Last = max(c.Last, s.at)
		} else if c := open[e.Text.Channel]; c != nil {
			c.Messages++
			c.Copies += s.heard
			if s.at > c.Last || s.at == c.Last && e.Tx > c.LastText.Tx {
				c.Last, c.LastText = s.at, mesh.Message{Channel: e.Text.Channel, Sender: e.Text.Sender, Text: e.Text.Text, Tx: e.Tx, First: s.at}
			}
			if c.LastText.Tx == e.Tx {
				c.LastText.Copies = int(s.heard)
			}
		}
	}
	var list []Channel
	for _, c := range open {
		list = append(list, *c)
	}
	for _, c := range locked {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Channel) int {
		if a.Locked != b.Locked {
			return map[bool]int{false: -1, true: 1}[a.Locked]
		}
		return cmp.Compare(a.Ref, b.Ref)
	})
	return list
}

// plainSenders sums up the senders of a channel from what was sent.
func plainSenders(all []*sentThing, channel string) (list []Sender) {
	by := map[string]*Sender{}
	for _, s := range all {
		if e := s.event; e.Text != nil && e.Text.Channel == channel {
			if by[e.Text.Sender] == nil {
				by[e.Text.Sender] = &Sender{Name: e.Text.Sender}
			}
			by[e.Text.Sender].Messages++
			by[e.Text.Sender].Last = max(by[e.Text.Sender].Last, s.at)
		}
	}
	for _, s := range by {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Sender) int { return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name)) })
	return list
}
