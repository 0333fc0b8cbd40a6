package index

import (
	"fmt"
	"slices"
	"strings"

	"hilltop/firmware-bridge/meshcore"
)

// Under are the transmissions that were relayed under any of some hops, for
// filters.
type Under struct {
	x     *Relays
	codes []hopCode
	key   string
}

// Under lists what was relayed under any of the hops; nothing as long as there
// is no index.
func (x *Relays) Under(hops []meshcore.Hop) Under {
	codes := codesOfHops(hops)
	slices.Sort(codes)
	return Under{x, codes, fmt.Sprint(codes)}
}

// Key tells different hops apart.
func (u Under) Key() string { return u.key }

// Version changes whenever what is listed of an hour does.
func (u Under) Version(hour uint32) uint64 {
	if u.x == nil {
		return 0
	}
	u.x.mu.RLock()
	defer u.x.mu.RUnlock()
	if h := u.x.hours[hour]; h != nil {
		return h.turn
	}
	return 0
}

// IDs are the transmissions of an hour.
func (u Under) IDs(hour uint32) []uint64 {
	if u.x == nil || len(u.codes) == 0 {
		return nil
	}
	u.x.mu.RLock()
	defer u.x.mu.RUnlock()
	h := u.x.hours[hour]
	if h == nil {
		return nil
	}
	rows := h.union(nil, u.codes)
	ids := make([]uint64, len(rows))
	for i, row := range rows {
		ids[i] = h.rows.id(row)
	}
	return ids
}

// changed notes that an hour is about to list another transmission. mu is held.
func (x *Channels) changed(h *channelHour) {
	x.turns++
	h.turn = x.turns
}

// OfChannel are the transmissions of a channel, for filters.
type OfChannel struct {
	x      *Channels
	name   string
	locked bool
	hash   byte
}

// Of lists the texts and data of a channel that can be read.
func (x *Channels) Of(name string) OfChannel { return OfChannel{x: x, name: name} }

// OfLocked lists what has a hash byte and could not be read.
func (x *Channels) OfLocked(hash byte) OfChannel { return OfChannel{x: x, locked: true, hash: hash} }

// Key tells different channels apart.
func (o OfChannel) Key() string {
	return strings.Join([]string{fmt.Sprint(o.locked, o.hash), o.name}, " ")
}

// Version changes whenever what is listed of an hour does.
func (o OfChannel) Version(hour uint32) uint64 {
	if o.x == nil {
		return 0
	}
	o.x.mu.RLock()
	defer o.x.mu.RUnlock()
	if h := o.x.hours[hour]; h != nil {
		return h.turn
	}
	return 0
}

// IDs are the transmissions of an hour.
func (o OfChannel) IDs(hour uint32) (ids []uint64) {
	if o.x == nil {
		return nil
	}
	o.x.mu.RLock()
	defer o.x.mu.RUnlock()
	h := o.x.hours[hour]
	if h == nil {
		return nil
	}
	if !o.locked {
		if place := slices.Index(h.names, o.name); place >= 0 {
			for i := range h.texts {
				if r := &h.texts[i]; int(r.channel) == place {
					ids = append(ids, r.tx)
				}
			}
		}
	}
	for i := range h.others {
		u := &h.others[i]
		if o.locked && u.data == "" && u.hash == o.hash || !o.locked && u.data == o.name && o.name != "" {
			ids = append(ids, u.tx)
		}
	}
	return ids
}
