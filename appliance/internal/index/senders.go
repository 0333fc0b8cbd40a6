package index

import (
	"cmp"
	"slices"
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
		channel := slices.Index(h.names, name)
		places := make([]int, len(h.names)) // in list, plus 1, by place in names
		for i := range h.texts {
			r := &h.texts[i]
			if int(r.channel) != channel {
				continue
			}
			if places[r.sender] == 0 {
				sender := h.names[r.sender]
				if by[sender] == 0 {
					list = append(list, Sender{Name: sender})
					by[sender] = len(list)
				}
				places[r.sender] = by[sender]
			}
			s := &list[places[r.sender]-1]
			s.Messages++
			s.Last = max(s.Last, hourStart(hour)+int64(r.first))
		}
		return true
	})
	slices.SortFunc(list, func(a, b Sender) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name))
	})
	return list
}
