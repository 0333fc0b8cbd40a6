package web

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata")

// shape notes every member of a JSON value and the kinds of values it has had:
// lists and objects with free names count as one member each.
func shape(v any, at string, into map[string]map[string]bool, free map[string]bool) {
	note := func(kind string) {
		if into[at] == nil {
			into[at] = map[string]bool{}
		}
		into[at][kind] = true
	}
	switch v := v.(type) {
	case nil:
		note("null")
	case bool:
		note("bool")
	case float64:
		note("number")
	case string:
		note("string")
	case []any:
		note("list")
		for _, x := range v {
			shape(x, at+"[]", into, free)
		}
	case map[string]any:
		note("object")
		for _, name := range slices.Sorted(maps.Keys(v)) {
			member := name
			if free[at] {
				member = "*"
			}
			shape(v[name], at+"."+member, into, free)
		}
	}
}

// calls are what the API is asked for the record of its members: the name of
// the route, then addresses or bodies.
func (w *simWorld) calls() map[string][]string {
	var hashes []string
	kinds := map[string]string{} // one packet of each type and route
	for _, tx := range w.all {
		hashes = append(hashes, `"`+tx.Hash.String()+`"`)
		kinds[fmt.Sprint(tx.Type, tx.Earliest().Header&3)] = tx.Hash.String()
	}
	var skews, batteries, neighbors, reaches, metrics, health, nodeDays, observerDays, inspected []string
	var details, frames, nodes, paths, observers, messages []string
	for _, h := range slices.Sorted(maps.Values(kinds)) {
		details = append(details, "/api/packets/"+h)
	}
	for _, tx := range w.all {
		frames = append(frames, fmt.Sprintf(`{"hex":"%x"}`, tx.Earliest().Frame(tx.Payload)))
	}
	for _, n := range w.st.Nodes() {
		nodes = append(nodes, "/api/nodes/"+n.Key.String())
		paths = append(paths, "/api/nodes/"+n.Key.String()+"/paths")
		skews = append(skews, "/api/nodes/"+n.Key.String()+"/clock-skew")
		batteries = append(batteries, "/api/nodes/"+n.Key.String()+"/battery")
		neighbors = append(neighbors, "/api/nodes/"+n.Key.String()+"/neighbors")
		health = append(health, "/api/nodes/"+n.Key.String()+"/health")
		nodeDays = append(nodeDays, "/api/nodes/"+n.Key.String()+"/analytics?days=2")
		reaches = append(reaches, "/api/nodes/"+n.Key.String()+"/reach?days=30")
	}
	for _, o := range w.st.Observers() {
		observers = append(observers, "/api/observers/"+o.ID)
		observerDays = append(observerDays, "/api/observers/"+o.ID+"/analytics?days=1")
		metrics = append(metrics, "/api/observers/"+o.ID+"/metrics")
	}
	var list apiSequenceList
	w.ask("/api/analytics/subpaths?limit=30&minLen=3", &list)
	for _, x := range list.Subpaths {
		body, _ := json.Marshal(map[string]any{"prefixes": x.RawHops, "context": map[string]string{"observerId": w.st.Observers()[0].ID}})
		inspected = append(inspected, string(body))
	}
	hops := "/api/resolve-hops?hops=" + strings.Join(everyHop(), ",")
	resolved := []string{hops}
	for _, n := range w.st.Nodes() {
		resolved = append(resolved, hops+"&from_node="+n.Key.String())
	}
	for _, c := range w.set.Channels.List(nil) {
		messages = append(messages, "/api/channels/"+pathEscape(c.Ref)+"/messages?limit=500")
	}
	return map[string][]string{
		"GET /api/stats":                         {"/api/stats"},
		"GET /api/packets":                       {"/api/packets?limit=10000", "/api/packets?limit=10000&expand=observations"},
		"GET /api/packets grouped":               {"/api/packets?limit=10000&groupByHash=true"},
		"GET /api/packets/timestamps":            {"/api/packets/timestamps?since=2026-01-01T00:00:00Z"},
		"POST /api/packets/observations":         {`{"hashes":[` + strings.Join(hashes[:hashesMost], ",") + `]}`},
		"GET /api/packets/{hash}":                details,
		"POST /api/decode":                       frames,
		"GET /api/nodes":                         {"/api/nodes?limit=2000"},
		"GET /api/nodes/search":                  {"/api/nodes/search?q=a"},
		"GET /api/nodes/{key}":                   nodes,
		"GET /api/nodes/bulk-health":             {"/api/nodes/bulk-health?limit=200"},
		"GET /api/nodes/{key}/health":            health,
		"GET /api/nodes/{key}/analytics":         nodeDays,
		"GET /api/observers/{id}/analytics":      observerDays,
		"POST /api/paths/inspect":                inspected,
		"GET /api/analytics/topology":            {"/api/analytics/topology"},
		"GET /api/nodes/network-status":          {"/api/nodes/network-status"},
		"GET /api/nodes/clock-skew":              {"/api/nodes/clock-skew"},
		"GET /api/nodes/{key}/clock-skew":        skews,
		"GET /api/nodes/{key}/battery":           batteries,
		"GET /api/observers/clock-skew":          {"/api/observers/clock-skew"},
		"GET /api/scope-stats":                   {"/api/scope-stats"},
		"GET /api/analytics/relay-airtime-share": {"/api/analytics/relay-airtime-share?window=24h"},
		"GET /api/nodes/{key}/neighbors":         neighbors,
		"GET /api/nodes/{key}/reach":             reaches,
		"GET /api/nodes/resolve":                 {"/api/nodes/resolve?prefix=0000", "/api/nodes/resolve?prefix=" + w.st.Nodes()[0].Key.String()},
		"GET /api/resolve-hops":                  resolved,
		"GET /api/observers/{id}/metrics":        metrics,
		"GET /api/observers/metrics/summary":     {"/api/observers/metrics/summary"},
		"GET /api/analytics/neighbor-graph":      {"/api/analytics/neighbor-graph?min_count=1&min_score=0"},
		"GET /api/analytics/hash-sizes":          {"/api/analytics/hash-sizes"},
		"GET /api/analytics/hash-collisions":     {"/api/analytics/hash-collisions"},
		"GET /api/analytics/distance":            {"/api/analytics/distance"},
		"GET /api/analytics/roles":               {"/api/analytics/roles"},
		"GET /api/config/areas":                  {"/api/config/areas"},
		"GET /api/config/areas/polygons":         {"/api/config/areas/polygons"},
		"GET /api/observers":                     {"/api/observers"},
		"GET /api/observers/{id}":                observers,
		"GET /api/channels":                      {"/api/channels?includeEncrypted=true"},
		"GET /api/channels/{hash}/messages":      messages,
		"GET /api/channels/{hash}/packets":       {"/api/channels/11/packets"},
		"GET /api/nodes/{key}/paths":             paths,
		"GET /api/analytics/subpaths":            {"/api/analytics/subpaths?limit=200"},
		"GET /api/analytics/subpaths-bulk":       {"/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15"},
		"GET /api/analytics/subpath-detail":      w.details(),
	}
}

