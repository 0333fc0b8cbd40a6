package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"

	"golang.org/x/crypto/bcrypt"
)

const adminToken = "a long token"

// operated is a bench whose clock is not known, with an admin token.
func operated(t *testing.T, now *time.Time, confirmed *int) *bench {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(adminToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return newBench(t, func(o *Options) {
		o.AdminTokenHash = string(hash)
		o.Gates = append(o.Gates, gate.New[int]("clock"))
		o.ConfirmClock = func() error { *confirmed++; return nil }
		o.Now = func() time.Time { return *now }
	})
}

func (b *bench) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}

func TestOnlyTheOperatorConfirmsTheClock(t *testing.T) {
	now, confirmed := time.Unix(1_800_000_000, 0), 0
	b := operated(t, &now, &confirmed)
	confirm := func(change func(*http.Request)) int {
		r := formRequest("/system/clock", nil)
		change(r)
		return b.send(r).Code
	}
	if have := confirm(func(*http.Request) {}); have != 403 || confirmed != 0 {
		t.Errorf("without a token: have %d", have)
	}
	if have := confirm(func(r *http.Request) { r.Header.Set("X-API-Key", adminToken) }); have != 303 || confirmed != 1 {
		t.Errorf("with the token: have %d", have)
	}
	w := b.send(formRequest("/system/signin", url.Values{"token": {adminToken}}))
	if w.Code != 303 || len(w.Result().Cookies()) != 1 || !w.Result().Cookies()[0].HttpOnly {
		t.Fatalf("sign-in: have %d", w.Code)
	}
	cookie := w.Result().Cookies()[0]
	signed := func(r *http.Request) { r.AddCookie(cookie) }
	if have := confirm(signed); have != 303 || confirmed != 2 {
		t.Errorf("signed in: have %d", have)
	}
	out := formRequest("/system/signout", nil)
	signed(out)
	b.send(out)
	if have := confirm(signed); have != 403 || confirmed != 2 {
		t.Errorf("signed out: have %d", have)
	}
}

func TestGuessingTokensIsSlow(t *testing.T) {
	now, confirmed := time.Unix(1_800_000_000, 0), 0
	b := operated(t, &now, &confirmed)
	if b.s.sessions.token("wrong") || b.s.sessions.token(adminToken) {
		t.Error("a token is tried right after a wrong one")
	}
	now = now.Add(checkPause)
	if !b.s.sessions.token(adminToken) {
		t.Error("the right token is refused")
	}
	b.s.sessions.token("wrong")
	if !b.s.sessions.token(adminToken) {
		t.Error("somebody's wrong token keeps the operator out")
	}
}

func TestSessionsEnd(t *testing.T) {
	now, confirmed := time.Unix(1_800_000_000, 0), 0
	b := operated(t, &now, &confirmed)
	r := httptest.NewRequest("GET", "/system", nil)
	r.AddCookie(&http.Cookie{Name: adminCookie, Value: b.s.sessions.start()})
	if !b.s.sessions.operator(r) {
		t.Fatal("the session did not begin")
	}
	now = now.Add(sessionLength)
	if b.s.sessions.operator(r) {
		t.Error("the session does not end")
	}
	for range 2 * maxSessions {
		b.s.sessions.start()
	}
	if n := len(b.s.sessions.open); n > maxSessions {
		t.Errorf("%d sessions are kept", n)
	}
}

func TestWrongTokenIsSaidToBeWrong(t *testing.T) {
	now, confirmed := time.Unix(1_800_000_000, 0), 0
	b := operated(t, &now, &confirmed)
	w := b.send(formRequest("/system/signin", url.Values{"token": {"no such"}}))
	if body := w.Body.String(); w.Code != 403 || !strings.Contains(body, "not the admin token") || !strings.Contains(body, `href="/system#operator"`) {
		t.Errorf("have %d %s", w.Code, w.Body)
	}
}

func TestWithoutATokenNobodyMay(t *testing.T) {
	b := newBench(t, nil)
	w := b.send(formRequest("/system/signin", url.Values{"token": {""}}))
	if w.Code != 403 || !strings.Contains(w.Body.String(), "admin_token_hash") {
		t.Errorf("have %d %s", w.Code, w.Body)
	}
}
