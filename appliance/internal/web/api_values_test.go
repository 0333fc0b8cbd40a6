package web

import (
	"encoding/json"
	"slices"
)

// values notes what a member of answers has been.
type values struct {
	seen  map[string]bool // as JSON; no more than a few
	times int
}

func (x *values) note(v any) {
	if x.times++; len(x.seen) < 3 {
		b, _ := json.Marshal(v)
		x.seen[string(b)] = true
	}
}

// tellsNothing is a value that says that nothing is known.
func tellsNothing(v string) bool {
	return slices.Contains([]string{"null", `""`, "0", "false", "[]", "{}"}, v)
}

// constant tells whether a member is always the same though many were asked for, or never
// says anything.
func (x *values) constant() bool {
	if len(x.seen) > 1 {
		return false
	}
	for v := range x.seen {
		return x.times >= 5 || tellsNothing(v)
	}
	return true
}

func collect(v any, at string, into map[string]*values, free map[string]bool) {
	note := func(v any) {
		if into[at] == nil {
			into[at] = &values{seen: map[string]bool{}}
		}
		into[at].note(v)
	}
	switch v := v.(type) {
	case []any:
		note(len(v))
		if len(v) > 0 {
			note("some")
		}
		for _, x := range v {
			collect(x, at+"[]", into, free)
		}
	case map[string]any:
		if note(len(v)); len(v) > 0 {
			note("some")
		}
		for name, x := range v {
			member := at + "." + name
			if free[at] {
				member = at + ".*"
			}
			collect(x, member, into, free)
		}
	default:
		note(v)
	}
}

// constants are members that the simulated mesh gives one value, and why.
var constants = map[string]string{
	"GET /api/analytics/distance .distHistogram.bins[].w":                            "bins of equal width",
	"GET /api/analytics/hash-collisions .inconsistent_nodes":                         "no node changes its width",
	"GET /api/analytics/hash-collisions .by_size.2.two_byte_cells.*.max_collision":   "no two relays share two bytes",
	"GET /api/analytics/hash-collisions .by_size.2.two_byte_cells.*.collision_count": "no two relays share two bytes",
	"GET /api/analytics/neighbor-graph .stats.rejected_edges_geo_far":                "no place is wrong",
	"GET /api/analytics/roles .roles[].noClockCount":                                 "every node has a clock",
	"GET /api/channels .channels[].encrypted":                                        "it stands only there",
	"GET /api/channels/{hash}/packets .packets[].type":                               "group texts under this hash byte",
	"GET /api/channels/{hash}/packets .next":                                         "one part is all",
	"GET /api/nodes .nodes[].temperature_c":                                          "nobody tells it openly",
	"GET /api/nodes .nodes[].foreign":                                                "there is no filter by place",
	"GET /api/nodes .nodes[].hash_size_inconsistent":                                 "no node changes its width",
	"GET /api/nodes/clock-skew [].driftPerDaySec":                                    "six hours show no drift",
	"GET /api/nodes/clock-skew [].calibrated":                                        "every observer's clock has proven itself",
	"GET /api/nodes/network-status .silent":                                          "nobody is quiet for so long",
	"GET /api/nodes/{key} .node.relay_window_hours":                                  "a setting",
	"GET /api/nodes/{key}/analytics .timeRange.from":                                 "as asked",
	"GET /api/nodes/{key}/analytics .timeRange.to":                                   "as asked",
	"GET /api/nodes/{key}/analytics .timeRange.days":                                 "as asked",
	"GET /api/nodes/{key}/analytics .uptimeHeatmap[].dayOfWeek":                      "all is of one day",
	"GET /api/nodes/{key}/battery .days":                                             "as asked",
	"GET /api/nodes/{key}/battery .thresholds.low_mv":                                "a setting",
	"GET /api/nodes/{key}/battery .thresholds.critical_mv":                           "a setting",
	"GET /api/nodes/{key}/clock-skew .driftPerDaySec":                                "six hours show no drift",
	"GET /api/nodes/{key}/clock-skew .calibrated":                                    "every observer's clock has proven itself",
	"GET /api/nodes/{key}/reach .window.days":                                        "as asked",
	"GET /api/nodes/{key}/reach .window.since":                                       "as asked",
	"GET /api/nodes/{key}/reach .importance.nodes_with_edges":                        "of the whole mesh",
	"GET /api/observers .observers[].radio":                                          "one setting for the whole mesh",
	"GET /api/observers .observers[].clock_naive":                                    "every observer states UTC",
	"GET /api/observers .observers[].clock_skew_seconds":                             "every observer states UTC",
	"GET /api/observers .observers[].clock_skew_count_24h":                           "every observer states UTC",
	"GET /api/observers .observers[].clock_last_naive_at":                            "every observer states UTC",
	"GET /api/observers/clock-skew [].offsetSec":                                     "every observer's clock is right",
	"GET /api/observers/{id} .radio":                                                 "one setting for the whole mesh",
	"GET /api/observers/{id}/metrics .reboots":                                       "nobody starts anew",
	"GET /api/observers/{id}/metrics .metrics[].recv_error_rate":                     "counters of errors come without those of receptions",
	"GET /api/packets .offset":                                                       "as asked",
	"GET /api/packets .packets[].direction":                                          "what an observer sent is no observation",
	"GET /api/packets .packets[].observations[].direction":                           "what an observer sent is no observation",
	"GET /api/packets/{hash} .observations[].direction":                              "what an observer sent is no observation",
	"GET /api/stats .commit":                                                         "the test has no version",
	"GET /api/stats .buildTime":                                                      "the same source gives the same binary",
	"GET /api/stats .processRSSMB":                                                   "the test has no process of its own",
	"POST /api/decode .decoded.header.payloadVersion":                                "the firmware knows one version",
	"POST /api/decode .decoded.payload.flags.hasName":                                "every node has a name",
	"POST /api/paths/inspect .stats.beamWidth":                                       "a setting",
}
