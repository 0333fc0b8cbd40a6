package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

type packetsAnswer struct {
	Packets []struct {
		ID               int64
		Hash             string
		FirstSeen        string `json:"first_seen"`
		Latest           string
		PathJSON         string `json:"path_json"`
		RouteType        int    `json:"route_type"`
		ObserverID       string `json:"observer_id"`
		ObservationCount int    `json:"observation_count"`
		Observations     []struct{ ID int64 }
	}
	Total, Limit, Offset int
}

// expected finds the numbers of the packets that a test's own condition wants,
// newest first.
func (w *simWorld) expected(want func(mesh.Transmission) bool) (ids []int64) {
	for _, tx := range slices.Backward(w.all) {
		if want(tx) {
			ids = append(ids, int64(tx.ID))
		}
	}
	return ids
}

func copyIs(want func(mesh.Observation) bool) func(mesh.Transmission) bool {
	return func(tx mesh.Transmission) bool { return slices.ContainsFunc(tx.Observations, want) }
}

// relayedBy tells whether a flood passed a node that its hop alone fits.
func (w *simWorld) relayedBy(tx mesh.Transmission, key meshcore.PublicKey) bool {
	return slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool {
		heard, ok := o.Packet(tx.Payload).Heard()
		if !ok {
			return false
		}
		for _, hop := range heard.All() {
			if n, ok := w.set.Nodes.NameHop(hop); ok && n.Key == key {
				return true
			}
		}
		return false
	})
}

// TestAPIPacketsFindsWhatIsAskedFor compares every filter with a test of its
// own over all that is held.
func TestAPIPacketsFindsWhatIsAskedFor(t *testing.T) {
	w := newSimWorld(t)
	middle := w.all[len(w.all)/2]
	observer := w.st.Observers()[1]
	var relay mesh.Node
	for _, n := range w.set.Nodes.List() {
		if n.RelayedCopies > 0 && n.FloodAdverts > 0 {
			relay = n.Node
		}
	}
	if relay.Name == "" {
		t.Fatal("no node relayed")
	}
	var region string
	for _, o := range w.st.Observers() {
		region = o.Region
	}
	ofNode := func(key meshcore.PublicKey) func(mesh.Transmission) bool {
		return func(tx mesh.Transmission) bool {
			return tx.Type == meshcore.TypeAdvert && tx.Verified && strings.HasPrefix(fmt.Sprintf("%x", tx.Payload), key.String()) || w.relayedBy(tx, key)
		}
	}
	readable := func(tx mesh.Transmission) string {
		if tx.Type == meshcore.TypeGrpTxt {
			if text := index.ReadText(w.s.Ring, tx.Payload); text != nil {
				return text.Channel
			}
		}
		return ""
	}
	at := time.UnixMilli(middle.First()).UTC().Format("2006-01-02T15:04:05.000Z")
	for query, want := range map[string]func(mesh.Transmission) bool{
		"":                             func(mesh.Transmission) bool { return true },
		"type=4":                       func(tx mesh.Transmission) bool { return tx.Type == 4 },
		"type=5,advert":                func(tx mesh.Transmission) bool { return tx.Type == 5 || tx.Type == 4 },
		"route=2":                      copyIs(func(o mesh.Observation) bool { return o.Header&3 == 2 }),
		"hash=" + middle.Hash.String(): func(tx mesh.Transmission) bool { return tx.Hash == middle.Hash },
		"hash=" + strings.ToUpper(middle.Hash.String()[:2]): func(tx mesh.Transmission) bool { return tx.Hash[0] == middle.Hash[0] },
		"observer=" + strings.ToLower(observer.ID):          copyIs(func(o mesh.Observation) bool { return o.Observer == observer.Num }),
		"observer=nobody":                     func(mesh.Transmission) bool { return false },
		"region=" + strings.ToLower(region):   copyIs(func(o mesh.Observation) bool { return o.Region != 0 && w.st.Region(o.Region) == region }),
		"region=All":                          func(mesh.Transmission) bool { return true },
		"region=ZZZ":                          func(mesh.Transmission) bool { return false },
		"since=" + at:                         func(tx mesh.Transmission) bool { return tx.First() >= middle.First() },
		"until=" + at:                         func(tx mesh.Transmission) bool { return tx.First() <= middle.First() },
		"node=" + relay.Key.String():          ofNode(relay.Key),
		"node=" + url.QueryEscape(relay.Name): ofNode(relay.Key),
		"nodes=" + relay.Key.String():         ofNode(relay.Key),
		"node=nobody+at+all":                  func(mesh.Transmission) bool { return false },
		"type=5&channel=Public":               func(tx mesh.Transmission) bool { return readable(tx) == "Public" },
		"channel=nothing":                     func(mesh.Transmission) bool { return false },
		"unknown=1&type=4&region=" + region: func(tx mesh.Transmission) bool {
			return tx.Type == 4 && copyIs(func(o mesh.Observation) bool { return o.Region != 0 && w.st.Region(o.Region) == region })(tx)
		},
	} {
		var got packetsAnswer
		w.ask("/api/packets?limit=10000&"+query, &got)
		ids := []int64{}
		for _, p := range got.Packets {
			ids = append(ids, p.ID)
		}
		if ids2 := w.expected(want); !slices.Equal(ids, append([]int64{}, ids2...)) || got.Total != len(ids2) {
			t.Errorf("%s: want %d packets, have %d, total %d", query, len(ids2), len(ids), got.Total)
		}
		w.grouped(query, want)
	}
}

