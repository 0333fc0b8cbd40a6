package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// Channels, nodes and observers are starred by forms, kept in cookies, and shown
// on the first page with what is known of them; what is not known says so.
func TestStarsOfEveryKindAreOnHome(t *testing.T) {
	w := newWorld(t)
	near := w.observer("A1B2C3", "Rooftop", "SEA")
	w.node("aabbccdd00112233", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	w.hear(w.text("#a/b c", 1, "Ann", "hi"), near, w.ago(time.Minute), 4)
	w.open()
	jar := map[string]*http.Cookie{}
	cookies := func() (out []*http.Cookie) {
		for _, c := range jar {
			out = append(out, c)
		}
		return out
	}
	star := func(kind, key, how string) {
		for _, c := range w.submit("/settings/star", url.Values{"kind": {kind}, "key": {key}, "star": {how}}, cookies()) {
			jar[c.Name] = c
		}
	}
	expect(t, w.page("/"), "!home-stars")
	star("channel", "#a/b c", "on")
	star("observer", "A1B2C3", "on")
	star("observer", "FFFF", "on")
	star("node", "aabbccdd00112233"+strings.Repeat("0", 48), "on")
	star("channel", strings.Repeat("x", nameMost+1), "on")
	star("planet", "Mars", "on")
	body := w.page("/", cookies()...)
	expect(t, body, "home-stars", "/channels/%23a%2Fb%20c", "Ridge", "Rooftop", "FFFF", "not known here", "!Mars")
	expect(t, w.page("/channels/%23a%2Fb%20c", cookies()...), "Starred")
	expect(t, w.page("/observers/A1B2C3", cookies()...), "Starred")
	pressed := func(of, on string) string { return `name="toggle" value="` + of + `" aria-label="Star ` + on }
	for path, of := range map[string]string{"/channels": "channel:%23a%2Fb%20c", "/observers": "observer:A1B2C3", "/nodes": "node:aabbccdd00112233"} {
		name := map[string]string{"/channels": "#a/b c", "/observers": "Rooftop", "/nodes": "Ridge"}[path]
		expect(t, w.page(path, cookies()...), pressed(of, name)+`" title="Star" aria-pressed="true"`)
		expect(t, w.page(path), pressed(of, name)+`" title="Star" aria-pressed="false"`)
		for range 2 { // let go, and taken again
			for _, c := range w.submit("/settings/star", url.Values{"toggle": {of}}, cookies()) {
				jar[c.Name] = c
			}
			on := strings.Contains(w.page(path, cookies()...), `aria-pressed="true"`)
			if on != (jar["again"] != nil) {
				t.Errorf("%s: pressed is %v", path, on)
			}
			jar["again"] = &http.Cookie{Name: "again"}
		}
		delete(jar, "again")
	}

	// The same browser's settings on another machine: as a file, and by address.
	got := w.page("/settings/export", cookies()...)
	var q url.Values
	if err := json.Unmarshal([]byte(got), &q); err != nil || q.Get("channel") != "#a/b c" || len(q["observer"]) != 2 || q.Get("star") != "aabbccdd00112233" {
		t.Fatalf("%s: %v", got, err)
	}
	q.Set("theme", "dark")
	text, _ := json.Marshal(q)
	for _, form := range []url.Values{{"text": {string(text)}}, {"set": {q.Encode()}}} {
		taken := w.submit("/settings/import", form, nil)
		expect(t, w.page("/settings", taken...), `data-theme="dark"`, "#a/b c", "Ridge", "Rooftop", `value="FFFF"`)
	}
	offer := "/settings?" + url.Values{"set": {q.Encode()}}.Encode()
	expect(t, w.page(offer), "This address offers settings", "Starred observers", "!data-theme=")
	expect(t, w.page("/settings?set=%zz"), "!This address offers settings")
	expect(t, w.page("/settings?set=theme%3Dred"), "as they are at first")

	awaited := strings.Repeat("ee", 32)
	w.has("/nodes/"+awaited, 404, "No such node", `value="`+awaited+`"`)
	star("", awaited, "on")
	expect(t, w.page("/", cookies()...), "waiting for its first advert", "star-card", "Receptions, 24 h", "!/nodes/"+awaited)
	star("channel", "#a/b c", "off")
	expect(t, w.page("/settings", cookies()...), `!value="#a/b c"`, "Ridge")
	r := formRequest("/settings/import", url.Values{"text": {"{"}})
	if got := w.send(r); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), "These are no settings") {
		t.Errorf("nonsense: %d", got.Code)
	}
}
