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
	for _, h := range x.hours {
		for i := range h.texts {
			m := &h.texts[i]
			if m.Channel != name {
				continue
			}
			i, ok := by[m.Sender]
			if !ok {
				i = len(list)
				by[m.Sender] = i
				list = append(list, Sender{Name: m.Sender})
			}
			list[i].Messages++
			list[i].Last = max(list[i].Last, m.First)
		}
	}
	slices.SortFunc(list, func(a, b Sender) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name))
	})
	return list
}