// grouped checks the same query by hash: each once, the latest copy first.
func (w *simWorld) grouped(query string, want func(mesh.Transmission) bool) {
	w.t.Helper()
	copies := map[string]int{}
	for _, tx := range w.all {
		if want(tx) {
			copies[tx.Hash.String()] += len(tx.Observations)
		}
	}
	var got packetsAnswer
	w.ask("/api/packets?limit=10000&groupByHash=true&"+query, &got)
	if len(got.Packets) != len(copies) || got.Total != len(copies) {
		w.t.Errorf("%s, by hash: want %d packets, have %d, total %d", query, len(copies), len(got.Packets), got.Total)
	}
	last := "9"
	for _, p := range got.Packets {
		if p.ObservationCount != copies[p.Hash] {
			w.t.Errorf("%s, by hash: %s: want %d observations, have %d", query, p.Hash, copies[p.Hash], p.ObservationCount)
		}
		if p.Latest > last {
			w.t.Errorf("%s, by hash: %s stands behind %s", query, p.Latest, last)
		}
		last = p.Latest
		delete(copies, p.Hash)
	}
}

// TestAPIPacketsPages checks that pages joined are the list, either way round.
func TestAPIPacketsPages(t *testing.T) {
	w := newSimWorld(t)
	for _, query := range []string{"", "&type=4", "&groupByHash=true"} {
		var whole, back []string
		for _, order := range []string{"desc", "asc"} {
			var hashes []string
			for offset := 0; ; offset += 300 {
				var got packetsAnswer
				w.ask(fmt.Sprintf("/api/packets?limit=300&offset=%d&order=%s%s", offset, order, query), &got)
				for _, p := range got.Packets {
					hashes = append(hashes, fmt.Sprint(p.ID, p.Hash))
				}
				if len(got.Packets) < 300 {
					if len(hashes) != got.Total || got.Offset != offset || got.Limit != 300 {
						t.Errorf("%s: %d rows, total %d, offset %d, limit %d", query, len(hashes), got.Total, got.Offset, got.Limit)
					}
					break
				}
			}
			whole, back = back, hashes
		}
		slices.Reverse(back)
		if len(whole) == 0 || !slices.Equal(whole, back) {
			t.Errorf("%q: the order asc is not that of desc from its end", query)
		}
	}
}

