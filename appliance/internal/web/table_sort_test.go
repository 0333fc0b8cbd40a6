package web

import (
	"html"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/ui"
	"hilltop/ui/part"
)

// Whatever a column holds, what has no value stands last, numbers are ordered as
// numbers, and equal rows stay as they were.
func TestOrderTable(t *testing.T) {
	near, far := 0.85, 12.4
	rows := []struct {
		id   string
		cell ui.Cell
	}{
		{"1,234", ui.Cell{Text: "1,234"}}, {"none", ui.Cell{}}, {"−7.5", ui.Cell{Text: "−7.5 dB"}}, {"9", ui.Cell{Text: "9"}}, {"dash", ui.Cell{Text: dash}},
		{"near", ui.Cell{Text: "850 m", Rank: &near}}, {"far", ui.Cell{Text: "12.4 km", Rank: &far}}, {"b", ui.Cell{Alien: "b"}}, {"A", ui.Cell{Alien: "A"}},
	}
	columns := []part.Column{{Label: "SNR, mean", Numeric: true}}
	for sort, want := range map[string]string{
		"t.snr-mean": "1,234 far 9 near −7.5 b A none dash", "t.snr-mean:asc": "−7.5 near 9 far 1,234 A b none dash", "other.x": "1,234 none −7.5 9 dash near far b A", "name": "1,234 none −7.5 9 dash near far b A",
	} {
		list := slices.Clone(rows)
		o, err := readTableOrders(httptest.NewRequest("GET", "/a?w=7d&theme=dark&sort="+sort, nil), true, "t", "other")
		if err != nil {
			t.Fatal(err)
		}
		heads, err := orderTable(o, "t", columns, list, func(r struct {
			id   string
			cell ui.Cell
		}) []ui.Cell {
			return []ui.Cell{r.cell}
		})
		var have []string
		for _, r := range list {
			have = append(have, r.id)
		}
		if err != nil || strings.Join(have, " ") != want {
			t.Errorf("%s: have %s, want %s, %v", sort, strings.Join(have, " "), want, err)
		}
		next := map[string]string{"t.snr-mean": "/a?sort=t.snr-mean:asc&w=7d#t", "t.snr-mean:asc": "/a?sort=t.snr-mean&w=7d#t", "other.x": "/a?sort=other.x&sort=t.snr-mean&w=7d#t", "name": "/a?sort=name&sort=t.snr-mean&w=7d#t"}[sort]
		if heads[0].Href != next {
			t.Errorf("%s: the head leads to %s, want %s", sort, heads[0].Href, next)
		}
	}
	for _, wrong := range []string{".x", "t.", "T.x", "t.x:up", "t.x.y", "name", "u.x"} {
		if _, err := readTableOrders(httptest.NewRequest("GET", "/a?sort="+wrong, nil), false, "t"); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
	o, _ := readTableOrders(httptest.NewRequest("GET", "/a?sort=t.x", nil), false, "t")
	if _, err := orderTable(o, "t", columns, []ui.Cell{{}, {}}, func(c ui.Cell) []ui.Cell { return []ui.Cell{c} }); err == nil {
		t.Error("a column that is not there was taken")
	}
}

// Every head of every table within a page leads to the same page with as many
// rows, ordered by it, and says so.
func TestTablesWithinPagesAreOrdered(t *testing.T) {
	w := newSimWorld(t)
	var node, observer, packet string
	var most int64
	for _, n := range w.set.Nodes.List() {
		if n.RelayedCopies >= most {
			node, most = n.Node.Key.String(), n.RelayedCopies
		}
	}
	copies := 0
	for _, tx := range w.all {
		if len(tx.Observations) > copies {
			packet, copies = tx.Hash.String(), len(tx.Observations)
		}
	}
	observer = w.st.Observers()[0].ID
	head := regexp.MustCompile(`<th[^>]*>\s*<a href="([^"]*sort=[^"]*#[^"]*)"`)
	seen := map[string]bool{}
	for _, path := range []string{"/nodes/" + node, "/nodes/" + node + "/links", "/observers/" + observer, "/packets/" + packet, "/system", "/reports/identity?prefix=A3", "/reports/traffic", "/channels?show=locked"} {
		body := w.get(path).Body.String()
		for _, m := range head.FindAllStringSubmatch(body, -1) {
			at, id, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			got := w.get(at)
			sorted := got.Body.String()
			if got.Code != 200 || strings.Count(sorted, "<tr") != strings.Count(body, "<tr") {
				t.Errorf("%s: %d, %d rows, want %d", at, got.Code, strings.Count(sorted, "<tr"), strings.Count(body, "<tr"))
			}
			_, table, _ := strings.Cut(sorted, `<table id="`+id+`"`)
			table, _, _ = strings.Cut(table, "</table>")
			if strings.Count(table, "aria-sort=") != 1 {
				t.Errorf("%s: its head does not say the order", at)
			}
			seen[id] = true
		}
	}
	for _, id := range []string{"adverts-table", "relayed-table", "receptions-table", "certain-links"} {
		if !seen[id] {
			t.Errorf("the table %s has no heads to order it by; there are %v", id, seen)
		}
	}
	for _, at := range []string{
		"/nodes/" + node + "?sort=adverts-table.colour", "/nodes/" + node + "?sort=gap-rows.of", "/nodes/" + node + "?sort=name", "/nodes/" + node + "/links?sort=x.y",
		"/observers/" + observer + "?sort=x.y", "/packets/" + packet + "?sort=x.y", "/system?sort=x.y", "/reports/traffic?sort=x.y", "/reports/graph?sort=x.y", "/channels?sort=x.y",
	} {
		if got := w.get(at); got.Code != 400 || !strings.Contains(got.Body.String(), "; it has ") && !strings.HasSuffix(at, "sort=name") {
			t.Errorf("%s: %d", at, got.Code)
		}
	}
}

// Times on air are ordered by how long they are, and long ones keep their hours.
func TestAirtimesAreOrderedByLength(t *testing.T) {
	var texts []string
	cells := []ui.Cell{airtimeCell(0), airtimeCell(900 * time.Millisecond), airtimeCell(16*time.Minute + 49*time.Second), airtimeCell(2 * time.Hour), airtimeCell(30*time.Hour + 12*time.Minute)}
	for _, c := range cells {
		texts = append(texts, c.Text)
	}
	if want := []string{"", "0.9 s", "16 m 49 s", "2 h 0 m", "30 h 12 m"}; !slices.Equal(texts, want) {
		t.Errorf("they read %q, want %q", texts, want)
	}
	for i := 2; i < len(cells); i++ {
		if cells[i].Rank == nil || *cells[i].Rank <= *cells[i-1].Rank {
			t.Errorf("%q is not ordered after %q", texts[i], texts[i-1])
		}
	}
}
