package web

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Where and when go along to the lists that the menu leads to, and each of them
// takes both; nothing else does, and no other page gets any.
func TestLinksCarryWhereAndWhen(t *testing.T) {
	w := heardApart(t)
	menu := func(path string) (hrefs []string) {
		body := w.has(path, 200)
		body = body[strings.Index(body, "<nav"):strings.Index(body, "</nav>")]
		for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			hrefs = append(hrefs, html.UnescapeString(m[1]))
		}
		return hrefs
	}
	const carry = "?region=SEA,PDX&w=24h"
	for _, path := range []string{"/packets?type=5&", "/nodes?role=repeater&q=x&", "/observers?state=down&", "/channels?sender=Ann&", "/channels/Public?q=rain&"} {
		have := menu(path + "w=24h&region=sea,PDX")
		for _, list := range []string{"/packets", "/channels", "/nodes", "/observers"} {
			if !slices.Contains(have, list+carry) || slices.Contains(have, list) {
				t.Errorf("%s: the menu leads to %q", path, have)
			}
		}
		if !slices.Contains(have, "/") || !slices.Contains(have, "/system") {
			t.Errorf("%s: pages that take no filter are given one: %q", path, have)
		}
	}
	for _, list := range []string{"/packets", "/channels", "/channels/Public", "/nodes", "/observers"} {
		w.has(list+carry, 200, "SEA or PDX", "last 24 h", "!does not apply")
	}
	w.has("/packets?region=SEA", 200, `href="/channels/Public?region=SEA"`)
	w.has("/channels/Public?region=SEA&q=sun", 200, `href="/channels?region=SEA"`)
	w.has("/nodes?obs=NEAR", 200, "does not apply to this page")
	if have := menu("/packets?area=x&role=room"); !slices.Contains(have, "/nodes?area=x") {
		t.Errorf("an area is not carried: %q", have)
	}
	for _, path := range []string{"/nodes", "/?w=never", "/system?region=%2F%2F"} {
		if have := menu(path); !slices.Contains(have, "/packets") {
			t.Errorf("%s: the menu leads to %q", path, have)
		}
	}
	if have := menu("/packets?from=2026-05-01T08:00:00%2B02:00"); !slices.Contains(have, "/nodes?from=2026-05-01T06:00:00Z") {
		t.Errorf("a time of a zone is not carried: %q", have)
	}
}