// TestAPIPacketIsTheSameByAllItsNames checks numbers: small enough, unlike,
// and leading to their packet.
func TestAPIPacketIsTheSameByAllItsNames(t *testing.T) {
	w := newSimWorld(t)
	var list packetsAnswer
	w.ask("/api/packets?limit=200&expand=observations", &list)
	seen := map[int64]bool{}
	for _, p := range list.Packets {
		var byHash, byID struct {
			Packet       struct{ Hash, PathJSON string }
			Observations []struct {
				ID             int64
				TransmissionID int64  `json:"transmission_id"`
				PathJSON       string `json:"path_json"`
			}
		}
		w.ask("/api/packets/"+strings.ToUpper(p.Hash), &byHash)
		w.ask(fmt.Sprint("/api/packets/", p.ID), &byID)
		if byID.Packet.Hash != p.Hash || byHash.Packet.Hash != p.Hash || len(byHash.Observations) < p.ObservationCount {
			t.Fatalf("%s: have %s and %s", p.Hash, byHash.Packet.Hash, byID.Packet.Hash)
		}
		for _, o := range p.Observations {
			var got struct {
				Packet struct {
					Hash     string
					PathJSON string `json:"path_json"`
				}
			}
			w.ask(fmt.Sprint("/api/packets/", o.ID), &got)
			i := slices.IndexFunc(byHash.Observations, func(x struct {
				ID             int64
				TransmissionID int64  `json:"transmission_id"`
				PathJSON       string `json:"path_json"`
			}) bool {
				return x.ID == o.ID
			})
			if got.Packet.Hash != p.Hash || i < 0 || byHash.Observations[i].PathJSON != got.Packet.PathJSON {
				t.Fatalf("observation %d of %s: have %+v", o.ID, p.Hash, got)
			}
			if seen[o.ID] || seen[p.ID] || o.ID >= 1e15 || o.ID == p.ID {
				t.Fatalf("number %d of %s is not its own, or too large", o.ID, p.Hash)
			}
			seen[o.ID] = true
		}
		seen[p.ID] = true
	}
}

// TestAPIAgreesWithItselfAndThePages compares what different answers count.
func TestAPIAgreesWithItselfAndThePages(t *testing.T) {
	w := newSimWorld(t)
	var stats apiStatsAnswer
	w.ask("/api/stats", &stats)
	var packets packetsAnswer
	w.ask("/api/packets?limit=10000&expand=observations", &packets)
	var nodes apiNodeList
	w.ask("/api/nodes?limit=2000", &nodes)
	var observers apiObserverList
	w.ask("/api/observers", &observers)
	var channels apiChannelList
	w.ask("/api/channels?includeEncrypted=true", &channels)
	var timestamps []string
	w.ask("/api/packets/timestamps?since=2000-01-01T00:00:00Z", &timestamps)

	observations, reported := int64(0), int64(0)
	for _, p := range packets.Packets {
		observations += int64(len(p.Observations))
	}
	for _, o := range observers.Observers {
		reported += *o.PacketCount
	}
	same := func(what string, got, want int64) {
		t.Helper()
		if got != want || want == 0 {
			t.Errorf("%s: %d and %d", what, got, want)
		}
	}
	same("transmissions: packets and stats", int64(packets.Total), stats.TotalTransmissions)
	same("transmissions: rows and stats", int64(len(packets.Packets)), stats.TotalTransmissions)
	same("transmissions: timestamps and stats", int64(len(timestamps)), stats.TotalTransmissions)
	same("observations: rows and stats", observations, stats.TotalObservations)
	same("observations: observers and stats", reported, stats.TotalObservations)
	same("observations: last 24 hours and stats", *stats.PacketsLast24h, stats.TotalObservations)
	same("nodes", int64(nodes.Total), int64(stats.TotalNodes))
	same("repeaters", int64(nodes.Counts.Repeaters), int64(stats.Counts.Repeaters))
	same("observers", int64(len(observers.Observers)), int64(stats.TotalObservers))
	var messages int64
	for _, c := range channels.Channels {
		var list packetsAnswer
		if c.Encrypted {
			w.ask("/api/packets?limit=1&channel="+c.Hash, &list)
		} else {
			w.ask("/api/packets?limit=1&type=5&channel="+url.QueryEscape(c.Hash), &list)
			var texts apiMessageList
			w.ask("/api/channels/"+url.PathEscape(c.Hash)+"/messages?limit=500", &texts)
			same("texts of "+c.Hash, int64(texts.Total), c.MessageCount)
			messages += int64(texts.Total)
		}
		same("packets of "+c.Hash, int64(list.Total), c.MessageCount)
	}
	if messages == 0 {
		t.Error("no texts")
	}
	for _, page := range []struct {
		path string
		n    int64
	}{{"/packets", stats.TotalTransmissions}, {"/nodes", int64(stats.TotalNodes)}, {"/observers", int64(stats.TotalObservers)}} {
		if body := w.get(page.path).Body.String(); !strings.Contains(body, countText(page.n)) {
			t.Errorf("%s does not say %s", page.path, countText(page.n))
		}
	}
}

