package observer

import "github.com/tidwall/gjson"

const (
	maxOther     = 32 // unknown measurements of one message
	maxOtherText = 48 // bytes of each name and value
)

// measurements collects the numbers of a status message, from "stats" or from
// the top level.
type measurements struct {
	values     Metrics
	rank       map[Metric]int // of the spelling that gave the value
	other      []Stat
	outOfRange bool
}

// spelling is a name of a metric on the wire. Of several in one message the
// one with the higher rank counts.
type spelling struct {
	metric Metric
	rank   int
}

// MetricNamed finds a metric by the name under which the firmware and its
// publishers send it, such as "uptime_secs" for [UptimeS].
func MetricNamed(name string) (Metric, bool) {
	s, ok := spelled(name)
	return s.metric, ok
}

func spelled(name string) (spelling, bool) {
	switch name {
	case "battery_mv":
		return spelling{BatteryMV, 1}, true
	case "uptime_secs":
		return spelling{UptimeS, 1}, true
	case "noise_floor":
		return spelling{NoiseDBm, 1}, true
	case "tx_air_secs":
		return spelling{TxAirS, 1}, true
	case "rx_air_secs":
		return spelling{RxAirS, 1}, true
	case "errors":
		return spelling{ErrorFlags, 2}, true
	case "debug_flags":
		return spelling{ErrorFlags, 1}, true
	case "queue_len":
		return spelling{QueueLen, 1}, true
	case "recv_errors":
		return spelling{RecvErrors, 1}, true
	case "packets_sent":
		return spelling{PacketsSent, 3}, true
	case "sent":
		return spelling{PacketsSent, 2}, true
	case "n_sent":
		return spelling{PacketsSent, 1}, true
	case "packets_received":
		return spelling{PacketsRecv, 3}, true
	case "packets_recv":
		return spelling{PacketsRecv, 2}, true
	case "recv":
		return spelling{PacketsRecv, 1}, true
	case "internal_heap":
		return spelling{FreeHeap, 1}, true
	}
	return spelling{}, false
}

// take notes one member. Names that are no metric are kept only from stats.
func (s *measurements) take(name string, v member, fromStats bool) {
	known, ok := spelled(name)
	if !ok {
		if fromStats {
			s.takeOther(name, v)
		}
		return
	}
	if n, ok := number(v); ok {
		s.put(known, n)
	}
}

// put notes a number, unless a better spelling has given one.
func (s *measurements) put(known spelling, n float64) {
	if known.rank < s.rank[known.metric] {
		return
	}
	switch plausible(known.metric, n) {
	case absent:
		delete(s.values, known.metric)
	case impossible:
		s.outOfRange = true
		delete(s.values, known.metric)
	default:
		if s.values == nil {
			s.values, s.rank = Metrics{}, map[Metric]int{}
		}
		s.values[known.metric], s.rank[known.metric] = n, known.rank
	}
}

func (s *measurements) takeOther(name string, v member) {
	value := content(v)
	switch v.Type {
	case gjson.True:
		value = "true"
	case gjson.False:
		value = "false"
	}
	if value == "" || name == "" || len(name) > maxOtherText || len(value) > maxOtherText || len(s.other) == maxOther {
		return
	}
	name, _ = clean(name, maxOtherText)
	value, _ = clean(value, maxOtherText)
	s.other = append(s.other, Stat{keep(name), keep(value)})
}

// known gives what is worth recording: nil if all is 0, which publishers send
// when the radio gives no measurements.
func (s *measurements) known() Metrics {
	for _, v := range s.values {
		if v != 0 {
			return s.values
		}
	}
	return nil
}

type verdict uint8

const (
	measured   verdict = iota
	absent             // a number that publishers send for unknown
	impossible         // a number that cannot be
)

const maxCount = 1 << 53 // counters beyond it are no longer exact

// plausible judges a metric's number.
func plausible(m Metric, v float64) verdict {
	switch m {
	case BatteryMV:
		return judge(v, v >= 0 && v < 500, 500, 30_000)
	case NoiseDBm:
		return judge(v, v == 0, -150, -30)
	case UptimeS:
		return judge(v, v == 0, 1, 1<<32-1)
	}
	return judge(v, false, 0, maxCount)
}

func judge(v float64, unknown bool, least, most float64) verdict {
	switch {
	case unknown:
		return absent
	case !(v >= least && v <= most):
		return impossible
	}
	return measured
}
