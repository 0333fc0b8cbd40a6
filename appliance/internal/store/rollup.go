package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Tally is how many transmissions and observations there were of something.
type Tally struct{ Transmissions, Observations int64 }

func (t Tally) plus(o Tally, sign int64) Tally {
	return Tally{max(0, t.Transmissions+sign*o.Transmissions), max(0, t.Observations+sign*o.Observations)}
}

// Rollup is what stays of an hour, or of a day, when its packets have gone.
type Rollup struct {
	Total     Tally
	Types     map[meshcore.Type]Tally
	Observers map[uint32]ObserverTally
	Regions   map[uint16]int64 // observations
	// Channels are by the hash that group packets carry.
	Channels map[byte]Tally
	// Nodes are the adverts of each node that were verified, by the first eight
	// bytes of its key.
	Nodes map[[8]byte]Tally
}

// ObserverTally is what an observer heard.
type ObserverTally struct {
	Observations int64
	SNR4         int64 // sum of quarter dB
	SNRs         int64 // how many had one
}

// newRollup is one of nothing.
func newRollup() Rollup {
	return Rollup{
		Types: map[meshcore.Type]Tally{}, Observers: map[uint32]ObserverTally{}, Regions: map[uint16]int64{},
		Channels: map[byte]Tally{}, Nodes: map[[8]byte]Tally{},
	}
}

// bump adds to a map's value, or takes off; what comes to nothing goes.
func bump[K comparable](m map[K]Tally, key K, t Tally, sign int64) {
	if m[key] = m[key].plus(t, sign); m[key] == (Tally{}) {
		delete(m, key)
	}
}

// take counts a transmission.
func (r *Rollup) take(tx *mesh.Scanned) bool {
	t := Tally{1, int64(len(tx.Obs))}
	r.Total = r.Total.plus(t, 1)
	bump(r.Types, tx.Type, t, 1)
	for _, o := range tx.Obs {
		have := r.Observers[o.Observer]
		have.Observations++
		if o.SNR4 != mesh.NoSNR {
			have.SNR4 += int64(o.SNR4)
			have.SNRs++
		}
		r.Observers[o.Observer] = have
		r.Regions[o.Region]++
	}
	switch {
	case (tx.Type == meshcore.TypeGrpTxt || tx.Type == meshcore.TypeGrpData) && len(tx.Payload) > 0:
		bump(r.Channels, tx.Payload[0], t, 1)
	case tx.Type == meshcore.TypeAdvert && tx.Verified && len(tx.Payload) >= 8:
		bump(r.Nodes, [8]byte(tx.Payload), t, 1)
	}
	return true
}

// Add counts what another rollup has, too.
func (r *Rollup) Add(o Rollup) { r.plus(o, 1) }

func (r *Rollup) plus(o Rollup, sign int64) {
	r.Total = r.Total.plus(o.Total, sign)
	for k, t := range o.Types {
		bump(r.Types, k, t, sign)
	}
	for k, t := range o.Observers {
		have := r.Observers[k]
		have.Observations = max(0, have.Observations+sign*t.Observations)
		have.SNR4 += sign * t.SNR4
		have.SNRs = max(0, have.SNRs+sign*t.SNRs)
		if r.Observers[k] = have; have == (ObserverTally{}) {
			delete(r.Observers, k)
		}
	}
	for k, n := range o.Regions {
		if r.Regions[k] = max(0, r.Regions[k]+sign*n); r.Regions[k] == 0 {
			delete(r.Regions, k)
		}
	}
	for k, t := range o.Channels {
		bump(r.Channels, k, t, sign)
	}
	for k, t := range o.Nodes {
		bump(r.Nodes, k, t, sign)
	}
}

// rollupOf is what an hour's rows come to.
func rollupOf(block *column.Hour) Rollup {
	r := newRollup()
	if block != nil {
		block.Scan(0, block.Len(), nil, r.take)
	}
	return r
}

func (c *codec) rollup(r *Rollup) {
	if !c.writing {
		*r = newRollup()
	}
	c.tally(&r.Total)
	counted(c, r.Types, func(k *meshcore.Type) { c.byte((*byte)(k)) }, cmp.Compare, c.tally)
	counted(c, r.Observers, func(k *uint32) { unsigned(c, k) }, cmp.Compare, func(t *ObserverTally) {
		unsignedInt(c, &t.Observations)
		c.varint(&t.SNR4)
		unsignedInt(c, &t.SNRs)
	})
	counted(c, r.Regions, func(k *uint16) { unsigned(c, k) }, cmp.Compare, func(n *int64) { unsignedInt(c, n) })
	counted(c, r.Channels, c.byte, cmp.Compare, c.tally)
	counted(c, r.Nodes, func(k *[8]byte) { c.fixed(k[:]) }, func(a, b [8]byte) int { return slices.Compare(a[:], b[:]) }, c.tally)
}

func (c *codec) tally(t *Tally) {
	unsignedInt(c, &t.Transmissions)
	unsignedInt(c, &t.Observations)
}

// unsignedInt is a number that is never negative.
func unsignedInt(c *codec, n *int64) {
	u := uint64(*n)
	c.uvarint(&u)
	if *n = int64(u); *n < 0 {
		*n = 0
		c.fail()
	}
}