// TestAPINodeRegions finds by region the nodes whose adverts were received
// there.
func TestAPINodeRegions(t *testing.T) {
	w := newSimWorld(t)
	var all apiNodeList
	w.ask("/api/nodes?limit=2000", &all)
	region := w.st.Observers()[0].Region
	want := map[string]bool{}
	for _, tx := range w.all {
		if tx.Type == meshcore.TypeAdvert && copyIs(func(o mesh.Observation) bool { return w.st.Region(o.Region) == region })(tx) {
			want[fmt.Sprintf("%x", tx.Payload[:32])] = true
		}
	}
	n := 0
	for _, node := range all.Nodes {
		if want[node.PublicKey] {
			n++
		}
	}
	var got apiNodeList
	w.ask("/api/nodes?limit=2000&region="+region, &got)
	if got.Total != n || len(got.Nodes) != n || n == 0 || n == all.Total {
		t.Errorf("region %s: want %d of %d nodes, have %d", region, n, all.Total, got.Total)
	}
}

func TestAPINodeLists(t *testing.T) {
	w := newSimWorld(t)
	var all apiNodeList
	w.ask("/api/nodes?limit=2000&sortBy=name", &all)
	if !slices.IsSortedFunc(all.Nodes, func(a, b apiNode) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) }) {
		t.Error("sortBy=name: not by name")
	}
	var rooms apiNodeList
	w.ask("/api/nodes?role=room&limit=1", &rooms)
	if rooms.Total != rooms.Counts.Rooms || len(rooms.Nodes) != 1 || rooms.Nodes[0].Role != "room" {
		t.Errorf("role=room: have %d of %+v", rooms.Total, rooms.Counts)
	}
	first := all.Nodes[0]
	var one apiNodeDetail
	w.ask("/api/nodes/"+strings.ToUpper(first.PublicKey[:10]), &one)
	if one.Node.PublicKey != first.PublicKey || int64(min(apiAdvertsShown, int(*first.AdvertCount))) != int64(len(one.RecentAdverts)) {
		t.Errorf("by a beginning of the key: have %+v with %d adverts", one.Node, len(one.RecentAdverts))
	}
	var found apiNodesFound
	w.ask("/api/nodes/search?q="+first.PublicKey[:12], &found)
	if len(found.Nodes) != 1 || found.Nodes[0].PublicKey != first.PublicKey {
		t.Errorf("search by key: have %v", found.Nodes)
	}
	w.ask("/api/nodes/search?q="+url.QueryEscape(strings.ToUpper(first.Name)), &found)
	if !slices.ContainsFunc(found.Nodes, func(n apiNode) bool { return n.PublicKey == first.PublicKey }) {
		t.Errorf("search by name: have %v", found.Nodes)
	}
	if w.ask("/api/nodes/search", &found); len(found.Nodes) != 0 {
		t.Errorf("search for nothing: have %v", found.Nodes)
	}
}

// TestAPIMessagesInOrder checks a channel's texts: the newest of them, oldest
// first, with all their copies.
func TestAPIMessagesInOrder(t *testing.T) {
	w := newSimWorld(t)
	var list apiMessageList
	w.ask("/api/channels/Public/messages?limit=500", &list)
	if len(list.Messages) != list.Total || list.Total < 3 {
		t.Fatalf("have %d of %d", len(list.Messages), list.Total)
	}
	if !slices.IsSortedFunc(list.Messages, func(a, b apiMessage) int { return strings.Compare(a.FirstSeen, b.FirstSeen) }) {
		t.Error("not oldest first")
	}
	var page apiMessageList
	w.ask("/api/channels/Public/messages?limit=2&offset=1", &page)
	want := list.Messages[len(list.Messages)-3 : len(list.Messages)-1]
	if fmt.Sprint(page.Messages[0].PacketID, page.Messages[1].PacketID) != fmt.Sprint(want[0].PacketID, want[1].PacketID) {
		t.Errorf("offset 1: have %+v, want %+v", page.Messages, want)
	}
	var nothing apiMessageList
	if w.ask("/api/channels/%23never/messages", &nothing); nothing.Total != 0 || nothing.Messages == nil {
		t.Errorf("unknown channel: have %+v", nothing)
	}
	region := w.st.Observers()[0].Region
	var regional apiMessageList
	w.ask("/api/channels/Public/messages?limit=500&region="+region, &regional)
	var packets packetsAnswer
	w.ask("/api/packets?type=5&channel=Public&region="+region, &packets)
	if regional.Total != packets.Total || regional.Total == 0 {
		t.Errorf("region %s: %d texts, %d packets", region, regional.Total, packets.Total)
	}
}

