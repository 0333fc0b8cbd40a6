package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

const (
	apiRowsUsual   = 50
	apiPacketsMost = 10_000
	hashesMost     = 200 // of one call for observations
)

// apiTransmission is a packet in a list: one row an episode.
type apiTransmission struct {
	ID               int64            `json:"id"`
	RawHex           string           `json:"raw_hex"`
	Hash             string           `json:"hash"`
	FirstSeen        string           `json:"first_seen"`
	Timestamp        string           `json:"timestamp"`
	RouteType        int              `json:"route_type"`
	PayloadType      int              `json:"payload_type"`
	PayloadVersion   int              `json:"payload_version"`
	DecodedJSON      string           `json:"decoded_json"`
	ObservationCount int              `json:"observation_count"`
	ObserverID       string           `json:"observer_id"`
	ObserverName     string           `json:"observer_name"`
	ObserverIATA     *string          `json:"observer_iata"`
	SNR              *float64         `json:"snr"`
	RSSI             *int16           `json:"rssi"`
	Score            *float64         `json:"score"`
	PathJSON         string           `json:"path_json"`
	ParsedPath       []string         `json:"_parsedPath"`
	Direction        string           `json:"direction"`
	ResolvedPath     []*string        `json:"resolved_path,omitzero"`
	Observations     []apiObservation `json:"observations,omitempty"`
}

// apiGroup is a packet in a list grouped by hash.
type apiGroup struct {
	Hash             string    `json:"hash"`
	FirstSeen        string    `json:"first_seen"`
	Count            int       `json:"count"`
	ObserverCount    int       `json:"observer_count"`
	ObservationCount int       `json:"observation_count"`
	Latest           string    `json:"latest"`
	ObserverID       string    `json:"observer_id"`
	ObserverName     string    `json:"observer_name"`
	ObserverIATA     *string   `json:"observer_iata"`
	DistinctIATAs    []string  `json:"distinct_iatas"`
	PathJSON         string    `json:"path_json"`
	ResolvedPath     []*string `json:"resolved_path,omitzero"`
	PayloadType      int       `json:"payload_type"`
	RouteType        int       `json:"route_type"`
	RawHex           string    `json:"raw_hex"`
	DecodedJSON      string    `json:"decoded_json"`
	SNR              *float64  `json:"snr"`
	RSSI             *int16    `json:"rssi"`
}

// apiPacketsQuery is what the address of GET /api/packets says.
type apiPacketsQuery struct {
	report.PacketSearch
	Grouped bool // one row a hash
}

// apiPackets is GET /api/packets.
func (s *Server) apiPackets(h held, r *http.Request) (any, error) {
	q, err := parseAPIPackets(h, r.URL.Query())
	if err != nil {
		return nil, err
	}
	p := s.packetsOf(h)
	if q.Grouped {
		found, err := p.SearchGrouped(r.Context(), q.PacketSearch)
		if err != nil {
			return nil, err
		}
		return apiListOf(r.Context(), q, found, func(row report.FoundPacket) apiGroup { return s.apiGrouped(row, h.Index != nil) })
	}
	found, err := p.Search(r.Context(), q.PacketSearch)
	if err != nil {
		return nil, err
	}
	return apiListOf(r.Context(), q, found, func(row report.FoundPacket) apiTransmission {
		t := s.apiSent(row, h.Index != nil)
		if q.Whole {
			t.Observations = apiObservedAll(row, h.Index != nil)
		}
		return t
	})
}

// spareRow has what rows were encoded into.
var spareRow = sync.Pool{New: func() any { b := make([]byte, 0, 1536); return &b }}

// spareRowMost is the longest row whose memory is kept, in bytes: one without its
// observations.
const spareRowMost = 8 << 10

// apiListOf words what was found: packets, total, limit and offset. Rows with all their
// observations are megabytes of JSON, so each is encoded by itself.
func apiListOf[T any](ctx context.Context, q apiPacketsQuery, found report.FoundPackets, word func(report.FoundPacket) T) (any, error) {
	rows := make([]*[]byte, len(found.Rows))
	err := report.Share(ctx, len(rows), func(_, i int) {
		rows[i] = spareRow.Get().(*[]byte)
		*rows[i] = appendRow((*rows[i])[:0], word(found.Rows[i]))
	})
	if err != nil {
		return nil, err
	}
	const begin, more = `{"packets":[`, `],"total":%d,"limit":%d,"offset":%d}` + "\n"
	size := len(begin) + len(more) + 64
	for _, row := range rows {
		size += len(*row) + 1
	}
	out := append(make([]byte, 0, size), begin...)
	for i, row := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, *row...)
		if cap(*row) <= spareRowMost {
			spareRow.Put(row)
		}
	}
	return apiEncoded(fmt.Appendf(out, more, found.Total, q.Limit, q.Offset)), nil
}

