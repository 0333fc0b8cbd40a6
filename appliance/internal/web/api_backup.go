package web

import (
	"io"
	"net/http"
	"time"
)

// apiBackup is GET /api/backup, for the operator: a tar of the data, which
// unpacked in an empty directory is a data directory. It streams; what breaks
// off shows as a connection that does.
func (s *Server) apiBackup(h held, _ *http.Request) (any, error) {
	return apiStream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-tar")
		w.Header().Set("Content-Disposition", `attachment; filename="hilltop-`+s.Now().UTC().Format("2006-01-02-150405")+`.tar"`)
		w.Header().Set("Cache-Control", "no-store")
		if r.Method == http.MethodHead {
			return
		}
		body := &slowWriter{w: w, c: http.NewResponseController(w)}
		err := h.Store.Backup(r.Context(), body)
		switch {
		case err == nil:
		case !body.begun:
			w.Header().Del("Content-Disposition")
			s.writeAPIError(w, r, unavailable(err.Error()))
		default:
			if r.Context().Err() == nil {
				s.Log.Warn("backup", "err", err)
			}
			panic(http.ErrAbortHandler) // so that the client sees that it is not whole
		}
	}), nil
}

// slowWriter lets an answer take as long as it moves.
type slowWriter struct {
	w     io.Writer
	c     *http.ResponseController
	begun bool
}

func (s *slowWriter) Write(b []byte) (n int, err error) {
	const piece = 1 << 20
	for len(b) > 0 && err == nil {
		s.begun = true
		_ = s.c.SetWriteDeadline(time.Now().Add(sendTimeout)) // where there is none it cannot end
		var k int
		k, err = s.w.Write(b[:min(len(b), piece)])
		n, b = n+k, b[k:]
	}
	return n, err
}