// TestAPIRefuses checks what makes no sense, and that limits are clamped in
// sight.
func TestAPIRefuses(t *testing.T) {
	w := newSimWorld(t)
	long := strings.Repeat("x", 200)
	for path, parameter := range map[string]string{
		"/api/packets?limit=0": "limit", "/api/packets?limit=-3": "limit", "/api/packets?limit=ten": "limit", "/api/packets?limit=1e3": "limit",
		"/api/packets?limit=99999999999999999999": "limit", "/api/packets?limit=1,2": "limit",
		"/api/packets?offset=-1": "offset", "/api/packets?offset=x": "offset", "/api/packets?offset=99999999999": "offset",
		"/api/packets?type=ADVERTS": "type", "/api/packets?type=16": "type", "/api/packets?type=-1": "type", "/api/packets?type=4.0": "type",
		"/api/packets?route=4": "route", "/api/packets?route=up": "route",
		"/api/packets?hash=xyz": "hash", "/api/packets?hash=00112233445566778": "hash",
		"/api/packets?since=yesterday": "since", "/api/packets?until=1700000000": "until", "/api/packets?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z": "until",
		"/api/packets?order=up": "order", "/api/packets?expand=everything": "expand", "/api/packets?groupByHash=maybe": "groupByHash",
		"/api/packets?nodes=abc": "nodes", "/api/packets?node=" + long: "node", "/api/packets?node=a&node=b": "node",
		"/api/packets?channel=" + long: "channel", "/api/packets?channel=enc_GG": "channel", "/api/packets?observer=" + long: "observer",
		"/api/packets?region=" + long: "region", "/api/packets?region=%00": "region",
		"/api/packets/xyz": "hash", "/api/packets/00112233445566zz": "hash", "/api/packets/1e5": "hash", "/api/packets/-1": "hash",
		"/api/packets/timestamps": "since", "/api/packets/timestamps?since=now": "since",
		"/api/nodes?limit=0": "limit", "/api/nodes?role=king": "role", "/api/nodes?lastHeard=2h": "lastHeard", "/api/nodes?sortBy=age": "sortBy",
		"/api/nodes?before=now": "before", "/api/nodes?search=" + long: "search", "/api/nodes/search?q=" + long: "q",
		"/api/nodes/abc": "key", "/api/nodes/" + strings.Repeat("0", 65): "key", "/api/nodes/zzzzzzzz": "key",
		"/api/analytics/subpaths?minLen=1": "minLen", "/api/analytics/subpaths?maxLen=9": "maxLen", "/api/analytics/subpaths?minLen=5&maxLen=4": "maxLen",
		"/api/analytics/subpaths?limit=0": "limit", "/api/analytics/subpaths?window=2h": "window", "/api/analytics/subpaths?from=x": "from",
		"/api/analytics/subpaths?window=1h&from=2026-01-01T00:00:00Z": "window", "/api/analytics/subpaths-bulk": "groups",
		"/api/analytics/subpaths-bulk?groups=2-9:1": "groups", "/api/analytics/subpaths-bulk?groups=2:1": "groups", "/api/analytics/subpaths-bulk?groups=2-2:0": "groups",
		"/api/analytics/subpath-detail":         "hops",
		"/api/analytics/subpath-detail?hops=a3": "hops", "/api/analytics/subpath-detail?hops=a3,7f22": "hops", "/api/analytics/subpath-detail?hops=x,y": "hops",
		"/api/analytics/subpath-detail?hops=" + strings.Repeat("aabbcc,", 70): "hops", "/api/nodes/zz/paths": "key",
		"/api/channels?includeEncrypted=x": "includeEncrypted", "/api/channels/Public/messages?limit=x": "limit",
		"/api/channels/Public/messages?offset=x": "offset",
	} {
		got := w.get(path)
		var v apiFailure
		if err := json.Unmarshal(got.Body.Bytes(), &v); err != nil || got.Code != 400 || v.Parameter != parameter || v.Error == "" {
			t.Errorf("%s: want 400 for %s, have %d %s", path, parameter, got.Code, got.Body)
		}
	}
	for path, limit := range map[string]int{
		"/api/packets?limit=123456": 10000, "/api/packets": 50, "/api/packets?limit=": 50, "/api/nodes?limit=123456": 2000, "/api/nodes": 50,
		"/api/channels/Public/messages?limit=9999": 500, "/api/channels/Public/messages": 100, "/api/packets?limit=10001&groupByHash=1": 10000,
	} {
		var v struct{ Limit int }
		if w.ask(path, &v); v.Limit != limit {
			t.Errorf("%s: want limit %d, have %d", path, limit, v.Limit)
		}
	}
	for _, path := range []string{"/api/packets/123456789012345", "/api/packets/0011223344556677", "/api/packets/500000000000000", "/api/packets/999999999999999",
		"/api/nodes/0123456789", "/api/nodes/" + strings.Repeat("0", 64), "/api/observers/nobody", "/api/", "/api/nothing", "/api/packets/"} {
		if got := w.get(path); got.Code != 404 || !json.Valid(got.Body.Bytes()) {
			t.Errorf("%s: want 404, have %d %s", path, got.Code, got.Body)
		}
	}
}

