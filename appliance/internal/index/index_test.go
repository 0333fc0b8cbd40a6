package index

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func key(bytes ...byte) (k meshcore.PublicKey) {
	copy(k[:], bytes)
	k[31] = 1
	return k
}

func relay(k meshcore.PublicKey) mesh.Node {
	return mesh.Node{Key: k, Name: k.String()[:6], Role: meshcore.RoleRepeater, FirstAdvert: 1, LastAdvert: 1}
}

func hop(bytes ...byte) meshcore.Hop { return meshcore.NewHop(bytes) }

// copyOf is an event of one copy of a new transmission.
func copyOf(tx uint64, p meshcore.Packet, at int64) Event {
	return Event{Tx: tx, Hash: p.Hash(), Type: p.Type, Payload: p.Payload, First: at, Was: at, New: true,
		Leaf: -1, Hour: mesh.HourOf(at), Obs: mesh.Observation{At: at, Arrived: at, Observer: 1, SNR4: 10, Header: p.Header, PathLen: p.PathLen, Path: p.PathBytes}}
}

func apply(x any, e Event) {
	switch x := x.(type) {
	case *Set:
		x.Apply(&e)
	case interface{ apply(*Event) }:
		x.apply(&e)
	}
}

func drop(x any, hour uint32) {
	switch x := x.(type) {
	case *Set:
		x.Drop(hour)
	case interface{ drop(uint32) }:
		x.drop(hour)
	}
}

func flood(path ...meshcore.Hop) meshcore.Packet {
	p := meshcore.NewFlood(meshcore.TypeTxtMsg, 1, []byte("0123456789abcdef0123"))
	p.PathLen, p.PathBytes, _ = meshcore.EncodePath(path)
	p.Header = p.AppendTo(nil)[0]
	return p
}

func TestHopIsNamedWhereOneRelayAloneFits(t *testing.T) {
	x := NewNodes()
	a, b, person := key(0xA1, 0x01), key(0xB2, 0x02), relay(key(0xA1, 0x03))
	person.Role = meshcore.RoleCompanion
	x.Put(relay(a))
	x.Put(relay(b))
	x.Put(person)
	name := func(h meshcore.Hop, want *meshcore.PublicKey) {
		t.Helper()
		n, ok := x.NameHop(h)
		if ok != (want != nil) || ok && n.Key != *want {
			t.Errorf("hop %v: got %v, %v", h, n.Key, ok)
		}
	}
	name(hop(0xA1), &a)
	name(hop(0xB2, 0x02), &b)
	name(hop(0xC3), nil)
	x.Put(relay(key(0xA1, 0x77)))
	name(hop(0xA1), nil)
	name(hop(0xA1, 0x01), &a)
	// An observer that says it does not repeat is no candidate.
	x.PutObserver(mesh.Observer{ID: key(0xA1, 0x77).String(), Repeat: mesh.No})
	name(hop(0xA1), &a)
}

func TestCompanionSeenRelayingBecomesACandidate(t *testing.T) {
	x := NewNodes()
	person := relay(key(0xA1, 0x02, 0x03))
	person.Role = meshcore.RoleCompanion
	x.Put(person)
	if _, ok := x.NameHop(hop(0xA1)); ok {
		t.Fatal("a companion was named before it was seen relaying")
	}
	apply(x, copyOf(1, flood(hop(0xA1, 0x02, 0x03)), 1000))
	if n, ok := x.NameHop(hop(0xA1)); !ok || n.Key != person.Key {
		t.Error("a companion that three bytes name is no candidate")
	}
	drop(x, 0)
	if _, ok := x.NameHop(hop(0xA1)); ok {
		t.Error("what is no longer held still counts")
	}
}

func TestOnlyAFloodsPathWasHeard(t *testing.T) {
	x := NewNodes()
	a := key(0xA1)
	x.Put(relay(a))
	direct, err := meshcore.NewDirect(meshcore.TypeTxtMsg, []meshcore.Hop{hop(0xA1)}, []byte("0123456789abcdef0123"))
	if err != nil {
		t.Fatal(err)
	}
	direct.Header = direct.AppendTo(nil)[0]
	trace := flood(hop(0xA1))
	trace.Type = meshcore.TypeTrace
	trace.Header = trace.Header&3 | byte(meshcore.TypeTrace)<<2
	apply(x, copyOf(1, direct, 1000))
	apply(x, copyOf(2, trace, 2000))
	if s, _ := x.Get(a); s.RelayedCopies != 0 || s.LastRelayed != 0 {
		t.Errorf("direct and trace: got %+v", s)
	}
	apply(x, copyOf(3, flood(hop(0xA1)), 3000))
	if s, _ := x.Get(a); s.RelayedCopies != 1 || s.LastHeard != 3000 || s.UniqueWidth != 1 {
		t.Errorf("flood: got %+v", s)
	}
}

