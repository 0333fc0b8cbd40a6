package record_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

var noon = time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)

const (
	roof  = "AA00000000000000000000000000000000000000000000000000000000000001"
	tower = "BB00000000000000000000000000000000000000000000000000000000000002"
)

func after(ms int64) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

// frame is a flooded direct text of a number.
func frame(n int) meshcore.Packet {
	return meshcore.NewFlood(meshcore.TypeTxtMsg, 1, fmt.Appendf(nil, "payload number %06d.", n))
}

const exact = "2006-01-02T15:04:05.000000+00:00"
const naive = "2006-01-02T15:04:05.000000"

// report is a message of meshcore-packet-capture; stamp is its timestamp text.
func report(id string, p meshcore.Packet, stamp string, arrived time.Time) observer.Envelope {
	payload := fmt.Sprintf(`{"origin": "X", "origin_id": "%s", "timestamp": "%s", "type": "PACKET", "direction": "rx", "raw": "%s", "SNR": "5.25", "RSSI": "-90"}`,
		id, stamp, strings.ToUpper(hex.EncodeToString(p.AppendTo(nil))))
	return observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + id + "/packets", Payload: []byte(payload), Arrived: arrived}
}

func heardAt(id string, n int, heard, arrived time.Time) observer.Envelope {
	return report(id, frame(n), heard.Format(exact), arrived)
}

func status(id, body string, arrived time.Time) observer.Envelope {
	payload := fmt.Sprintf(`{"origin": "X", "origin_id": "%s", "timestamp": "%s", %s}`, id, arrived.Format(exact), body)
	return observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + id + "/status", Payload: []byte(payload), Arrived: arrived}
}

// recorded feeds messages by their own times and gives the box.
func recorded(t *testing.T, messages ...observer.Envelope) *box {
	t.Helper()
	b := newBox(t, record.Options{Recorded: true})
	b.feed(t, messages)
	return b
}

// only gives the single observation of a frame.
func (b *box) only(t *testing.T, p meshcore.Packet) mesh.Observation {
	t.Helper()
	list := b.store.Packets(p.Hash())
	if len(list) != 1 || len(list[0].Observations) != 1 {
		t.Fatalf("got %d episodes, want one with one observation: %+v", len(list), list)
	}
	return list[0].Observations[0]
}

func TestBacklogOfAProvenClockStandsWhereItWasHeard(t *testing.T) {
	b := recorded(t,
		heardAt(roof, 1, after(0), after(150)),
		heardAt(roof, 2, after(60_000), after(61_000)),
		heardAt(roof, 3, after(-2*3_600_000), after(62_000)))
	for n, want := range map[int]struct {
		at   int64
		late bool
	}{1: {0, false}, 2: {60_000, false}, 3: {-2 * 3_600_000, true}} {
		o := b.only(t, frame(n))
		if got := o.At - noon.UnixMilli(); got != want.at || (o.Flags&mesh.FlagLate != 0) != want.late || o.Flags&mesh.FlagHeardStands == 0 {
			t.Errorf("%d: stands at %d ms, flags %b; want %d, late %v", n, got, o.Flags, want.at, want.late)
		}
	}
}

func TestWrongClockMovesNothing(t *testing.T) {
	for _, off := range []int64{-90_000, -50_000, -2_500, 2_500, 30_000, 3 * 3_600_000, 72 * 3_600_000} {
		b := recorded(t, heardAt(roof, 1, after(-off), after(0)), heardAt(roof, 2, after(60_000-off), after(60_000)))
		for n, want := range map[int]int64{1: 0, 2: 60_000} {
			o := b.only(t, frame(n))
			if got := o.At - noon.UnixMilli(); got != want || o.Flags&mesh.FlagHeardStands != 0 {
				t.Errorf("clock off by %d ms: packet stands at %d, want %d where it arrived", off, got, want)
			}
		}
	}
}

func TestClockThatIsSetRightProvesItself(t *testing.T) {
	var list []observer.Envelope
	n := 0
	hear := func(from, to, ahead int64) {
		for ms := from; ms < to; ms += 300_000 {
			n++
			list = append(list, heardAt(roof, n, after(ms+ahead), after(ms+200)))
		}
	}
	const hour = 3_600_000
	hear(0, hour, 60_000) // a minute ahead
	wrong := n
	hear(hour, 3*hour, 0)
	b := recorded(t, list...)
	for i := 1; i <= n; i++ {
		if o := b.only(t, frame(i)); o.Flags&mesh.FlagLate != 0 {
			t.Errorf("message %d is called late", i)
		}
	}
	if o := b.only(t, frame(wrong+1)); o.Flags&mesh.FlagHeardStands != 0 {
		t.Error("a clock is believed as soon as it is set right")
	}
	if o := b.only(t, frame(n)); o.Flags&mesh.FlagHeardStands == 0 {
		t.Error("a clock that has been right for two hours is not believed")
	}
}

