package main

import (
	"fmt"
	"net/url"
	"strings"
)

// things are what addresses ask about: some of what is held.
type things struct {
	hash, oldHash string // of packets
	since         string // when the older was first received, RFC 3339
	region        string
	observer      string // its ID
	node, other   string // keys of relays
	name          string // of the first
	channel       string // that can be read
	locked        string // that no key opens
	sender        string // of a text
	word          string // in texts
	hops          string // that follow one another, with commas
}

// things asks the API for some.
func (p *process) things() (x things, err error) {
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
	var channels struct {
		Channels []struct {
			Hash      string
			Encrypted bool
		}
	}
	var texts struct {
		Messages []struct{ Sender, Text string }
	}
	var sequences struct {
		Subpaths []struct{ RawHops []string }
	}
	for path, into := range map[string]any{
		"/api/packets?limit=200": &packets, "/api/nodes?role=repeater&limit=50&sortBy=packetCount": &nodes, "/api/channels?includeEncrypted=true": &channels,
		"/api/channels/Public/messages?limit=20": &texts, "/api/analytics/subpaths?limit=5&maxLen=3": &sequences,
	} {
		if err := p.ask(path, into); err != nil {
			return x, err
		}
	}
	for _, c := range channels.Channels {
		if c.Encrypted && x.locked == "" {
			x.locked = c.Hash
		} else if !c.Encrypted && x.channel == "" {
			x.channel = c.Hash
		}
	}
	if len(packets.Packets) < 200 || len(nodes.Nodes) < 2 || x.channel == "" || x.locked == "" || len(texts.Messages) == 0 || len(sequences.Subpaths) == 0 {
		return x, fmt.Errorf("the corpus is too small: %d packets, %d nodes, %d channels, %d texts", len(packets.Packets), len(nodes.Nodes), len(channels.Channels), len(texts.Messages))
	}
	one, old := packets.Packets[0], packets.Packets[199]
	x.hash, x.oldHash, x.since, x.region, x.observer = one.Hash, old.Hash, old.FirstSeen, one.IATA, one.ObserverID
	x.node, x.other, x.name = nodes.Nodes[0].Key, nodes.Nodes[1].Key, nodes.Nodes[0].Name
	x.sender, x.hops = texts.Messages[0].Sender, strings.Join(sequences.Subpaths[0].RawHops, ",")
	x.word, _, _ = strings.Cut(texts.Messages[0].Text, " ")
	return x, nil
}

// addresses are every page with each of its filters, orders and spans and some of
// them together, and the API likewise.
func (p *process) addresses() ([]string, error) {
	x, err := p.things()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, part := range []func(things) []string{packetAddresses, channelAddresses, nodeAddresses, observerAddresses, otherPages, apiAddresses} {
		all = append(all, part(x)...)
	}
	return all, nil
}

// each are addresses of a path with each of some queries.
func each(path string, queries ...string) (all []string) {
	for _, q := range queries {
		if q != "" {
			q = "?" + q
		}
		all = append(all, path+q)
	}
	return all
}

// sorts are queries for each column, both ways.
func sorts(names ...string) (all []string) {
	for _, name := range names {
		all = append(all, "sort="+name, "sort="+name+":asc")
	}
	return all
}

func packetAddresses(x things) []string {
	observer, channel := "obs="+url.QueryEscape(x.observer), "channel="+url.QueryEscape(x.channel)
	region, node, via := "region="+x.region, "node="+x.node, "via="+x.node
	list := each("/packets", "", "type=4", "type=5,2", region, observer, "w=1h&n=100", "w=15m", "w=24h", "w=7d", "type=9&region=ZZZ", "route=direct", "route=flood", "route=0",
		node, "node="+x.node+","+x.other, via, via+"&w=24h", "via="+x.node+","+x.other, "from_node="+x.node, "from_node="+x.node+"&type=4", "node="+url.QueryEscape(x.name),
		channel, "channel="+url.QueryEscape(x.locked), "type=5&"+region+"&route=flood&w=7d", "from="+url.QueryEscape(x.since), "to="+url.QueryEscape(x.since),
		observer+"&region=ZZZ&type=4&route=0", observer+"&"+region+"&type=5", "hash="+x.hash[:3], "hash="+x.hash, "hash="+x.hash[:2]+"&"+region, via+"&"+observer, via+"&"+region+"&type=5", channel+"&"+region+"&w=24h",
		"sort=copies", "sort=copies&page=100&type=5", "sort=copies&page=2000", "sort=copies&"+region, "sort=copies&"+via, "sort=copies&w=24h", "sort=received:asc", "sort=received:asc&page=3000",
		"sort=received:asc&"+observer, "view=receptions", "view=receptions&"+observer, "view=receptions&type=4", "hops=hex", "hops=hex&n=100", "n=100", "n=100&type=5&"+region)
	return append(list, append(append(each("/packets/"+x.hash, "", "sort=receptions-table.snr"), "/packets/"+x.oldHash),
		each("/traces", "", "kind=ping", "kind=trace", "q=1", region, observer, "w=24h", "n=200", region+"&kind=trace&w=7d")...)...)
}

func channelAddresses(x things) []string {
	observer, region, sender, word := "obs="+url.QueryEscape(x.observer), "region="+x.region, "sender="+url.QueryEscape(x.sender), "q="+url.QueryEscape(x.word)
	list := each("/channels", "", "show=readable", "show=locked", region, observer, "w=24h", sender, word, word+"&"+region+"&w=7d", "sort=locked-table.packets")
	return append(list, append(each("/channels/"+url.PathEscape(x.channel), "", "w=24h", "w=1h", region, observer, sender, word, "q=nothinghassuchaword", "n=200", "at="+url.QueryEscape(x.since), "to="+url.QueryEscape(x.since),
		word+"&"+region, sender+"&w=24h", region+"&"+observer+"&w=7d"),
		each("/channels/"+url.PathEscape(strings.TrimPrefix(x.locked, "enc_")), "", region)...)...)
}

