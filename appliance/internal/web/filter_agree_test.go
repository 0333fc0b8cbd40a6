package web

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// number finds the number that a pattern captures on a page.
func (w *simWorld) number(path, pattern string) int {
	w.t.Helper()
	got := w.get(path)
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(got.Body.String(), " ")
	text = strings.Join(strings.Fields(html.UnescapeString(text)), " ")
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if got.Code != 200 || found == nil {
		w.t.Fatalf("%s: %d, no %s in %.300s", path, got.Code, pattern, text)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// asked is a filter as the address of a page and as that of the API.
type asked struct{ page, api string }

// and joins filters.
func (a asked) and(b asked) asked { return asked{a.page + "&" + b.page, a.api + "&" + b.api} }

// filtersOf are filters of each kind that let some packets of the world pass, and
// some that do not.
func filtersOf(w *simWorld) (out []asked) {
	both := func(page, api string) { out = append(out, asked{page, api}) }
	same := func(s string) { both(s, s) }
	for _, s := range []string{"type=4", "type=5", "type=2,9", "region=ZZZ", "area=sound", "area=inland", "area=sound,inland", "area=nowhere", "channel=Public", "channel=nothing", "node=nobody+at+all", "hash=3"} {
		same(s)
	}
	for r := range meshcore.Route(4) {
		same("route=" + strconv.Itoa(int(r)))
	}
	both("route=flood", "route=0,1")
	for i, o := range w.st.Observers() {
		if i < 2 {
			both("obs="+url.QueryEscape(o.ID), "observer="+url.QueryEscape(o.ID))
			same("region=" + o.Region)
		}
	}
	both("obs=nobody", "observer=nobody")
	nodes := 0
	for _, n := range w.set.Nodes.List() {
		if n.RelayedCopies > 0 && nodes < 3 {
			nodes++
			same("node=" + n.Node.Key.String())
			both("node="+url.QueryEscape(n.Node.Name), "node="+url.QueryEscape(n.Node.Name))
		}
	}
	middle := time.UnixMilli(w.all[len(w.all)/2].First()).UTC()
	at := func(t time.Time) string { return url.QueryEscape(t.Format(time.RFC3339Nano)) }
	both("from="+at(middle), "since="+at(middle))
	both("to="+at(middle), "until="+at(middle.Add(-time.Millisecond)))
	for _, word := range []string{"15m", "3h", "24h"} {
		both("w="+word, "since="+at(w.now.Add(-windowSpan(word))))
	}
	return out
}

// Every filter, alone and with each other, lets as many packets pass on the page as
// in the API; and the page by receptions says the same of packets and receptions.
func TestPagesAndAPICountTheSame(t *testing.T) {
	w := newSimWorld(t)
	list := filtersOf(w)
	some, none := 0, 0
	for i, a := range list {
		for j, b := range append([]asked{{}}, list[i+1:]...) {
			q := a
			if j > 0 {
				pa, _ := url.ParseQuery(a.page)
				pb, _ := url.ParseQuery(b.page)
				clash := strings.Contains(a.page+b.page, "hash=") || // then nothing else counts on the page
					strings.HasPrefix(a.page, "to=") && strings.HasPrefix(b.page, "w=") // the API refuses a span that ends before it begins
				for name := range pb {
					clash = clash || pa.Has(name)
				}
				aa, _ := url.ParseQuery(a.api)
				ab, _ := url.ParseQuery(b.api)
				for name := range ab {
					clash = clash || aa.Has(name)
				}
				if clash || (i+j)%3 > 0 {
					continue
				}
				q = a.and(b)
			}
			var api packetsAnswer
			w.ask("/api/packets?limit=1&"+q.api, &api)
			if api.Total == 0 {
				none++
				if n := w.number("/packets?"+q.page, `([\d,]+) match,`); n != 0 {
					t.Errorf("%s: the API has none, the page %d", q.page, n)
				}
				continue
			}
			some++
			page := w.number("/packets?"+q.page, `([\d,]+) match,`)
			receptions := w.number("/packets?"+q.page, `held · ([\d,]+) reception`)
			of := w.number("/packets?view=receptions&"+q.page, ` of ([\d,]+) packet`)
			each := w.number("/packets?view=receptions&"+q.page, ` of ([\d,]+) reception`)
			if page != api.Total || of != api.Total || each != receptions {
				t.Errorf("%s: API %d packets, page %d; by receptions %d packets; %d and %d receptions", q.page, api.Total, page, of, receptions, each)
			}
		}
	}
	if some < 30 || none < 5 {
		t.Errorf("%d filters let something pass, %d nothing: the test shows little", some, none)
	}
}

// What other pages count is what the lists that they lead to have.
func TestCountsLeadToListsOfAsMany(t *testing.T) {
	w := newSimWorld(t)
	w.now = w.now.Add(21 * time.Hour) // so that a day ends within what is held
	is := func(what string, want, have int) {
		t.Helper()
		if want != have || have == 0 {
			t.Errorf("%s: want %d, have %d", what, want, have)
		}
	}
	const match = `([\d,]+) match,`
	day := w.number("/packets?w=24h", match)
	is("packets of 24 h on home", w.number("/", `Packets ([\d,]+) last 24 h`), day)
	if day == len(w.all) {
		t.Error("the day holds all packets: the test shows nothing")
	}

	var channels struct {
		Channels []struct {
			Name         string
			MessageCount int `json:"messageCount"`
		}
	}
	w.ask("/api/channels", &channels)
	for _, c := range channels.Channels {
		list := w.number("/packets?type=5&channel="+url.QueryEscape(c.Name), match)
		is(c.Name+" in the API", c.MessageCount, list)
		is(c.Name+" on its page", w.number(channelHref(c.Name), `([\d,]+) messages? · `), list)
		is(c.Name+" in the list", w.number("/channels", regexp.QuoteMeta(c.Name)+` .{0,400}?([\d,]+) messages?\b`), list)
	}
	region := w.st.Observers()[0].Region
	w.ask("/api/channels?region="+region, &channels)
	for _, c := range channels.Channels {
		is(c.Name+" in "+region, c.MessageCount, w.number("/packets?type=5&region="+region+"&channel="+url.QueryEscape(c.Name), match))
	}
	if len(channels.Channels) < 2 {
		t.Errorf("only %d channels", len(channels.Channels))
	}

	nodes := 0
	for _, n := range w.set.Nodes.List() {
		if n.FloodAdverts+n.ZeroHopAdverts == 0 || nodes == 5 {
			continue
		}
		nodes++
		is("adverts of "+n.Node.Name, w.number(nodeHref(n.Node.Key), `Adverts ([\d,]+) of all held`), w.number("/packets?type=4&from_node="+n.Node.Key.String(), match))
	}
	if nodes == 0 {
		t.Error("no node with adverts")
	}
	for _, o := range w.st.Observers() {
		held := w.number("/observers/"+url.PathEscape(o.ID), `Receptions held ([\d,]+)`)
		is("receptions of "+o.Name, held, w.number("/packets?view=receptions&obs="+url.QueryEscape(o.ID), ` of ([\d,]+) reception`))
	}

	all := 0
	for _, r := range nodeRoles() {
		path := "/nodes?role=" + r.String()
		body := w.get(path).Body.String()
		if strings.Contains(body, "0 of ") && strings.Contains(body, "The filter takes all of them away") {
			continue
		}
		n := w.number(path, `([\d,]+) of [\d,]+ nodes match`)
		all += n
		is("pill of "+r.String(), w.number("/nodes", `\b`+roleMark(r).Word+` ([\d,]+)`), n)
	}
	is("nodes of all roles", all, w.number("/nodes", `([\d,]+) nodes`))
}

// A name that nothing has matches nothing, and the page says which it is.
func TestNamesOfNothingMatchNothing(t *testing.T) {
	w := newSimWorld(t)
	for _, q := range []string{"region=ZZZ", "area=nowhere", "obs=nobody", "node=nobody", "via=" + strings.Repeat("9", 64), "channel=nothing"} {
		body := w.get("/packets?w=24h&" + q).Body.String()
		if !strings.Contains(body, notKnown) || !strings.Contains(body, "0 of ") {
			t.Errorf("%s: want nothing, and that it is not known", q)
		}
		// Lifting it brings most, so it is offered first.
		name, _, _ := strings.Cut(q, "=")
		if name == "via" {
			name = "node"
		}
		if !strings.Contains(body, fmt.Sprintf("%s: %s", anyOf[name], countText(int64(len(w.all))))) {
			t.Errorf("%s: no way out with all %d packets", q, len(w.all))
		}
	}
	if body := w.get("/observers?region=ZZZ").Body.String(); !strings.Contains(body, notKnown) || !strings.Contains(body, "The filter takes all of them away") {
		t.Error("observers: want that the region is not known")
	}
}

// TestReceptionsOfARelayAreThoseOfItsPage holds the list of receptions that a node
// relayed against the count on its page.
func TestReceptionsOfARelayAreThoseOfItsPage(t *testing.T) {
	w := newSimWorld(t)
	some := 0
	for _, n := range w.set.Nodes.List() {
		if n.RelayedCopies == 0 {
			continue
		}
		some++
		via := "/packets?via=" + n.Node.Key.String() + "&view=receptions"
		listed := w.number(via, `of ([\d,]+) receptions? of`)
		if page := w.number("/nodes/"+n.Node.Key.String(), `Relayed copies ([\d,]+)`); listed != page || int64(page) != n.RelayedCopies {
			t.Errorf("%s: %d receptions listed, %d on its page, %d in the index", n.Node.Name, listed, page, n.RelayedCopies)
		}
	}
	if some < 3 {
		t.Errorf("only %d nodes relayed", some)
	}
}