// A claim from the future takes the proof away for an hour, whatever right ones
// stand beside it, and makes nobody late. Retained messages and local times that
// some zone explains do not.
func TestClaimFromTheFutureEndsTheProof(t *testing.T) {
	const hour = int64(3_600_000)
	said := func(stamp string, at int64) observer.Envelope {
		return report(roof, frame(100), stamp, after(at))
	}
	retained := said("2031-01-01T00:00:00Z", 60_000)
	retained.Retained = true
	future := after(60_000 + hour)
	for _, c := range []struct {
		name  string
		wrong observer.Envelope
		ends  bool
	}{
		{"a packet of 2031", said("2031-01-01T00:00:00Z", 60_000), true},
		{"a status of 2031", status(roof, `"status": "online", "timestamp": "2031-01-01T00:00:00Z"`, after(60_000)), true},
		{"an hour ahead", said(future.Format(exact), 60_000), true},
		{"local time of 2031", said("2031-01-01T00:00:00", 60_000), true},
		{"local time of a zone to the east", said(future.Format("2006-01-02T15:04:05"), 60_000), false},
		{"a retained packet", retained, false},
		{"a clock that was never set", said("1970-01-01T00:00:09Z", 60_000), false},
	} {
		list := []observer.Envelope{heardAt(roof, 1, after(0), after(150)), c.wrong}
		for i := range 9 { // nine seconds are not late
			at := 120_000 + int64(i)*hour/7
			list = append(list, heardAt(roof, 2+i, after(at-1_900), after(at)), heardAt(roof, 20+i, after(at+1_000-9_000), after(at+1_000)))
		}
		b := recorded(t, list...)
		for n, want := range map[int]bool{1: true, 2: !c.ends, 7: !c.ends, 10: true} {
			if o := b.only(t, frame(n)); (o.Flags&mesh.FlagHeardStands != 0) != want || o.Flags&mesh.FlagLate != 0 {
				t.Errorf("%s: packet %d has flags %b; stands where it was heard: want %v", c.name, n, o.Flags, want)
			}
			if n > 1 && b.only(t, frame(18+n)).Flags&mesh.FlagLate != 0 {
				t.Errorf("%s: packet %d is late", c.name, 18+n)
			}
		}
	}
}

func TestProofEndsAfterTwoDaysWithoutLiveMessages(t *testing.T) {
	day := int64(24 * 3_600_000)
	b := recorded(t,
		heardAt(roof, 1, after(0), after(100)),
		heardAt(roof, 2, after(3*day-3_600_000), after(3*day)))
	if o := b.only(t, frame(2)); o.At != after(3*day).UnixMilli() {
		t.Errorf("a claim stood on a proof three days old: at %d", o.At-noon.UnixMilli())
	}
}

func TestOneObservationFromTwoBrokersAndOnRedelivery(t *testing.T) {
	first := heardAt(roof, 1, after(0), after(100))
	second := first
	second.Source, second.Arrived = "two", after(900)
	again := first
	again.Arrived = after(5 * 3_600_000)
	b := recorded(t, first, second, again, heardAt(tower, 1, after(0), after(200)))
	list := b.store.Packets(frame(1).Hash())
	if len(list) != 1 || len(list[0].Observations) != 2 {
		t.Fatalf("got %+v, want one episode with two observations", list)
	}
	o := list[0].Observations[0]
	want := uint64(1)<<b.store.SourceNum("one") | uint64(1)<<b.store.SourceNum("two")
	if o.Sources != want {
		t.Errorf("sources: got %b, want %b", o.Sources, want)
	}
	if s := b.rec.Stats(); s.Duplicates != 2 || s.Packets != 4 {
		t.Errorf("got %d duplicates of %d packets, want 2 of 4", s.Duplicates, s.Packets)
	}
	x, _ := b.built(t).Lists.Get()
	if h := x.Traffic.Hours(0, 1<<60); len(h) != 1 || h[0].Observations != 2 || h[0].Transmissions != 1 {
		t.Errorf("traffic: got %+v", h)
	}
}