func nodeAddresses(x things) []string {
	region, key := "region="+x.region, "/nodes/"+x.node
	list := each("/nodes", "", "role=repeater", "role=companion,sensor", "state=active", "state=quiet,silent", "role=repeater&state=active", "heard=24h", "w=1h", "w=7d", region, region+"&role=repeater&heard=24h",
		"q="+url.QueryEscape(x.name), "q=a", "q="+x.node[:2], "name="+url.QueryEscape(x.name), "page=5", "n=200", "sort=name&n=200", "role=repeater&sort=relayed&page=2", "q=zzzzzz")
	list = append(list, each("/nodes", sorts("heard", "name", "state", "role", "key", "advert", "relayed", "first", "adverts", "scope", "position")...)...)
	list = append(list, each(key, "", "sort=relayed-table.received", "sort=paths-table.packets")...)
	return append(list, each(key+"/links", "", "w=24h", "w=14d", "w=30d", "dir=in", "dir=out", "dir=two", "minobs=10", "hb=2", "w=30d&dir=two&minobs=5&hb=1")...)
}

func observerAddresses(x things) []string {
	region := "region=" + x.region
	list := each("/observers", "", region, "state=delivering", "state=down", "w=24h", "q=a", region+"&state=delivering", "n=200")
	list = append(list, each("/observers", sorts("name", "region", "state", "packet", "status", "hour", "day", "snr", "clock", "battery", "noise")...)...)
	return append(list, each("/observers/"+url.PathEscape(x.observer), "", "w=24h", "w=3d", "w=7d", "w=30d")...)
}

func otherPages(x things) []string {
	list := append([]string{"/", "/system", "/settings", "/tools", "/help", "/healthz", "/readyz"},
		each("/reports/graph", "", "sort=bridge", "sort=coverage", "sort=irreplaceable", "sort=airtime", "sort=neighbours")...)
	list = append(list, "/reports/identity", "/reports/identity?prefix="+x.node[:4]+"&near="+x.node, "/reports/traffic", "/reports/traffic?w=7d", "/reports/paths", "/reports/paths?sort=longest.packets")
	return append(list, each("/search", "q="+url.QueryEscape(x.name), "q="+url.QueryEscape(x.word), "q="+x.hash[:5], "q="+x.node[:6], "q=nothinghassuchaword")...)
}

func apiAddresses(x things) []string {
	channel, observer := url.PathEscape(x.channel), url.QueryEscape(x.observer)
	return []string{
		"/api/stats", "/api/packets", "/api/packets?limit=200", "/api/packets?limit=200&expand=observations",
		"/api/packets?limit=200&offset=20000", "/api/packets?limit=50&order=asc", "/api/packets?limit=50&groupByHash=true", "/api/packets?limit=50&type=4",
		"/api/packets?limit=50&route=2", "/api/packets?limit=50&region=" + x.region, "/api/packets?limit=50&observer=" + observer,
		"/api/packets?limit=50&observer=" + observer + "&type=5&region=" + x.region, "/api/packets?limit=50&node=" + x.node,
		"/api/packets?limit=50&nodes=" + x.node + "," + x.other, "/api/packets?limit=50&channel=" + url.QueryEscape(x.channel),
		"/api/packets?limit=50&since=" + x.since, "/api/packets?limit=50&hash=" + x.hash, "/api/packets?limit=50&hash=" + x.hash[:3],
		"/api/packets/" + x.hash, "/api/packets/timestamps?since=" + x.since, "/api/nodes", "/api/nodes?limit=200&sortBy=name",
		"/api/nodes?limit=50&region=" + x.region, "/api/nodes?limit=50&lastHeard=24h&role=repeater", "/api/nodes/search?q=" + url.QueryEscape(x.name),
		"/api/nodes/" + x.node, "/api/nodes/" + x.node + "/paths", "/api/nodes/" + x.node + "/neighbors", "/api/nodes/" + x.node + "/reach",
		"/api/nodes/" + x.node + "/clock-skew", "/api/nodes/" + x.node + "/battery", "/api/nodes/network-status", "/api/nodes/clock-skew",
		"/api/nodes/" + x.node + "/health", "/api/nodes/" + x.node + "/analytics", "/api/nodes/bulk-health", "/api/nodes/bulk-health?limit=200",
		"/api/nodes/resolve?prefix=" + x.node[:8], "/api/resolve-hops?hops=" + x.hops + "&from_node=" + x.node,
		"/api/observers", "/api/observers/clock-skew", "/api/observers/metrics/summary", "/api/observers/" + url.PathEscape(x.observer),
		"/api/observers/" + url.PathEscape(x.observer) + "/metrics", "/api/observers/" + url.PathEscape(x.observer) + "/analytics",
		"/api/channels", "/api/channels?includeEncrypted=true", "/api/channels?region=" + x.region, "/api/channels/" + channel + "/messages",
		"/api/channels/" + channel + "/messages?limit=200&region=" + x.region, "/api/channels/11/packets?limit=200",
		"/api/scope-stats", "/api/scope-stats?window=7d", "/api/analytics/relay-airtime-share", "/api/analytics/roles",
		"/api/analytics/topology", "/api/analytics/neighbor-graph", "/api/analytics/hash-sizes", "/api/analytics/hash-collisions", "/api/analytics/distance",
		"/api/analytics/subpaths?limit=200&maxLen=4", "/api/analytics/subpaths?limit=200", "/api/analytics/subpaths?limit=100&region=" + x.region,
		"/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15", "/api/analytics/subpath-detail?hops=" + x.hops,
	}
}
