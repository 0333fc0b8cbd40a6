package simmesh

import "math"

// Clients that bring what a radio hears to MQTT. Both write strings where one
// would expect numbers.
const (
	clientMCtoMQTT = iota // meshcoretomqtt: parses the firmware's packet log
	clientCapture         // meshcore-packet-capture: talks to a companion radio
)

// Forms of a message's time.
const (
	stampUTC        = iota // 2026-01-02T03:04:05.123456+00:00
	stampNaiveUTC          // without a zone
	stampNaiveLocal        // without a zone, eight hours behind UTC
)

// observer is a node that reports to MQTT.
type observer struct {
	n        *node
	iata     string
	quality  float64 // share of what it hears that reaches the broker
	client   int
	stamp    int
	sendsTX  bool    // also reports what it transmits
	latency  float64 // usual delay to the broker, ms
	model    string
	firmware string
	version  string
	bootMs   int64
	statusMs int64 // phase of its status messages

	downFrom, downTo int64 // next outage
}

var (
	models   = []string{"Heltec V3", "Heltec V4", "RAK 4631", "Station G2", "Xiao S3 WIO", "LilyGo T3S3", "T-Beam Supreme"}
	versions = []string{"v1.9.1-abcd123", "v1.10.0-e812632", "v1.11.0-6d32193", "v1.12.0-e4f9d2a", "v1.13.0-1ce2f01"}
)

// makeObservers chooses observers by role; a second pass fills up with any.
func (w *world) makeObservers(r rng, count int, startMs int64) {
	order := r.Perm(len(w.nodes))
	left := map[string]int{
		roleRepeater:  int(math.Ceil(0.6 * float64(count))),
		roleCompanion: int(math.Ceil(0.3 * float64(count))),
		roleRoom:      int(math.Ceil(0.1 * float64(count))),
	}
	for pass := range 2 {
		for _, i := range order {
			n := w.nodes[i]
			if len(w.observers) == count || n.obs != nil || (pass == 0 && left[n.role] <= 0) {
				continue
			}
			left[n.role]--
			n.obs = newObserver(r, n, startMs)
			w.observers = append(w.observers, n.obs)
		}
	}
}

func newObserver(r rng, n *node, startMs int64) *observer {
	o := &observer{
		n: n, iata: cities[n.city].iata, quality: math.Exp(-1.1 * math.Abs(r.NormFloat64())), latency: r.between(30, 250),
		model: pick(r, models), firmware: pick(r, versions), version: pick(r, []string{"1.0.7", "1.0.8", "1.1.0"}),
		bootMs: startMs - int64(r.between(0, 30*86400e3)), statusMs: r.msBetween(0, statusEvery-1),
	}
	o.client = clientMCtoMQTT
	if n.role == roleCompanion || r.chance(0.1) {
		o.client = clientCapture
	}
	switch p := r.Float64(); {
	case p < 0.86:
		o.stamp = stampUTC
	case p < 0.95:
		o.stamp = stampNaiveUTC
	default:
		o.stamp = stampNaiveLocal
	}
	o.sendsTX = o.client == clientMCtoMQTT && n.relay && r.chance(0.25)
	o.planOutage(r, startMs)
	return o
}

// planOutage draws the next outage: after 60 hours on average, for 2 hours.
func (o *observer) planOutage(r rng, after int64) {
	o.downFrom = after + int64(r.ExpFloat64()*60*3600e3)
	o.downTo = o.downFrom + int64(r.ExpFloat64()*2*3600e3)
}

// down tells whether an observer is offline.
func (o *observer) down(at int64) bool { return at >= o.downFrom && at < o.downTo }