func TestZoneOfANaiveClockIsLearned(t *testing.T) {
	var list []observer.Envelope
	local := func(ms int64) string { return after(ms).Add(-8 * time.Hour).Format(naive) }
	for n := range 7 {
		ms := int64(n) * 60_000
		list = append(list, report(roof, frame(n), local(ms), after(ms+300)))
	}
	// Late by 20 minutes: its zone is no longer given away by the arrival.
	list = append(list, report(roof, frame(50), local(7*60_000), after(27*60_000)))
	b := recorded(t, list...)
	o, _ := b.store.Observer(roof)
	if !o.Clock.ZoneOK || o.Clock.ZoneMin != -480 {
		t.Fatalf("zone: got %d, known %v; want -480", o.Clock.ZoneMin, o.Clock.ZoneOK)
	}
	if first := b.only(t, frame(0)); first.At != after(300).UnixMilli() {
		t.Errorf("before it is learned a packet stands where it arrived: got %d", first.At-noon.UnixMilli())
	}
	if late := b.only(t, frame(50)); late.At != after(7*60_000).UnixMilli() || late.Flags&mesh.FlagLate == 0 {
		t.Errorf("a late packet: got %d, flags %b", late.At-noon.UnixMilli(), late.Flags)
	}
}

// Whether the zone was learned between the two must not make two of one.
func TestRedeliveryOfANaiveTimeIsOneObservation(t *testing.T) {
	local := func(ms int64) string { return after(ms).Add(-8 * time.Hour).Format(naive) }
	// The radio's clock, in UTC, gives the zone away as long as it agrees with the arrival.
	log := func(ms int64, n int, arrived time.Time) observer.Envelope {
		e := report(roof, frame(n), local(ms), arrived)
		e.Payload = []byte(strings.Replace(string(e.Payload), `"raw"`,
			fmt.Sprintf(`"time": "%s", "date": "9/6/2026", "score": "1000", "raw"`, after(ms).Format(time.TimeOnly)), 1))
		return e
	}
	first := report(roof, frame(0), local(0), after(300))
	radio := log(1_000, 1, after(1_300))
	early := log(1_000, 1, after(600_000)) // again, before the zone is learned
	list := []observer.Envelope{first, radio}
	for n := range 5 {
		ms := 60_000 * int64(n+1)
		list = append(list, report(roof, frame(n+10), local(ms), after(ms+300)))
	}
	again := first
	again.Arrived, again.Source = after(5*3_600_000), "two"
	late := log(1_000, 1, after(5*3_600_000))
	for name, messages := range map[string][]observer.Envelope{
		"not learned": {first, radio, early},
		"learned":     append(list, again, late),
	} {
		b := recorded(t, messages...)
		b.only(t, frame(0))
		b.only(t, frame(1))
		if s := b.rec.Stats(); s.Duplicates == 0 {
			t.Errorf("%s: no duplicate", name)
		}
	}
}

func TestOwnTransmissionsAreNoObservations(t *testing.T) {
	e := heardAt(roof, 1, after(0), after(10))
	e.Payload = []byte(strings.Replace(string(e.Payload), `"rx"`, `"tx"`, 1))
	b := recorded(t, e)
	if c := b.store.Counts(); c.Observations != 0 || c.Observers != 1 {
		t.Errorf("got %+v, want an observer and no observation", c)
	}
}

func TestWhoGoesOnIsNotOffline(t *testing.T) {
	offline := status(roof, `"status": "offline"`, after(60_000))
	for name, body := range map[string]observer.Envelope{
		"heard":     heardAt(roof, 1, after(70_000), after(70_010)),
		"sent":      {Source: "one", Topic: "meshcore/SEA/" + roof + "/packets", Payload: []byte(`{"direction": "tx", "len": "20", "raw": null}`), Arrived: after(70_010)},
		"no frame":  {Source: "one", Topic: "meshcore/SEA/" + roof + "/packets", Payload: []byte(`{"raw": null}`), Arrived: after(70_010)},
		"neighbors": {Source: "one", Topic: "meshcore/SEA/" + roof + "/neighbors", Payload: []byte(`{"neighbors": []}`), Arrived: after(70_010)},
	} {
		again := recorded(t, offline, body)
		if o, _ := again.store.Observer(roof); o.Online != mesh.Unknown {
			t.Errorf("%s after offline: got %v, want %v", name, o.Online, mesh.Unknown)
		}
	}
}