// counted is a map: how many keys, and each with its value, in order.
func counted[K comparable, V any](c *codec, m map[K]V, key func(*K), compare func(a, b K) int, value func(*V)) {
	n := uint64(len(m))
	c.uvarint(&n)
	if c.writing {
		for _, k := range slices.SortedFunc(maps.Keys(m), compare) {
			v := m[k]
			key(&k)
			value(&v)
		}
		return
	}
	var last K
	for i := range n {
		if !c.more() {
			c.fail()
			return
		}
		var k K
		var v V
		key(&k)
		value(&v)
		if i > 0 && compare(last, k) >= 0 {
			c.fail()
		}
		m[k], last = v, k
	}
}

func rollupKey(hour uint32) string { return fmt.Sprintf("r/%08x", hour) }

func rollupDayKey(day uint32) string { return fmt.Sprintf("R/%08x", day) }

const (
	rollupHours = 35 * 24 // how long rollups are kept by the hour; then by the day
	rollupDays  = 2 * 366 // how long by the day
)

// rollupFor gives the rollup that changes with an hour's new generation, and
// its key: that of the hour, or of the day if the hours are condensed. It counts
// what the new generation has and no more what the last one had; what was there
// of packets that have gone stays.
func (s *Store) rollupFor(hour uint32, was, now *column.Hour) (key, value string) {
	return s.rollupBy(hour, rollupOf(was), rollupOf(now))
}

// rollupOfRest is the rollup of an hour that is about to go, with what readers see
// of it and no rollup counts yet; key is "" if there is no such thing.
func (s *Store) rollupOfRest(hour uint32) (key, value string) {
	if s.waitsFor(hour) {
		return s.rollupOfWaiting(hour)
	}
	p := s.PickHour(hour)
	if len(p.open) == 0 {
		return "", ""
	}
	now := newRollup()
	p.Each(now.take)
	return s.rollupBy(hour, rollupOf(p.block), now)
}

// rollupBy takes one count of an hour off its rollup and puts another in its place.
func (s *Store) rollupBy(hour uint32, was, now Rollup) (key, value string) {
	key = rollupDayKey(hour / 24)
	value, ok := s.value(key)
	if !ok {
		key = rollupKey(hour)
		value, ok = s.value(key)
	}
	r, readable := unpack(value, (*codec).rollup)
	if !ok || !readable {
		r = newRollup()
	} else {
		r.plus(was, -1)
	}
	r.Add(now)
	return key, pack(&r, (*codec).rollup)
}

// Rollups calls fn for the rollups of sealed hours that overlap from to below
// to, hours since 1970: those of days, whose hours are 24, and then those of
// hours, each oldest first, until fn is false.
func (s *Store) Rollups(from, to uint32, fn func(hour uint32, hours int, r Rollup) bool) {
	s.rolled(from, to, func(hour uint32, hours int, value string) bool {
		r, ok := unpack(value, (*codec).rollup)
		return !ok || fn(hour, hours, r)
	})
}

// RollupTotals is Rollups for who needs the totals only; it is a hundred times
// as quick.
func (s *Store) RollupTotals(from, to uint32, fn func(hour uint32, hours int, t Tally) bool) {
	s.rolled(from, to, func(hour uint32, hours int, value string) bool {
		var t Tally
		c := codec{b: bytesOf(value)}
		c.version()
		c.tally(&t)
		return c.err != nil || fn(hour, hours, t)
	})
}

func (s *Store) rolled(from, to uint32, fn func(hour uint32, hours int, value string) bool) {
	more := true
	for _, part := range []struct {
		prefix string
		hours  uint32
	}{{"R/", 24}, {"r/", 1}} {
		s.under(part.prefix, func(key, value string) {
			hour := hourOfKey(key) * part.hours
			if more && hour+part.hours > from && hour < to {
				more = fn(hour, int(part.hours), value)
			}
		})
	}
}

// Unrolled is what readers see of hours and no rollup counts yet, by hour since
// 1970: open records, less the rows that they override. A rollup and this are all
// that came of an hour.
func (s *Store) Unrolled() map[uint32]Tally {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	all := map[uint32]Tally{}
	for _, h := range s.dir.order {
		t := Tally{h.transmissions(), h.observations()}
		if h.sealed != nil {
			t.Transmissions -= int64(h.sealed.Len())
			t.Observations -= int64(h.sealed.Observations())
		}
		if t != (Tally{}) {
			all[h.num] = t
		}
	}
	return all
}

// Condense makes days of the rollups of hours that are long past, and forgets
// days that are longer past.
func (s *Store) Condense(now time.Time) {
	s.house.Lock()
	defer s.house.Unlock()
	hour := mesh.HourOf(now.UnixMilli())
	if hour < rollupHours+24 {
		return
	}
	last := (hour-rollupHours)/24 - 1 // all of its hours are long past
	days := map[uint32][]string{}
	s.under("r/", func(key, _ string) {
		if day := hourOfKey(key) / 24; day <= last {
			days[day] = append(days[day], key)
		}
	})
	for day, keys := range days {
		s.condense(rollupDayKey(day), keys)
	}
	var old []string
	s.under("R/", func(key, _ string) {
		if day := hourOfKey(key); day+rollupDays < hour/24 {
			old = append(old, key)
		}
	})
	s.deleteBoth(old)
}

func (s *Store) condense(day string, hours []string) {
	sum := newRollup()
	for _, key := range append([]string{day}, hours...) {
		value, _ := s.value(key)
		if r, ok := unpack(value, (*codec).rollup); ok {
			sum.Add(r)
		}
	}
	s.w.Lock()
	defer s.w.Unlock()
	s.putBoth(day, pack(&sum, (*codec).rollup))
	for _, key := range hours {
		s.pending.delete(key)
	}
	s.deleteAll(hours)
}
