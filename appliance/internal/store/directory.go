package store

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"hilltop/appliance/internal/column"
	"hilltop/firmware-bridge/meshcore"
)

// episodeMS is the most between an episode's first copy and its last: ten minutes.
const episodeMS = 600_000

// next is the hour after one.
func next(hour uint32) uint32 { return hour + min(1, math.MaxUint32-hour) }

// episode is where an episode is and what is known of it without reading it.
type episode struct {
	id     uint64
	hash   meshcore.Hash
	hour   uint32 // that it is kept in: where the copy stood that began it
	first  int64  // where its first copy stands, Unix ms
	copies uint32
	block  *column.Hour // whose row it is; nil: it is an open record
	row    int
}

func (e episode) key() string { return recordKey(e.hour, e.id) }

// recordKey sorts by hour, then by ID.
func recordKey(hour uint32, id uint64) string {
	b := [24]byte{0: 't', 1: '/', 10: '/'}
	hexDigits(b[2:10], uint64(hour))
	if id >= 1<<52 { // more digits: no ID of ours
		return string(b[:11]) + strconv.FormatUint(id, 16)
	}
	hexDigits(b[11:], id)
	return string(b[:])
}

// hexDigits fills b with the last digits of a number.
func hexDigits(b []byte, n uint64) {
	for i := range slices.Backward(b) {
		b[i] = "0123456789abcdef"[n&15]
		n >>= 4
	}
}

// hourOfKey is the hour in a key such as "t/<hour>/…"; 0 if it has none.
func hourOfKey(key string) uint32 {
	_, rest, _ := strings.Cut(key, "/")
	hour, _, _ := strings.Cut(rest, "/")
	n, _ := strconv.ParseUint(hour, 16, 32)
	return uint32(n)
}

// openEpisode is an episode in an open record. A slot that is not in use has no
// copies.
type openEpisode struct {
	value string // the record
	id    uint64
	hash  meshcore.Hash
	first int64
	hour  uint32
	sighting
}

// directory finds episodes: by ID, by hash, by time. All of it follows from
// open records and sealed hours. Only the holder of the writer's lock changes
// it, and may read it without mu.
type directory struct {
	mu     sync.RWMutex
	slots  []openEpisode        // guarded by mu
	free   []int32              // guarded by mu
	byID   map[uint64]int32     // guarded by mu; slots of open records
	hashes *hashTable           // guarded by mu
	hours  map[uint32]*hourRoom // guarded by mu
	order  []*hourRoom          // guarded by mu; those that readers see, ascending
	ranges []*sealedRows        // guarded by mu; by base
	voices voiceTable           // guarded by mu
	serial uint32               // guarded by mu; of the latest sealedRows

	copying sync.Mutex // held by those that copy heads, with mu held for reading
	chunks  uint64     // guarded by copying; chunks of heads copied
}

// hourRoom is what the directory has of one hour.
type hourRoom struct {
	num     uint32
	open    []int32      // slots, by first, then by ID
	heads   []*headChunk // as copied of open; nil: not since it changed; guarded by copying while mu is only read
	openObs int64
	sealed  *sealedRows // nil: none is loaded
	next    *sealedRows // the generation that is about to take sealed's place
	file    hourFile    // that is committed; its generation is 0 if there is none
	foreign bool        // the file cannot be read, and is left as it is
	private bool        // sealed is there to be merged with what came in, for no reader
	touched int64       // arrival of what changed an open record last, Unix ms
	since   int64       // arrival of what changed the first of them, Unix ms; 0 none
	names   hourNames   // of what is decided of the hour
}

// hidden tells whether the hour has a file that is not loaded: no reader sees the
// hour.
func (h *hourRoom) hidden() bool { return h.unread() || h.private }

// unread tells whether the hour has a file whose rows nobody finds. What comes in
// for it waits to be compared with them.
func (h *hourRoom) unread() bool { return h.file.Generation > 0 && h.sealed == nil }

// quiet is for how long, in ms, the open records have not changed. now is by the
// clock that stamps arrivals, Unix ms.
func (h *hourRoom) quiet(now int64) int64 {
	if quiet := now - h.touched; quiet >= -sealQuiet.Milliseconds() {
		return quiet
	}
	return mergeQuiet.Milliseconds() // the clock was set back: nobody knows since when
}

