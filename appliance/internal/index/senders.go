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

// sendersNewest is how many of the newest hours are added up whenever senders are
// asked for: these change.
const sendersNewest = 2

// sendersKnown is what older hours come to of one channel. It never changes.
type sendersKnown struct {
	hours map[uint32]*hourSums // those in it, as they were
	list  []Sender
	by    map[string]int // places in list
}

// Senders lists the names under which texts of a channel are held, the most
// recent first.
func (x *Channels) Senders(name string) []Sender {
	var known *sendersKnown
	if k, ok := x.senders.Load(name); ok {
		known = k.(*sendersKnown)
	}
	recent, ok := x.sendersSince(name, known)
	if !ok {
		known = &sendersKnown{hours: map[uint32]*hourSums{}, by: map[string]int{}}
		recent = x.sendersAnew(name, known)
		if len(known.list) > 0 {
			x.senders.Store(name, known)
		} else {
			x.senders.Delete(name)
		}
	}
	list := slices.Clone(known.list)
	more := map[string]int{}
	for _, s := range recent {
		at, have := known.by[s.Name]
		if !have {
			if at, have = more[s.Name]; !have {
				at, more[s.Name], list = len(list), len(list), append(list, Sender{Name: s.Name})
			}
		}
		list[at].add(s)
	}
	slices.SortFunc(list, func(a, b Sender) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// sendersSince lists the senders of the newest hours that are not known; false if
// any other hour is not as it was.
func (x *Channels) sendersSince(name string, known *sendersKnown) (recent []Sender, ok bool) {
	if known == nil {
		return nil, false
	}
	n, same := 0, 0
	x.eachHour(func(hour uint32, h *channelHour) bool {
		s := h.summed()
		switch {
		case known.hours[hour] == s:
			same++
		case n >= sendersNewest:
			same = -1
			return false
		default:
			recent = h.sendersOf(s, name, hour, recent)
		}
		n++
		return true
	})
	return recent, same == len(known.hours)
}

// sendersAnew adds up all hours but the newest, whose senders it lists.
func (x *Channels) sendersAnew(name string, known *sendersKnown) (recent []Sender) {
	n := 0
	var list []Sender // of an hour
	x.eachHour(func(hour uint32, h *channelHour) bool {
		s := h.summed()
		if n++; n <= sendersNewest {
			recent = h.sendersOf(s, name, hour, recent)
			return true
		}
		known.hours[hour], list = s, h.sendersOf(s, name, hour, list[:0])
		for _, s := range list {
			at, have := known.by[s.Name]
			if !have {
				at = len(known.list)
				known.list, known.by[s.Name] = append(known.list, Sender{Name: s.Name}), at
			}
			known.list[at].add(s)
		}
		return true
	})
	return recent
}

func (s *Sender) add(o Sender) {
	s.Messages += o.Messages
	s.Last = max(s.Last, o.Last)
}

// sendersOf appends an hour's senders in a channel. The index's lock is held.
func (h *channelHour) sendersOf(sums *hourSums, name string, hour uint32, list []Sender) []Sender {
	channel := slices.Index(h.names, name)
	for _, row := range sums.senders {
		if int(row.channel) == channel {
			list = append(list, Sender{h.names[row.sender], int64(row.messages), mesh.HourStart(hour) + int64(row.last)})
		}
	}
	return list
}
