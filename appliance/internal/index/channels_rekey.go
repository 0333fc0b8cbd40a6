package index

import (
	"context"
	"maps"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// begin is an hour that will be read with the keys of this moment.
func (x *Channels) begin() *channelHour { return &channelHour{keys: x.ring.Generation()} }

// textOf is the text of a new transmission of an hour. The keys may have changed
// since the writer read it, or found that it could not: what a key opens now is
// read, and an hour with what none opens any more is to be read again.
func (x *Channels) textOf(h *channelHour, e *Event) *Text {
	switch {
	case e.Type != meshcore.TypeGrpTxt:
		return nil
	case e.Text == nil:
		return ReadText(x.ring, e.Payload)
	case !slices.ContainsFunc(x.ring.Candidates(e.Payload[0]), func(c meshcore.Channel) bool { return c.Name == e.Text.Channel }):
		h.keys = 0
	}
	return e.Text
}

// Stale counts the hours that were read with other keys than there are now, and
// all of them.
func (x *Channels) Stale() (stale, all int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	now := x.ring.Generation()
	for _, h := range x.hours {
		if h.keys != now {
			stale++
		}
	}
	return stale, len(x.hours)
}

// Payload gives what a transmission carries, false if it is no longer held.
type Payload func(tx uint64) (meshcore.Type, []byte, bool)

// Reread opens, hour by hour, the newest first, what the keys of this moment open
// and locks what they do not, until every hour is read with them or ctx is
// done. It is for one goroutine. Nobody waits while an hour is read.
func (x *Channels) Reread(ctx context.Context, payload Payload) {
	for ctx.Err() == nil {
		stale := x.staleHours()
		if len(stale) == 0 {
			return
		}
		for _, hour := range stale {
			if ctx.Err() == nil {
				x.reread(hour, payload)
			}
		}
	}
}

func (x *Channels) staleHours() (list []uint32) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	now := x.ring.Generation()
	for _, hour := range newestFirst(x.hours) {
		if x.hours[hour].keys != now {
			list = append(list, hour)
		}
	}
	return list
}

// reread reads one hour again, beside what comes in: that is noted, and entered
// at the end.
func (x *Channels) reread(hour uint32, payload Payload) {
	keys := x.ring.Generation()
	h, was := x.hold(hour)
	if h == nil {
		return
	}
	fresh := map[uint64]reading{}
	for _, tx := range was.doubtful(x.ring) {
		if typ, body, ok := payload(tx); ok && isGroup(typ, body) {
			r := reading{typ: typ, payload: body}
			if typ == meshcore.TypeGrpTxt {
				r.text = ReadText(x.ring, body)
			}
			fresh[tx] = r
		}
	}
	next, names := was.again(hour, x.ring, fresh, keys), namesOn(x.ring)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hours[hour] == h { // neither dropped nor built again
		for _, tx := range slices.Sorted(maps.Keys(x.touched)) {
			next.take(hour, h, tx, names)
		}
		next.far = h.far
		x.changed(next)
		x.hours[hour] = next
	}
	x.touched = nil
}

// hold gives an hour and how it is at this moment, nil if there is none, and has
// noted what changes in it from then on.
func (x *Channels) hold(hour uint32) (h, was *channelHour) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if h = x.hours[hour]; h == nil {
		return nil, nil
	}
	x.rereading, x.touched = hour, map[uint64]bool{}
	// Rows change in place; words and names only grow.
	return h, &channelHour{texts: slices.Clone(h.texts), words: h.words, names: h.names, others: slices.Clone(h.others)}
}

// touch notes that a transmission of an hour has changed. mu is held.
func (x *Channels) touch(hour uint32, tx uint64) {
	if x.touched != nil && hour == x.rereading {
		x.touched[tx] = true
	}
}

