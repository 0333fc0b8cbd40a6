package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// What names stand for: the first letter of their keys' second part.
const (
	nameRegion = "r"
	nameSource = "s"
	nameFeed   = "f"
	nameScope  = "c"
)

// maxNames bounds each kind of name, as many come from outside. What comes
// later has the number 0, as has "".
var maxNames = map[string]int{nameRegion: 1<<16 - 1, nameSource: 63, nameFeed: 1<<16 - 1, nameScope: scopesMost}

// scopesMost is how many scopes are learned: of each name one flood in 65,536
// of other scopes seems to be.
const scopesMost = 64

// names gives small numbers to strings, for ever.
type names struct {
	mu     sync.RWMutex
	number map[string]uint32   // guarded by mu; kind + "/" + name
	list   map[string][]string // guarded by mu; by kind: name of number n is at n, 0 is ""
	fresh  []string            // guarded by mu; keys that no frame has yet
}

func newNames() *names {
	return &names{number: map[string]uint32{}, list: map[string][]string{}}
}

func (n *names) num(kind, name string) uint32 {
	if name == "" {
		return 0
	}
	key := kind + "/" + name
	n.mu.RLock()
	num, ok := n.number[key]
	n.mu.RUnlock()
	if ok {
		return num
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	next := max(len(n.list[kind]), 1)
	if next > maxNames[kind] {
		return 0
	}
	n.put(kind, uint32(next), name)
	n.fresh = append(n.fresh, nameKey(kind, uint32(next)))
	return uint32(next)
}

// put enters a name. mu is held.
func (n *names) put(kind string, num uint32, name string) {
	for len(n.list[kind]) <= int(num) {
		n.list[kind] = append(n.list[kind], "")
	}
	n.list[kind][num] = name
	n.number[kind+"/"+name] = num
}

func (n *names) name(kind string, num uint32) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int64(num) < int64(len(n.list[kind])) {
		return n.list[kind][num]
	}
	return ""
}

func nameKey(kind string, num uint32) string { return fmt.Sprintf("i/%s/%04x", kind, num) }

func splitNameKey(key string) (kind string, num uint32, ok bool) {
	kind, hex, ok := strings.Cut(strings.TrimPrefix(key, "i/"), "/")
	n, err := strconv.ParseUint(hex, 16, 16)
	return kind, uint32(n), ok && err == nil && n > 0 && int(n) <= maxNames[kind]
}

// load takes a stored name.
func (n *names) load(key, name string) bool {
	kind, num, ok := splitNameKey(key)
	if !ok || name == "" || key != nameKey(kind, num) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if known, ok := n.number[kind+"/"+name]; ok {
		return known == num
	}
	if list := n.list[kind]; int(num) < len(list) && list[num] != "" {
		return false
	}
	n.put(kind, num, name)
	return true
}

// drain gives the names that no frame has yet.
func (n *names) drain(put func(key, value string)) {
	n.mu.Lock()
	fresh := n.fresh
	n.fresh = nil
	n.mu.Unlock()
	for _, key := range fresh {
		kind, num, _ := splitNameKey(key)
		put(key, n.name(kind, num))
	}
}

// RegionNum is the number of a region; 0 if it is "", or one of too many.
func (s *Store) RegionNum(name string) uint16 { return uint16(s.names.num(nameRegion, name)) }

// SourceNum is the number of a source, at most 63, for the bits of
// mesh.Observation.Sources; 0 if it is "", or one of too many.
func (s *Store) SourceNum(name string) uint8 { return uint8(s.names.num(nameSource, name)) }

// FeedNum is the number of a feed: a source, a client's software and a dialect
// together. 0 if it is "", or one of too many.
func (s *Store) FeedNum(name string) uint32 { return s.names.num(nameFeed, name) }

// LearnScope keeps the name of a scope for ever; it does nothing for one of too
// many.
func (s *Store) LearnScope(name string) { s.names.num(nameScope, name) }

// LearnedScopes lists the names of scopes that were learned, the first first.
func (s *Store) LearnedScopes() []string {
	s.names.mu.RLock()
	defer s.names.mu.RUnlock()
	if list := s.names.list[nameScope]; len(list) > 1 {
		return slices.Clone(list[1:])
	}
	return nil
}

// Region is the name of a region's number; "" if there is none.
func (s *Store) Region(n uint16) string { return s.names.name(nameRegion, uint32(n)) }

// RegionsThat gives the numbers of the regions whose names fit, ascending.
func (s *Store) RegionsThat(fit func(name string) bool) (nums []uint16) {
	s.names.mu.RLock()
	defer s.names.mu.RUnlock()
	for n, name := range s.names.list[nameRegion] {
		if n > 0 && fit(name) {
			nums = append(nums, uint16(n))
		}
	}
	return nums
}

// Source is the name of a source's number; "" if there is none.
func (s *Store) Source(n uint8) string { return s.names.name(nameSource, uint32(n)) }
