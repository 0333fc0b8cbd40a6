package record_test

import (
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// What an advert leaves out overwrites nothing, and is no spell of its own.
func TestPastOfANodeHoldsWhatItSaid(t *testing.T) {
	stamp := uint32(noon.Unix())
	const hour = int64(3_600_000)
	say := func(i int64, name string, lat int32) observer.Envelope {
		a := meshcore.Advert{Timestamp: stamp + uint32(i*3600), Role: meshcore.RoleRepeater, HasName: name != "", Name: name, HasPosition: true, LatE6: lat, LonE6: lat}
		return report(roof, advert(t, 1, a), after(i*hour).Format(exact), after(i*hour+50))
	}
	b := recorded(t, say(0, "Hill", 0), say(1, "Hill", 5), say(2, "", 5), say(3, "Hill 2", 0), say(4, "Hill 2", 7))
	n := b.store.Nodes()[0]
	if n.Past == nil || len(n.Past.Names) != 2 || len(n.Past.Places) != 2 || len(n.Past.Widths) != 1 {
		t.Fatalf("got %+v", n.Past)
	}
	at := func(i int64) int64 { return after(i * hour).UnixMilli() }
	if s := n.Past.Names[0]; s.Value != "Hill" || s.From != at(0) || s.To != at(1) || s.Hash == (meshcore.Hash{}) {
		t.Errorf("first name: got %+v", s)
	}
	if s := n.Past.Places[0]; s.Value != (mesh.Place{LatE6: 5, LonE6: 5}) || s.From != at(1) || s.To != at(2) {
		t.Errorf("first place: got %+v, want the one that is not 0, 0", s)
	}
	if s := n.Past.Widths[0]; s.Value != 2 || s.To != at(4) {
		t.Errorf("width: got %+v", s)
	}
	if n.Name != "Hill 2" || n.LatE6 != 7 {
		t.Errorf("got %q at %d", n.Name, n.LatE6)
	}
}

func TestPastOfAnObserverHoldsItsRegionsAndFirmwares(t *testing.T) {
	const hour = int64(3_600_000)
	moved := status(roof, `"status": "online", "firmware_version": "v1.15"`, after(5*hour))
	moved.Topic = "meshcore/PDX/" + roof + "/status"
	b := recorded(t,
		status(roof, `"status": "online", "firmware_version": "v1.14"`, after(0)),
		status(roof, `"status": "online", "firmware_version": ""`, after(2*hour)), moved,
		status(roof, `"status": "online"`, after(5*hour+60_000)))
	o, _ := b.store.Observer(roof)
	if o.Past == nil || len(o.Past.Regions) != 3 || len(o.Past.Firmwares) != 2 {
		t.Fatalf("got %+v", o.Past)
	}
	if s := o.Past.Firmwares[0]; s.Value != "v1.14" || s.To != after(2*hour).UnixMilli() {
		t.Errorf("first firmware: got %+v", s)
	}
	if s := o.Past.Regions[1]; s.Value != "PDX" || s.From != after(5*hour).UnixMilli() {
		t.Errorf("second region: got %+v", s)
	}
	if o.Firmware != "v1.15" {
		t.Errorf("firmware: got %q", o.Firmware)
	}
}