// parseAPIPackets reads the parameters strictly. Names are looked up in what
// is held: one that is not known matches nothing.
func parseAPIPackets(h held, v url.Values) (q apiPacketsQuery, err error) {
	if q.Limit, err = apiLimit(v, apiRowsUsual, apiPacketsMost); err != nil {
		return q, err
	}
	if q.Offset, err = apiOffset(v); err != nil {
		return q, err
	}
	var f filter
	for _, read := range []func(*filter, url.Values) error{readTypes, readHash, readRoutes, readChannel} {
		if err := read(&f, v); err != nil {
			return q, err
		}
	}
	q.Types, q.Hash, q.Routes, q.Channel = f.Types, f.Hash, f.Routes, f.Channel
	if q.Channel != "" && h.Index == nil {
		return q, errIndexLoading // which packets are in a channel is known then
	}
	if q.Regions, err = apiRegions(v); err != nil {
		return q, err
	}
	if q.In, err = h.apiAreas(v); err != nil {
		return q, err
	}
	if err := q.readObservers(h, v); err != nil {
		return q, err
	}
	if err := q.readTimes(v); err != nil {
		return q, err
	}
	if err := q.readNodes(h, v); err != nil {
		return q, err
	}
	return q, q.readForm(v)
}

func (q *apiPacketsQuery) readObservers(h held, v url.Values) error {
	words, err := listed(v, "observer")
	for _, id := range words {
		if o, ok := anyCase(h.Store, id); ok {
			id = o.ID
		}
		q.Observers = append(q.Observers, id) // one that is not known matches nothing
	}
	return err
}

func (q *apiPacketsQuery) readTimes(v url.Values) (err error) {
	if q.From, err = apiInstant(v, "since"); err != nil {
		return err
	}
	if q.To, err = apiInstant(v, "until"); err != nil {
		return err
	}
	if q.To != 0 {
		q.To++ // until itself belongs to it
	}
	if q.From != 0 && q.To != 0 && q.From >= q.To {
		return wrong("until", "it is before since")
	}
	return nil
}

// readNodes reads node, a name or a key, and nodes, keys. Who relayed a packet
// is known when the index of nodes is there.
func (q *apiPacketsQuery) readNodes(h held, v url.Values) error {
	keys, err := listed(v, "nodes")
	if err != nil {
		return err
	}
	name, err := wholeValue(v, "node")
	if err != nil {
		return err
	}
	for _, k := range keys {
		key, err := meshcore.ParsePublicKey(k)
		if err != nil {
			return wrong("nodes", "%q is no public key of 64 hex digits", k)
		}
		q.Nodes = append(q.Nodes, key)
	}
	if name != "" {
		q.Nodes = append(q.Nodes, nodesNamed(h.Store, nodeText(name))...)
	}
	if q.OfNodes = name != "" || len(keys) > 0; q.OfNodes && (h.Index == nil || h.Relays == nil) {
		return errIndexLoading
	}
	return nil
}

// readForm reads how the rows shall be.
func (q *apiPacketsQuery) readForm(v url.Values) (err error) {
	order, err := apiChoice(v, "order", "asc", "desc")
	if err != nil {
		return err
	}
	q.Ascending = order == "asc"
	expand, err := apiChoice(v, "expand", "observations")
	if err != nil {
		return err
	}
	q.Whole = expand != ""
	q.Grouped, err = apiFlag(v, "groupByHash")
	return err
}

// apiSent words one packet.
func (s *Server) apiSent(p report.FoundPacket, named bool) apiTransmission {
	b := apiObserved(p.Best, p, named)
	return apiTransmission{
		ID: int64(p.ID), RawHex: b.RawHex, Hash: b.Hash, FirstSeen: apiTime(p.First), Timestamp: apiTime(p.First),
		RouteType: b.RouteType, PayloadType: b.PayloadType, PayloadVersion: int(p.Best.Obs.Header >> 6),
		DecodedJSON: decodedJSON(p.Best.Obs.Packet(p.Payload), s.Ring, p.Verified), ObservationCount: p.Copies,
		ObserverID: b.ObserverID, ObserverName: b.ObserverName, ObserverIATA: b.ObserverIATA, SNR: b.SNR, RSSI: b.RSSI, Score: b.Score,
		PathJSON: b.PathJSON, ParsedPath: apiHops(p.Best, p.Payload), Direction: b.Direction, ResolvedPath: b.ResolvedPath,
	}
}

