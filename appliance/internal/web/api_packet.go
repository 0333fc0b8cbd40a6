package web

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiPacket is GET /api/packets/{hash}; {hash} may be a number too.
func (s *Server) apiPacket(h held, r *http.Request) (int, any) {
	hash, ok, known := lookUp(h, r.PathValue("hash"))
	if !ok {
		return http.StatusBadRequest, map[string]any{"error": "want a packet's hash, 16 hex digits, or its number", "parameter": "hash"}
	}
	p := report.Packets{Store: h.Store, Ring: s.Ring, Scopes: s.Scopes}
	if h.Index != nil {
		p.Nodes = h.Index.Nodes
	}
	d, found := p.Packet(hash, report.Selection{})
	if !known || !found {
		return http.StatusNotFound, map[string]any{"error": "not found"}
	}
	payload := h.Store.Packets(hash)[0].Payload // the same in all episodes
	observations := make([]map[string]any, 0, len(d.Receptions))
	for _, reception := range d.Receptions {
		observations = append(observations, apiObservation(reception, d, payload, h.Index != nil))
	}
	first := d.Receptions[0]
	packet := map[string]any{
		"id": first.Episode, "hash": hash.String(), "first_seen": apiTime(first.Obs.At), "timestamp": apiTime(first.Obs.At),
		"route_type": int(first.Route), "payload_type": int(d.Type),
		"raw_hex":   observations[0]["raw_hex"],
		"path_json": observations[0]["path_json"], "observation_count": len(observations),
	}
	return http.StatusOK, map[string]any{
		"packet": packet, "path": apiHops(first, payload),
		"observations": observations, "observation_count": len(observations),
	}
}

// lookUp finds a packet's hash in what a client calls it: hash or number. ok
// tells that the text is either.
func lookUp(h held, text string) (hash meshcore.Hash, ok, known bool) {
	if len(text) == 16 {
		hash, err := meshcore.ParseHash(strings.ToLower(text))
		return hash, err == nil, err == nil
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || len(text) > 15 {
		return hash, false, false
	}
	tx, known := h.Store.PacketByID(id)
	return tx.Hash, true, known
}

func apiTime(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// copiesMost is more than the copies that an episode's record has room for.
const copiesMost = 1 << 13

// apiObservation is one observation in the words of the API. Floods tell who
// relayed them, as far as one known relay alone fits a hop.
func apiObservation(r report.Reception, d report.PacketDetail, payload []byte, named bool) map[string]any {
	o := r.Obs
	out := map[string]any{
		"id": r.Episode*copiesMost + uint64(r.Num), "transmission_id": r.Episode, "hash": d.Hash.String(),
		"observer_id": strings.ToUpper(r.Observer.ID), "observer_name": r.Observer.Name, "observer_iata": nil,
		"timestamp": apiTime(o.At), "snr": nil, "rssi": nil, "score": nil,
		"route_type": int(r.Route), "payload_type": int(d.Type),
		"path_json": pathJSON(apiHops(r, payload)),
		"raw_hex":   strings.ToUpper(hex.EncodeToString(o.Frame(payload))),
	}
	if r.Region != "" {
		out["observer_iata"] = r.Region
	}
	if o.SNR4 != mesh.NoSNR {
		out["snr"] = float64(o.SNR4) / 4
	}
	if o.RSSI != mesh.NoRSSI {
		out["rssi"] = o.RSSI
	}
	if o.Score != mesh.NoScore {
		out["score"] = float64(o.Score) / 1000
	}
	if named && r.Path.Kind == report.PathHeard {
		out["resolved_path"], out["resolved_confidence"] = apiRelays(r.Path)
	}
	return out
}

// apiRelays names the relays of a heard path: null where no or several known
// ones fit.
func apiRelays(p report.Path) (keys []any, confidence []float64) {
	keys, confidence = make([]any, len(p.Hops)), make([]float64, len(p.Hops))
	for i, hop := range p.Hops {
		if hop.Node != nil {
			keys[i], confidence[i] = hop.Node.Key.String(), 1
		}
	}
	return keys, confidence
}

// apiHops is a path as sent; of a TRACE the planned route.
func apiHops(r report.Reception, payload []byte) []string {
	hops := make([]string, 0, len(r.Path.Hops))
	if r.Path.Kind == report.PathTrace {
		if t, err := meshcore.ParseTrace(payload); err == nil {
			for _, node := range t.All() {
				hops = append(hops, strings.ToUpper(hex.EncodeToString(node)))
			}
		}
		return hops
	}
	for _, h := range r.Path.Hops {
		hops = append(hops, h.Hex)
	}
	return hops
}

// pathJSON is a path as clients know it: a list in a string.
func pathJSON(hops []string) string {
	b, err := json.Marshal(hops)
	if err != nil {
		panic(err) // strings marshal
	}
	return string(b)
}
