package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	warmRuns   = 60
	warmBudget = 3 * time.Second // for one address; at least warmLeast runs
	warmLeast  = 2
)

// goal is the times that design asks for; false where it asks for none: of an
// answer of the API with more rows than goalRows.
func goal(path string, rows int) (p50, p99 time.Duration, bound bool) {
	if strings.Contains(path, "/subpath") {
		return 2 * time.Second, 2 * time.Second, true
	}
	return 5 * time.Millisecond, 50 * time.Millisecond, !isAPI(path) || rows <= goalRows
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// benchPages asks for every page and for answers of the API: once cold, then
// warm, first idle and then under ingest.
func benchPages(ctx context.Context, b *bench) error {
	for _, size := range b.sizes {
		if err := b.pages(ctx, size); err != nil {
			return fmt.Errorf("%s: %w", size, err)
		}
	}
	return nil
}

func (b *bench) pages(ctx context.Context, size string) error {
	from, err := b.data(ctx, size)
	if err != nil {
		return err
	}
	dir := b.work + "/pages" // ingest changes it
	if err := copyDir(from, dir); err != nil {
		return err
	}
	p, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := p.ready(ctx); err != nil {
		return err
	}
	// Nothing else is to run while it idles.
	err = p.poll(ctx, "the first survey", 500*time.Millisecond, 5*time.Minute, func() bool {
		status, _, err := p.get("/api/analytics/distance")
		return err == nil && status == http.StatusOK
	})
	if err != nil {
		return err
	}
	list, err := p.addresses()
	if err != nil {
		return err
	}
	idle := p.timeAll(ctx, list)
	f, err := startFeed(ctx, p.broker, 9, b.rate)
	if err != nil {
		return err
	}
	busy := p.timeAll(ctx, list)
	sent := f.sent.Load()
	if err := errors.Join(f.stop(), p.alive()); err != nil {
		return err
	}
	fmt.Printf("### %s, milliseconds; under ingest: %s messages came in meanwhile\n\n", size, thousands(sent))
	var t table
	var worst table
	misses, bound := 0, 0
	var failed []error
	for i, path := range list {
		a, c := idle[i], busy[i]
		want50, want99, binds := goal(path, max(a.rows, c.rows))
		mark := ""
		if binds {
			bound++
			if a.p50 > want50 || c.p50 > want50 || a.p99 > want99 || c.p99 > want99 {
				mark = "!"
				misses++
			}
		}
		rows := ""
		if isAPI(path) {
			rows = fmt.Sprint(a.rows)
		}
		t.add(short(path), rows, fmt.Sprint(a.bytes>>10), millis(a.cold), millis(a.p50), millis(a.p99), millis(c.p50), millis(c.p99), mark+a.err+c.err)
		if a.err+c.err != "" {
			failed = append(failed, fmt.Errorf("%s: %s %s", path, a.err, c.err))
		}
	}
	t.print("address", "rows", "KB", "cold", "idle p50", "p99", "ingest p50", "p99", "")
	fmt.Printf("\n`!`: beyond the goal. It binds pages, and answers of the API of at most %d rows: the largest array, with the rows in its rows.\n", goalRows)
	var idleAll, busyAll, idle99, busy99 []time.Duration
	for i := range list {
		idleAll, busyAll = append(idleAll, idle[i].p50), append(busyAll, busy[i].p50)
		idle99, busy99 = append(idle99, idle[i].p99), append(busy99, busy[i].p99)
	}
	worst.add("median of the addresses' p50", millis(quantile(idleAll, 0.5)), millis(quantile(busyAll, 0.5)))
	worst.add("greatest p50", millis(quantile(idleAll, 1)), millis(quantile(busyAll, 1)))
	worst.add("greatest p99", millis(quantile(idle99, 1)), millis(quantile(busy99, 1)))
	worst.add("addresses beyond the goal (!)", fmt.Sprint(misses), "of "+fmt.Sprint(bound)+" that it binds")
	fmt.Println()
	worst.print("milliseconds", "idle", "under ingest")
	fmt.Println()
	return errors.Join(append(failed, ctx.Err())...)
}

func short(path string) string {
	if len(path) > 90 {
		return path[:87] + "..."
	}
	return path
}

// timed is how long an address took.
type timed struct {
	cold, p50, p99 time.Duration
	bytes          int
	rows           int // of an answer of the API
	err            string
}

func (p *process) timeAll(ctx context.Context, list []string) []timed {
	out := make([]timed, len(list))
	for i, path := range list {
		out[i] = p.time(ctx, path)
	}
	return out
}

func (p *process) time(ctx context.Context, path string) (t timed) {
	var warm []time.Duration
	began := time.Now()
	for i := 0; i <= warmRuns && ctx.Err() == nil && (i <= warmLeast || time.Since(began) < warmBudget); i++ {
		at := time.Now()
		status, body, err := p.get(path)
		took := time.Since(at)
		if err != nil || status != 200 {
			t.err = fmt.Sprintf("status %d %v", status, err)
			return t
		}
		if t.bytes = len(body); i == 0 {
			t.cold, t.rows = took, rowsOf(path, body)
		} else {
			warm = append(warm, took)
		}
	}
	t.p50, t.p99 = quantile(warm, 0.5), quantile(warm, 0.99)
	return t
}

// addresses are every page, and the API with its filters, about things that
// there are.
func (p *process) addresses() ([]string, error) {
	var packets struct {
		Packets []struct {
			Hash       string
			ObserverID string `json:"observer_id"`
			IATA       string `json:"observer_iata"`
			FirstSeen  string `json:"first_seen"`
		}
	}
	var nodes struct {
		Nodes []struct {
			Key  string `json:"public_key"`
			Name string
		}
	}
	var channels struct{ Channels []struct{ Hash string } }
	var sequences struct {
		Subpaths []struct{ RawHops []string }
	}
	for path, into := range map[string]any{
		"/api/packets?limit=200": &packets, "/api/nodes?role=repeater&limit=50&sortBy=packetCount": &nodes, "/api/channels?includeEncrypted=true": &channels,
		"/api/analytics/subpaths?limit=5&maxLen=3": &sequences,
	} {
		if err := p.ask(path, into); err != nil {
			return nil, err
		}
	}
	if len(packets.Packets) < 200 || len(nodes.Nodes) == 0 || len(channels.Channels) == 0 || len(sequences.Subpaths) == 0 {
		return nil, fmt.Errorf("the corpus is too small: %d packets, %d nodes, %d channels", len(packets.Packets), len(nodes.Nodes), len(channels.Channels))
	}
	one, old := packets.Packets[0], packets.Packets[199]
	node, channel := nodes.Nodes[0], url.PathEscape(channels.Channels[0].Hash)
	hops := strings.Join(sequences.Subpaths[0].RawHops, ",")
	observer := url.QueryEscape(one.ObserverID)
	return []string{
		"/", "/packets", "/packets?type=4", "/packets?region=" + one.IATA, "/packets?obs=" + observer, "/packets?w=1h&n=200", "/packets?type=9&region=ZZZ",
		"/packets?route=direct", "/packets?node=" + node.Key, "/packets?via=" + node.Key + "&w=24h", "/packets?from_node=" + node.Key + "&type=4",
		"/packets?channel=" + url.QueryEscape(channels.Channels[0].Hash), "/packets?type=5&region=" + one.IATA + "&route=flood&w=7d",
		"/packets?from=" + url.QueryEscape(old.FirstSeen), "/packets?obs=" + observer + "&region=ZZZ&type=4&route=0", "/packets?sort=copies",
		"/packets?sort=copies&page=100&type=5", "/packets?sort=received:asc", "/packets?view=receptions", "/packets?view=receptions&obs=" + observer,
		"/packets?hops=hex&n=200", "/nodes?role=repeater&state=active", "/observers?region=" + one.IATA + "&state=delivering",
		"/packets?hash=" + one.Hash[:3], "/packets/" + one.Hash, "/packets/" + old.Hash, "/channels", "/channels/" + channel, "/nodes", "/nodes?sort=name&n=200",
		"/nodes/" + node.Key, "/nodes/" + node.Key + "/links", "/observers", "/observers/" + url.PathEscape(one.ObserverID), "/system",
		"/reports/identity", "/reports/identity?prefix=" + node.Key[:4] + "&near=" + node.Key, "/reports/graph", "/reports/traffic", "/reports/paths",
		"/search?q=" + url.QueryEscape(node.Name), "/settings", "/tools", "/help",
		"/healthz", "/readyz", "/api/stats", "/api/packets", "/api/packets?limit=200", "/api/packets?limit=200&expand=observations",
		"/api/packets?limit=200&offset=20000", "/api/packets?limit=50&order=asc", "/api/packets?limit=50&groupByHash=true", "/api/packets?limit=50&type=4",
		"/api/packets?limit=50&route=2", "/api/packets?limit=50&region=" + one.IATA, "/api/packets?limit=50&observer=" + observer,
		"/api/packets?limit=50&observer=" + observer + "&type=5&region=" + one.IATA, "/api/packets?limit=50&node=" + node.Key,
		"/api/packets?limit=50&nodes=" + node.Key + "," + nodes.Nodes[1].Key, "/api/packets?limit=50&channel=" + url.QueryEscape(channels.Channels[0].Hash),
		"/api/packets?limit=50&since=" + old.FirstSeen, "/api/packets?limit=50&hash=" + one.Hash, "/api/packets?limit=50&hash=" + one.Hash[:3],
		"/api/packets/" + one.Hash, "/api/packets/timestamps?since=" + old.FirstSeen, "/api/nodes", "/api/nodes?limit=200&sortBy=name",
		"/api/nodes?limit=50&region=" + one.IATA, "/api/nodes?limit=50&lastHeard=24h&role=repeater", "/api/nodes/search?q=" + url.QueryEscape(node.Name),
		"/api/nodes/" + node.Key, "/api/nodes/" + node.Key + "/paths", "/api/nodes/" + node.Key + "/neighbors", "/api/nodes/" + node.Key + "/reach",
		"/api/nodes/" + node.Key + "/clock-skew", "/api/nodes/" + node.Key + "/battery", "/api/nodes/network-status", "/api/nodes/clock-skew",
		"/api/nodes/" + node.Key + "/health", "/api/nodes/" + node.Key + "/analytics", "/api/nodes/bulk-health", "/api/nodes/bulk-health?limit=200",
		"/api/nodes/resolve?prefix=" + node.Key[:8], "/api/resolve-hops?hops=" + hops + "&from_node=" + node.Key,
		"/api/observers", "/api/observers/clock-skew", "/api/observers/metrics/summary", "/api/observers/" + url.PathEscape(one.ObserverID),
		"/api/observers/" + url.PathEscape(one.ObserverID) + "/metrics", "/api/observers/" + url.PathEscape(one.ObserverID) + "/analytics",
		"/api/channels", "/api/channels?includeEncrypted=true", "/api/channels?region=" + one.IATA, "/api/channels/" + channel + "/messages",
		"/api/channels/" + channel + "/messages?limit=200&region=" + one.IATA, "/api/channels/11/packets?limit=200",
		"/api/scope-stats", "/api/analytics/relay-airtime-share", "/api/analytics/roles",
		"/api/analytics/topology", "/api/analytics/neighbor-graph", "/api/analytics/hash-sizes", "/api/analytics/hash-collisions", "/api/analytics/distance",
		"/api/analytics/subpaths?limit=200&maxLen=4", "/api/analytics/subpaths?limit=200", "/api/analytics/subpaths?limit=100&region=" + one.IATA,
		"/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15", "/api/analytics/subpath-detail?hops=" + hops,
	}, nil
}