func TestTransmissionMovesWithItsFirstCopy(t *testing.T) {
	x := NewTraffic()
	e := copyOf(1, flood(), 2*mesh.HourMS+5)
	apply(x, e)
	e.New, e.Was, e.First, e.Obs.At = false, e.First, 2*mesh.HourMS-5, 2*mesh.HourMS-5
	apply(x, e)
	h := x.Hours(0, 10*mesh.HourMS)
	if len(h) != 2 || h[0].Transmissions != 1 || h[0].Observations != 1 || h[1].Transmissions != 0 || h[1].Observations != 1 {
		t.Errorf("got %+v", h)
	}
	if r := x.Rate(2*mesh.HourMS + minuteMs); len(r) != 60 || r[59].Observations != 1 || r[58].Transmissions != 1 {
		t.Errorf("rate: got %+v, %+v", r[58], r[59])
	}
}

func TestObserverStateFollowsItsOwnCadence(t *testing.T) {
	const minute = int64(minuteMs)
	at := 100 * mesh.HourMS
	build := func(pace int64, packets int, status ...int64) *Observers {
		x := NewObservers()
		for i := range packets {
			e := copyOf(uint64(i), flood(), int64(at)-int64(packets-1-i)*pace)
			apply(x, e)
		}
		for _, s := range status {
			x.Put(mesh.Observer{Num: 1, Status: int64(at) + s, Online: mesh.Yes})
		}
		return x
	}
	for _, f := range []struct {
		x     *Observers
		after int64
		want  mesh.ObserverState
	}{
		{build(minute, 100, -5*minute, 0), 10 * minute, mesh.ObserverDelivering},
		{build(minute, 100, -5*minute, 0), 40 * minute, mesh.ObserverDown},
		{build(20*minute, 60, -5*minute, 0), 40 * minute, mesh.ObserverPacketsOnly}, // packets are rare here
		{build(minute, 100), 10 * minute, mesh.ObserverPacketsOnly},
		{build(minute, 0, -5*minute, 0), 10 * minute, mesh.ObserverStatusOnly},
		{build(minute, 0, -60*minute, 0), 100 * minute, mesh.ObserverStatusOnly}, // statuses are rare here
		{NewObservers(), 0, mesh.ObserverDown},
	} {
		if got := f.x.Get(1, health.ListeningAt(int64(at)+f.after)).State; got != f.want {
			t.Errorf("after %d min: got %q, want %q", f.after/minute, got, f.want)
		}
	}
}

// A status is no observation.
func TestStatusesAreNotCountedAsObservations(t *testing.T) {
	x := NewObservers()
	for i := range int64(3) {
		apply(x, copyOf(uint64(i+1), flood(), 5*mesh.HourMS+i*1000))
		for range 4 {
			x.Put(mesh.Observer{Num: 1, Status: 5*mesh.HourMS + i*1000, Online: mesh.Yes})
		}
	}
	if got := x.Get(1, health.ListeningAt(5*mesh.HourMS+10_000)).Observations; got != 3 {
		t.Errorf("%d observations, want 3", got)
	}
}

func ring() *meshcore.KeyRing {
	return meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}})
}

func groupText(k meshcore.ChannelKey, sender, text string) meshcore.Packet {
	return meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(1_780_000_000, sender, text).Seal(k)))
}

func TestChannelsHoldTextsNewestFirst(t *testing.T) {
	x := NewSet(ring())
	for i := range 5 {
		p := groupText(meshcore.PublicChannelKey(), "Ada", fmt.Sprint("text ", i))
		e := copyOf(uint64(i+1), p, int64(1000*(i+1)))
		e.Text = ReadText(ring(), e.Payload)
		apply(x, e)
	}
	// A late copy of the third moves it before the first.
	e := copyOf(3, groupText(meshcore.PublicChannelKey(), "Ada", "text 2"), 500)
	e.New, e.Was = false, 3000
	apply(x, e)
	var got []string
	for c, n := (mesh.Cursor{}), 0; ; n++ {
		page := x.Channels.Find(TextQuery{Channel: "Public", Before: c, Limit: 2}).Rows
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			got = append(got, m.Text)
			c = mesh.Cursor{First: m.First, ID: m.Tx}
		}
	}
	if want := "[text 4 text 3 text 1 text 0 text 2]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if m, ok := x.Channels.Message(3); !ok || m.Copies != 2 || m.Sender != "Ada" || m.First != 500 {
		t.Errorf("message 3: got %+v", m)
	}
	drop(x, 0)
	if l := x.Channels.List(nil); len(l) != 1 || l[0].Messages != 0 {
		t.Errorf("after dropping: got %+v", l)
	}
}

