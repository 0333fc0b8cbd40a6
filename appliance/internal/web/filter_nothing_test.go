package web

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
)

// Where lifting one filter brings nothing, a list names two that do together, how many
// they bring, and leads there.
func TestEmptyListsNameTheTwoFiltersThatHelp(t *testing.T) {
	w := newSimWorld(t)
	way := regexp.MustCompile(`<a[^>]*href="([^"]*)"[^>]*>\s*(any [^<]*)</a>`)
	for _, c := range []struct{ path, filters, two, left string }{
		{"/packets", "type=4&region=ZZZ&obs=nobody", "any region and any observer", "type=4"},
		{"/packets", "type=4&region=ZZZ&obs=nobody&w=24h", "any region and any observer", "type=4&w=24h"},
		{"/nodes", "role=repeater&q=zzzzzz&name=nobody", "any text and any name", "role=repeater"},
		{"/observers", "state=delivering&region=ZZZ&q=zzzzzz", "any region and any text", "state=delivering"},
	} {
		path := c.path + "?" + c.filters
		body := w.get(path).Body.String()
		if !strings.Contains(body, "Lifting one alone does not help, lifting two does:") {
			t.Fatalf("%s does not say that two help", path)
		}
		ways := way.FindAllStringSubmatch(body, -1)
		if len(ways) != 1 {
			t.Fatalf("%s: want one way, have %q", path, ways)
		}
		want := w.get(c.path + "?" + c.left).Body.String()
		href := html.UnescapeString(ways[0][1])
		if have := w.get(href).Body.String(); have != want {
			t.Errorf("%s: %s is not what %s?%s is", path, href, c.path, c.left)
		}
		words, count, _ := strings.Cut(html.UnescapeString(ways[0][2]), ": ")
		if words != c.two && words != swapped(c.two) {
			t.Errorf("%s: want %q, have %q", path, c.two, words)
		}
		if !regexp.MustCompile(`\b`+count+`\b`).MatchString(want) || count == "0" {
			t.Errorf("%s: %s are promised, which %s does not have", path, count, href)
		}
	}
	w.says("/packets?type=4&region=ZZZ", "any region: ", "!lifting two") // one helps
	w.says("/packets?region=ZZZ&obs=nobody", "Lifting one alone does not help.", "no filter at all")
}

func swapped(two string) string {
	a, b, _ := strings.Cut(two, " and ")
	return fmt.Sprint(b, " and ", a)
}