func TestNeighborsShowThatTheirObserverIsThere(t *testing.T) {
	b := recorded(t, observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + roof + "/neighbors",
		Payload: []byte(`{"origin": "Roof", "neighbors": []}`), Arrived: after(0)})
	if o, ok := b.store.Observer(roof); !ok || o.First != after(0).UnixMilli() || o.Name != "Roof" {
		t.Errorf("got %+v, known %v", o, ok)
	}
}

func TestObservationKeepsTheRegionOfItsMoment(t *testing.T) {
	moved := heardAt(roof, 2, after(60_000), after(60_100))
	moved.Topic = strings.Replace(moved.Topic, "SEA", "PDX", 1)
	b := recorded(t, heardAt(roof, 1, after(0), after(100)), moved)
	for n, want := range map[int]string{1: "SEA", 2: "PDX"} {
		if got := b.store.Region(b.only(t, frame(n)).Region); got != want {
			t.Errorf("packet %d: got region %q, want %q", n, got, want)
		}
	}
}

func TestFilterAndDefaultRegionOfASource(t *testing.T) {
	sea := heardAt(roof, 1, after(0), after(100))
	none := heardAt(tower, 2, after(0), after(100))
	none.Topic = strings.Replace(none.Topic, "SEA", "XXX", 1)
	other := heardAt(tower, 3, after(0), after(100))
	other.Topic = strings.Replace(other.Topic, "SEA", "YVR", 1)
	b := newBox(t, record.Options{Recorded: true, Sources: map[string]record.Source{"one": {Region: "PDX", IATAFilter: []string{"SEA", "PDX"}}}})
	b.feed(t, []observer.Envelope{sea, none, other})
	if c := b.store.Counts(); c.Observations != 2 || b.rec.Stats().Filtered != 1 {
		t.Errorf("got %d observations, %d filtered; want 2, 1", c.Observations, b.rec.Stats().Filtered)
	}
	if got := b.store.Region(b.only(t, frame(2)).Region); got != "PDX" {
		t.Errorf("default region: got %q, want PDX", got)
	}
}

func TestRetainedStatusAndOldWillsAreNoLife(t *testing.T) {
	retained := status(roof, `"status": "online", "model": "Old", "stats": {"battery_mv": 4000}`, after(0))
	retained.Retained = true
	b := recorded(t, retained)
	o, ok := b.store.Observer(roof)
	if !ok || o.Model != "Old" || o.Status != 0 || o.First != 0 || o.Online != mesh.Unknown {
		t.Errorf("retained: got %+v", o)
	}
	if m := b.store.Metrics(roof, 0, 1<<60); len(m) != 0 {
		t.Errorf("retained: got %d measurements, want none", len(m))
	}

	online := status(roof, `"status": "online", "model": "Heltec V3", "stats": {"battery_mv": 4000, "noise_floor": -110}`, after(0))
	race := status(roof, `"status": "offline", "model": ""`, after(1_000))
	b = recorded(t, online, race)
	if o, _ = b.store.Observer(roof); o.Online != mesh.Yes || o.Model != "Heltec V3" || o.Status != after(0).UnixMilli() {
		t.Errorf("a will a second after an online: got %+v", o)
	}
	if m := b.store.Metrics(roof, 0, 1<<60); len(m) != 1 || m[0].BatteryMV != 4000 || m[0].NoiseDBm4 != -440 || m[0].Has != 0b101 {
		t.Errorf("measurements: got %+v", m)
	}

	b = recorded(t, online, status(roof, `"status": "offline"`, after(60_000)))
	if o, _ = b.store.Observer(roof); o.Online != mesh.No {
		t.Errorf("offline after a minute: got %v, want %v", o.Online, mesh.No)
	}
	x, _ := b.built(t).Lists.Get()
	if s := x.Observers.Get(o.Num, health.ListeningAt(after(61_000).UnixMilli())); s.State != mesh.ObserverDown {
		t.Errorf("state: got %q, want %q", s.State, mesh.ObserverDown)
	}
}

func advert(t *testing.T, seed byte, a meshcore.Advert) meshcore.Packet {
	t.Helper()
	a, err := meshcore.SignAdvert(meshcore.FromSeed([32]byte{seed}), a)
	if err != nil {
		t.Fatal(err)
	}
	return meshcore.NewFlood(meshcore.TypeAdvert, 2, a.AppendTo(nil))
}

