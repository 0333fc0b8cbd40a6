package store

import (
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"hilltop/firmware-bridge/meshcore"
)

const (
	hourMS    = 3_600_000
	episodeMS = 600_000 // ten minutes: the most between an episode's first copy and its last
)

// hourOf is the number of an hour since 1970.
func hourOf(ms int64) uint32 {
	return uint32(min(max(ms, 0)/hourMS, 1<<32-1))
}

// episode says where a record is.
type episode struct {
	id     uint64
	hash   meshcore.Hash
	first  int64 // where its first copy stands, Unix ms
	copies uint32
	prev   int32 // slot of the episode of the same hash that was made before; -1 none
}

func (e episode) key() string { return recordKey(hourOf(e.first), e.id) }

// recordKey sorts by hour, then by ID.
func recordKey(hour uint32, id uint64) string { return fmt.Sprintf("t/%08x/%013x", hour, id) }

// directory finds records: by ID, by hash, by time. All of it follows from the
// records. Only the writer changes it.
type directory struct {
	mu           sync.RWMutex
	slots        []episode               // guarded by mu; those in free are not in use
	free         []int32                 // guarded by mu
	byHash       map[meshcore.Hash]int32 // guarded by mu; the episode made last
	byID         map[uint64]int32        // guarded by mu
	hours        map[uint32][]int32      // guarded by mu; by first, then by ID
	order        []uint32                // guarded by mu; the hours that have records, ascending
	observations int64                   // guarded by mu
}

func newDirectory() *directory {
	return &directory{byHash: map[meshcore.Hash]int32{}, byID: map[uint64]int32{}, hours: map[uint32][]int32{}}
}

func (d *directory) add(e episode) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prev = -1
	if head, ok := d.byHash[e.hash]; ok {
		e.prev = head
	}
	slot := int32(len(d.slots))
	if n := len(d.free); n > 0 {
		slot, d.free = d.free[n-1], d.free[:n-1]
		d.slots[slot] = e
	} else {
		d.slots = append(d.slots, e)
	}
	d.byHash[e.hash], d.byID[e.id] = slot, slot
	d.observations += int64(e.copies)
	d.enter(slot)
}

// grew notes one more copy, and where the first one stands now.
func (d *directory) grew(slot int32, first int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.observations++
	d.slots[slot].copies++
	if first != d.slots[slot].first {
		d.leave(slot)
		d.slots[slot].first = first
		d.enter(slot)
	}
}

// enter puts a slot in its hour. mu is held.
func (d *directory) enter(slot int32) {
	hour := hourOf(d.slots[slot].first)
	list, ok := d.hours[hour]
	if !ok {
		i, _ := slices.BinarySearch(d.order, hour)
		d.order = slices.Insert(d.order, i, hour)
	}
	e := &d.slots[slot]
	if n := len(list); n == 0 || d.before(list[n-1], e.first, e.id) {
		d.hours[hour] = append(list, slot)
		return
	}
	d.hours[hour] = slices.Insert(list, d.search(list, e.first, e.id), slot)
}

// leave takes a slot out of its hour. mu is held.
func (d *directory) leave(slot int32) {
	e := d.slots[slot]
	hour := hourOf(e.first)
	list := d.hours[hour]
	i := d.search(list, e.first, e.id)
	list = slices.Delete(list, i, i+1)
	d.hours[hour] = list
	if len(list) == 0 {
		d.dropHour(hour)
	}
}

func (d *directory) dropHour(hour uint32) {
	delete(d.hours, hour)
	if i, ok := slices.BinarySearch(d.order, hour); ok {
		d.order = slices.Delete(d.order, i, i+1)
	}
}

func (d *directory) before(slot int32, first int64, id uint64) bool {
	e := &d.slots[slot]
	return e.first < first || e.first == first && e.id < id
}

// search is the place of (first, id) in an hour's list. mu is held.
func (d *directory) search(list []int32, first int64, id uint64) int {
	return sort.Search(len(list), func(i int) bool { return !d.before(list[i], first, id) })
}

// evict forgets an hour.
func (d *directory) evict(hour uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, slot := range d.hours[hour] {
		d.forget(slot)
	}
	d.dropHour(hour)
}

