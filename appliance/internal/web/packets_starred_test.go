package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// Who has starred nodes is offered their packets alone. The address has the keys,
// so it shows the same to somebody who has starred nothing; others are not offered
// what would be empty.
func TestPacketsOfStarredNodes(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	ridge := w.node("aabbccdd00112233", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	mill := w.node("bbccddee00112233", "Mill", meshcore.RoleRepeater, w.ago(time.Hour))
	other := w.node("ccddeeff00112233", "Other", meshcore.RoleRepeater, w.ago(time.Hour))
	hashes := map[string]string{}
	for i, n := range []meshcore.PublicKey{ridge.Key, mill.Key, other.Key} {
		p := w.along(i+1, near, w.ago(time.Minute), n)
		hashes[n.String()] = "/packets/" + p.Hash().String()
	}
	w.open()
	expect(t, w.page("/packets"), "!starred", "!node=", hashes[ridge.Key.String()], hashes[other.Key.String()])

	keys := ridge.Key.String()[:16] + "," + mill.Key.String()[:16]
	jar := &http.Cookie{Name: starsCookie, Value: strings.ReplaceAll(keys, ",", ".")}
	where := "/packets?node=" + keys
	expect(t, w.page("/packets?type=2", jar), `href="`+where+`&amp;type=2">starred`)
	for _, cookies := range [][]*http.Cookie{{jar}, nil} {
		expect(t, w.page(where, cookies...), "2 shown · 2 match, of 3", hashes[ridge.Key.String()], hashes[mill.Key.String()], "!"+hashes[other.Key.String()], "Ridge and 1 other")
	}
	expect(t, w.page(where, jar), `aria-current="true">starred`)
	w.has(where+"&node="+other.Key.String(), 400, "one list of keys, not 2 values")
	w.has("/packets?node="+keys[:20], 200, "not known here") // no list of keys: a name that nobody has
	w.has("/packets?node="+strings.Repeat(keys+",", starsMost), 400, "at most")
}

// Who has starred many nodes gets short addresses, which mean the stars of whoever
// looks; without any they say so.
func TestPacketsOfManyStarredNodes(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	var keys []string
	for i := range starsMost {
		first := 0xaa
		if i == 0 {
			first = 0xbb // its hop is nobody else's
		}
		n := w.node(fmt.Sprintf("%02x%02x00112233%04x", first, i, i), fmt.Sprint("Ridge ", i), meshcore.RoleRepeater, w.ago(time.Hour))
		keys = append(keys, n.Key.String()[:16])
		if i == 0 {
			w.along(1, near, w.ago(time.Minute), n.Key)
		}
	}
	other := w.node("ccddeeff00112233", "Other", meshcore.RoleRepeater, w.ago(time.Hour))
	lost := w.along(2, near, w.ago(time.Minute), other.Key)
	w.open()
	jar := &http.Cookie{Name: starsCookie, Value: strings.Join(keys, ".")}
	expect(t, w.page("/packets?type=2", jar), `href="/packets?node=starred&amp;type=2">starred`)
	body := w.page("/packets?node=starred", jar)
	expect(t, body, "1 shown", "Ridge 1 and 149 others", `aria-current="true">starred`, "for=packets&amp;node=starred", `value="starred"`, "!"+lost.Hash().String())
	if strings.Contains(body, keys[0]+","+keys[1]) {
		t.Error("a link lists the keys")
	}
	w.has("/packets?node=starred", 400, "in this browser there are none")
	w.has("/events?for=packets&node=starred", 400, "in this browser there are none")
}

// A node that calls itself by the digits of a starred one's key is not taken for it.
func TestStarredNodesAreNoNames(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	ridge := w.node("aabbccdd00112233", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	mill := w.node("bbccddee00112233", "Mill", meshcore.RoleRepeater, w.ago(time.Hour))
	liar := w.node("ccddeeff00112233", ridge.Key.String()[:16], meshcore.RoleRepeater, w.ago(time.Hour))
	w.along(1, near, w.ago(time.Minute), ridge.Key)
	lie := w.along(2, near, w.ago(time.Minute), liar.Key)
	w.open()
	w.has("/packets?node="+ridge.Key.String()[:16]+","+mill.Key.String(), 200, "1 shown", "!/packets/"+lie.Hash().String(), "Ridge and 1 other")
}

// A row says so when a sender's clock is ahead of the time at which its packet was
// heard, which cannot be; of one that is behind nothing can be said.
func TestRowsWarnOfClocksAhead(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	w.hear(w.text("Public", -int(2*time.Hour/time.Second), "Ann", "early bird"), near, w.ago(0), 4)
	w.hear(w.text("Public", int(2*time.Hour/time.Second), "Bob", "late owl"), near, w.ago(time.Minute), 4)
	w.open()
	body := w.has("/packets", 200, "early bird", "late owl", "clock 2 h ahead")
	if n := strings.Count(body, "tone-warn"); n != 1 {
		t.Errorf("want 1 warning, have %d", n)
	}
}

// A packet that the firmware would drop says so on top of its page, in words.
func TestPagesWarnOfOddPackets(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	p := meshcore.NewFlood(meshcore.TypeTrace, 1, []byte{1, 2, 3, 4, 5, 6, 7, 8, 0, 0xaa})
	w.hear(p, near, w.ago(time.Minute), 4)
	usual := w.text("Public", 1, "Ann", "hello")
	w.hear(usual, near, w.ago(time.Minute), 4)
	w.open()
	w.has("/packets/"+p.Hash().String(), 200, `class="alert" role="note"`, "A trace that was sent as a flood: the firmware does not process it.")
	w.has("/packets/"+usual.Hash().String(), 200, `!class="alert"`)
}

// The bits of a byte are drawn as they are, at their places.
func TestBitsOf(t *testing.T) {
	for _, x := range []struct {
		value, mask byte
		want        string
	}{{0x15, 0xc0, "00......"}, {0x15, 0x3c, "..0101.."}, {0x15, 0x03, "......01"}, {0xff, 0x81, "1......1"}} {
		if got := bitsOf(x.value, x.mask); got != x.want {
			t.Errorf("%02x of %02x: want %s, have %s", x.mask, x.value, x.want, got)
		}
	}
}