// everyHop is as many hops of one byte as may be asked for at once.
func everyHop() (hops []string) {
	for i := range hopsAsked {
		hops = append(hops, fmt.Sprintf("%02x", 4*i))
	}
	return hops
}

// details asks for the most frequent sequences.
func (w *simWorld) details() (calls []string) {
	var list apiSequenceList
	w.ask("/api/analytics/subpaths?limit=30", &list)
	for _, x := range list.Subpaths {
		calls = append(calls, "/api/analytics/subpath-detail?hops="+strings.Join(x.RawHops, ","))
	}
	return calls
}

func pathEscape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "#", "%23"), " ", "%20")
}

// freeNames are the objects whose members have names of their own.
func freeNames() map[string]bool {
	free := map[string]bool{".results": true, ".malformed": true, ".resolved": true, ".neighbors[].counts_by_mode": true, ".catStats": true, ".perObserverReach": true, ".packetTypes": true, ".distributionByRepeaters": true}
	for _, size := range []string{"1", "2"} {
		for _, at := range []string{".one_byte_cells", ".two_byte_cells", ".two_byte_cells.*.two_byte_map"} {
			free[".by_size."+size+at] = true
		}
	}
	return free
}

// answers asks for everything and shows each route's answers.
func (w *simWorld) answers(show func(name string, answer any)) {
	w.t.Helper()
	for name, calls := range w.calls() {
		route := strings.Fields(name)
		for _, call := range calls {
			got := w.get
			if route[0] == "POST" {
				got = func(body string) *httptest.ResponseRecorder { return w.postJSON(route[1], body) }
			}
			answer := got(call)
			var v any
			if err := json.Unmarshal(answer.Body.Bytes(), &v); err != nil || answer.Code != 200 {
				w.t.Fatalf("%s %s: %d %v %s", name, call, answer.Code, err, answer.Body)
			}
			show(name, v)
		}
	}
}