func (s *Server) apiGrouped(p report.FoundPacket, named bool) apiGroup {
	b := apiObserved(p.Best, p, named)
	return apiGroup{
		Hash: b.Hash, FirstSeen: apiTime(p.First), Count: p.Copies, ObserverCount: p.Observers, ObservationCount: p.Copies, Latest: apiTime(p.Last),
		ObserverID: b.ObserverID, ObserverName: b.ObserverName, ObserverIATA: b.ObserverIATA, DistinctIATAs: append([]string{}, p.Regions...),
		PathJSON: b.PathJSON, ResolvedPath: b.ResolvedPath, PayloadType: b.PayloadType, RouteType: b.RouteType, RawHex: b.RawHex,
		DecodedJSON: decodedJSON(p.Best.Obs.Packet(p.Payload), s.Ring, p.Verified), SNR: b.SNR, RSSI: b.RSSI,
	}
}

func apiObservedAll(p report.FoundPacket, named bool) []apiObservation {
	out := make([]apiObservation, len(p.Receptions))
	for i, r := range p.Receptions {
		out[i] = apiObserved(r, p, named)
	}
	return out
}

// apiPacketDetail is everything about one packet.
type apiPacketDetail struct {
	Packet           apiTransmission  `json:"packet"`
	Path             []string         `json:"path"`
	ObservationCount int              `json:"observation_count"`
	Observations     []apiObservation `json:"observations"`
}

// apiPacket is GET /api/packets/{hash}: by its hash, by the number of one of its
// episodes, or by that of an observation, which is then the one that the packet
// is shown by.
func (s *Server) apiPacket(h held, r *http.Request) (any, error) {
	text := r.PathValue("hash")
	hash, selected, err := lookUp(h, text)
	if err != nil {
		return nil, err
	}
	p, ok := s.packetsOf(h).Found(hash)
	if !ok {
		return nil, notFound("no such packet")
	}
	for _, reception := range p.Receptions {
		if selected != 0 && observationID(reception) == selected {
			p.Best = reception
		}
	}
	all := apiObservedAll(p, h.Index != nil)
	return apiPacketDetail{Packet: s.apiSent(p, h.Index != nil), Path: apiHops(p.Best, p.Payload), ObservationCount: len(all), Observations: all}, nil
}

// lookUp finds a packet's hash in what a client calls it. selected is the
// observation that it named, 0 if it named none.
func lookUp(h held, text string) (hash meshcore.Hash, selected int64, err error) {
	if len(text) == 2*len(hash) {
		if hash, err = meshcore.ParseHash(strings.ToLower(text)); err == nil {
			return hash, 0, nil
		}
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || len(text) >= 2*len(hash) {
		return hash, 0, wrong("hash", "want a packet's hash of 16 hex digits, or a number")
	}
	episode, num, ok := episodeOf(id)
	if !ok {
		episode = id
	}
	tx, known := h.Store.PacketByID(episode)
	if !known || ok && num >= len(tx.Observations) {
		return hash, 0, notFound("no such packet")
	}
	if ok {
		selected = int64(id)
	}
	return tx.Hash, selected, nil
}

// apiTimestamps is GET /api/packets/timestamps: when packets were first
// received, oldest first.
func (s *Server) apiTimestamps(h held, r *http.Request) (any, error) {
	since, err := apiInstant(r.URL.Query(), "since")
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("since") == "" {
		return nil, wrong("since", "it is required: a time like 2026-05-01T14:30:00Z")
	}
	all, err := s.packetsOf(h).Timestamps(r.Context(), since)
	out := make([]string, len(all))
	for i, at := range all {
		out[i] = apiTime(at)
	}
	return out, err
}

// apiObservationsOf is the answer to POST /api/packets/observations.
type apiObservationsOf struct {
	Results map[string][]apiObservation `json:"results"` // by hash; none for a packet that is not held
}

// apiObservations is POST /api/packets/observations.
func (s *Server) apiObservations(h held, r *http.Request) (any, error) {
	var body struct {
		Hashes []string `json:"hashes"`
	}
	if err := apiBody(r, &body, "hashes"); err != nil {
		return nil, err
	}
	if len(body.Hashes) == 0 || len(body.Hashes) > hashesMost {
		return nil, wrong("hashes", "want 1 to %d hashes, not %d", hashesMost, len(body.Hashes))
	}
	out := apiObservationsOf{Results: map[string][]apiObservation{}}
	for _, text := range body.Hashes {
		hash, err := meshcore.ParseHash(strings.ToLower(text))
		if err != nil {
			return nil, wrong("hashes", "%q is no packet hash of 16 hex digits", text)
		}
		p, _ := s.packetsOf(h).Found(hash)
		out.Results[hash.String()] = apiObservedAll(p, h.Index != nil)
	}
	return out, nil
}

// frameHex reads a frame as people paste it: hex digits in any case, with
// white space and colons between.
func frameHex(text string) ([]byte, error) {
	return hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", ":", "").Replace(text))
}
