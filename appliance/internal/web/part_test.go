package web

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A page that follows the list and asks for how many there are alone is told what
// a whole page with so many rows says, with one row at most; anything else that it
// may ask is answered by the whole page.
func TestHowManyPacketsAreAskedForAlone(t *testing.T) {
	w := newWorld(t)
	sea, pdx := w.observer("SEA1", "Beacon", "SEA"), w.observer("PDX1", "Tower", "PDX")
	for i := range 9 {
		w.hear(w.text("Public", i, "Ann", "hello"), sea, w.ago(time.Duration(i+1)*time.Minute), 8)
	}
	w.hear(w.text("Public", 20, "Ann", "hello"), pdx, w.ago(time.Hour), 8)
	w.open()
	ask := func(path, part string) (count string, rows int) {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "192.168.1.2:8080"
		if part != "" {
			r.Header.Set("X-Part", part)
		}
		got := httptest.NewRecorder()
		w.s.Handler().ServeHTTP(got, r)
		body := asRead(got.Body.String())
		if got.Code != 200 {
			t.Fatalf("%s, X-Part %q: status %d", path, part, got.Code)
		}
		said := cut(t, body, `id="packets-count"`, "</p>")
		return said[strings.Index(said, ">")+1:], strings.Count(body, `class="packet-when"`)
	}
	for _, path := range []string{"/packets?", "/packets?region=SEA", "/packets?type=5", "/packets?region=PDX&w=24h"} {
		for rows := range 10 {
			whole, shown := ask(fmt.Sprintf("%s&n=%d", path, max(rows, 1)), "")
			if shown != rows {
				continue // there are no more
			}
			if alone, n := ask(path, fmt.Sprint("count=", rows)); alone != whole || n != 1 {
				t.Errorf("%s: of %d rows is said %q with %d rows, the whole page says %q", path, rows, alone, n, whole)
			}
		}
	}
	whole, shown := ask("/packets", "")
	if shown != 10 || !strings.Contains(whole, "10 of 10 packets held") {
		t.Fatalf("the whole page says %q with %d rows", whole, shown)
	}
	for _, part := range []string{"1", "count=", "count=-1", "count=x", "count=201", "count=9999999999999999999", "COUNT=3"} {
		if count, n := ask("/packets", part); count != whole || n != shown {
			t.Errorf("X-Part %q: got %q with %d rows, want the whole page", part, count, n)
		}
	}
	if count, _ := ask("/packets", "count=200"); !strings.Contains(count, "200 of 10 packets held") {
		t.Errorf("got %q: what is on the screen is the page's to say", count)
	}
}