// shapes records the members of each route's answers.
func (w *simWorld) shapes() map[string]map[string]map[string]bool {
	w.t.Helper()
	all, free := map[string]map[string]map[string]bool{}, freeNames()
	w.answers(func(name string, v any) {
		if all[name] == nil {
			all[name] = map[string]map[string]bool{}
		}
		shape(v, "", all[name], free)
	})
	return all
}

// TestAPIMembers holds every member of every answer to the record of it.
func TestAPIMembers(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	var b strings.Builder
	all := w.shapes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s\n", name)
		for _, member := range slices.Sorted(maps.Keys(all[name])) {
			if member != "" {
				fmt.Fprintf(&b, "\t%s %s\n", member, strings.Join(slices.Sorted(maps.Keys(all[name][member])), " or "))
			}
		}
	}
	golden := filepath.Join("testdata", "api.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(string(want), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(wants) || wants[i] != line {
			t.Fatalf("%s:%d: have %q (-update rewrites the file)", golden, i+1, line)
		}
	}
}

// fieldNames are the members that clients of the field's analyzer read, by
// route, as its own documentation has them.
var fieldNames = map[string]string{
	"GET /api/stats": `.totalPackets .totalTransmissions .totalObservations .totalNodes .totalNodesAllTime .totalObservers .packetsLastHour
		.packetsLast24h .engine .version .commit .buildTime .counts.repeaters .counts.rooms .counts.companions .counts.sensors .signatureDrops
		.hashMigrationComplete .trackedMB .storeDataMB .processRSSMB .goHeapInuseMB .goSysMB .malformed`,
	"GET /api/packets": `.packets .total .limit .offset .packets[].id .packets[].raw_hex .packets[].hash .packets[].first_seen
		.packets[].timestamp .packets[].route_type .packets[].payload_type .packets[].decoded_json .packets[].observation_count
		.packets[].observer_id .packets[].observer_name .packets[].observer_iata .packets[].snr .packets[].rssi .packets[].path_json
		.packets[]._parsedPath .packets[].direction .packets[].resolved_path .packets[].observations[].id
		.packets[].observations[].observer_id .packets[].observations[].observer_name .packets[].observations[].observer_iata
		.packets[].observations[].snr .packets[].observations[].rssi .packets[].observations[].path_json
		.packets[].observations[].timestamp .packets[].observations[].direction .packets[].observations[].resolved_path`,
	"GET /api/packets grouped": `.packets .total .packets[].hash .packets[].first_seen .packets[].count .packets[].observer_count
		.packets[].observation_count .packets[].latest .packets[].observer_id .packets[].observer_name .packets[].observer_iata
		.packets[].distinct_iatas .packets[].path_json .packets[].payload_type .packets[].route_type .packets[].raw_hex
		.packets[].decoded_json .packets[].snr .packets[].rssi`,
	"GET /api/packets/timestamps": `[]`,
	"POST /api/packets/observations": `.results .results.*[].id .results.*[].transmission_id .results.*[].hash .results.*[].observer_id
		.results.*[].path_json`,
	"GET /api/packets/{hash}": `.packet.id .packet.hash .packet.decoded_json .packet.path_json .path .observation_count .observations[].id
		.observations[].transmission_id .observations[].hash .observations[].observer_id .observations[].observer_name
		.observations[].observer_iata .observations[].snr .observations[].rssi .observations[].path_json .observations[].resolved_path
		.observations[].resolved_confidence .observations[].direction .observations[].raw_hex .observations[].timestamp`,
	"POST /api/decode": `.decoded.header.routeType .decoded.header.routeTypeName .decoded.header.payloadType
		.decoded.header.payloadTypeName .decoded.header.payloadVersion .decoded.transportCodes .decoded.path.hashSize
		.decoded.path.hashCount .decoded.path.hops .decoded.payload.type .decoded.raw .decoded.payload.destHash .decoded.payload.srcHash
		.decoded.payload.mac .decoded.payload.encryptedData .decoded.payload.extraHash .decoded.payload.ackLen .decoded.payload.pubKey
		.decoded.payload.timestamp .decoded.payload.timestampISO .decoded.payload.signature .decoded.payload.signatureValid
		.decoded.payload.flags.raw .decoded.payload.flags.type .decoded.payload.flags.chat .decoded.payload.flags.repeater
		.decoded.payload.flags.room .decoded.payload.flags.sensor .decoded.payload.flags.hasLocation .decoded.payload.flags.hasName
		.decoded.payload.lat .decoded.payload.lon .decoded.payload.name .decoded.payload.channelHash .decoded.payload.channelHashHex
		.decoded.payload.decryptionStatus .decoded.payload.channel .decoded.payload.sender .decoded.payload.text
		.decoded.payload.sender_timestamp .decoded.payload.ephemeralPubKey .decoded.payload.pathData .decoded.payload.tag
		.decoded.payload.authCode .decoded.payload.traceFlags`,
	"GET /api/nodes": `.nodes .total .counts.repeaters .counts.rooms .counts.companions .counts.sensors .nodes[].public_key .nodes[].name
		.nodes[].role .nodes[].lat .nodes[].lon .nodes[].last_seen .nodes[].last_heard .nodes[].first_seen .nodes[].advert_count
		.nodes[].battery_mv .nodes[].temperature_c .nodes[].foreign .nodes[].hash_size .nodes[].hash_size_inconsistent
		.nodes[].multi_byte_status .nodes[].multi_byte_max_hash_size .nodes[].last_relayed .nodes[].relay_active`,
	"GET /api/nodes/search": `.nodes[].public_key .nodes[].name .nodes[].role`,
	"GET /api/nodes/{key}": `.node.public_key .node.relay_window_hours .node.flood_advert_count_7d .recentAdverts[].hash
		.recentAdverts[].observations[].observer_id`,
	"GET /api/nodes/network-status": `.total .active .degraded .silent .roleCounts`,
	"GET /api/nodes/clock-skew": `[].pubkey [].nodeName [].nodeRole [].medianSkewSec [].recentMedianSkewSec [].lastObservedTS [].driftPerDaySec
		[].severity [].sampleCount [].calibrated`,
	"GET /api/nodes/{key}/clock-skew": `.pubkey .medianSkewSec .recentMedianSkewSec .lastObservedTS .driftPerDaySec .severity .sampleCount .calibrated
		.samples[].ts .samples[].skew`,
	"GET /api/nodes/{key}/battery": `.public_key .days .samples[].timestamp .samples[].battery_mv .latest_mv .latest_ts .status .thresholds.low_mv
		.thresholds.critical_mv`,
	"GET /api/observers/clock-skew": `[].observerID [].offsetSec [].samples`,
	"GET /api/scope-stats": `.summary.transportTotal .summary.scoped .summary.unknownScope .summary.unscoped .byRegion[].name .byRegion[].count
		.timeSeries[].t .timeSeries[].scoped .timeSeries[].unscoped .window`,
	"GET /api/analytics/relay-airtime-share": `.rows[].payload_type .rows[].type .rows[].count .rows[].count_pct .rows[].score .rows[].airtime_pct
		.total_count .total_score .preset.freq_hz .preset.bw_khz .preset.sf .preset.cr .preset.preamble .window .cached`,
	"GET /api/nodes/{key}/neighbors": `.node .total_observations .neighbors[].pubkey .neighbors[].prefix .neighbors[].name .neighbors[].role
		.neighbors[].count .neighbors[].counts_by_mode.* .neighbors[].score .neighbors[].first_seen .neighbors[].last_seen .neighbors[].avg_snr
		.neighbors[].distance_km .neighbors[].observers .neighbors[].ambiguous`,
	"GET /api/nodes/{key}/reach": `.node.public_key .node.name .node.role .node.lat .node.lon .node.first_seen .window.days .window.since .reliable_tokens[]
		.links[].pubkey .links[].name .links[].role .links[].lat .links[].lon .links[].we_hear .links[].they_hear .links[].bottleneck .links[].bidir
		.links[].distance_km .direct_observers[].pubkey .direct_observers[].name .direct_observers[].count .direct_observers[].avg_snr
		.direct_observers[].lat .direct_observers[].lon .direct_observers[].distance_km .importance.neighbor_degree .importance.degree_rank
		.importance.nodes_with_edges .importance.relay_observations .importance.bidirectional_links .importance.direct_observers`,
	"GET /api/nodes/bulk-health": `[].public_key [].name [].role [].lat [].lon [].stats.totalTransmissions [].stats.totalObservations [].stats.totalPackets
		[].stats.packetsToday [].stats.avgSnr [].stats.lastHeard [].observers[].observer_id [].observers[].observer_name [].observers[].avgSnr
		[].observers[].avgRssi [].observers[].packetCount`,
	"GET /api/nodes/{key}/health": `.node.public_key .node.name .observers[].observer_id .observers[].observer_name .observers[].avgSnr .observers[].avgRssi
		.observers[].packetCount .stats.totalTransmissions .stats.totalObservations .stats.totalPackets .stats.packetsToday .stats.avgSnr
		.stats.avgHops .stats.lastHeard .recentPackets[].hash .recentPackets[].timestamp`,
	"GET /api/nodes/{key}/analytics": `.node.public_key .timeRange.from .timeRange.to .timeRange.days .activityTimeline[].bucket .activityTimeline[].count
		.snrTrend[].timestamp .snrTrend[].snr .snrTrend[].rssi .snrTrend[].observer_id .snrTrend[].observer_name
		.packetTypeBreakdown[].payload_type .packetTypeBreakdown[].count .observerCoverage[].observer_id .observerCoverage[].observer_name
		.observerCoverage[].packetCount .observerCoverage[].avgSnr .observerCoverage[].avgRssi .observerCoverage[].firstSeen
		.observerCoverage[].lastSeen .hopDistribution[].hops .hopDistribution[].count .peerInteractions[].peer_key .peerInteractions[].peer_name
		.peerInteractions[].messageCount .peerInteractions[].lastContact .uptimeHeatmap[].dayOfWeek .uptimeHeatmap[].hour .uptimeHeatmap[].count
		.computedStats.availabilityPct .computedStats.longestSilenceMs .computedStats.longestSilenceStart .computedStats.signalGrade
		.computedStats.snrMean .computedStats.snrStdDev .computedStats.relayPct .computedStats.totalPackets .computedStats.uniqueObservers
		.computedStats.uniquePeers .computedStats.avgPacketsPerDay .clockSkew.medianSkewSec`,
	"GET /api/observers/{id}/analytics": `.timeline[].label .timeline[].count .packetTypes.* .nodesTimeline[].label .nodesTimeline[].count
		.snrDistribution[].range .snrDistribution[].count .recentPackets[].hash`,
	"POST /api/paths/inspect": `.candidates[].path[] .candidates[].names[] .candidates[].score .candidates[].speculative
		.candidates[].evidence.perHop[].prefix .candidates[].evidence.perHop[].candidatesConsidered .candidates[].evidence.perHop[].chosen
		.candidates[].evidence.perHop[].edgeWeight .candidates[].evidence.perHop[].alternatives[].publicKey
		.candidates[].evidence.perHop[].alternatives[].name .candidates[].evidence.perHop[].alternatives[].score
		.input.prefixes[] .input.hops .stats.beamWidth .stats.expansionsRun .stats.elapsedMs`,
	"GET /api/analytics/topology": `.uniqueNodes .avgHops .medianHops .maxHops .hopDistribution[].hops .hopDistribution[].count .topRepeaters[].hop
		.topRepeaters[].count .topRepeaters[].name .topRepeaters[].pubkey .topPairs[].hopA .topPairs[].hopB .topPairs[].count .topPairs[].nameA
		.topPairs[].nameB .topPairs[].pubkeyA .topPairs[].pubkeyB .hopsVsSnr[].hops .hopsVsSnr[].count .hopsVsSnr[].avgSnr .observers[].id
		.observers[].name .perObserverReach.*.observer_name .perObserverReach.*.rings[].hops .perObserverReach.*.rings[].nodes[].hop
		.perObserverReach.*.rings[].nodes[].name .perObserverReach.*.rings[].nodes[].pubkey .perObserverReach.*.rings[].nodes[].count
		.perObserverReach.*.rings[].nodes[].distRange .multiObsNodes[].hop .multiObsNodes[].name .multiObsNodes[].pubkey
		.multiObsNodes[].observers[].observer_id .multiObsNodes[].observers[].observer_name .multiObsNodes[].observers[].minDist
		.multiObsNodes[].observers[].count .bestPathList[].hop .bestPathList[].name .bestPathList[].pubkey .bestPathList[].minDist
		.bestPathList[].observer_id .bestPathList[].observer_name`,
	"GET /api/nodes/resolve": `.prefix .pubkey .name`,
	"GET /api/resolve-hops": `.resolved.*.name .resolved.*.pubkey .resolved.*.candidates[].name .resolved.*.candidates[].pubkey
		.resolved.*.candidates[].lat .resolved.*.candidates[].lon .resolved.*.candidates[].affinityScore .resolved.*.conflicts .resolved.*.confidence`,
	"GET /api/observers/{id}/metrics": `.observer_id .observer_name .reboots .metrics[].timestamp .metrics[].noise_floor .metrics[].battery_mv
		.metrics[].tx_airtime_pct .metrics[].rx_airtime_pct .metrics[].recv_error_rate`,
	"GET /api/observers/metrics/summary": `.observers[].observer_id .observers[].observer_name .observers[].iata .observers[].current_noise_floor
		.observers[].avg_noise_floor_24h .observers[].max_noise_floor_24h .observers[].battery_mv .observers[].sample_count .observers[].sparkline`,
	"GET /api/analytics/neighbor-graph": `.nodes[].pubkey .nodes[].name .nodes[].role .nodes[].neighbor_count .edges[].source .edges[].target
		.edges[].weight .edges[].score .edges[].bidirectional .edges[].avg_snr .edges[].ambiguous .stats.total_nodes .stats.total_edges
		.stats.ambiguous_edges .stats.avg_cluster_size .stats.rejected_edges_geo_far`,
	"GET /api/analytics/hash-sizes": `.total .distribution.1 .distribution.2 .distribution.3 .hourly[].hour .hourly[].1 .hourly[].2 .hourly[].3
		.topHops[].hex .topHops[].size .topHops[].count .topHops[].name .topHops[].pubkey .multiByteNodes[].name .multiByteNodes[].hashSize
		.multiByteNodes[].packets .multiByteNodes[].lastSeen .multiByteNodes[].pubkey .multiByteNodes[].role .distributionByRepeaters.*
		.attributionMethod .multiByteCapability[].pubkey .multiByteCapability[].name .multiByteCapability[].role .multiByteCapability[].status
		.multiByteCapability[].evidence .multiByteCapability[].maxHashSize .multiByteCapability[].lastSeen`,
	"GET /api/analytics/hash-collisions": `.inconsistent_nodes .by_size.1.stats.total_nodes .by_size.1.stats.nodes_for_byte .by_size.1.stats.using_this_size
		.by_size.1.stats.unique_prefixes .by_size.1.stats.collision_count .by_size.1.stats.space_size .by_size.1.stats.pct_used
		.by_size.1.collisions[].prefix .by_size.1.collisions[].byte_size .by_size.1.collisions[].appearances .by_size.1.collisions[].max_dist_km
		.by_size.1.collisions[].classification .by_size.1.collisions[].with_coords .by_size.1.collisions[].nodes[].public_key
		.by_size.1.collisions[].nodes[].hash_size .by_size.1.one_byte_cells.*[].name .by_size.2.two_byte_cells.*.group_nodes
		.by_size.2.two_byte_cells.*.two_byte_map .by_size.2.two_byte_cells.*.max_collision .by_size.2.two_byte_cells.*.collision_count .by_size.3.stats`,
	"GET /api/analytics/distance": `.summary.totalHops .summary.totalPaths .summary.avgDist .summary.maxDist .topHops[].fromName .topHops[].fromPk
		.topHops[].toName .topHops[].toPk .topHops[].dist .topHops[].type .topHops[].bestSnr .topHops[].medianSnr .topHops[].obsCount
		.topHops[].hash .topHops[].timestamp .topPaths .catStats.*.count .catStats.*.avg .catStats.*.median .catStats.*.min .catStats.*.max
		.distHistogram.bins[].x .distHistogram.bins[].w .distHistogram.bins[].count .distHistogram.min .distHistogram.max .distOverTime`,
	"GET /api/analytics/roles": `.totalNodes .roles[].role .roles[].nodeCount .roles[].withSkew .roles[].meanAbsSkewSec .roles[].medianAbsSkewSec
		.roles[].okCount .roles[].warningCount .roles[].criticalCount .roles[].absurdCount .roles[].noClockCount`,
	"GET /api/config/areas":          `[].key [].label`,
	"GET /api/config/areas/polygons": `[].key [].label [].polygon [].latMin [].latMax [].lonMin [].lonMax`,
	"GET /api/observers": `.observers .server_time .observers[].id .observers[].name .observers[].iata .observers[].last_seen
		.observers[].first_seen .observers[].packet_count .observers[].model .observers[].firmware .observers[].client_version
		.observers[].radio .observers[].battery_mv .observers[].uptime_secs .observers[].noise_floor .observers[].last_packet_at
		.observers[].packetsLastHour .observers[].lat .observers[].lon .observers[].nodeRole .observers[].clock_naive
		.observers[].clock_skew_seconds .observers[].clock_skew_count_24h .observers[].clock_last_naive_at`,
	"GET /api/observers/{id}": `.id .name .iata .last_seen .packet_count .radio .noise_floor .packetsLastHour`,
	"GET /api/channels": `.channels[].hash .channels[].name .channels[].lastMessage .channels[].lastSender .channels[].messageCount
		.channels[].lastActivity .channels[].encrypted`,
	"GET /api/channels/{hash}/messages": `.messages .total .messages[].sender .messages[].text .messages[].timestamp
		.messages[].first_seen .messages[].sender_timestamp .messages[].packetId .messages[].packetHash .messages[].repeats
		.messages[].observers .messages[].hops .messages[].snr`,
	"GET /api/channels/{hash}/packets": `.packets[].hash .packets[].first_seen .packets[].type .packets[].payload .packets[].observation_count
		.packets[].observers .packets[].hops .packets[].hops_least .packets[].snr .total .next`,
	"GET /api/nodes/{key}/paths": `.node.public_key .paths[].hops[].prefix .paths[].hops[].name .paths[].hops[].pubkey .paths[].hops[].lat
		.paths[].hops[].lon .paths[].count .paths[].lastSeen .paths[].sampleHash .totalPaths .totalTransmissions`,
	"GET /api/analytics/subpaths":      `.subpaths[].path .subpaths[].rawHops[] .subpaths[].count .subpaths[].hops .subpaths[].pct .totalPaths`,
	"GET /api/analytics/subpaths-bulk": `.results[].subpaths[].path .results[].subpaths[].rawHops[] .results[].subpaths[].count .results[].totalPaths`,
	"GET /api/analytics/subpath-detail": `.hops[] .nodes[].hop .nodes[].name .nodes[].lat .nodes[].lon .nodes[].pubkey .totalMatches .firstSeen
		.lastSeen .signal.avgSnr .signal.avgRssi .signal.samples .hourDistribution[] .parentPaths[].path .parentPaths[].count
		.observers[].name .observers[].count`,
}

