package web

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// says checks what is on a page; with ! before it, what is not.
func (w *simWorld) says(path string, texts ...string) {
	w.t.Helper()
	got := w.get(path)
	if got.Code != 200 {
		w.t.Errorf("%s: status %d", path, got.Code)
	}
	for _, text := range texts {
		text, not := strings.CutPrefix(text, "!")
		if strings.Contains(got.Body.String(), text) == not {
			w.t.Errorf("%s: %q on the page: %v", path, text, not)
		}
	}
}

// Every order that the list offers says that it rules, in its head and where heads
// are hidden, turns round when it is taken once more, and leads to its next page.
func TestPacketsAreInTheOrderThatHeadsSay(t *testing.T) {
	w := newSimWorld(t)
	rows := regexp.MustCompile(`id="p(\d+)"`)
	for _, c := range packetColumns() {
		for _, direction := range []string{"", ":asc"} {
			path := "/packets?n=20&sort=" + c.name + direction
			body := w.get(path).Body.String()
			says, turned, sign := "descending", ":asc", "▼"
			if direction != "" {
				says, turned, sign = "ascending", "", "▲"
			}
			href := func(direction string) string {
				if c.name+direction == "received" {
					return html.EscapeString("/packets?n=20")
				}
				return html.EscapeString("/packets?n=20&sort=" + c.name + direction)
			}
			head := regexp.MustCompile(`<span role="columnheader"[^>]* aria-sort="([a-z]+)"[^>]*>\s*<a href="([^"]*)"`).FindAllStringSubmatch(body, -1)
			if len(head) != 1 || head[0][1] != says || head[0][2] != href(turned) {
				t.Errorf("%s: want one head, %s, that leads to %s; have %q", path, says, href(turned), head)
			}
			if want := "Ordered by " + c.label + " " + sign; !strings.Contains(body, want) {
				t.Errorf("%s: it does not say %q", path, want)
			}
			next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
			if next == nil {
				next = regexp.MustCompile(`href="(/packets\?after=[^"]*)"`).FindStringSubmatch(body)
			}
			if next == nil {
				t.Fatalf("%s has no next page", path)
			}
			first, second := rows.FindAllString(body, -1), rows.FindAllString(w.get(html.UnescapeString(next[1])).Body.String(), -1)
			if len(first) != 20 || len(second) != 20 || slices.ContainsFunc(second, func(id string) bool { return slices.Contains(first, id) }) {
				t.Errorf("%s: %d and %d rows on its pages, or some on both", path, len(first), len(second))
			}
		}
	}
	w.says("/packets?view=receptions", "After first", "!aria-sort", "!Ordered by")
	w.says("/packets?sort=size", "In order of what rows show")
}

// A packet matches hop widths and SNRs by one and the same reception, on the list,
// by receptions, in files, and with other filters.
func TestPacketsByHopWidthAndSNR(t *testing.T) {
	w := newSimWorld(t)
	observer := w.st.Observers()[0]
	some, none := 0, 0
	for _, c := range []struct {
		query  string
		wanted func(o mesh.Observation) bool
	}{
		{"hb=1", func(o mesh.Observation) bool { return mesh.HopWidth(o.Header, o.PathLen) == 1 }},
		{"hb=3,2", func(o mesh.Observation) bool { return mesh.HopWidth(o.Header, o.PathLen) > 1 }},
		{"snr_from=2.5", func(o mesh.Observation) bool { return o.SNR4 >= 10 }},
		{"snr_to=-3", func(o mesh.Observation) bool { return o.SNR4 <= -12 && o.SNR4 != mesh.NoSNR }},
		{"snr_from=-1&snr_to=1", func(o mesh.Observation) bool { return o.SNR4 >= -4 && o.SNR4 <= 4 }},
		{"snr_from=31", func(o mesh.Observation) bool { return o.SNR4 >= 124 }},
		{"hb=2&snr_to=0&obs=" + url.QueryEscape(observer.ID), func(o mesh.Observation) bool {
			return mesh.HopWidth(o.Header, o.PathLen) == 2 && o.SNR4 <= 0 && o.SNR4 != mesh.NoSNR && o.Observer == observer.Num
		}},
	} {
		packets, receptions := 0, 0
		for _, tx := range w.all {
			n := 0
			for _, o := range tx.Observations {
				if c.wanted(o) {
					n++
				}
			}
			if receptions += n; n > 0 {
				packets++
			}
		}
		if packets == 0 {
			none++
			w.says("/packets?"+c.query, "any SNR: "+countText(int64(len(w.all))), "!does not apply")
			continue
		}
		some++
		for want, have := range map[string]int{
			fmt.Sprint(packets, " on the list"):         w.number("/packets?"+c.query, `([\d,]+) match,`),
			fmt.Sprint(receptions, " counted on it"):    w.number("/packets?"+c.query, `held · ([\d,]+) reception`),
			fmt.Sprint(packets, " by receptions"):       w.number("/packets?view=receptions&"+c.query, ` of ([\d,]+) packet`),
			fmt.Sprint(receptions, " receptions"):       w.number("/packets?view=receptions&"+c.query, ` of ([\d,]+) reception`),
			fmt.Sprint(packets, " in a file"):           w.file("packets", c.query),
			fmt.Sprint(packets, " in order of the SNR"): w.number("/packets?sort=snr&"+c.query, `([\d,]+) match,`),
		} {
			if !strings.HasPrefix(want, fmt.Sprint(have, " ")) {
				t.Errorf("%s: want %s, have %d", c.query, want, have)
			}
		}
	}
	if some < 5 || none != 1 {
		t.Errorf("%d filters let something pass, %d nothing: the test shows little", some, none)
	}
	w.says("/packets?hb=2,1&snr_from=-7.25", "1 B or 2 B", "−7.25 dB or more", `name="snr_from" value="-7.25"`, `name="hb" value="2" checked`)
	w.says("/nodes?hb=1&snr_to=3", "hop width", "SNR", "does not apply to this page")
}
