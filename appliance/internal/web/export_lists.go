package web

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// packetsSheet is the list of packets: a row is a packet, with its first
// reception.
func (s *Server) packetsSheet(h held, r *http.Request) (sheet, error) {
	now := s.now(r)
	q, err := packetsAsked(r.URL.Query(), prefsOf(r), now.Location())
	if err != nil {
		return sheet{}, err
	}
	if q.unready(h) {
		return sheet{}, wrongRequest{http.StatusServiceUnavailable, "Not ready yet", "The list of packets of a node or a channel is still being prepared.", "", waysSystem()}
	}
	packets, query := s.packetsOf(h), q.query(h, now)
	return sheet{
		name: "packets",
		columns: []string{"hash", "type", "received", "route", "scope", "bytes", "receptions", "paths", "regions",
			"observer_id", "observer_name", "path_kind", "path", "snr_db", "rssi_dbm", "channel", "sender", "text"},
		rows: func(ctx context.Context, begin func(int), row func([]any) bool) error {
			return packets.Each(ctx, query, begin, func(p report.PacketRow) bool { return row(packetCells(p)) })
		},
	}, nil
}

func packetCells(p report.PacketRow) []any {
	shown := p.Shown
	var hops []string
	for _, hop := range shown.Path.Hops {
		hops = append(hops, hop.Hex)
	}
	var channel, sender, text any
	if g := p.Content.Group; g != nil {
		channel = orNil(g.Channel)
		if g.Text != nil {
			sender, text = orNil(g.Text.Sender), g.Text.Message
		}
	}
	kind := map[report.PathKind]string{report.PathHeard: "heard", report.PathAhead: "still to go", report.PathTrace: "trace"}[shown.Path.Kind]
	return []any{
		p.Hash.String(), packetType(p.Type).Word, since1970(p.First), routeWord(shown.Route), orNil(scopeWord(p.Scope)), int64(p.Size), int64(p.Copies), int64(p.Paths),
		orNil(strings.Join(p.Regions, " ")), orNil(shown.Observer.ID), orNil(shown.Observer.Name), kind, orNil(strings.Join(hops, " ")),
		snrCell(shown.Obs.SNR4), rssiCell(shown.Obs.RSSI), channel, sender, text,
	}
}

func snrCell(quarter int8) any {
	if quarter == mesh.NoSNR {
		return nil
	}
	return float64(quarter) / 4
}

func rssiCell(dBm int16) any {
	if dBm == mesh.NoRSSI {
		return nil
	}
	return int64(dBm)
}

// rowsOf hands on cells of rows that are all there already.
func rowsOf[T any](matching int, list []T, cells func(T) []any) func(context.Context, func(int), func([]any) bool) error {
	return func(_ context.Context, begin func(int), row func([]any) bool) error {
		begin(matching)
		for _, x := range list {
			if !row(cells(x)) {
				break
			}
		}
		return nil
	}
}

// nodesSheet is the list of nodes.
func (s *Server) nodesSheet(h held, r *http.Request) (sheet, error) {
	q, err := parseNodesQuery(r.URL.Query())
	if err != nil {
		return sheet{}, err
	}
	query := q.query(h, heardIn(h, q), s.Now().UnixMilli())
	query.Offset, query.Limit = 0, math.MaxInt32
	list := nodesOf(h).List(query)
	return sheet{
		name: "nodes",
		columns: []string{"public_key", "name", "others_with_name", "role", "state", "last_heard", "last_advert", "last_relayed", "first_advert",
			"flood_adverts", "zero_hop_adverts", "hop_bytes", "latitude", "longitude", "clock_off_s"},
		rows: rowsOf(list.Matching, list.Rows, nodeCells),
	}, nil
}

func nodeCells(r report.NodeRow) []any {
	n := r.Node
	var lat, lon, width any
	if n.HasPosition {
		lat, lon = float64(n.LatE6)/1e6, float64(n.LonE6)/1e6
	}
	if n.HopWidth > 0 {
		width = int64(n.HopWidth)
	}
	return []any{
		n.Key.String(), orNil(n.Name), int64(r.Namesakes), n.Role.String(), string(r.State), since1970(r.LastHeard), since1970(n.LastAdvert), since1970(r.LastRelayed),
		since1970(n.FirstAdvert), r.FloodAdverts, r.ZeroHopAdverts, width, lat, lon, int64(n.Timestamp) - n.LastAdvert/1000,
	}
}

