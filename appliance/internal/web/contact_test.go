package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"rsc.io/qr"
)

// A node whose role is known can be added as a contact, by its own link and by
// the same as a picture; others cannot.
func TestContactOfNode(t *testing.T) {
	w := newWorld(t)
	named := w.node("a1", evil, meshcore.RoleRoom, w.ago(time.Hour))
	bare := w.node("b2", "", meshcore.RoleNone, w.ago(time.Hour))
	w.open()

	page := w.page("/nodes/" + named.Key.String())
	uri := contactURI(named)
	got, err := meshcore.ParseContactURI(uri)
	if err != nil || got != (meshcore.Contact{Name: evil, Key: named.Key, Role: meshcore.RoleRoom}) {
		t.Fatalf("%s is read as %+v, %v", uri, got, err)
	}
	if !strings.Contains(page, strings.ReplaceAll(uri, "&", "&amp;")) {
		t.Errorf("the page has no %s", uri)
	}
	code, err := qr.Encode(uri, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := modules(t, w.page("/nodes/"+named.Key.String()+"/contact.svg"), code.Size+2*quiet)
	for y := range code.Size + 2*quiet {
		for x := range code.Size + 2*quiet {
			if want := code.Black(x-quiet, y-quiet); dark[y][x] != want {
				t.Fatalf("module %d, %d is dark: %v, want %v", x, y, dark[y][x], want)
			}
		}
	}

	expect(t, w.page("/nodes/"+bare.Key.String()), "!Add it as a contact")
	for path, want := range map[string]int{
		"/nodes/" + bare.Key.String() + "/contact.svg":       http.StatusNotFound,
		"/nodes/a1/contact.svg":                              http.StatusBadRequest,
		"/nodes/" + strings.Repeat("0", 64) + "/contact.svg": http.StatusNotFound,
	} {
		if status := w.get(path).Code; status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

// modules are those that a picture draws dark.
func modules(t *testing.T, svg string, side int) [][]bool {
	t.Helper()
	dark := make([][]bool, side)
	for i := range dark {
		dark[i] = make([]bool, side)
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg, -1) {
		var n [4]int
		for i, digits := range m[1:] {
			n[i], _ = strconv.Atoi(digits)
		}
		if n[2] != n[3] {
			t.Fatalf("%s is not closed", m[0])
		}
		for x := range n[2] {
			dark[n[1]][n[0]+x] = true
		}
	}
	return dark
}
