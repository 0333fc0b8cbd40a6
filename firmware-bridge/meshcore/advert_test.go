package meshcore

import (
	"errors"
	"reflect"
	"testing"
)

func TestAdvertsRoundTrip(t *testing.T) {
	g := newGenerator(6)
	k := FromSeed([32]byte(g.bytes(32)))
	for range 200 {
		a := Advert{Timestamp: g.Uint32(), Role: Role(g.IntN(16)), HasPosition: g.IntN(2) == 0, HasFeat1: g.IntN(3) == 0, HasFeat2: g.IntN(3) == 0, HasName: g.IntN(2) == 0}
		if a.HasPosition {
			a.LatE6, a.LonE6 = int32(g.Uint32()), int32(g.Uint32())
		}
		if a.HasFeat1 {
			a.Feat1 = uint16(g.Uint32())
		}
		if a.HasFeat2 {
			a.Feat2 = uint16(g.Uint32())
		}
		if a.HasName {
			a.Name = g.text(16)
		}
		signed, err := SignAdvert(k, a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseAdvert(signed.AppendTo(nil))
		if err != nil || !reflect.DeepEqual(got, signed) || !got.Verify() {
			t.Fatalf("got %+v (%v, valid %v), want %+v", got, err, got.Verify(), signed)
		}
		got.Timestamp++
		if got.Verify() {
			t.Fatal("a changed timestamp must not verify")
		}
	}
	if _, err := SignAdvert(k, Advert{HasName: true, Name: string(g.bytes(0)) + "this name is longer than 31 bytes"}); !errors.Is(err, ErrAppData) {
		t.Errorf("got %v, want %v", err, ErrAppData)
	}
}

func TestOnly32BytesOfAppDataCount(t *testing.T) {
	k := FromSeed([32]byte{9})
	a, err := SignAdvert(k, Advert{Role: RoleSensor, HasName: true, Name: "0123456789012345678901234567890"})
	if err != nil {
		t.Fatal(err)
	}
	payload := append(a.AppendTo(nil), "more"...)
	got, err := ParseAdvert(payload)
	if err != nil || !got.Verify() || got.Name != a.Name || len(got.AppData) != 36 {
		t.Errorf("got %+v (%v)", got, err)
	}
	d := Describe(NewFlood(TypeAdvert, 1, payload).AppendTo(nil), Options{})
	if last := d.Fields[len(d.Fields)-1]; last.Section != SectionUnread || last.Len != 4 {
		t.Errorf("got %+v, want 4 bytes that are not read", last)
	}
}

func TestBrokenAppDataIsInvalidAsAWhole(t *testing.T) {
	for app, valid := range map[string]bool{"": false, "92": false, "92A076D50238C5B8": false, "92A076D50238C5B8F8": true, "02": true} {
		payload := append(make([]byte, advertFixed), unhex(t, app)...)
		a, err := ParseAdvert(payload)
		if err != nil || a.AppDataValid != valid || !valid && (a.LatE6 != 0 || a.Name != "") {
			t.Errorf("%s: got %+v (%v), want valid %v", app, a, err, valid)
		}
	}
	// The name ends at the first NUL and need not be UTF-8.
	a, _ := ParseAdvert(append(make([]byte, advertFixed), unhex(t, "81 41FF 00 4242")...))
	if a.Name != "A\xFF" || a.Role.String() != "companion" {
		t.Errorf("got %q of a %s", a.Name, a.Role)
	}
}

func TestRoleNames(t *testing.T) {
	want := []string{"none", "companion", "repeater", "room", "sensor", "type-5"}
	for i, w := range want {
		if got := Role(i).String(); got != w {
			t.Errorf("got %s, want %s", got, w)
		}
	}
}