// observersSheet is the list of observers.
func (s *Server) observersSheet(h held, r *http.Request) (sheet, error) {
	q, err := parseObserversQuery(r.URL.Query())
	if err != nil {
		return sheet{}, err
	}
	query := q.query(h, s.Now().UnixMilli())
	query.Offset, query.Limit = 0, math.MaxInt32
	list := s.observersOf(h).List(query)
	return sheet{
		name: "observers",
		columns: []string{"id", "name", "region", "state", "last_packet", "last_status", "first_message", "receptions_1h", "receptions_24h", "receptions_held",
			"snr_mean_db", "snr_count", "clock_proven", "battery_v", "noise_dbm", "model", "firmware", "client"},
		rows: rowsOf(list.Matching, list.Rows, observerCells),
	}, nil
}

func observerCells(r report.ObserverRow) []any {
	var snr, battery, noise any
	if r.Stats.SNR.Count > 0 {
		snr = math.Round(r.Stats.SNR.Mean4*25) / 100
	}
	if batteryText(r.Latest) != "" {
		battery = float64(r.Latest.BatteryMV) / 1000
	}
	if r.Latest.NoiseDBm4 != 0 {
		noise = float64(r.Latest.NoiseDBm4) / 4
	}
	return []any{
		r.ID, orNil(r.Name), orNil(r.Region), string(r.Stats.State), since1970(r.Stats.LastPacket), since1970(r.Status), since1970(r.First), r.Stats.LastHour, r.Day,
		r.Stats.Observations, snr, r.Stats.SNR.Count, r.Clock.Proven, battery, noise, orNil(r.Model), orNil(r.Firmware), orNil(r.Client),
	}
}

// channelsSheet is the list of channels, those that can be read before the locked.
func (s *Server) channelsSheet(h held, r *http.Request) (sheet, error) {
	now := s.now(r)
	q, err := parseChannelQuery("", r.URL.Query(), now.Location())
	if err != nil {
		return sheet{}, err
	}
	list, err := s.channelsOf(h).ListWithin(r.Context(), q.search(now))
	all := channelsShown(list, q.Show)
	return sheet{
		name:    "channels",
		columns: []string{"name", "hash_byte", "locked", "messages", "names", "data_packets", "locked_packets", "receptions", "last", "last_sender", "last_text"},
		rows:    rowsOf(len(all), all, channelCells),
	}, err
}

// channelsShown are the channels of the part of the list that is shown.
func channelsShown(l report.ChannelList, show string) []report.ChannelRow {
	switch show {
	case showReadable:
		return l.Open
	case showLocked:
		return l.Locked
	}
	return slices.Concat(l.Open, l.Locked)
}

func channelCells(c report.ChannelRow) []any {
	if c.Locked {
		return []any{nil, hashByteText(c.HashByte), string(c.Why), nil, nil, nil, c.Messages, nil, since1970(c.Last), nil, nil}
	}
	var text any
	if c.Messages > 0 {
		text = c.LastText.Text
	}
	return []any{c.Name, hashByteText(c.HashByte), nil, c.Messages, int64(c.Senders), c.Data, nil, c.Copies, since1970(c.Last), orNil(c.LastText.Sender), text}
}

// said are the messages that can be read, of one channel or of all, newest first,
// by the filters of their page.
func (s *Server) said(h held, r *http.Request) ([]mesh.Message, error) {
	v := r.URL.Query()
	name, err := single(v, "channel")
	if err != nil {
		return nil, err
	}
	now := s.now(r)
	q, err := parseChannelQuery(name, v, now.Location())
	if err != nil {
		return nil, err
	}
	search := q.search(now)
	search.Before, search.After, search.Limit = mesh.Cursor{}, mesh.Cursor{}, math.MaxInt32
	found, err := s.channelsOf(h).Said(r.Context(), search)
	return found.Rows, err
}

// messagesSheet is messages, newest first.
func (s *Server) messagesSheet(h held, r *http.Request) (sheet, error) {
	list, err := s.said(h, r)
	return sheet{
		name: "messages", columns: []string{"channel", "received", "sent_by_its_clock", "sender", "text", "receptions", "hash"},
		rows: rowsOf(len(list), list, func(m mesh.Message) []any {
			return []any{m.Channel, since1970(m.First), since1970(int64(m.Sent) * 1000), orNil(m.Sender), m.Text, int64(m.Copies), m.Hash.String()}
		}),
	}, err
}

// messagesHistory is the same for people to read, oldest first.
func (s *Server) messagesHistory(h held, r *http.Request) (sheet, error) {
	list, err := s.said(h, r)
	slices.Reverse(list)
	return sheet{name: "messages", rows: rowsOf(len(list), list, func(m mesh.Message) []any { return []any{m} })}, err
}
