package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
)

// Sender is a name under which somebody writes in a channel. Names are
// claimed: anybody may write under any.
type Sender struct {
	Name     string // "" of texts that name none
	Messages int64
	Last     int64 // where the latest text stands, Unix ms
}

// Senders lists the names under which texts of a channel are held, the most
// recent first.
func (x *Channels) Senders(name string) []Sender {
	by := make(map[string]int)
	var list []Sender
	x.eachHour(func(hour uint32, h *channelHour) bool {
		list = h.sendersOf(name, hour, by, list)
		return true
	})
	slices.SortFunc(list, func(a, b Sender) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// sendersOf adds an hour's senders in a channel to a list; by has their places in
// it, plus 1. The index's lock is held.
func (h *channelHour) sendersOf(name string, hour uint32, by map[string]int, list []Sender) []Sender {
	channel := slices.Index(h.names, name)
	for _, row := range h.summed().senders {
		if int(row.channel) != channel {
			continue
		}
		sender := h.names[row.sender]
		if by[sender] == 0 {
			list = append(list, Sender{Name: sender})
			by[sender] = len(list)
		}
		s := &list[by[sender]-1]
		s.Messages += int64(row.messages)
		s.Last = max(s.Last, mesh.HourStart(hour)+int64(row.last))
	}
	return list
}
