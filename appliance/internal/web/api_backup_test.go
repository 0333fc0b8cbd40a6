package web

import (
	"archive/tar"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/store"

	"golang.org/x/crypto/bcrypt"
)

func TestBackupNeedsTheTokenAndStarts(t *testing.T) {
	m := newMesher(t)
	m.hear(channelFrame("#test", "Ann", "hello"), m.observer("Rooftop", "SEA"), 5)
	call := func(method, token string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(method, "/api/backup", nil)
		r.Host = "192.168.1.2:8080"
		if token != "" {
			r.Header.Set("X-API-Key", token)
		}
		return m.send(r)
	}
	if w := call("GET", adminToken); w.Code != 403 || !strings.Contains(w.Body.String(), "admin_token_hash") {
		t.Errorf("without a hash: %d %s", w.Code, w.Body)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(adminToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	tries := 0 // a wrong token is followed by a pause
	m.s.sessions = newSessions(string(hash), func() time.Time { tries++; return packetsNow.Add(time.Duration(tries) * checkPause) })
	for _, wrong := range []string{"", "wrong"} {
		w := call("GET", wrong)
		if w.Code != 401 || !strings.Contains(w.Body.String(), "X-API-Key") || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("with the token %q: %d %s", wrong, w.Code, w.Body)
		}
	}
	if w := call("POST", adminToken); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
	w := call("GET", adminToken)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-tar" || !strings.Contains(w.Header().Get("Content-Disposition"), ".tar") {
		t.Fatalf("got %d %v", w.Code, w.Header())
	}
	dir := t.TempDir()
	for r := tar.NewReader(w.Body); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		b, rerr := io.ReadAll(r)
		if err != nil || rerr != nil {
			t.Fatal(err, rerr)
		}
		if err := os.WriteFile(filepath.Join(dir, h.Name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil || s.Counts() != m.st.Counts() {
		t.Errorf("restored %+v of %+v, %v", s.Counts(), m.st.Counts(), err)
	}
}
