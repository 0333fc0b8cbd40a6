package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// facts are the small things, unpacked: what is known of nodes and observers,
// gaps, settings, channels' keys, what was refused. They reach buntdb when a frame is cut, so
// that a fact that changes often is packed once an interval.
type facts struct {
	mu          sync.RWMutex
	nodes       map[meshcore.PublicKey]mesh.Node // guarded by mu, as all below
	observers   map[string]mesh.Observer
	byNum       []string // observer n's ID is at n; 0 is none
	gaps        map[uint64]mesh.Gap
	nextGap     uint64
	settings    map[string]string
	channelKeys map[meshcore.ChannelKey]ChannelKey
	malformed   ring[mesh.Malformed]
	rejected    ring[mesh.RejectedAdvert]

	dirty map[string]func() (string, bool) // key to its value now; false: it is gone
}

func newFacts() *facts {
	return &facts{
		nodes:       map[meshcore.PublicKey]mesh.Node{},
		observers:   map[string]mesh.Observer{},
		byNum:       []string{""},
		gaps:        map[uint64]mesh.Gap{},
		nextGap:     1,
		settings:    map[string]string{},
		channelKeys: map[meshcore.ChannelKey]ChannelKey{},
		malformed:   newRing[mesh.Malformed]("malformed"),
		rejected:    newRing[mesh.RejectedAdvert]("rejected"),
		dirty:       map[string]func() (string, bool){},
	}
}

func (f *facts) counts() (nodes, observers int64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return int64(len(f.nodes)), int64(len(f.observers))
}

func found(value string) (string, bool) { return value, true }

// drain hands out what changed since the last time, in the order of keys.
func (f *facts) drain(put func(key, value string), del func(key string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(f.dirty)) {
		if value, ok := f.dirty[key](); ok {
			put(key, value)
		} else {
			del(key)
		}
	}
	clear(f.dirty)
}

// PutNode takes the latest facts of a node.
func (s *Store) PutNode(n mesh.Node) {
	f := s.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes[n.Key] = n
	f.dirty[nodeKey(n.Key)] = func() (string, bool) {
		n := f.nodes[n.Key]
		return found(pack(&n, (*codec).node))
	}
}

// Node is what is known of a node.
func (s *Store) Node(k meshcore.PublicKey) (mesh.Node, bool) {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	n, ok := s.facts.nodes[k]
	return n, ok
}

// Nodes lists all nodes, in no order.
func (s *Store) Nodes() []mesh.Node {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	return slices.Collect(maps.Values(s.facts.nodes))
}

// EachNode calls fn for all nodes, in no order. Who puts a node waits meanwhile.
func (s *Store) EachNode(fn func(*mesh.Node)) {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	var n mesh.Node // one for all: fn is given where it is
	for _, n = range s.facts.nodes {
		fn(&n)
	}
}

// maxObservers bounds what a hostile feed can make us remember.
const maxObservers = 1 << 20

// ObserverNum is the number of an observer, which is known from now on; 0 if
// it is one of too many.
func (s *Store) ObserverNum(id string) uint32 {
	f := s.facts
	f.mu.RLock()
	o, ok := f.observers[id]
	f.mu.RUnlock()
	if ok {
		return o.Num
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if o, ok := f.observers[id]; ok {
		return o.Num
	}
	if len(f.byNum) > maxObservers {
		return 0
	}
	o = mesh.Observer{Num: uint32(len(f.byNum)), ID: id}
	f.enterObserver(o)
	return o.Num
}

// enterObserver stores an observer and notes the change. mu is held.
func (f *facts) enterObserver(o mesh.Observer) {
	f.loadObserver(o)
	id := o.ID
	f.dirty[observerKey(o.Num)] = func() (string, bool) {
		o := f.observers[id]
		return found(pack(&o, (*codec).observer))
	}
}

func (f *facts) loadObserver(o mesh.Observer) {
	for int64(len(f.byNum)) <= int64(o.Num) {
		f.byNum = append(f.byNum, "")
	}
	f.byNum[o.Num], f.observers[o.ID] = o.ID, o
}

func observerKey(num uint32) string { return fmt.Sprintf("o/%08x", num) }

// PutObserver takes the latest facts of an observer. Its number is that of its
// ID, whatever Num says.
func (s *Store) PutObserver(o mesh.Observer) {
	if o.Num = s.ObserverNum(o.ID); o.Num == 0 {
		return
	}
	o.Clock.Recent = slices.Clone(o.Clock.Recent)
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	s.facts.enterObserver(o)
}

// Observer is what is known of an observer.
func (s *Store) Observer(id string) (mesh.Observer, bool) {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	o, ok := s.facts.observers[id]
	return o, ok
}

// ObserverByNum is the observer with a number.
func (s *Store) ObserverByNum(n uint32) (mesh.Observer, bool) {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	if n == 0 || int64(n) >= int64(len(s.facts.byNum)) {
		return mesh.Observer{}, false
	}
	o, ok := s.facts.observers[s.facts.byNum[n]]
	return o, ok
}

// Observers lists all observers by number.
func (s *Store) Observers() []mesh.Observer {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.facts.observers), func(a, b mesh.Observer) int {
		return cmp.Compare(a.Num, b.Num)
	})
}

// PutSetting stores a setting.
func (s *Store) PutSetting(k, v string) {
	f := s.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings[k] = v
	f.dirty["s/"+k] = func() (string, bool) { return found(f.settings[k]) }
}

// Setting is a setting's value.
func (s *Store) Setting(k string) (string, bool) {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	v, ok := s.facts.settings[k]
	return v, ok
}

// load takes a stored fact; false if it cannot be read.
func (f *facts) load(key, value string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, rest, _ := strings.Cut(key, "/")
	switch kind {
	case "n":
		n, ok := unpack(value, (*codec).node)
		if ok = ok && key == nodeKey(n.Key); ok {
			f.nodes[n.Key] = n
		}
		return ok
	case "o":
		o, ok := unpack(value, (*codec).observer)
		if !ok || key != observerKey(o.Num) || o.Num == 0 || o.Num > maxObservers || !f.mayBe(o) {
			return false
		}
		f.loadObserver(o)
		return true
	case "g":
		return f.loadGap(rest, value)
	case "k":
		return f.loadChannelKey(key, value)
	case "s":
		f.settings[rest] = value
		return true
	case "malformed":
		return f.malformed.load(rest, value, (*codec).malformed)
	case "rejected":
		return f.rejected.load(rest, value, (*codec).rejected)
	}
	return false
}

// mayBe tells whether number and ID of an observer do not contradict what is
// known. mu is held.
func (f *facts) mayBe(o mesh.Observer) bool {
	if known, ok := f.observers[o.ID]; ok {
		return known.Num == o.Num
	}
	return int(o.Num) >= len(f.byNum) || f.byNum[o.Num] == ""
}

// remove forgets a stored fact.
func (f *facts) remove(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch kind, rest, _ := strings.Cut(key, "/"); kind {
	case "g":
		if id, err := strconv.ParseUint(rest, 16, 64); err == nil {
			delete(f.gaps, id)
		}
	case "k":
		f.removeChannelKey(key)
	}
}
