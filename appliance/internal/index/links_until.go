package index

import (
	"slices"

	"hilltop/appliance/internal/mesh"
)

// LinksUntil are the links of what is stored before an hour: what came after it
// changes nothing. Whole days are the index's; the day in which the hour lies is
// counted from the transmissions that Add is given. It is for one goroutine.
type LinksUntil struct {
	x    *Links
	to   uint32 // the hour
	part *linkPart
}

// Until begins to list what is stored before the hour that starts at a time, Unix ms.
func (x *Links) Until(to int64) *LinksUntil {
	hour := mesh.HourOf(to)
	return &LinksUntil{x, hour, x.Begin(hour / 24).(*linkPart)}
}

// Add takes a transmission that is stored in an hour. All of those of the day, before the
// hour of Until, have to be given, each once; others may be.
func (u *LinksUntil) Add(hour uint32, t *mesh.Scanned) {
	if hour < u.to && hour/24 == u.part.day {
		u.part.Add(hour, t)
	}
}

// List is Links.List of all links, up to the hour of Until. It is asked once, after Add.
func (u *LinksUntil) List(names Naming, from int64) []Link {
	l := linkList{x: u.x, ends: newLinkEnds(names), places: map[linkPair]int32{}}
	day := u.part.day
	days := u.x.overlapping(from, mesh.HourStart(u.to))
	slices.Sort(days)
	for _, before := range days {
		if before < day {
			l.day(before)
		}
	}
	u.part.Finish()
	u.x.mu.RLock()
	l.lookedUp()
	u.x.mu.RUnlock()
	l.take(u.part.made, 0, len(u.part.made.keys))
	l.add(day)
	return l.sorted()
}
