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

// operatorOnly refuses an API call of anybody else: with 403 if no token is
// configured, else with 401.
func (s *Server) operatorOnly(f apiFunc) apiFunc {
	return func(h held, r *http.Request) (any, error) {
		if !s.sessions.operator(r) {
			status := http.StatusUnauthorized
			if s.sessions.closed() {
				status = http.StatusForbidden
			}
			return nil, refused{s.sessions.refusal(), status}
		}
		return f(h, r)
	}
}

// apiSnapshot is POST /api/admin/snapshot: a frame now, answered when it is on
// disk; 503 says why it is not.
func (s *Server) apiSnapshot(_ held, r *http.Request) (any, error) {
	saved, err := s.snapshot(r.Context())
	if err != nil {
		return nil, unavailable(err.Error())
	}
	return savedState(saved, s.Now()), nil
}

// snapshot has a frame written and waits for the disk, but not for ever.
func (s *Server) snapshot(ctx context.Context) (store.Saved, error) {
	if s.Snapshot == nil {
		return store.Saved{}, errors.New("nothing is saved by this process")
	}
	ctx, cancel := context.WithTimeout(ctx, snapshotWait)
	defer cancel()
	saved, err := s.Snapshot(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return store.Saved{}, errors.New("the frame is not on disk yet: /system says what the disk does")
	}
	return saved, err
}

// saveNow is the button of the page for the same.
func (s *Server) saveNow(w http.ResponseWriter, r *http.Request) {
	if !s.sessions.operator(r) {
		s.render(w, r, s.problemView(r, s.sessions.forbidden()))
		return
	}
	if _, err := s.snapshot(r.Context()); err != nil {
		s.render(w, r, s.problemView(r, wrongRequest{status: http.StatusServiceUnavailable, title: "Nothing was saved", text: err.Error(), help: waysSystem()}))
		return
	}
	http.Redirect(w, r, "/system#disk", http.StatusSeeOther)
}

// apiSaved is what the disk has: what a start after a power cut would find.
type apiSaved struct {
	Frame        uint64   `json:"frame"`
	Observations int64    `json:"observations"`
	TookSeconds  float64  `json:"tookSeconds"`
	Time         *string  `json:"time"`
	AgeSeconds   *float64 `json:"ageSeconds"`
}

func savedState(v store.Saved, now time.Time) apiSaved {
	out := apiSaved{Frame: v.Frame, Observations: v.Observations, TookSeconds: v.Took.Seconds()}
	if !v.Cut.IsZero() {
		out.Time, out.AgeSeconds = new(apiTime(v.Cut.UnixMilli())), new(now.Sub(v.Cut).Seconds())
	}
	return out
}