func TestNodesFollowValidAdvertsOnly(t *testing.T) {
	stamp := uint32(noon.Unix())
	base := meshcore.Advert{Timestamp: stamp, Role: meshcore.RoleRepeater, HasName: true, Name: "Hill", HasPosition: true, LatE6: 47_000_000, LonE6: -122_000_000}
	good := advert(t, 1, base)
	newer, older, nameless, origin := base, base, base, base
	newer.Timestamp, newer.Name = stamp+600, "Hill 2"
	older.Timestamp, older.Name = stamp-600, "Was"
	nameless.Timestamp, nameless.HasName, nameless.Name = stamp+1200, false, ""
	origin.Timestamp, origin.Name, origin.LatE6, origin.LonE6 = stamp+1800, "Hill 2", 0, 0
	forged := advert(t, 2, base)
	forged.Payload[len(forged.Payload)-1] ^= 1
	far, role, name := base, base, base
	far.LatE6 = 91_000_000
	role.Role = 9
	name.Name = "a\x1b[2Jb"
	send := func(p meshcore.Packet, ms int64) observer.Envelope {
		return report(roof, p, after(ms).Format(exact), after(ms+50))
	}
	min := int64(60_000)
	b := recorded(t,
		send(good, 0), send(advert(t, 1, newer), 10*min), send(good, 30*min), send(advert(t, 1, older), 31*min),
		send(advert(t, 1, nameless), 40*min), send(advert(t, 1, origin), 50*min),
		send(forged, 51*min), send(advert(t, 3, far), 52*min), send(advert(t, 4, role), 53*min), send(advert(t, 5, name), 54*min))
	nodes := b.store.Nodes()
	if len(nodes) != 1 {
		t.Fatalf("got %d nodes, want 1: %+v", len(nodes), nodes)
	}
	n := nodes[0]
	if n.Name != "Hill 2" || !n.HasPosition || n.LatE6 != 47_000_000 || n.HopWidth != 2 || n.Timestamp != stamp+1800 {
		t.Errorf("got %+v", n)
	}
	if first, last := n.FirstAdvert-noon.UnixMilli(), n.LastAdvert-noon.UnixMilli(); first != 0 || last != 50*min {
		t.Errorf("got first %d, last %d; want 0, %d", first, last, 50*min)
	}
	want := map[string]int64{"signature": 1, "position": 1, "role": 1, "name": 1}
	if got := b.store.Rejected().Counts; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rejected: got %v, want %v", got, want)
	}
	if c := b.store.Counts(); c.Observations != 10 {
		t.Errorf("got %d observations, want 10: rejected adverts are packets too", c.Observations)
	}
}

func TestReplayedAdvertMovesNothing(t *testing.T) {
	stamp := uint32(noon.Unix())
	a := meshcore.Advert{Timestamp: stamp, Role: meshcore.RoleRepeater, HasName: true, Name: "Hill"}
	p := advert(t, 1, a)
	b := recorded(t, report(roof, p, after(0).Format(exact), after(50)),
		report(roof, p, after(3*3_600_000).Format(exact), after(3*3_600_000+50)))
	if n := b.store.Nodes()[0]; n.LastAdvert != after(0).UnixMilli() {
		t.Errorf("last advert: got %d ms, want 0", n.LastAdvert-noon.UnixMilli())
	}
}

func TestClockSetBackIsBelievedTheSecondTime(t *testing.T) {
	stamp := uint32(noon.Unix())
	var list []observer.Envelope
	for i, at := range []uint32{stamp, stamp - 90_000, stamp - 89_000} {
		a := meshcore.Advert{Timestamp: at, Role: meshcore.RoleRepeater, HasName: true, Name: fmt.Sprint("Hill ", i)}
		ms := int64(i) * 3_600_000
		list = append(list, report(roof, advert(t, 1, a), after(ms).Format(exact), after(ms+50)))
	}
	if n := recorded(t, list[:2]...).store.Nodes()[0]; n.Name != "Hill 0" {
		t.Errorf("after one older advert: got %q", n.Name)
	}
	if n := recorded(t, list...).store.Nodes()[0]; n.Name != "Hill 2" || n.Timestamp != stamp-89_000 {
		t.Errorf("after two: got %q", n.Name)
	}
}

func TestMalformedSamplesHoldNoSecrets(t *testing.T) {
	b := recorded(t, observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + roof + "/packets",
		Payload: []byte(`{"password": "hunter2", "raw"`), Arrived: after(0)})
	v := b.store.Malformed()
	if v.Counts["not_json"]["one"] != 1 || len(v.Last) != 1 {
		t.Fatalf("got %+v", v)
	}
	if s := string(v.Last[0].Payload); strings.Contains(s, "hunter2") || !strings.Contains(s, "password") {
		t.Errorf("sample: got %q", s)
	}
}