func (h *hourRoom) transmissions() int64 {
	n := int64(len(h.open))
	if h.sealed != nil {
		n += int64(h.sealed.Len() - h.sealed.overridden)
	}
	return n
}

func (h *hourRoom) observations() int64 {
	n := h.openObs
	if h.sealed != nil {
		n += int64(h.sealed.Observations()) - h.sealed.overriddenObs
	}
	return n
}

func newDirectory() *directory {
	d := &directory{byID: map[uint64]int32{}, hours: map[uint32]*hourRoom{}, voices: voiceTable{of: map[Voice]uint32{}}}
	d.hashes = newHashTable(d.hashOf)
	return d
}

// room is an hour's, which is made if need be. mu is held.
func (d *directory) room(hour uint32) *hourRoom {
	h, ok := d.hours[hour]
	if !ok {
		h = &hourRoom{num: hour}
		d.hours[hour] = h
	}
	return h
}

// settleOrder enters an hour among those that readers see, or takes it out. mu
// is held.
func (d *directory) settleOrder(h *hourRoom) {
	i, found := d.placeInOrder(h.num)
	seen := !h.hidden() && h.transmissions() > 0
	switch {
	case seen && !found:
		d.order = slices.Insert(d.order, i, h)
	case !seen && found:
		d.order = slices.Delete(d.order, i, i+1)
	}
	if len(h.open) == 0 {
		h.since = 0
		if h.sealed == nil && h.next == nil && h.file.Generation == 0 {
			delete(d.hours, h.num)
		}
	}
}

func (d *directory) placeInOrder(hour uint32) (int, bool) {
	i := sort.Search(len(d.order), func(i int) bool { return d.order[i].num >= hour })
	return i, i < len(d.order) && d.order[i].num == hour
}

// add enters an open record, which is packed in value.
func (d *directory) add(e episode, r *record, value string) ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.enter(e, r, value)
	d.hashes.add(e.hash, at)
	return at
}

// enter makes a slot, which the table of hashes does not know yet. mu is held.
func (d *directory) enter(e episode, r *record, value string) ref {
	o := openEpisode{value: value, id: e.id, hash: e.hash, first: e.first, hour: e.hour, sighting: d.sighted(r)}
	slot := int32(len(d.slots))
	if n := len(d.free); n > 0 {
		slot, d.free = d.free[n-1], d.free[:n-1]
		d.slots[slot] = o
	} else {
		d.slots = append(d.slots, o)
	}
	d.byID[e.id] = slot
	h := d.room(e.hour)
	h.openObs += int64(e.copies)
	d.line(h, slot)
	d.settleOrder(h)
	return openRef | ref(slot)
}

// line puts a slot in its place among its hour's. mu is held.
func (d *directory) line(h *hourRoom, slot int32) {
	e := &d.slots[slot]
	if n := len(h.open); n == 0 || d.before(h.open[n-1], e.first, e.id) {
		h.shifted(n)
		h.open = append(h.open, slot)
		return
	}
	i := d.search(h.open, e.first, e.id)
	h.shifted(i)
	h.open = slices.Insert(h.open, i, slot)
}

func (d *directory) before(slot int32, first int64, id uint64) bool {
	e := &d.slots[slot]
	return before(e.first, e.id, first, id)
}

// search is the place of (first, id) in an hour's list of slots. mu is held.
func (d *directory) search(list []int32, first int64, id uint64) int {
	return sort.Search(len(list), func(i int) bool { return !d.before(list[i], first, id) })
}

// became notes what an open record is packed in since a copy of it, whose SNR this
// is now, changed.
func (d *directory) became(r ref, value string, ordinal int, snr4 int8) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := &d.slots[r.slot()]
	h := d.hours[e.hour]
	e.value = value
	if e.copies[ordinal].SNR4 != snr4 {
		e.copies = slices.Clone(e.copies) // what was handed out stays as it is
		e.copies[ordinal].SNR4 = snr4
	}
	h.changed(d.search(h.open, e.first, e.id))
}

// grew notes one more copy of an open record, and what that is packed in.
func (d *directory) grew(r ref, copied *entry, value string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := &d.slots[r.slot()]
	h := d.hours[e.hour]
	e.value = value
	h.openObs++
	d.heard(&e.sighting, copied)
	i := d.search(h.open, e.first, e.id)
	h.changed(i)
	if at := copied.obs.At; at < e.first {
		h.shifted(i)
		h.open = slices.Delete(h.open, i, i+1)
		e.first = at
		d.line(h, r.slot())
	}
}