// TestAPIHasTheMembersOfTheField checks that what clients read is there, and that it tells
// something: a member that is always null, empty or the same is a defect, unless the
// simulated mesh is so.
func TestAPIHasTheMembersOfTheField(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	all, free := map[string]map[string]*values{}, freeNames()
	w.answers(func(name string, v any) {
		if all[name] == nil {
			all[name] = map[string]*values{}
		}
		collect(v, "", all[name], free)
	})
	for _, route := range w.s.apiTable() {
		if fieldNames[route.Method+" "+route.Path] == "" && !ofOperator(route) { // the field has none of these
			t.Errorf("%s %s: no members are asked for", route.Method, route.Path)
		}
	}
	left := maps.Clone(constants)
	for name, members := range fieldNames {
		for _, m := range strings.Fields(members) {
			which := name + " " + m
			_, known := left[which]
			switch v := all[name][m]; {
			case v == nil:
				t.Errorf("%s is missing", which)
			case v.constant() && !known:
				t.Errorf("%s is always %v", which, slices.Collect(maps.Keys(v.seen)))
			case v.constant():
				delete(left, which)
			}
		}
	}
	for which := range left {
		t.Errorf("%s is not constant, or is none", which)
	}
}

// ofOperator tells of calls that need the admin token and have tests of their
// own.
func ofOperator(route apiRoute) bool {
	return strings.HasPrefix(route.Path, "/api/admin/") || route.Path == "/api/backup"
}
