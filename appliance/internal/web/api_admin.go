package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"hilltop/appliance/internal/store"
)

// snapshotWait is how long a call waits for the disk; the connection waits for
// an answer a little longer.
const snapshotWait = 45 * time.Second

// operatorOnly refuses an API call of anybody else with 403.
func (s *Server) operatorOnly(f apiFunc) apiFunc {
	return func(h held, r *http.Request) (int, any) {
		if !s.sessions.operator(r) {
			return http.StatusForbidden, map[string]any{"error": s.sessions.refusal()}
		}
		return f(h, r)
	}
}

// apiSnapshot is POST /api/admin/snapshot: a frame now, answered when it is on
// disk; 503 says why it is not.
func (s *Server) apiSnapshot(_ held, r *http.Request) (int, any) {
	if s.Snapshot == nil {
		return http.StatusServiceUnavailable, map[string]any{"error": "nothing is saved by this process", "retryAfter": 5}
	}
	ctx, cancel := context.WithTimeout(r.Context(), snapshotWait)
	defer cancel()
	saved, err := s.Snapshot(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("the frame is not on disk yet: /system says what the disk does")
	}
	if err != nil {
		return http.StatusServiceUnavailable, map[string]any{"error": err.Error(), "retryAfter": 5}
	}
	return http.StatusOK, savedState(saved, s.Now())
}

// savedState is what the disk has, as the API tells it: what a start after a
// power cut would find.
func savedState(v store.Saved, now time.Time) map[string]any {
	out := map[string]any{"frame": v.Frame, "observations": v.Observations, "tookSeconds": v.Took.Seconds(), "time": nil, "ageSeconds": nil}
	if !v.Cut.IsZero() {
		out["time"], out["ageSeconds"] = apiTime(v.Cut.UnixMilli()), now.Sub(v.Cut).Seconds()
	}
	return out
}
