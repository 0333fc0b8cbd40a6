package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// mayDiffer are the figures that are about the process or about the disk, not
// about the mesh: all that a restart may change. Whatever matches is taken out
// of the answers of addresses that match before they are compared.
var mayDiffer = []struct {
	where *regexp.Regexp
	what  *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`^/`), regexp.MustCompile(`data-live="/events\?since=\d+`), "number of the last live event"},
	{regexp.MustCompile(`^/api/stats`), regexp.MustCompile(`"(uptimeSeconds|processRSSMB|goHeapInuseMB|goSysMB|storeDataMB|trackedMB)":[0-9.e+]+`), "memory and age of the process"},
	{regexp.MustCompile(`^/api/stats`), regexp.MustCompile(`"snapshot":\{[^}]*\}`), "what is on disk, and how long writing took"},
	{regexp.MustCompile(`^/healthz`), regexp.MustCompile(`"uptime_s":[0-9.e+-]+`), "age of the process"},
	{regexp.MustCompile(`^POST /api/paths/inspect`), regexp.MustCompile(`"elapsedMs":[0-9.e+-]+`), "how long it took"},
	{regexp.MustCompile(`^/($|\?)`), regexp.MustCompile(`[0-9,]+ messages? in the last minute`), "what the process's broker was sent"},
	{regexp.MustCompile(`^/($|\?)`), regexp.MustCompile(`<dt>Last saved</dt><dd>.*?</dd>`), "whether this process has written to the disk"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`up for [^<]*|<dt>Started</dt><dd>.*?</dd>`), "age of the process"},
	{regexp.MustCompile(`^/readyz`), regexp.MustCompile(`"(done|total)":\d+`), "how much there was to load"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`(?s)<section class="[^"]*" id="(gates|process|intake|disk|sources|broker)".*?</section>`), "readiness, memory, queues, disk and connections"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`(?s)<div class="figure"><dt><a href="#(process|intake|disk|sources)">.*?</dd></div>`), "the same, on top"},
}

var (
	hrefs = regexp.MustCompile(`(?:href|action)="(/[^"]*)"`)
	names = regexp.MustCompile(`^(/(?:api/)?(?:nodes|packets|observers|channels|reports)/)[^/?]+`)
)

// shape is what addresses of one kind have in common: the page and which
// parameters it is given.
func shape(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	page := u.Path
	if !strings.HasPrefix(page, "/reports/") {
		page = names.ReplaceAllString(u.EscapedPath(), "$1*")
	}
	return page + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&")
}

// asked is an appliance whose pages and API are read, in this process or in one of
// its own.
type asked interface {
	ask(method, path, token, body string) (status int, contentType, answer string)
}

// known is what a crawl asks about.
type known struct {
	now       time.Time
	nodes     []string // keys
	observers []string // IDs
	region    string
	channels  []string // as addresses name them
	packets   []string // hashes
	each      int      // addresses of one shape that are followed: filters make addresses without end
}