// forget takes a slot out of everything but its hour. mu is held.
func (d *directory) forget(slot int32) {
	e := d.slots[slot]
	d.observations -= int64(e.copies)
	delete(d.byID, e.id)
	if d.byHash[e.hash] == slot {
		if e.prev < 0 {
			delete(d.byHash, e.hash)
		} else {
			d.byHash[e.hash] = e.prev
		}
	} else {
		at := d.byHash[e.hash]
		for d.slots[at].prev != slot {
			at = d.slots[at].prev
		}
		d.slots[at].prev = e.prev
	}
	d.slots[slot] = episode{}
	d.free = append(d.free, slot)
}

// ofHash lists the episodes of a hash, the one made last first.
func (d *directory) ofHash(h meshcore.Hash) (list []episode) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	slot, ok := d.byHash[h]
	for ok && slot >= 0 {
		list = append(list, d.slots[slot])
		slot = d.slots[slot].prev
	}
	return list
}

func (d *directory) ofID(id uint64) (episode, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	slot, ok := d.byID[id]
	if !ok {
		return episode{}, false
	}
	return d.slots[slot], true
}

// older fills batch with what comes before (first, id), newest first, and no
// earlier than from.
func (d *directory) older(batch []episode, first int64, id uint64, from int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	hour := hourOf(first)
	h, found := slices.BinarySearch(d.order, hour)
	if !found {
		h--
	}
	for ; h >= 0 && d.order[h] >= hourOf(from); h-- {
		list := d.hours[d.order[h]]
		i := len(list)
		if d.order[h] == hour {
			i = d.search(list, first, id)
		}
		for i--; i >= 0; i-- {
			e := d.slots[list[i]]
			if e.first < from || len(batch) == cap(batch) {
				return batch
			}
			batch = append(batch, e)
		}
	}
	return batch
}

// newer fills batch with what comes after (first, id), oldest first, and
// before to.
func (d *directory) newer(batch []episode, first int64, id uint64, to int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	hour := hourOf(first)
	h, _ := slices.BinarySearch(d.order, hour)
	for ; h < len(d.order); h++ {
		list := d.hours[d.order[h]]
		i := 0
		if d.order[h] == hour {
			i = d.search(list, first, id+1)
		}
		for ; i < len(list); i++ {
			e := d.slots[list[i]]
			if e.first >= to || len(batch) == cap(batch) {
				return batch
			}
			batch = append(batch, e)
		}
	}
	return batch
}

// prefixStep is how many slots a search looks at before it lets the writer in.
const prefixStep = 8192

// byPrefix lists hashes that begin with the hex digits, roughly the newest first.
func (d *directory) byPrefix(prefix string, limit int) (found []meshcore.Hash) {
	prefix = strings.ToLower(prefix)
	if strings.Trim(prefix, "0123456789abcdef") != "" || len(prefix) > 16 {
		return nil
	}
	d.mu.RLock()
	end := len(d.slots)
	d.mu.RUnlock()
	for ; end > 0 && len(found) < limit; end -= prefixStep {
		found = d.prefixIn(found, prefix, max(0, end-prefixStep), end, limit)
	}
	return found
}

func (d *directory) prefixIn(found []meshcore.Hash, prefix string, from, end, limit int) []meshcore.Hash {
	whole, _ := hex.DecodeString(prefix[:len(prefix)&^1])
	d.mu.RLock()
	defer d.mu.RUnlock()
	for slot := end - 1; slot >= from && len(found) < limit; slot-- {
		e := &d.slots[slot]
		if string(e.hash[:len(whole)]) != string(whole) || e.copies == 0 || d.byHash[e.hash] != int32(slot) {
			continue
		}
		if strings.HasPrefix(e.hash.String(), prefix) {
			found = append(found, e.hash)
		}
	}
	return found
}

func (d *directory) counts() (c Counts) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c.Transmissions, c.Observations = int64(len(d.byID)), d.observations
	if n := len(d.order); n > 0 {
		oldest, newest := d.hours[d.order[0]], d.hours[d.order[n-1]]
		c.From, c.To = d.slots[oldest[0]].first, d.slots[newest[len(newest)-1]].first
	}
	return c
}

func (d *directory) oldestHour() (uint32, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if len(d.order) == 0 {
		return 0, false
	}
	return d.order[0], true
}

// inHour lists the keys of an hour's records.
func (d *directory) inHour(hour uint32) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	keys := make([]string, 0, len(d.hours[hour]))
	for _, slot := range d.hours[hour] {
		keys = append(keys, d.slots[slot].key())
	}
	return keys
}