func TestAPIRefusesBodies(t *testing.T) {
	w := newSimWorld(t)
	many := `{"hashes":["` + strings.Repeat(`0011223344556677","`, hashesMost) + `0011223344556677"]}`
	for _, c := range []struct{ path, body, parameter string }{
		{"/api/decode", ``, "hex"}, {"/api/decode", `{}`, "hex"}, {"/api/decode", `[]`, "hex"}, {"/api/decode", `{"hex":1}`, "hex"},
		{"/api/decode", `{"hex":"zz"}`, "hex"}, {"/api/decode", `{"hex":"15"}`, "hex"}, {"/api/decode", `{"hex":"` + strings.Repeat("00", 400) + `"}`, "hex"},
		{"/api/packets/observations", `{"hashes":[]}`, "hashes"}, {"/api/packets/observations", `{"hashes":["x"]}`, "hashes"},
		{"/api/packets/observations", `{"hashes":"x"}`, "hashes"}, {"/api/packets/observations", many, "hashes"},
	} {
		got := w.postJSON(c.path, c.body)
		var v apiFailure
		if err := json.Unmarshal(got.Body.Bytes(), &v); err != nil || got.Code != 400 || v.Parameter != c.parameter {
			t.Errorf("%s %.40s: want 400 for %s, have %d %s", c.path, c.body, c.parameter, got.Code, got.Body)
		}
	}
	if got := w.postJSON("/api/decode", `{"hex":"`+strings.Repeat("00", bodyLimit)+`"}`); got.Code != 413 || !json.Valid(got.Body.Bytes()) {
		t.Errorf("large body: have %d %.80s", got.Code, got.Body)
	}
	for path, allow := range map[string]string{"/api/stats": "GET, HEAD", "/api/packets": "GET, HEAD", "/api/packets/0011223344556677": "GET, HEAD"} {
		if got := w.postJSON(path, ""); got.Code != 405 || got.Header().Get("Allow") != allow || !json.Valid(got.Body.Bytes()) {
			t.Errorf("POST %s: have %d %q %s", path, got.Code, got.Header().Get("Allow"), got.Body)
		}
	}
	for _, path := range []string{"/api/decode", "/api/packets/observations"} {
		if got := w.get(path); got.Code != 405 || got.Header().Get("Allow") != "POST" {
			t.Errorf("GET %s: have %d %q", path, got.Code, got.Header().Get("Allow"))
		}
	}
}