// crawlAll reads the API about everything that there is, and pages by their links,
// some of each shape. It gives answers by address.
func crawlAll(t *testing.T, a asked, k known) map[string]string {
	t.Helper()
	answers := map[string]string{}
	read := func(method, path, body string) (contentType, answer string) {
		status, contentType, answer := a.ask(method, path, "", body)
		call := path
		if method != http.MethodGet {
			call = method + " " + path + " " + body
		}
		answers[call] = fmt.Sprintf("%d %s\n%s", status, contentType, answer)
		if status >= 500 {
			t.Errorf("%s: %d %s", call, status, tail(answer, 300))
		}
		return contentType, answer
	}
	for _, path := range k.calls() {
		read(http.MethodGet, path, "")
		if !strings.HasPrefix(answers[path], "200 ") {
			t.Errorf("%s: %.200s", path, answers[path])
		}
	}
	for path, body := range k.posts() {
		read(http.MethodPost, path, body)
	}
	answers["/api/backup"] = backup(t, a)
	queue := []string{"/", "/system", "/healthz", "/readyz", "/packets?window=1h", "/packets?window=24h&type=4", "/nodes?window=24h"}
	seen := map[string]int{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, known := answers[path]; known || seen[shape(path)] >= k.each {
			continue
		}
		seen[shape(path)]++
		contentType, answer := read(http.MethodGet, path, "")
		if !strings.HasPrefix(contentType, "text/html") {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(answer, -1) {
			next := strings.ReplaceAll(m[1], "&amp;", "&")
			next, _, _ = strings.Cut(next, "#")
			if !strings.HasPrefix(next, "/static/") && !strings.HasPrefix(next, "/events") && !strings.HasPrefix(next, "//") {
				queue = append(queue, next)
			}
		}
	}
	return answers
}

// backup names what is in a backup, but for the number of its frame.
func backup(t *testing.T, a asked) string {
	t.Helper()
	status, contentType, answer := a.ask(http.MethodGet, "/api/backup", restartToken, "")
	said := fmt.Sprint(status, " ", contentType)
	for r := tar.NewReader(strings.NewReader(answer)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			t.Fatal(err)
		}
		name, _, point := strings.Cut(h.Name, "checkpoint-")
		if !point {
			name += fmt.Sprint(" ", h.Size)
		}
		said += "\n" + name
	}
}

// calls are the API about everything that is held, each with and without what
// narrows it.
func (k known) calls() (all []string) {
	hours := func(n int) string {
		return url.QueryEscape(k.now.Add(-time.Duration(n) * time.Hour).UTC().Format(time.RFC3339))
	}
	region := k.region
	all = []string{"/api/stats", "/api/observers", "/api/nodes?limit=2000", "/api/nodes?sortBy=packetCount&limit=2000", "/api/nodes/search?q=a",
		"/api/nodes", "/api/nodes?role=repeater&limit=50&offset=2", "/api/nodes?region=" + region, "/api/nodes?lastHeard=24h", "/api/nodes?search=a",
		"/api/packets", "/api/packets?limit=10000&expand=observations", "/api/packets?limit=10000&groupByHash=true", "/api/packets?order=asc&limit=100",
		"/api/packets?type=4&limit=50", "/api/packets?route=1&limit=50&offset=10", "/api/packets?region=" + region + "&limit=50",
		"/api/packets?since=" + hours(3) + "&until=" + hours(1) + "&limit=10000",
		"/api/packets/timestamps?since=2000-01-01T00:00:00Z", "/api/packets/timestamps?since=" + hours(2),
		"/api/channels", "/api/channels?includeEncrypted=true", "/api/channels?region=" + region,
		"/api/nodes/network-status", "/api/nodes/bulk-health?limit=200", "/api/nodes/clock-skew", "/api/observers/clock-skew",
		"/api/config/areas", "/api/config/areas/polygons", "/api/observers/metrics/summary", "/api/observers/metrics/summary?window=7d&region=" + region,
		"/api/analytics/neighbor-graph", "/api/analytics/neighbor-graph?min_count=1&min_score=0&region=" + region, "/api/analytics/roles",
		"/reports/identity?prefix=A1B2", "/search?q=a"}
	for _, base := range []string{"/api/analytics/hash-sizes", "/api/analytics/hash-collisions", "/api/analytics/distance"} {
		all = append(all, base, base+"?region="+region)
	}
	all = append(all, "/api/analytics/topology", "/api/analytics/topology?region="+region, "/api/analytics/topology?from="+hours(4)+"&to="+hours(1))
	for _, base := range []string{"/api/scope-stats", "/api/analytics/relay-airtime-share"} {
		all = append(all, base, base+"?window=1h", base+"?window=7d")
	}
	all = append(all, "/reports/traffic?w=7d")
	for _, base := range []string{"/api/analytics/subpaths?limit=200", "/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15"} {
		all = append(all, base, base+"&window=24h", base+"&region="+region, base+"&from="+hours(4)+"&to="+hours(1))
	}
	all = append(all, "/api/analytics/subpath-detail?hops=00,01")
	for _, key := range k.nodes {
		for _, of := range []string{"", "/paths", "/clock-skew", "/battery", "/neighbors", "/reach", "/reach?days=1", "/health", "/analytics", "/analytics?days=1"} {
			all = append(all, "/api/nodes/"+key+of)
		}
		all = append(all, "/nodes/"+key, "/nodes/"+key+"/links", "/api/packets?limit=50&node="+key, "/api/nodes/resolve?prefix="+key[:6],
			"/api/resolve-hops?hops="+key[:2]+","+key[2:6]+"&from_node="+key)
	}
	for _, id := range k.observers {
		id = url.PathEscape(id)
		all = append(all, "/api/observers/"+id, "/api/observers/"+id+"/metrics", "/api/observers/"+id+"/analytics", "/api/observers/"+id+"/metrics?resolution=1h&since="+hours(72),
			"/observers/"+id, "/api/packets?limit=50&observer="+id)
	}
	for _, ref := range k.channels {
		ref = url.PathEscape(ref)
		all = append(all, "/api/channels/"+ref+"/messages?limit=500", "/api/channels/"+ref+"/messages?limit=5&offset=2&region="+region, "/channels/"+ref)
	}
	for hash := range 256 { // of channels that may be locked
		all = append(all, fmt.Sprintf("/api/channels/%02X/packets?limit=20", hash))
	}
	for _, hash := range k.packets[:min(40, len(k.packets))] {
		all = append(all, "/api/packets/"+hash)
	}
	return all
}