func TestLockedChannelsAreCountedByHashByteWithWhy(t *testing.T) {
	public := meshcore.PublicChannelKey()
	// Another key with the hash byte of Public, and one with another.
	var same, other meshcore.ChannelKey
	for i := 0; same.IsZero() || other.IsZero(); i++ {
		k := meshcore.HashtagKey(fmt.Sprint("#", i))
		if k.HashByte() == public.HashByte() {
			same = k
		} else {
			other = k
		}
	}
	x := NewSet(ring())
	for i, k := range []meshcore.ChannelKey{same, other, other} {
		e := copyOf(uint64(i+1), groupText(k, "Eve", fmt.Sprint(i)), 1000)
		e.Text = ReadText(ring(), e.Payload)
		if e.Text != nil {
			t.Fatalf("text of a foreign key: %+v", e.Text)
		}
		apply(x, e)
	}
	why := map[byte]Channel{}
	for _, c := range x.Channels.List(nil) {
		if c.Locked {
			why[c.HashByte] = c
		}
	}
	if c := why[same.HashByte()]; c.Why != WhyWrong || c.Messages != 1 {
		t.Errorf("same hash byte: got %+v", c)
	}
	if c := why[other.HashByte()]; c.Why != WhyNoKey || c.Messages != 2 {
		t.Errorf("other hash byte: got %+v", c)
	}
	if got, want := x.Channels.Locked(), slices.Sorted(maps.Keys(why)); !slices.Equal(got, want) {
		t.Errorf("locked: got %x, want %x", got, want)
	}
}

func TestReadTextIsFitToBeShown(t *testing.T) {
	p := groupText(meshcore.PublicChannelKey(), "A\x1bda", "hi\x00\x07 there\xff")
	got := ReadText(ring(), p.Payload)
	if got == nil || got.Sender != "Ada" || got.Text != "hi" {
		t.Errorf("got %+v", got)
	}
}

func TestIndexesManyGoroutines(t *testing.T) {
	x := NewSet(ring())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 500 {
			k := key(byte(i), byte(i>>8))
			x.PutNode(relay(k))
			x.PutObserver(mesh.Observer{Num: 1, ID: k.String(), Repeat: mesh.Yes})
			e := copyOf(uint64(i), groupText(meshcore.PublicChannelKey(), "Ada", fmt.Sprint(i)), int64(i)*60_000)
			e.Text = ReadText(ring(), e.Payload)
			apply(x, e)
			apply(x, copyOf(uint64(1000+i), flood(hop(byte(i))), int64(i)*60_000))
		}
		drop(x, 0)
	})
	for range 3 {
		wg.Go(func() {
			for i := range 200 {
				x.Nodes.NameHop(hop(byte(i)))
				x.Nodes.List()
				x.Observers.List(health.ListeningAt(int64(i) * 60_000))
				x.Channels.List(nil)
				x.Channels.Latest(5)
				x.Channels.MessagesIn("Public", nil, 0, 5)
				x.Channels.Busiest(0, 1<<60)
				x.Channels.Senders("Public")
				x.Nodes.Clocks()
				x.Nodes.HeardIn(nil)
				x.Nodes.Widths(0)
				x.Traffic.Rate(0)
				x.Traffic.Hours(0, 1<<60)
			}
		})
	}
	wg.Wait()
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestWhatAMachineMissedIsNoSilenceOfAnObserver has an observer each minute, then a
// machine that is off for a day.
func TestWhatAMachineMissedIsNoSilenceOfAnObserver(t *testing.T) {
	const last, began = 10 * mesh.HourMS, 34 * mesh.HourMS
	x := NewObservers()
	x.Put(mesh.Observer{Num: 1, Status: last, Online: mesh.Yes})
	off := []mesh.Gap{{From: last + 60_000, To: began, Kind: "stopped"}}
	for _, c := range []struct {
		after   int64
		gaps    []mesh.Gap
		want    mesh.ObserverState
		resumed int64
	}{
		{60_000, nil, mesh.ObserverDown, 0},
		{60_000, off, mesh.ObserverStatusOnly, began},
		{3 * mesh.HourMS, off, mesh.ObserverDown, began},
		{60_000, []mesh.Gap{{From: last, To: began, Kind: "disk"}}, mesh.ObserverDown, 0}, // the radio was heard
	} {
		s := x.Get(1, health.Listened(began+c.after, c.gaps))
		if s.State != c.want || s.Resumed != c.resumed {
			t.Errorf("%d ms after %v: got %q, resumed %d, want %q, %d", c.after, c.gaps, s.State, s.Resumed, c.want, c.resumed)
		}
	}
}

// TestWindowsOfObserversSlide counts the last hour and the last day against all
// arrivals, one by one.
func TestWindowsOfObserversSlide(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	x := NewObservers()
	var arrived []int64
	for range 4000 {
		at := r.Int64N(60 * mesh.HourMS)
		arrived = append(arrived, at)
		x.apply(&Event{Hour: mesh.HourOf(at), Obs: mesh.Observation{Observer: 1, Arrived: at, SNR4: mesh.NoSNR}})
	}
	for range 200 {
		now := r.Int64N(60 * mesh.HourMS)
		var hour, day int64
		for _, at := range arrived {
			switch ago := now/minuteMs - at/minuteMs; {
			case ago < 0:
			case ago < 60:
				hour, day = hour+1, day+1
			case ago < 24*60:
				day++
			}
		}
		if s := x.Get(1, health.ListeningAt(now)); s.LastHour != hour || s.LastDay != day {
			t.Fatalf("at %d ms: got %d and %d, want %d and %d", now, s.LastHour, s.LastDay, hour, day)
		}
	}
}