// TestAPIWaitsForItsGates: nothing before the store is loaded, and afterwards
// what needs no index.
func TestAPIWaitsForItsGates(t *testing.T) {
	w := newWorld(t)
	w.node("aabbccdd", "Ann", meshcore.RoleRepeater, w.ago(time.Hour))
	closed := map[string]bool{"/api/channels": true, "/api/channels/{hash}/packets": true, "/api/channels/{hash}/messages": true, "/api/nodes/{key}/paths": true,
		"/api/nodes/network-status": true, "/api/nodes/clock-skew": true, "/api/nodes/{key}/clock-skew": true,
		"/api/nodes/{key}/neighbors": true, "/api/nodes/{key}/reach": true, "/api/resolve-hops": true,
		"/api/analytics/neighbor-graph": true, "/api/analytics/hash-sizes": true, "/api/analytics/hash-collisions": true,
		"/api/analytics/distance": true, "/api/analytics/roles": true, "/api/scope-stats": true, "/api/analytics/relay-airtime-share": true,
		"/api/analytics/subpaths": true, "/api/analytics/subpaths-bulk": true, "/api/analytics/subpath-detail": true,
		"/api/nodes/bulk-health": true, "/api/nodes/{key}/health": true, "/api/nodes/{key}/analytics": true, "/api/analytics/topology": true, "/api/paths/inspect": true}
	ask := func(route apiRoute) (int, string, string) {
		path := strings.NewReplacer("{key}", "aabbccdd", "{hash}", "0011223344556677", "{id}", "NOBODY").Replace(route.Path)
		path += "?since=2026-01-01T00:00:00Z&hops=a3,7f&groups=2-3:5&prefix=aabbccdd" // what is required
		got := w.get(path)
		if route.Method == "POST" {
			got = w.postJSON(path, `{"hex":"150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D","hashes":["0011223344556677"],"prefixes":["a1"]}`)
		}
		return got.Code, got.Header().Get("Retry-After"), strings.TrimSpace(got.Body.String())
	}
	for _, route := range w.s.apiTable() {
		if code, after, body := ask(route); code != 503 || after != "1" || body != `{"error":"loading","retryAfter":1}` {
			t.Errorf("%s before load: have %d %s %s", route.Path, code, after, body)
		}
	}
	w.store.Set(w.st)
	for _, route := range w.s.apiTable() {
		code, after, body := ask(route)
		if ofOperator(route) {
			continue // needs no index but the operator
		}
		switch body = strings.Replace(body, `,"retry":true`, "", 1); {
		case closed[route.Path] && (code != 503 || after != "5" || body != `{"error":"index loading","retryAfter":5}`):
			t.Errorf("%s before its index: have %d %s %s", route.Path, code, after, body)
		case !closed[route.Path] && code != 200 && code != 404:
			t.Errorf("%s before the indexes: have %d %s", route.Path, code, body)
		}
	}
	var nodes apiNodeList
	if err := json.Unmarshal(w.get("/api/nodes").Body.Bytes(), &nodes); err != nil || nodes.Total != 1 || nodes.Nodes[0].AdvertCount != nil || nodes.Nodes[0].Name != "Ann" {
		t.Errorf("nodes before the index: have %+v", nodes)
	}
	if code := w.get("/api/packets?node=Ann").Code; code != 503 {
		t.Errorf("packets by node before the index: have %d", code)
	}
}

// FuzzAPIQuery: whatever is asked, the answer is JSON, and never a fault of
// ours.
func FuzzAPIQuery(f *testing.F) {
	w := newSimWorld(f)
	for _, q := range []string{"limit=5", "type=4&route=1&order=asc", "since=2026-01-01T01:00:00Z&groupByHash=1", "channel=enc_11&node=x", "%zz", "hash=%ff&region=,"} {
		f.Add("/api/packets?" + q)
		f.Add("/api/nodes?" + q)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(u.Path, "/api/") || u.Host != "" || strings.ContainsAny(path, " \x7f") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' }) {
			t.Skip("no address of the API that a client can send")
		}
		b := *w.bench
		b.t = t
		got := b.get(path)
		if got.Code >= 500 || got.Code >= 300 && got.Code < 400 && got.Body.Len() == 0 {
			t.Fatalf("%q: %d %s", path, got.Code, got.Body)
		}
		if got.Code < 300 && !json.Valid(got.Body.Bytes()) {
			t.Fatalf("%q: no JSON: %.200s", path, got.Body)
		}
	})
}