// posts are bodies that are sent, by address; they change nothing.
func (k known) posts() map[string]string {
	var hops []string // of a path that may have been
	for _, key := range slices.Sorted(slices.Values(k.nodes))[:min(3, len(k.nodes))] {
		hops = append(hops, key[:2])
	}
	return map[string]string{
		"/api/decode":               `{"hex":"150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"}`,
		"/api/packets/observations": `{"hashes":["` + strings.Join(k.packets[:min(50, len(k.packets))], `","`) + `"]}`,
		"/api/paths/inspect":        `{"prefixes":["` + strings.Join(hops, `","`) + `"]}`,
	}
}

// everyRouteIsRead compares addresses with the table of docs/api.md, which is that
// of the program.
func everyRouteIsRead(t *testing.T, answers map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	routes := regexp.MustCompile(`(?m)^### (GET|POST) (\S+)$`).FindAllStringSubmatch(string(text), -1)
	if len(routes) < 20 {
		t.Errorf("%d routes in docs/api.md are too few to compare with", len(routes))
	}
	for _, route := range routes {
		pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(route[2]), `[^/?]+`)
		call := regexp.MustCompile("^" + strings.TrimPrefix(route[1]+" ", "GET ") + pattern + `([? ]|$)`)
		read := false
		for path := range answers {
			read = read || call.MatchString(path)
		}
		if !read && route[2] != "/api/admin/snapshot" { // it is called to make what is compared
			t.Errorf("%s %s was not read", route[1], route[2])
		}
	}
}

// plain takes out of an answer what may differ.
func plain(path, answer string) string {
	for _, d := range mayDiffer {
		if d.where.MatchString(path) {
			answer = d.what.ReplaceAllString(answer, "…")
		}
	}
	return answer
}

// compareAnswers tells which answers differ.
func compareAnswers(t *testing.T, before, after map[string]string) {
	t.Helper()
	t.Logf("%d addresses were read", len(before))
	if len(before) < 400 {
		t.Errorf("only %d addresses were read", len(before))
	}
	differ := 0
	for _, path := range slices.Sorted(maps.Keys(before)) {
		a, b := plain(path, before[path]), plain(path, after[path])
		if a == b {
			continue
		}
		if differ++; differ <= 10 {
			i := 0
			for i < len(a) && i < len(b) && a[i] == b[i] {
				i++
			}
			t.Errorf("%s differs:\nbefore …%.300s\nafter  …%.300s", path, a[max(0, i-150):], b[max(0, min(i, len(b))-150):])
		}
	}
	if differ > 0 || len(after) != len(before) {
		t.Errorf("%d of %d answers differ; %d addresses after the restart", differ, len(before), len(after))
	}
}
