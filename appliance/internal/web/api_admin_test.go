package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/store"

	"golang.org/x/crypto/bcrypt"
)

func TestSnapshotNeedsTheTokenAndSaysWhatIsOnDisk(t *testing.T) {
	m := newMesher(t)
	call := func(method, token string) (int, map[string]any) {
		t.Helper()
		r := httptest.NewRequest(method, "/api/admin/snapshot", nil)
		r.Host = "192.168.1.2:8080"
		if token != "" {
			r.Header.Set("X-API-Key", token)
		}
		w := m.send(r)
		var v map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return w.Code, v
	}
	calls, saved, fails := 0, store.Saved{}, error(nil)
	m.s.Snapshot = func(context.Context) (store.Saved, error) { calls++; return saved, fails }
	if status, v := call("POST", adminToken); status != 403 || !strings.Contains(v["error"].(string), "admin_token_hash") || calls > 0 {
		t.Errorf("without a hash: %d %v", status, v)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(adminToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	tries := 0 // a wrong token is followed by a pause
	m.s.sessions = newSessions(string(hash), func() time.Time { tries++; return packetsNow.Add(time.Duration(tries) * checkPause) })
	for _, wrong := range []string{"", adminToken + "x", string(hash)} {
		if status, v := call("POST", wrong); status != 401 || !strings.Contains(v["error"].(string), "X-API-Key") || calls > 0 {
			t.Errorf("with the token %q: %d %v", wrong, status, v)
		}
	}
	if status, _ := call("GET", adminToken); status != 405 || calls > 0 {
		t.Errorf("GET: %d", status)
	}
	saved = store.Saved{Frame: 7, Cut: packetsNow.Add(-2 * time.Second), Observations: 31, Took: 250 * time.Millisecond}
	status, v := call("POST", adminToken)
	if status != 200 || v["frame"] != 7.0 || v["time"] != "2026-05-01T14:29:58.000Z" || v["observations"] != 31.0 || v["ageSeconds"] != 2.0 || v["tookSeconds"] != 0.25 {
		t.Errorf("got %d %v", status, v)
	}
	fails = errors.New("no space")
	if status, v := call("POST", adminToken); status != 503 || v["error"] != fails.Error() {
		t.Errorf("on a full disk: %d %v", status, v)
	}
	fails = context.DeadlineExceeded
	if status, v := call("POST", adminToken); status != 503 || !strings.Contains(v["error"].(string), "/system") {
		t.Errorf("on a slow disk: %d %v", status, v)
	}
}

func TestAPIStatsTellsWhatIsOnDisk(t *testing.T) {
	m := newMesher(t)
	m.hear(channelFrame("#test", "Ann", "hello"), m.observer("Rooftop", "SEA"), 5)
	if err := m.st.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	m.hear(channelFrame("#test", "Ann", "hello again"), m.observer("Rooftop", "SEA"), 4)
	v := m.json("/api/stats", 200)
	disk := v["snapshot"].(map[string]any)
	if disk["frame"] != 1.0 || disk["observations"] != 1.0 || v["totalObservations"] != 2.0 || disk["time"] == nil {
		t.Errorf("got %v of %v observations", disk, v["totalObservations"])
	}
}

// The operator saves from the page with the same checks, and finds the backup there.
func TestTheOperatorSavesFromThePage(t *testing.T) {
	now, confirmed, calls, fails := time.Unix(1_800_000_000, 0), 0, 0, error(nil)
	b := operated(t, &now, &confirmed)
	b.s.Snapshot = func(context.Context) (store.Saved, error) { calls++; return store.Saved{}, fails }
	if w := b.send(formRequest("/system/snapshot", nil)); w.Code != 403 || calls != 0 {
		t.Errorf("a stranger: %d, %d calls", w.Code, calls)
	}
	if body := b.get("/system").Body.String(); strings.Contains(body, "/api/backup") || strings.Contains(body, "/system/snapshot") {
		t.Error("a stranger is offered what only the operator may do")
	}
	cookie := &http.Cookie{Name: adminCookie, Value: b.s.sessions.start()}
	page := httptest.NewRequest("GET", "/system", nil)
	page.Host = "192.168.1.2:8080"
	page.AddCookie(cookie)
	if body := b.send(page).Body.String(); !strings.Contains(body, `href="/api/backup"`) || !strings.Contains(body, `action="/system/snapshot"`) {
		t.Error("the operator is not offered to save or to take a backup")
	}
	save := func() int {
		r := formRequest("/system/snapshot", nil)
		r.AddCookie(cookie)
		return b.send(r).Code
	}
	if code := save(); code != 303 || calls != 1 {
		t.Errorf("the operator: %d, %d calls", code, calls)
	}
	if fails = errors.New("no space"); save() != 503 {
		t.Error("it is not said that nothing was saved")
	}
}
