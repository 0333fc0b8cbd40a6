package store

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
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
	hour   uint32 // that it is kept in: where the copy stood that began it
	first  int64  // where its first copy stands, Unix ms
	copies uint32
	prev   int32 // slot of the episode of the same hash that was made before; -1 none
}

func (e episode) key() string { return recordKey(e.hour, e.id) }

// recordKey sorts by hour, then by ID.
func recordKey(hour uint32, id uint64) string { return fmt.Sprintf("t/%08x/%013x", hour, id) }

// hourOfKey is the hour in a record's key; 0 if it has none.
func hourOfKey(key string) uint32 {
	hour, _, _ := strings.Cut(strings.TrimPrefix(key, "t/"), "/")
	n, _ := strconv.ParseUint(hour, 16, 32)
	return uint32(n)
}

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
	hour := d.slots[slot].hour
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
	hour := e.hour
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
// earlier than from. An episode may stand up to ten minutes before its hour, so
// an hour's list overlaps that of the hour before, and no other.
func (d *directory) older(batch []episode, first int64, id uint64, from int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h, found := slices.BinarySearch(d.order, next(hourOf(first)))
	if !found {
		h--
	}
	below := func(h int) []int32 {
		if h < 0 {
			return nil
		}
		list := d.hours[d.order[h]]
		return list[:d.search(list, first, id)]
	}
	upper, lower := below(h), below(h-1)
	for len(batch) < cap(batch) {
		if len(upper) == 0 && len(lower) == 0 && h < 1 {
			break
		}
		if len(upper) == 0 {
			h--
			upper, lower = lower, below(h-1)
			continue
		}
		take := &upper
		if n := len(lower); n > 0 {
			if e := &d.slots[upper[len(upper)-1]]; !d.before(lower[n-1], e.first, e.id) {
				take = &lower
			}
		}
		e := d.slots[(*take)[len(*take)-1]]
		if e.first < from {
			break
		}
		batch, *take = append(batch, e), (*take)[:len(*take)-1]
	}
	return batch
}

// next is the hour after one.
func next(hour uint32) uint32 { return hour + min(1, math.MaxUint32-hour) }

// newer fills batch with what comes after (first, id), oldest first, and
// before to.
func (d *directory) newer(batch []episode, first int64, id uint64, to int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h, _ := slices.BinarySearch(d.order, hourOf(first))
	above := func(h int) []int32 {
		if h >= len(d.order) {
			return nil
		}
		list := d.hours[d.order[h]]
		return list[d.search(list, first, id+1):]
	}
	lower, upper := above(h), above(h+1)
	for len(batch) < cap(batch) {
		if len(upper) == 0 && len(lower) == 0 && h >= len(d.order)-1 {
			break
		}
		if len(lower) == 0 {
			h++
			lower, upper = upper, above(h+1)
			continue
		}
		take := &lower
		if len(upper) > 0 {
			if e := &d.slots[lower[0]]; d.before(upper[0], e.first, e.id) {
				take = &upper
			}
		}
		e := d.slots[(*take)[0]]
		if e.first >= to {
			break
		}
		batch, *take = append(batch, e), (*take)[1:]
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
	n := len(d.order)
	for i, hour := range d.order {
		if i > 1 && i < n-2 {
			continue // neighbours overlap, others do not
		}
		list := d.hours[hour]
		first, last := d.slots[list[0]].first, d.slots[list[len(list)-1]].first
		if i == 0 {
			c.From, c.To = first, last
		}
		c.From, c.To = min(c.From, first), max(c.To, last)
	}
	return c
}

// hoursDown lists the hours that hold something, newest first.
func (d *directory) hoursDown() []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := slices.Clone(d.order)
	slices.Reverse(list)
	return list
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
