package meshcore

import (
	"reflect"
	"testing"
)

func TestLinksRoundTrip(t *testing.T) {
	c := Channel{"#büro & co", HashtagKey("#büro & co")}
	if got, err := ParseChannelURI(ChannelURI(c)); err != nil || got != c {
		t.Errorf("got %v (%v), want %v", got, err, c)
	}
	n := Contact{"Kpa Roof", FromSeed([32]byte{3}).Public(), RoleRepeater}
	if got, err := ParseContactURI(ContactURI(n)); err != nil || got != n {
		t.Errorf("got %v (%v), want %v", got, err, n)
	}
	a, err := SignAdvert(FromSeed([32]byte{3}), Advert{Role: RoleRoom, HasName: true, Name: "Room"})
	if err != nil {
		t.Fatal(err)
	}
	card := CardURI(NewFlood(TypeAdvert, 1, a.AppendTo(nil)))
	if _, got, err := ParseCardURI(card); err != nil || !reflect.DeepEqual(got, a) || card[11:15] != "1100" {
		t.Errorf("got %v (%v), want %v", got, err, a)
	}
}

func TestBrokenLinksAreRefused(t *testing.T) {
	for _, s := range []string{"", "meshcore://", "meshcore://zz", "meshcore://1500AABB", "meshcore://1100AABB", "http://channel/add?name=x"} {
		if _, _, err := ParseCardURI(s); err == nil {
			t.Errorf("card %q: want an error", s)
		}
	}
	for _, s := range []string{"", "meshcore://channel/add?name=x", "meshcore://channel/add?secret=%zz"} {
		if _, err := ParseChannelURI(s); err == nil {
			t.Errorf("channel %q: want an error", s)
		}
	}
	for _, s := range []string{"", "meshcore://contact/add?public_key=00", "meshcore://contact/add?type=99"} {
		if _, err := ParseContactURI(s); err == nil {
			t.Errorf("contact %q: want an error", s)
		}
	}
	if c, err := ParseChannelURI("meshcore://channel/add?name=My+Channel%20X&secret=8B3387E9C5CDEA6AC9E5EDBAA115CD72&region_scope=nl"); err != nil || c.Name != "My Channel X" || c.Key != PublicChannelKey() {
		t.Errorf("got %v (%v)", c, err)
	}
}
