package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"hilltop/ui/part"

	"golang.org/x/crypto/bcrypt"
)

const (
	adminCookie   = "hilltop-admin"
	sessionLength = 12 * time.Hour
	maxSessions   = 64
	checkPause    = time.Second // between two wrong tokens
)

// sessions knows the operator: by the token itself, or by the cookie of a
// browser that has shown it.
type sessions struct {
	hash []byte
	now  func() time.Time

	mu      sync.Mutex
	open    map[string]time.Time // guarded by mu; cookie to its end
	right   [sha256.Size]byte    // guarded by mu; digest of the token, once it was shown
	known   bool                 // guarded by mu; whether right is set
	pauseTo time.Time            // guarded by mu; until then no token is tried
}

func newSessions(hash string, now func() time.Time) *sessions {
	return &sessions{hash: []byte(hash), now: now, open: map[string]time.Time{}}
}

// closed tells that there is no admin token: nobody may.
func (a *sessions) closed() bool { return len(a.hash) == 0 }

// token tells whether this is the admin token. After a wrong one it tries none
// for a while, so that guessing takes for ever and little of the processor.
func (a *sessions) token(text string) bool {
	if a.closed() || text == "" || len(text) > 72 { // bcrypt reads no more
		return false
	}
	sum := sha256.Sum256([]byte(text))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known && subtle.ConstantTimeCompare(sum[:], a.right[:]) == 1 {
		return true
	}
	if a.now().Before(a.pauseTo) {
		return false
	}
	if bcrypt.CompareHashAndPassword(a.hash, []byte(text)) != nil {
		a.pauseTo = a.now().Add(checkPause)
		return false
	}
	a.right, a.known = sum, true
	return true
}

// start opens a session and returns its cookie's value.
func (a *sessions) start() string {
	var b [16]byte
	rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, end := range a.open {
		if len(a.open) >= maxSessions || a.now().After(end) {
			delete(a.open, k)
		}
	}
	a.open[id] = a.now().Add(sessionLength)
	return id
}

// end forgets a session.
func (a *sessions) end(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, id)
}

// operator tells whether a request comes from the operator.
func (a *sessions) operator(r *http.Request) bool {
	if a.closed() {
		return false
	}
	if key := r.Header.Get("X-API-Key"); key != "" {
		return a.token(key)
	}
	c, err := r.Cookie(adminCookie)
	if err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	end, ok := a.open[c.Value]
	return ok && a.now().Before(end)
}

// forbidden says why the operator's doors stay shut.
func (a *sessions) forbidden() error {
	return wrongRequest{status: http.StatusForbidden, title: "Only the operator may do that", text: a.refusal(), help: waysSystem()}
}

// refusal says in words what would open them.
func (a *sessions) refusal() string {
	if a.closed() {
		return "No admin token is set. Make its hash with \"hilltop hash\" and put it as admin_token_hash into hilltop.toml."
	}
	return "This needs the admin token: sign in on the page System, or send it as X-API-Key."
}

// signIn opens a session for whoever knows the token.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	if !s.sessions.token(r.PostFormValue("token")) {
		wrong := s.sessions.forbidden()
		if !s.sessions.closed() {
			wrong = wrongRequest{http.StatusForbidden, "That is not the admin token", "What was typed is not the token whose hash stands in hilltop.toml as admin_token_hash; upper and lower case count. Or it came within a second of a wrong one: then wait a moment.", "",
				[]part.Way{{Text: "Sign in again", Href: "/system#operator"}, {Text: "Home", Href: "/"}}}
		}
		s.render(w, r, s.problemView(r, wrong))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: adminCookie, Value: s.sessions.start(), Path: "/", MaxAge: int(sessionLength.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/system#operator", http.StatusSeeOther)
}

// signOut ends the session.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(adminCookie); err == nil {
		s.sessions.end(c.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: adminCookie, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/system#operator", http.StatusSeeOther)
}

// confirmClock takes the operator's word that the machine's time is right.
func (s *Server) confirmClock(w http.ResponseWriter, r *http.Request) {
	if !s.sessions.operator(r) {
		s.render(w, r, s.problemView(r, s.sessions.forbidden()))
		return
	}
	if s.ConfirmClock != nil {
		if err := s.ConfirmClock(); err != nil {
			s.render(w, r, s.problemView(r, err))
			return
		}
	}
	http.Redirect(w, r, "/system#clock", http.StatusSeeOther)
}
