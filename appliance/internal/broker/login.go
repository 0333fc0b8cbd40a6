package broker

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// identity is who a client has proven to be.
type identity struct {
	login  string   // key in upper-case hex, user name, or "" for nobody
	key    string   // the key, when a token proved it
	topics []string // the user's own filters
}

// logins decides who may come in.
type logins struct {
	users  map[string]User
	verify func(username, token string) (string, error)
	dummy  []byte        // a hash to compare with when the user is unknown
	slot   chan struct{} // bcrypt is slow on purpose: at most so many at a time

	mu       sync.Mutex
	secret   [32]byte            // of this process
	known    map[string][32]byte // guarded by mu: user, and the password that was right
	failures map[string]*tries   // guarded by mu: by address
}

type tries struct {
	count int
	since time.Time
}

const (
	maxTries    = 20 // failed logins of an address in a minute
	maxToken    = 2 << 10
	maxFailures = 4096 // addresses remembered
)

func newLogins(cfg Config) (*logins, error) {
	l := &logins{
		users: map[string]User{}, verify: cfg.VerifyToken, slot: make(chan struct{}, 1),
		known: map[string][32]byte{}, failures: map[string]*tries{},
	}
	_, _ = rand.Read(l.secret[:]) // never fails
	for _, u := range cfg.Users {
		l.users[u.Name] = u
	}
	if len(cfg.Users) > 0 {
		var err error
		if l.dummy, err = bcrypt.GenerateFromPassword([]byte("nobody"), cost(cfg.Users[0])); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func cost(u User) int {
	if c, err := bcrypt.Cost([]byte(u.PasswordHash)); err == nil {
		return c
	}
	return bcrypt.DefaultCost
}

// admit returns who the client is, or why it is refused. Where there are no
// users everyone is let in, and a token that does not verify proves nothing.
func (l *logins) admit(remote, username string, password []byte, now time.Time) (identity, string) {
	if l.verify != nil && strings.HasPrefix(username, "v1_") && len(password) <= maxToken {
		if key, err := l.verify(username, string(password)); err == nil {
			return identity{login: key, key: key}, ""
		}
	}
	if len(l.users) == 0 {
		return identity{}, ""
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	if l.blocked(host, now) {
		return identity{}, refusedTries
	}
	u, ok := l.users[username]
	if !l.right(u, ok, password) {
		l.failed(host, now)
		return identity{}, refusedLogin
	}
	return identity{login: u.Name, topics: u.Topics}, ""
}

// right compares a password. What was right once is remembered by a keyed
// digest, since all observers come back at once when the broker restarts.
func (l *logins) right(u User, exists bool, password []byte) bool {
	mac := hmac.New(sha256.New, l.secret[:])
	mac.Write(password)
	digest := [32]byte(mac.Sum(nil))
	l.mu.Lock()
	known, ok := l.known[u.Name]
	l.mu.Unlock()
	if exists && ok && hmac.Equal(known[:], digest[:]) {
		return true
	}
	hash := l.dummy
	if exists {
		hash = []byte(u.PasswordHash)
	}
	l.slot <- struct{}{}
	err := bcrypt.CompareHashAndPassword(hash, password)
	<-l.slot
	if err != nil || !exists {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[u.Name] = digest
	return true
}

func (l *logins) blocked(host string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.failures[host]
	return ok && now.Sub(t.since) < time.Minute && t.count >= maxTries
}

func (l *logins) failed(host string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) >= maxFailures {
		clear(l.failures)
	}
	t, ok := l.failures[host]
	if !ok || now.Sub(t.since) >= time.Minute {
		t = &tries{since: now}
		l.failures[host] = t
	}
	t.count++
}
