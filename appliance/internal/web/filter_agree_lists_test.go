package web

import (
	"fmt"
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// file is how many rows a file of a list has.
func (w *simWorld) file(name, query string) int {
	w.t.Helper()
	got := httptest.NewRecorder()
	r := httptest.NewRequest("HEAD", "/export/"+name+".csv?"+query, nil)
	r.Host = "localhost"
	w.s.Handler().ServeHTTP(got, r)
	n, err := strconv.Atoi(got.Header().Get("X-Total-Count"))
	if err != nil {
		w.t.Fatalf("the file of %s, %q: %d, %v", name, query, got.Code, got.Header())
	}
	return n
}

// matching is how many rows of a list of nodes or observers match, by its heading.
func (w *simWorld) matching(path string) int {
	body := w.get(path).Body.String()
	if strings.Contains(body, "take all of them away") || strings.Contains(body, "takes all of them away") {
		return 0
	}
	if regexp.MustCompile(`of [\d,]+ \w+ match`).MatchString(body) {
		return w.number(path, `([\d,]+) of [\d,]+ \w+ match`)
	}
	return w.number(path, `(?:Nodes|Observers) ([\d,]+) (?:node|observer)s?\b`)
}

// boundsOf are filters for where and when, as pages take them, with the packets that
// each means.
func boundsOf(w *simWorld) map[string]func(mesh.Transmission) bool {
	o := w.st.Observers()
	region := o[0].Region
	middle := w.all[len(w.all)/2].First()
	in := func(region string) func(mesh.Transmission) bool {
		return func(tx mesh.Transmission) bool {
			return slices.ContainsFunc(tx.Observations, func(x mesh.Observation) bool { return w.st.Region(x.Region) == region })
		}
	}
	by := func(num uint32) func(mesh.Transmission) bool {
		return func(tx mesh.Transmission) bool {
			return slices.ContainsFunc(tx.Observations, func(x mesh.Observation) bool { return x.Observer == num })
		}
	}
	since := func(ms int64) func(mesh.Transmission) bool {
		return func(tx mesh.Transmission) bool { return tx.First() >= ms }
	}
	both := func(a, b func(mesh.Transmission) bool) func(mesh.Transmission) bool {
		return func(tx mesh.Transmission) bool { return a(tx) && b(tx) }
	}
	from := url.QueryEscape(time.UnixMilli(middle).UTC().Format(time.RFC3339Nano))
	hours := w.now.Add(-3 * time.Hour).UnixMilli()
	return map[string]func(mesh.Transmission) bool{
		"": func(mesh.Transmission) bool { return true }, "region=" + region: in(region), "w=3h": since(hours), "region=" + region + "&w=3h": both(in(region), since(hours)),
		"from=" + from: since(middle), "to=" + from: func(tx mesh.Transmission) bool { return tx.First() < middle },
		"obs=" + url.QueryEscape(o[1].ID): by(o[1].Num), "obs=" + url.QueryEscape(o[1].ID) + "&from=" + from: both(by(o[1].Num), since(middle)),
		"region=ZZZ": func(mesh.Transmission) bool { return false },
	}
}

// The messages of each channel are as many on its page, in the list of channels, in
// the list of packets, in their files and, where it takes the filter, in the API:
// those that looking at every packet finds.
func TestChannelsAgreeUnderWhereAndWhen(t *testing.T) {
	w := newSimWorld(t)
	some, none := 0, 0
	for q, wants := range boundsOf(w) {
		counts := map[string]int{}
		for _, tx := range w.all {
			if m, ok := w.set.Channels.Message(tx.ID); ok && wants(tx) {
				counts[m.Channel]++
			}
		}
		all := 0
		for _, name := range w.set.Channels.Readable() {
			want := counts[name]
			all += want
			is := func(where string, have int) {
				t.Helper()
				if have != want {
					t.Errorf("%q, %s: %s has %d, want %d", q, name, where, have, want)
				}
			}
			channel := "channel=" + url.QueryEscape(name) + "&" + q
			is("the file", w.file("messages", channel))
			if region, ok := strings.CutPrefix(q, "region="); ok && !strings.Contains(region, "&") {
				var api apiMessageList
				w.ask("/api/channels/"+url.PathEscape(name)+"/messages?region="+region, &api)
				is("the API", api.Total)
			}
			if want == 0 {
				none++
				listed := regexp.MustCompile(fmt.Sprintf(`(?s)id="c-%x".*?</li>`, name)).FindString(w.get("/channels?" + q).Body.String())
				if q != "" && listed != "" && !strings.Contains(listed, "data packet") {
					t.Errorf("%q: %s is listed, without a message", q, name)
				}
				continue
			}
			some++
			is("the list of packets", w.number("/packets?type=5&"+channel, `([\d,]+) match,`))
			is("the list of channels", w.number("/channels?"+q, regexp.QuoteMeta(name)+` .{0,400}?([\d,]+) messages?\b`))
			say := `(\d[\d,]*)(?: that match,)? of [\d,]+ messages?\b`
			if q == "" {
				say = `(\d[\d,]*) messages?\b`
			}
			is("its page", w.number(channelHref(name)+"?"+q, say))
		}
		if have := w.file("messages", q); have != all {
			t.Errorf("%q: the file of all channels has %d messages, want %d", q, have, all)
		}
	}
	if some < 8 || none < 3 {
		t.Errorf("%d counts of something, %d of nothing: the test shows little", some, none)
	}
}

// Nodes and observers are as many on the page, in their files, in the API and by
// what it is about them that is asked for.
func TestNodesAndObserversAgreeUnderWhereAndWhen(t *testing.T) {
	w := newSimWorld(t)
	some, none := 0, 0
	for q := range boundsOf(w) {
		if strings.HasPrefix(q, "obs=") {
			continue
		}
		v, _ := url.ParseQuery(q)
		f := must(readFilter(v, nil, "region", "time"))
		from, to := f.bounds(w.now)
		within := func(at int64) bool { return (from == 0 || at >= from) && (to == 0 || at < to) }
		nodes, observers := 0, 0
		for _, n := range w.set.Nodes.List() {
			there := len(f.Regions) == 0 || slices.ContainsFunc(w.all, func(tx mesh.Transmission) bool {
				return tx.Type == meshcore.TypeAdvert && tx.Verified && strings.HasPrefix(fmt.Sprintf("%x", tx.Payload), n.Node.Key.String()) &&
					slices.ContainsFunc(tx.Observations, func(x mesh.Observation) bool { return strings.EqualFold(w.st.Region(x.Region), f.Regions[0]) })
			})
			if there && within(n.LastHeard) {
				nodes++
			}
		}
		for _, o := range w.set.Observers.List(health.ListeningAt(w.now.UnixMilli())) {
			known, _ := w.st.ObserverByNum(o.Num)
			if (len(f.Regions) == 0 || strings.EqualFold(known.Region, f.Regions[0])) && within(max(o.LastPacket, known.Status)) {
				observers++
			}
		}
		for _, want := range []struct {
			list string
			n    int
		}{{"nodes", nodes}, {"observers", observers}} {
			page, file := w.matching("/"+want.list+"?"+q), w.file(want.list, q)
			if page != want.n || file != want.n {
				t.Errorf("%s, %q: page %d, file %d, want %d", want.list, q, page, file, want.n)
			}
			if want.n == 0 {
				none++
			} else {
				some++
			}
		}
		if len(f.Regions) == 1 && !f.timed() {
			var api apiNodeList
			w.ask("/api/nodes?limit=1&region="+f.Regions[0], &api)
			if api.Total != nodes {
				t.Errorf("%q: the API has %d nodes, want %d", q, api.Total, nodes)
			}
		}
	}
	if some < 4 || none < 2 {
		t.Errorf("%d counts of something, %d of nothing: the test shows little", some, none)
	}
	if a, b := w.matching("/nodes?w=24h"), w.matching("/nodes?heard=24h"); a != b {
		t.Errorf("w gives %d nodes, heard %d", a, b)
	}
}

// Every list that is longer than a page says of how many, and following it to its
// end shows as many, each once.
func TestEveryListCanBeReached(t *testing.T) {
	w := newSimWorld(t)
	channel := w.set.Channels.Busiest(0, 1<<60)[0].Name
	region := "region=" + w.st.Observers()[0].Region
	for _, list := range []struct{ path, row, file, query string }{
		{"/packets?n=37&", `id="(p\d+)"`, "packets", ""},
		{"/packets?n=37&", `id="(p\d+)"`, "packets", region},
		{"/packets?n=50&sort=copies&", `id="(p\d+)"`, "packets", region},
		{"/nodes?n=7&", `id="(n-[0-9a-f]+)"`, "nodes", ""},
		{"/nodes?n=7&sort=name&", `id="(n-[0-9a-f]+)"`, "nodes", region},
		{"/observers?n=2&", `href="(/observers/[^"?]+)"`, "observers", ""},
		{channelHref(channel) + "?n=9&", `id="(m-\d+)"`, "messages", "channel=" + url.QueryEscape(channel)},
		{channelHref(channel) + "?n=9&" + region + "&", `id="(m-\d+)"`, "messages", region + "&channel=" + url.QueryEscape(channel)},
		{"/channels?n=9&q=e&", `id="(m-\d+)"`, "messages", "q=e"},
		{"/channels?n=9&q=e&" + region + "&", `id="(m-\d+)"`, "messages", "q=e&" + region},
	} {
		want, seen := w.file(list.file, list.query), map[string]int{}
		path := list.path + list.query
		if list.file == "messages" {
			path = strings.TrimSuffix(list.path, "&")
		}
		pages := 0
		for first := path; path != "" && pages < 1000; pages++ {
			body := w.get(path).Body.String()
			here := map[string]bool{}
			for _, m := range regexp.MustCompile(list.row).FindAllStringSubmatch(body, -1) {
				here[m[1]] = true
			}
			for id := range here {
				seen[id]++
			}
			if pages == 0 && want > len(here) && !strings.Contains(body, countText(int64(want))) {
				t.Errorf("%s: it does not say that there are %d", first, want)
			}
			next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
			if path = ""; next != nil {
				path = html.UnescapeString(next[1])
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s is on %d pages", list.path, id, n)
			}
		}
		if len(seen) != want || pages < 2 {
			t.Errorf("%s%s: %d rows on %d pages, want %d", list.path, list.query, len(seen), pages, want)
		}
	}
}