// take brings a transmission up to what it is in the hour that h is to stand
// for. names are the channels that there are keys of: a text of another is to be
// read again.
func (h *channelHour) take(hour uint32, from *channelHour, tx uint64, names map[string]bool) {
	var first int64
	var copies uint32
	var where regionSet
	i, isText := slices.BinarySearchFunc(from.texts, tx, byTextTx)
	j, isOther := slices.BinarySearchFunc(from.others, tx, byUnreadTx)
	switch {
	case isText:
		r := &from.texts[i]
		first, copies, where = mesh.HourStart(hour)+int64(r.first), r.copies, r.where
	case isOther:
		r := &from.others[j]
		first, copies, where = r.first, r.copies, r.where
	default:
		return
	}
	text, known := slices.BinarySearchFunc(h.texts, tx, byTextTx)
	other, locked := slices.BinarySearchFunc(h.others, tx, byUnreadTx)
	switch {
	case known:
		r := &h.texts[text]
		r.first, r.copies, r.where = int32(first-mesh.HourStart(hour)), copies, where
	case locked:
		r := &h.others[other]
		r.first, r.copies, r.where = first, copies, where
	case isText:
		r := from.texts[i]
		m := from.message(hour, &r)
		r.channel, r.sender, r.from = h.name(m.Channel), h.name(m.Sender), uint32(len(h.words))
		h.words = append(h.words, m.Text...)
		h.texts = slices.Insert(h.texts, text, r)
		if !names[m.Channel] {
			h.keys = 0
		}
	default:
		h.others = slices.Insert(h.others, other, from.others[j])
	}
}

// reading is a packet and the text that the keys open in it, nil if none.
type reading struct {
	typ     meshcore.Type
	payload []byte
	text    *Text
}

// doubtful lists the transmissions of an hour that other keys than those of a
// ring may have opened, or that its keys may open.
func (h *channelHour) doubtful(ring *meshcore.KeyRing) (list []uint64) {
	names := namesOn(ring)
	for i := range h.texts {
		if r := &h.texts[i]; !names[h.names[r.channel]] {
			list = append(list, r.tx)
		}
	}
	for _, u := range h.others {
		if u.data != "" && !names[u.data] || u.data == "" && len(ring.Candidates(u.hash)) > 0 {
			list = append(list, u.tx)
		}
	}
	return list
}

// namesOn are the names of the channels that a ring has keys of.
func namesOn(ring *meshcore.KeyRing) map[string]bool {
	names := map[string]bool{}
	for _, c := range ring.Channels() {
		names[c.Name] = true
	}
	return names
}

// again is the hour with some transmissions as they were read anew. Where they
// stand and how often they were heard stays as it is. A text without a key whose
// packet is no longer held goes with it.
func (h *channelHour) again(hour uint32, ring *meshcore.KeyRing, fresh map[uint64]reading, keys uint64) *channelHour {
	out, names := &channelHour{keys: keys}, namesOn(ring)
	enter := func(tx uint64, r textRow, first int64) bool {
		n, ok := fresh[tx]
		if ok {
			r.tx = tx
			out.enter(ring, n.typ, n.payload, n.text, first, r)
		}
		return ok
	}
	for i := range h.texts {
		r := h.texts[i]
		first := mesh.HourStart(hour) + int64(r.first)
		if m := h.message(hour, &r); !enter(r.tx, r, first) && names[m.Channel] {
			out.enter(ring, meshcore.TypeGrpTxt, nil, &Text{Channel: m.Channel, Sender: m.Sender, Text: m.Text, Sent: m.Sent}, first, r)
		}
	}
	for _, u := range h.others {
		if !enter(u.tx, textRow{hash: fresh[u.tx].hash(), first: int32(u.first - mesh.HourStart(hour)), copies: u.copies, where: u.where}, u.first) {
			out.others = append(out.others, u)
		}
	}
	out.finish()
	return out
}

// hash is the packet's, by which its page is found.
func (r reading) hash() meshcore.Hash {
	return meshcore.Packet{Header: byte(r.typ) << 2, Type: r.typ, Payload: r.payload}.Hash()
}
