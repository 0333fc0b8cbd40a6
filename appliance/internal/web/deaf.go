package web

import (
	"cmp"
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/ui/part"
)

// gapWhat words why something was not received or not kept.
func gapWhat(kind string) string {
	what := map[string]string{
		"stopped": "this machine was off", "source": "its source was not connected", "queue": "messages came too fast",
		"clock": "this machine did not know the time", "clock-step": "this machine's clock was set", "disk": "nothing could be saved",
	}[kind]
	if what == "" {
		return clean(kind, 40)
	}
	return what
}

// deafSpans are the gaps in which nothing could have been received, as parts of
// a chart from one time to another (Unix ms).
func deafSpans(gaps []mesh.Gap, from, to int64, now time.Time) (out []part.Deaf) {
	if to <= from {
		return nil
	}
	layout := "15:04"
	if to-from > (48 * time.Hour).Milliseconds() {
		layout = "2 Jan 2006 15:04"
	}
	at := func(ms int64) string { return time.UnixMilli(ms).In(now.Location()).Format(layout) }
	for _, g := range outermost(gaps) {
		if g.Kind == "clock-step" || g.Kind == "disk" {
			continue // the radio was heard all the same
		}
		end := g.To
		until := "now"
		if end == 0 {
			end = to
		} else {
			until = at(end)
		}
		begin, finish := max(g.From, from), min(end, to)
		if begin >= finish {
			continue
		}
		reason := at(g.From) + " to " + until + ": " + gapWhat(g.Kind)
		if g.Kind == "source" && g.Subject != "" {
			reason = at(g.From) + " to " + until + ": " + clean(g.Subject, nameLimit) + " was not connected"
		}
		out = append(out, part.Deaf{
			From: float64(begin-from) / float64(to-from), To: float64(finish-from) / float64(to-from), Reason: reason,
		})
	}
	return out[max(0, len(out)-deafMost):]
}

// outermost leaves out gaps that lie within another of the same kind and subject,
// as those of starts between which nothing was received do. By their beginnings.
func outermost(gaps []mesh.Gap) (out []mesh.Gap) {
	type what struct{ kind, subject string }
	ends := map[what]int64{}
	end := func(g mesh.Gap) int64 {
		if g.To == 0 {
			return math.MaxInt64
		}
		return g.To
	}
	gaps = slices.SortedStableFunc(slices.Values(gaps), func(a, b mesh.Gap) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(end(b), end(a)))
	})
	for _, g := range gaps {
		s := what{g.Kind, g.Subject}
		if end(g) > ends[s] {
			ends[s] = end(g)
			out = append(out, g)
		}
	}
	return out
}

const deafMost = 8 // spans drawn: of a source that comes and goes, the newest
