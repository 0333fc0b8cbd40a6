package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiObserver is an observer. Members that the indexes give are left out while
// these are being built.
type apiObserver struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	IATA            *string  `json:"iata"`
	LastSeen        *string  `json:"last_seen"`              // arrival of its last packet or status
	FirstSeen       *string  `json:"first_seen"`             // arrival of its first live message
	PacketCount     *int64   `json:"packet_count,omitempty"` // observations, over all that is held
	Model           *string  `json:"model"`
	Firmware        *string  `json:"firmware"`
	ClientVersion   *string  `json:"client_version"`
	Radio           *string  `json:"radio"` // MHz, kHz, spreading factor, coding rate, separated by commas
	BatteryMV       *int     `json:"battery_mv"`
	UptimeSecs      *uint32  `json:"uptime_secs"`
	NoiseFloor      *float64 `json:"noise_floor"` // dBm
	LastPacketAt    *string  `json:"last_packet_at"`
	PacketsLastHour *int64   `json:"packetsLastHour,omitempty"` // observations that arrived

	// A clock whose times carry no zone and are not those of UTC.
	ClockNaive        bool    `json:"clock_naive"`
	ClockSkewSeconds  *int64  `json:"clock_skew_seconds"` // learned; ahead of UTC is positive
	ClockSkewCount24h *int    `json:"clock_skew_count_24h"`
	ClockLastNaiveAt  *string `json:"clock_last_naive_at"`

	CanRelay *bool `json:"can_relay,omitempty"`
}

// apiPlacedObserver is an observer in the list: with its node's place.
type apiPlacedObserver struct {
	apiObserver
	Lat      *float64 `json:"lat"`
	Lon      *float64 `json:"lon"`
	NodeRole *string  `json:"nodeRole"`
}

// apiObserverList is the answer to GET /api/observers.
type apiObserverList struct {
	Observers  []apiPlacedObserver `json:"observers"`
	ServerTime string              `json:"server_time"`
}

// apiObservers is GET /api/observers: those heard of last come first.
func (s *Server) apiObservers(h held, _ *http.Request) (any, error) {
	now := s.Now().UnixMilli()
	rows := s.observersOf(h).All(now)
	slices.SortStableFunc(rows, func(a, b report.ObserverRow) int {
		return cmp.Or(cmp.Compare(observerSeen(b), observerSeen(a)), cmp.Compare(a.ID, b.ID))
	})
	out := apiObserverList{Observers: make([]apiPlacedObserver, 0, len(rows)), ServerTime: apiTime(now)}
	for _, row := range rows {
		placed := apiPlacedObserver{apiObserver: apiObserverOf(h, row)}
		if key, err := meshcore.ParsePublicKey(row.ID); err == nil {
			if n, ok := h.Store.Node(key); ok {
				placed.NodeRole = new(n.Role.String())
				if n.HasPosition {
					placed.Lat, placed.Lon = new(float64(n.LatE6)/1e6), new(float64(n.LonE6)/1e6)
				}
			}
		}
		out.Observers = append(out.Observers, placed)
	}
	return out, nil
}

// apiObserver is GET /api/observers/{id}.
func (s *Server) apiObserver(h held, r *http.Request) (any, error) {
	known, ok := anyCase(h.Store, r.PathValue("id"))
	if !ok {
		return nil, notFound("no such observer")
	}
	rows := s.observersOf(h).All(s.Now().UnixMilli())
	i := slices.IndexFunc(rows, func(row report.ObserverRow) bool { return row.ID == known.ID })
	if i < 0 {
		return nil, notFound("no such observer")
	}
	return apiObserverOf(h, rows[i]), nil
}

func observerSeen(o report.ObserverRow) int64 { return max(o.Stats.LastPacket, o.Status) }

func apiObserverOf(h held, o report.ObserverRow) apiObserver {
	out := apiObserver{
		ID: strings.ToUpper(o.ID), Name: o.Name, IATA: textOr(o.Region),
		LastSeen: apiTimeOr(observerSeen(o)), FirstSeen: apiTimeOr(o.First),
		Model: textOr(o.Model), Firmware: textOr(o.Firmware), ClientVersion: textOr(o.Client), Radio: apiRadio(o.Radio),
		BatteryMV: batteryOf(o.Observer), ClockSkewCount24h: new(0),
	}
	if o.Latest.Has&2 != 0 {
		out.UptimeSecs = &o.Latest.UptimeS
	}
	if o.Latest.NoiseDBm4 != 0 {
		out.NoiseFloor = new(float64(o.Latest.NoiseDBm4) / 4)
	}
	if o.Clock.ZoneOK && o.Clock.ZoneMin != 0 {
		out.ClockNaive, out.ClockSkewSeconds = true, new(int64(o.Clock.ZoneMin)*60)
		out.ClockLastNaiveAt, out.ClockSkewCount24h = apiTimeOr(o.Clock.LeastAt), nil
	}
	if o.Repeat != mesh.Unknown {
		out.CanRelay = new(o.Repeat == mesh.Yes)
	}
	if h.Index != nil {
		out.PacketCount, out.PacketsLastHour = &o.Stats.Observations, &o.Stats.LastHour
		out.LastPacketAt = apiTimeOr(o.Stats.LastPacket)
	}
	return out
}

// apiRadio is a modem's setting as observers write it: "869.618,62.5,8,8".
func apiRadio(r mesh.Radio) *string {
	if r == (mesh.Radio{}) {
		return nil
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return new(strings.Join([]string{
		number(float64(r.FreqKHz) / 1000), number(float64(r.BWHz) / 1000), strconv.Itoa(int(r.SF)), strconv.Itoa(int(r.CR)),
	}, ","))
}