// touch notes when an hour's open records changed, Unix ms.
func (d *directory) touch(hour uint32, arrived int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.room(hour)
	h.touched = max(h.touched, arrived)
	if h.since == 0 {
		h.since = arrived
	}
}

// drop takes open records of one hour out. mu is not held.
func (d *directory) drop(hour uint32, slots []int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.hours[hour]
	for _, slot := range slots {
		d.hashes.remove(d.slots[slot].hash, openRef|ref(slot))
		d.leave(h, slot)
	}
	d.compact(h)
}

// leave frees a slot; compact must follow. mu is held.
func (d *directory) leave(h *hourRoom, slot int32) {
	e := &d.slots[slot]
	h.openObs -= int64(len(e.copies))
	delete(d.byID, e.id)
	*e = openEpisode{}
	d.free = append(d.free, slot)
}

// compact closes the gaps that freed slots leave in an hour's list. mu is held.
func (d *directory) compact(h *hourRoom) {
	h.shifted(0)
	h.open = slices.DeleteFunc(h.open, func(slot int32) bool { return len(d.slots[slot].copies) == 0 })
	if len(h.open) == 0 {
		h.open = nil
	}
	d.settleOrder(h)
}

// hashOf is the hash of an episode. mu is held.
func (d *directory) hashOf(r ref) meshcore.Hash {
	if r.open() {
		return d.slots[r.slot()].hash
	}
	s, row := d.rowOf(r)
	return s.Hash(row)
}

// at is the episode that a ref leads to. mu is held.
func (d *directory) at(r ref) episode {
	if r.open() {
		e := &d.slots[r.slot()]
		return episode{id: e.id, hash: e.hash, hour: e.hour, first: e.first, copies: uint32(len(e.copies))}
	}
	s, row := d.rowOf(r)
	return s.episode(row)
}

// seen tells whether readers see the hour of a ref. mu is held.
func (d *directory) seen(r ref) bool {
	if r.open() {
		return !d.hours[d.slots[r.slot()].hour].hidden()
	}
	s, _ := d.rowOf(r)
	h, ok := d.hours[s.Number()]
	return ok && !h.hidden()
}

// ofHash lists the episodes of a hash that readers see.
func (d *directory) ofHash(hash meshcore.Hash) (list []episode) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, r := range d.hashes.find(hash, nil) {
		if d.seen(r) {
			list = append(list, d.at(r))
		}
	}
	return list
}

// ofID finds an episode that readers see.
func (d *directory) ofID(id uint64) (episode, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if slot, ok := d.byID[id]; ok {
		r := openRef | ref(slot)
		return d.at(r), d.seen(r)
	}
	for _, h := range slices.Backward(d.order) {
		if h.sealed != nil {
			if row, ok := h.sealed.find(id); ok {
				return h.sealed.episode(row), true
			}
		}
	}
	return episode{}, false
}

// counts is how much readers see.
func (d *directory) counts() (c Counts) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	n := len(d.order)
	for i, h := range d.order {
		c.Transmissions += h.transmissions()
		c.Observations += h.observations()
		if i > 1 && i < n-2 {
			continue // neighbours overlap, others do not
		}
		first, last := d.span(h)
		if i == 0 {
			c.From, c.To = first, last
		}
		c.From, c.To = min(c.From, first), max(c.To, last)
	}
	return c
}

// span is where the first and the last episode of an hour that is not empty
// begin. mu is held.
func (d *directory) span(h *hourRoom) (first, last int64) {
	up, down := d.after(h, math.MinInt64, 0), d.till(h, math.MaxInt64, math.MaxUint64)
	a, _ := up.first()
	b, _ := down.last()
	return a.first, b.first
}

// lastTouched is the newest arrival of what changed an open record, Unix ms; 0 if
// there is none.
func (d *directory) lastTouched() (at int64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, h := range d.hours {
		at = max(at, h.touched)
	}
	return at
}

// hoursDown lists the hours that readers see, newest first.
func (d *directory) hoursDown() []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]uint32, 0, len(d.order))
	for _, h := range slices.Backward(d.order) {
		list = append(list, h.num)
	}
	return list
}
