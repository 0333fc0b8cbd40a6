package survey

import (
	"context"
	"slices"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Hour is what the transmissions of an hour show of the air and of scopes. Every
// flood is in one of the counts of scopes: together they are all floods.
type Hour struct {
	Start    int64            // Unix ms
	Types    [16]Air          // by payload type
	Unscoped int64            // floods without transport codes, or with none set
	Unknown  int64            // of a scope whose name is not known
	Named    map[string]int64 // by name
	Relayed  int64            // of all of them, what any relay sent on
}

// Floods is all of them.
func (h Hour) Floods() int64 {
	n := h.Unscoped + h.Unknown
	for _, c := range h.Named {
		n += c
	}
	return n
}

// add adds another hour's counts.
func (h *Hour) add(o Hour) {
	for i, a := range o.Types {
		t := &h.Types[i]
		t.Transmissions += a.Transmissions
		t.Sendings += a.Sendings
		t.Airtime += a.Airtime
	}
	h.Unscoped += o.Unscoped
	h.Unknown += o.Unknown
	h.Relayed += o.Relayed
	for name, n := range o.Named {
		h.Named[name] += n
	}
}

// Last are the hours of a span up to the survey's end, a week at most, oldest first.
func (b *Board) Last(span time.Duration) []Hour {
	return b.Hours[max(0, len(b.Hours)-int(span/time.Hour)):]
}

// Sum adds hours up; its start is that of the first.
func Sum(hours []Hour) Hour {
	sum := Hour{Named: map[string]int64{}}
	for i, h := range hours {
		if i == 0 {
			sum.Start = h.Start
		}
		sum.add(h)
	}
	return sum
}

// weekHours is how many hours are summed up, the survey's day among them.
const weekHours = 7 * dayHours

// hourSums remembers the sums of hours between surveys, with what they follow from.
type hourSums map[uint32]hourSum

type hourSum struct {
	held   int64 // observations that are stored in the hour
	preset meshcore.Preset
	scopes int // names that are known; none is ever forgotten
	hour   Hour
}

// week gives the sums of the hours up to the survey's end: those of its day, and
// before them those of the week. An hour is counted once, and again when something
// came in for it or a setting that it is counted by changed.
func (s Sources) week(ctx context.Context, b *Board, day []Hour) []Hour {
	end := uint32(b.To / hourMs)
	held := s.Past.Hours()
	next := hourSums{}
	defer func() {
		if s.sums != nil && ctx.Err() == nil {
			clear(s.sums)
			for hour, sum := range next {
				s.sums[hour] = sum
			}
		}
	}()
	out := make([]Hour, 0, weekHours)
	for hour := end - weekHours; hour < end && ctx.Err() == nil; hour++ {
		sum := hourSum{preset: b.Preset, scopes: len(s.Scopes)}
		if s.held != nil {
			sum.held = s.held(hour, hour+1)
		}
		was, known := s.sums[hour]
		switch {
		case hour >= end-dayHours:
			sum.hour = day[hour-(end-dayHours)]
		case known && was.held == sum.held && was.preset == sum.preset && was.scopes == sum.scopes:
			sum.hour = was.hour
		default:
			sum.hour = s.hour(ctx, b.Preset, hour, slices.Contains(held, hour))
		}
		next[hour] = sum
		out = append(out, sum.hour)
	}
	return out
}

// hour counts the air and the scopes of one hour.
func (s Sources) hour(ctx context.Context, preset meshcore.Preset, hour uint32, held bool) Hour {
	c := newCounter(preset, s.Scopes)
	c.begin(int64(hour) * hourMs)
	if held {
		s.Past.Pick(hour).Each(func(t *mesh.Scanned) bool {
			c.air(t)
			c.scope(t)
			return ctx.Err() == nil
		})
	}
	return c.hours[0]
}
