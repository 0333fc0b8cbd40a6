package web

import (
	"net/http"
	"runtime/metrics"
	"strings"

	"hilltop/appliance/internal/report"
)

// apiStatsAnswer is the answer to GET /api/stats. Every count is over all that
// is held; the two of the last hour and day, which an index gives, are left
// out while it is being built.
type apiStatsAnswer struct {
	TotalPackets          int64            `json:"totalPackets"` // as totalTransmissions
	TotalTransmissions    int64            `json:"totalTransmissions"`
	TotalObservations     int64            `json:"totalObservations"`
	TotalNodes            int              `json:"totalNodes"`
	TotalNodesAllTime     int              `json:"totalNodesAllTime"` // the same: nodes are not forgotten
	TotalObservers        int              `json:"totalObservers"`
	PacketsLastHour       *int64           `json:"packetsLastHour,omitempty"` // observations
	PacketsLast24h        *int64           `json:"packetsLast24h,omitempty"`  // observations
	Counts                apiRoleCounts    `json:"counts"`
	Malformed             map[string]int64 `json:"malformed"`      // messages that could not be used, by reason
	SignatureDrops        int64            `json:"signatureDrops"` // adverts whose signature does not fit
	Snapshot              apiSaved         `json:"snapshot"`       // what is on disk
	Engine                string           `json:"engine"`
	Version               string           `json:"version"`
	Commit                string           `json:"commit"`
	BuildTime             *string          `json:"buildTime"`
	UptimeSeconds         float64          `json:"uptimeSeconds"`
	HashMigrationComplete bool             `json:"hashMigrationComplete"` // hashes never had to be migrated
	ProcessRSSMB          float64          `json:"processRSSMB"`
	GoHeapInuseMB         float64          `json:"goHeapInuseMB"`
	GoSysMB               float64          `json:"goSysMB"`
	StoreDataMB           float64          `json:"storeDataMB"` // live heap
	TrackedMB             float64          `json:"trackedMB"`   // the same
}

// apiStats is GET /api/stats.
func (s *Server) apiStats(h held, r *http.Request) (any, error) {
	// What the disk has is read first: it is never ahead of what is counted.
	saved := h.Store.Health().Saved
	c := h.Store.Counts()
	now := s.Now() // after everything that is counted
	all := nodesOf(h).All(now.UnixMilli())
	version, commit, _ := strings.Cut(s.Version, " ")
	out := apiStatsAnswer{
		TotalPackets: c.Transmissions, TotalTransmissions: c.Transmissions, TotalObservations: c.Observations,
		TotalNodes: len(all), TotalNodesAllTime: len(all), TotalObservers: len(s.observersOf(h).All(now.UnixMilli())), Counts: countRoles(all),
		Malformed: map[string]int64{}, Snapshot: savedState(saved, now), SignatureDrops: h.Store.Rejected().Counts["signature"],
		Engine: "hilltop", Version: version, Commit: commit, UptimeSeconds: now.Sub(s.Started).Seconds(), HashMigrationComplete: true,
		ProcessRSSMB: megabytes(uint64(s.process().RSS)),
	}
	for reason, bySource := range h.Store.Malformed().Counts {
		for _, n := range bySource {
			out.Malformed[reason] += n
		}
	}
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(heap) // without stopping the world, as runtime.ReadMemStats would
	live := heap[0].Value.Uint64()
	out.StoreDataMB, out.TrackedMB = megabytes(live), megabytes(live)
	out.GoHeapInuseMB, out.GoSysMB = megabytes(live+heap[1].Value.Uint64()), megabytes(heap[2].Value.Uint64())
	if !s.Built.IsZero() {
		out.BuildTime = new(apiTime(s.Built.UnixMilli()))
	}
	if h.Index != nil {
		out.PacketsLastHour = new(report.ReceptionsLastHour(h.Index.Traffic, now))
		day, err := report.LastDay(r.Context(), h.Store, h.Index.Traffic, now)
		if err != nil {
			return nil, err
		}
		out.PacketsLast24h = &day.Receptions
	}
	return out, nil
}

func megabytes(n uint64) float64 { return float64(n) / (1 << 20) }
