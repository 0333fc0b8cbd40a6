package mqtt

import (
	"sync"
	"time"
)

// State is how a source stands at a moment.
type State struct {
	Name      string
	URL       string
	ClientID  string
	Connected bool
	Since     time.Time // of being connected, or of not being it
	LastMsg   time.Time // last message that was no retained one; zero: none yet
	Messages  uint64    // all, retained ones too
	Retained  uint64
	Dropped   uint64 // the inbox was full
	Rate      int    // messages in the last minute
	Rate5     int    // and in the last five minutes

	Disconnects uint64 // connections that ended, however
	LastError   string // in words, "" if none yet
	LastErrAt   time.Time
	// ShortLived counts connections in a row that the broker ended within
	// seconds: another client probably uses the same client id or account.
	ShortLived int
	Subscribed []string // filters the broker granted
	Refused    []string // filters it refused
	Insecure   bool     // its certificate is not checked
	// CertificateEnds is when the certificate that the broker showed last ends; zero
	// while it has shown none.
	CertificateEnds time.Time
}

// ledger keeps a source's State.
type ledger struct {
	mu    sync.Mutex
	state State // guarded by mu
	rate  meter // guarded by mu
}

// State returns a copy.
func (s *Source) State() State {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.state
	if ends := s.ends.Load(); ends != 0 {
		st.CertificateEnds = time.Unix(ends, 0)
	}
	now := time.Now()
	st.Rate, st.Rate5 = l.rate.last(now, time.Minute), l.rate.last(now, meterSpan)
	st.Subscribed = append([]string(nil), st.Subscribed...)
	st.Refused = append([]string(nil), st.Refused...)
	return st
}

func (l *ledger) change(f func(*State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.state)
}

func (l *ledger) connected(now time.Time, granted, refused []string) {
	l.change(func(st *State) {
		st.Connected, st.Since = true, now
		st.Subscribed, st.Refused = granted, refused
	})
}

func (l *ledger) lost(now time.Time, why string, short bool) {
	l.change(func(st *State) {
		if st.Connected {
			st.Since = now
			st.Disconnects++
		}
		if short {
			st.ShortLived++
		} else {
			st.ShortLived = 0
		}
		st.Connected, st.Subscribed = false, nil
		st.LastError, st.LastErrAt = why, now
	})
}

func (l *ledger) message(now time.Time, retained, delivered bool) {
	l.change(func(st *State) {
		st.Messages++
		l.rate.add(now)
		if retained {
			st.Retained++
		} else {
			st.LastMsg = now
		}
		if !delivered {
			st.Dropped++
		}
	})
}

// meter counts events of the last five minutes in steps of a second.
type meter struct {
	second [meterSpan / time.Second]int64 // Unix time that the count of the same place is of
	count  [meterSpan / time.Second]int
}

// meterSpan is how far back a meter looks.
const meterSpan = 5 * time.Minute

func (m *meter) add(now time.Time) {
	s, n := now.Unix(), int64(len(m.second))
	i := (s%n + n) % n
	if m.second[i] != s {
		m.second[i], m.count[i] = s, 0
	}
	m.count[i]++
}

// last counts the events of a span up to now.
func (m *meter) last(now time.Time, span time.Duration) int {
	sum := 0
	for i, s := range m.second {
		if age := now.Unix() - s; age >= 0 && age < int64(span/time.Second) {
			sum += m.count[i]
		}
	}
	return sum
}
