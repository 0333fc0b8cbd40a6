package web

import (
	"fmt"
	"net/url"
	"testing"

	"hilltop/firmware-bridge/simmesh"
)

// BenchmarkAPI asks for what scans columns or reads indexes, and for lists of packets, over 200,000
// packet messages of 48 hours.
func BenchmarkAPI(b *testing.B) {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 42, 800, 40, 48, 200_000
	r, err := simulate(cfg)
	if err != nil {
		b.Fatal(err)
	}
	w := newRecordedWorld(b, r)
	var nodes apiNodeList
	w.ask("/api/nodes?role=repeater&sortBy=packetCount", &nodes)
	observer, node := w.st.Observers()[0], nodes.Nodes[0]
	for _, x := range []struct{ name, path string }{
		{"stats", "/api/stats"},
		{"packets", "/api/packets"},
		{"packets-200", "/api/packets?limit=200"},
		{"packets-deep", "/api/packets?limit=50&offset=10000"},
		{"grouped", "/api/packets?groupByHash=true"},
		{"by-type", "/api/packets?type=4"},
		{"by-route", "/api/packets?route=2"},
		{"by-region", "/api/packets?region=" + observer.Region},
		{"by-observer", "/api/packets?observer=" + observer.ID},
		{"by-node", "/api/packets?node=" + node.PublicKey},
		{"by-channel", "/api/packets?channel=Public"},
		{"by-hash", "/api/packets?hash=a"},
		{"timestamps", "/api/packets/timestamps?since=2026-01-02T23:00:00Z"},
		{"nodes", "/api/nodes?limit=200"},
		{"nodes-region", "/api/nodes?region=" + observer.Region},
		{"node", "/api/nodes/" + node.PublicKey},
		{"node-paths", "/api/nodes/" + node.PublicKey + "/paths"},
		{"node-health", "/api/nodes/" + node.PublicKey + "/health"},
		{"node-analytics", "/api/nodes/" + node.PublicKey + "/analytics"},
		{"bulk-health", "/api/nodes/bulk-health?limit=200"},
		{"topology", "/api/analytics/topology"},
		{"topology-24h", "/api/analytics/topology?window=24h"},
		{"observers", "/api/observers"},
		{"observer-analytics", "/api/observers/" + observer.ID + "/analytics"},
		{"channels-region", "/api/channels?region=" + url.QueryEscape(observer.Region)},
		{"messages", "/api/channels/Public/messages"},
		{"subpaths-4", "/api/analytics/subpaths?maxLen=4"},
		{"subpaths", "/api/analytics/subpaths"},
		{"subpaths-region", "/api/analytics/subpaths?region=" + observer.Region},
		{"page", "/packets"},
		{"page-100", "/packets?n=100"},
		{"page-copies", "/packets?sort=copies"},
		{"page-receptions", "/packets?view=receptions"},
		{"subpath-detail", "/api/analytics/subpath-detail?hops=01,02"},
	} {
		b.Run(fmt.Sprintf("%s/200k", x.name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := w.get(x.path); got.Code != 200 {
					b.Fatalf("%d %s", got.Code, got.Body)
				}
			}
		})
	}
}

// BenchmarkDistances asks for distances of links, and for all edges as the graph
// does, over 200,000 packet messages of 48 hours.
func BenchmarkDistances(b *testing.B) {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 42, 800, 40, 48, 200_000
	r, err := simulate(cfg)
	if err != nil {
		b.Fatal(err)
	}
	w := newRecordedWorld(b, r)
	w.day = w.survey()
	for _, path := range []string{"/api/analytics/distance", "/api/analytics/neighbor-graph"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := w.get(path); got.Code != 200 {
					b.Fatalf("%d %s", got.Code, got.Body)
				}
			}
		})
	}
}
