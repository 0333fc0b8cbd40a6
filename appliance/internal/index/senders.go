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
	x.mu.RLock()
	defer x.mu.RUnlock()
	by := make(map[string]int)
	var list []Sender
	for hour, h := range x.hours {
		for i := range h.texts {
			r := &h.texts[i]
			if h.names[r.channel] != name {
				continue
			}
			sender := h.names[r.sender]
			i, ok := by[sender]
			if !ok {
				i = len(list)
				by[sender] = i
				list = append(list, Sender{Name: sender})
			}
			list[i].Messages++
			list[i].Last = max(list[i].Last, hourStart(hour)+int64(r.first))
		}
	}
	slices.SortFunc(list, func(a, b Sender) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name))
	})
	return list
}
