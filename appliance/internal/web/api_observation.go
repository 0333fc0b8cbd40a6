package web

import (
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiObservation is one observation in the words of the API. Floods tell who
// relayed them, and how likely that is.
type apiObservation struct {
	ID                 int64     `json:"id"`
	TransmissionID     int64     `json:"transmission_id"`
	Hash               string    `json:"hash"`
	ObserverID         string    `json:"observer_id"`
	ObserverName       string    `json:"observer_name"`
	ObserverIATA       *string   `json:"observer_iata"`
	SNR                *float64  `json:"snr"`   // dB
	RSSI               *int16    `json:"rssi"`  // dBm
	Score              *float64  `json:"score"` // 0..1
	Direction          string    `json:"direction"`
	RouteType          int       `json:"route_type"`
	PayloadType        int       `json:"payload_type"`
	PathJSON           string    `json:"path_json"`
	ResolvedPath       []*string `json:"resolved_path,omitzero"`
	ResolvedConfidence []float64 `json:"resolved_confidence,omitzero"`
	RawHex             string    `json:"raw_hex"`
	Timestamp          string    `json:"timestamp"`
}

// Numbers of observations stand above those of transmissions, so that a call
// that takes either can tell them apart, and below 10^15.
const (
	observationBase = 500_000_000_000_000
	copiesMost      = 1 << 13 // more than the copies that an episode's record has room for
)

// observationID numbers an observation: by its episode, and its place therein.
func observationID(r report.Reception) int64 {
	return observationBase + int64(r.Episode)*copiesMost + int64(r.Num)
}

// episodeOf is the inverse of observationID; false for a transmission's number.
func episodeOf(id uint64) (episode uint64, num int, ok bool) {
	if id < observationBase {
		return 0, 0, false
	}
	id -= observationBase
	return id / copiesMost, int(id % copiesMost), true
}

// directionReceived is what observers say of what they heard, the only kind
// that is held.
const directionReceived = "rx"

// apiObserved words one reception. Hops have names where named says that the
// nodes are known.
func apiObserved(r report.Reception, p report.FoundPacket, named bool) apiObservation {
	o := r.Obs
	out := apiObservation{
		ID: observationID(r), TransmissionID: int64(r.Episode), Hash: p.Hash.String(),
		ObserverID: strings.ToUpper(r.Observer.ID), ObserverName: r.Observer.Name, ObserverIATA: textOr(r.Region),
		Direction: directionReceived, RouteType: int(r.Route), PayloadType: int(p.Type),
		PathJSON: pathJSON(apiHops(r, p.Payload)), RawHex: upperHex(o.Frame(p.Payload)),
		Timestamp: apiTime(o.At), SNR: snrOf(o), RSSI: rssiOf(o),
	}
	if o.Score != mesh.NoScore {
		out.Score = new(float64(o.Score) / 1000)
	}
	if named && r.Path.Kind == report.PathHeard {
		out.ResolvedPath, out.ResolvedConfidence = apiRelays(r.Path)
	}
	return out
}

func snrOf(o mesh.Observation) *float64 {
	if o.SNR4 == mesh.NoSNR {
		return nil
	}
	return new(float64(o.SNR4) / 4)
}

func rssiOf(o mesh.Observation) *int16 {
	if o.RSSI == mesh.NoRSSI {
		return nil
	}
	return new(o.RSSI)
}

// apiRelays names the relays of a heard path, null where none is likely enough,
// and tells how likely the likeliest is: 0 where nobody known fits.
func apiRelays(p report.Path) (keys []*string, confidence []float64) {
	keys, confidence = make([]*string, len(p.Hops)), make([]float64, len(p.Hops))
	words := make([]string, len(p.Hops))
	for i, hop := range p.Hops {
		if hop.Node != nil {
			words[i], confidence[i] = hop.Node.Key.String(), 1
			keys[i] = &words[i]
		}
		if hop.Resolved {
			confidence[i] = hop.P
		}
	}
	return keys, confidence
}

// apiHops is a path as sent; of a TRACE the planned route.
func apiHops(r report.Reception, payload []byte) []string {
	hops := make([]string, 0, len(r.Path.Hops))
	if r.Path.Kind == report.PathTrace {
		return traceRoute(hops, payload)
	}
	for _, h := range r.Path.Hops {
		hops = append(hops, h.Hex)
	}
	return hops
}

// traceRoute appends the planned route of a TRACE.
func traceRoute(hops []string, payload []byte) []string {
	t, err := meshcore.ParseTrace(payload)
	if err != nil {
		return hops
	}
	for _, node := range t.All() {
		hops = append(hops, upperHex(node))
	}
	return hops
}

// pathJSON is a path as clients know it: a list in a string. Hops are hex digits:
// nothing of them is to be escaped.
func pathJSON(hops []string) string {
	b := append(make([]byte, 0, 2+9*len(hops)), '[')
	for i, h := range hops {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), h...), '"')
	}
	return string(append(b, ']'))
}
