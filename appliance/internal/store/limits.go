package store

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
)

// Limit is a limit that cannot be kept.
type Limit struct {
	Of   string // "disk" or "memory"
	What string // is the matter, in words
	Do   string // what the operator can do
}

// limits are those that cannot be kept just now.
type limits struct {
	log   *slog.Logger
	mu    sync.Mutex
	short map[string]Limit // guarded by mu; by Of
}

// missed notes that a limit cannot be kept, kept that one can. Each is said to
// the log once.
func (l *limits) missed(x Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.short[x.Of]; !known {
		l.log.Warn("limit cannot be kept", "of", x.Of, "what", x.What, "do", x.Do)
	}
	l.short[x.Of] = x
}

func (l *limits) kept(of string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.short[of]; known {
		l.log.Info("limit is kept again", "of", of)
		delete(l.short, of)
	}
}

func (l *limits) list() []Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(maps.Values(l.short), func(a, b Limit) int { return cmp.Compare(a.Of, b.Of) })
}

// megabytes words an amount, rounded up.
func megabytes(n int64) string { return fmt.Sprintf("%d MB", (n+999_999)/1_000_000) }
