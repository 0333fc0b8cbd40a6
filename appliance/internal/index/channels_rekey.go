package index

import (
	"context"
	"slices"

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
// done. Hours are locked one at a time, after their packets have been read.
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

// reread reads one hour again.
func (x *Channels) reread(hour uint32, payload Payload) {
	keys := x.ring.Generation()
	fresh := map[uint64]reading{}
	for _, tx := range x.doubtful(hour) {
		if typ, body, ok := payload(tx); ok && isGroup(typ, body) {
			r := reading{typ: typ, payload: body}
			if typ == meshcore.TypeGrpTxt {
				r.text = ReadText(x.ring, body)
			}
			fresh[tx] = r
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if h := x.hours[hour]; h != nil {
		h = h.again(hour, x.ring, fresh, keys)
		x.changed(h)
		x.hours[hour] = h
	}
}

// reading is a packet and the text that the keys open in it, nil if none.
type reading struct {
	typ     meshcore.Type
	payload []byte
	text    *Text
}

// doubtful lists the transmissions of an hour that other keys may have opened,
// or may open.
func (x *Channels) doubtful(hour uint32) (list []uint64) {
	names := namesOn(x.ring)
	x.mu.RLock()
	defer x.mu.RUnlock()
	h := x.hours[hour]
	if h == nil {
		return nil
	}
	for i := range h.texts {
		if r := &h.texts[i]; !names[h.names[r.channel]] {
			list = append(list, r.tx)
		}
	}
	for _, u := range h.others {
		if u.data != "" && !names[u.data] || u.data == "" && len(x.ring.Candidates(u.hash)) > 0 {
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
	out, names := &channelHour{keys: keys, far: h.far}, namesOn(ring)
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
		first := hourStart(hour) + int64(r.first)
		if m := h.message(hour, &r); !enter(r.tx, r, first) && names[m.Channel] {
			out.enter(ring, meshcore.TypeGrpTxt, nil, &Text{Channel: m.Channel, Sender: m.Sender, Text: m.Text, Sent: m.Sent}, first, r)
		}
	}
	for _, u := range h.others {
		if !enter(u.tx, textRow{hash: fresh[u.tx].hash(), first: int32(u.first - hourStart(hour)), copies: u.copies, where: u.where}, u.first) {
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
