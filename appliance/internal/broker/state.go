package broker

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
)

// State is how the broker stands at a moment.
type State struct {
	Listening string    // address of the open port, "" if none
	Off       bool      // no port is wanted
	Error     string    // why the port is not open, and what to do about it
	Since     time.Time // of the port being open, or of its not being so
	Clients   []Client  // signed in, by client id
	Refused   []Refusal // by reason
	Messages  uint64    // accepted from all clients since the start
	Rate      int       // messages in the last minute
	Lost      uint64    // messages that the inbox had no room for
	Takeovers uint64    // sessions taken over by a client of the same id
	Anonymous bool      // anyone may publish
}

// Client is one client that is signed in.
type Client struct {
	ID            string
	Remote        string // address
	Transport     string // TCP or WebSocket
	Login         string // key or user, "" if anonymous
	Protocol      string // MQTT version: 3.1, 3.1.1 or 5
	Since         time.Time
	LastMsg       time.Time
	Messages      uint64
	Rate          int     // messages in the last minute
	Bytes         uint64  // received
	Slowed        Slowing // why it was made to wait of late
	SlowedSince   time.Time
	Refused       uint64 // messages
	LastRefusal   string
	WillTopic     string
	Subscriptions []string
	// Takeovers of its client id in the last minute: several mean that two
	// clients fight for one id.
	Takeovers int
}

// Slowing says why a client was made to wait.
type Slowing uint8

// The reasons. The zero value is none.
const (
	SlowedByRate  Slowing = iota + 1 // it sends faster than it may
	SlowedByInbox                    // the inbox was full, whoever filled it
)

// Refusal counts what was refused for one reason.
type Refusal struct {
	Reason string
	Count  uint64
	Last   time.Time
	Who    string // the last client: its id, else its address
}

// register keeps the broker's figures.
type register struct {
	mu        sync.Mutex
	conns     map[*conn]bool // guarded by mu, as all below; true: signed in
	closed    bool           // no more connections
	state     State
	rate      meter
	refused   map[string]*Refusal
	takeovers map[string]*meter // by client id
}

// maxTakeoverIDs bounds what is remembered of take-overs.
const maxTakeoverIDs = 256

func newRegister() *register {
	return &register{conns: map[*conn]bool{}, refused: map[string]*Refusal{}, takeovers: map[string]*meter{}}
}

func (r *register) port(listening, problem string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Listening != listening || r.state.Error != problem {
		r.state.Since = now
	}
	r.state.Listening, r.state.Error = listening, problem
}

func (r *register) message(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Messages++
	r.rate.add(now)
}

func (r *register) refuse(reason, who string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.refused[reason]
	if !ok {
		f = &Refusal{Reason: reason}
		r.refused[reason] = f
	}
	f.Count++
	f.Last, f.Who = now, who
	if reason == refusedInbox {
		r.state.Lost++
	}
}

func (r *register) takeover(id string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Takeovers++
	m, ok := r.takeovers[id]
	if !ok {
		if len(r.takeovers) >= maxTakeoverIDs {
			clear(r.takeovers)
		}
		m = &meter{}
		r.takeovers[id] = m
	}
	m.add(now)
}

// State returns a copy.
func (b *Broker) State() State {
	now := time.Now()
	s, clients := b.reg.snapshot(now)
	s.Off, s.Anonymous = b.cfg.Listen == Off, len(b.cfg.Users) == 0
	for c, takeovers := range clients {
		k := c.snapshot(now)
		k.Takeovers = takeovers
		if cl, ok := b.server.Clients.Get(c.id); ok && cl.Net.Conn == c {
			k.Subscriptions = filters(cl)
		}
		s.Clients = append(s.Clients, k)
	}
	slices.SortFunc(s.Clients, func(a, b Client) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Remote, b.Remote)) })
	return s
}

func filters(cl *mochi.Client) []string {
	var out []string
	for f := range cl.State.Subscriptions.GetAll() {
		out = append(out, printable(f))
	}
	slices.Sort(out)
	return out
}

func (r *register) snapshot(now time.Time) (State, map[*conn]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Rate = r.rate.lastMinute(now)
	for _, f := range r.refused {
		s.Refused = append(s.Refused, *f)
	}
	slices.SortFunc(s.Refused, func(a, b Refusal) int { return cmp.Compare(a.Reason, b.Reason) })
	clients := map[*conn]int{}
	for c, signedIn := range r.conns {
		if !signedIn {
			continue
		}
		clients[c] = 0
		if m, ok := r.takeovers[printable(c.id)]; ok {
			clients[c] = m.lastMinute(now)
		}
	}
	return s, clients
}

// printable makes a client's text fit for a page: no control characters, and
// not endless.
func printable(s string) string {
	const most = 128
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
