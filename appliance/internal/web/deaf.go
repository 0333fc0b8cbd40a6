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
		"stopped": "this machine was off", "silent": "this machine ran, and received nothing", "source": "its source was not connected", "queue": "messages came too fast",
		"clock": "this machine did not know the time", "clock-step": "this machine's clock was set", "disk": "nothing could be saved",
	}[kind]
	if what == "" {
		return clean(kind, 40)
	}
	return what
}

// deafSpans are the gaps in which nothing was received whatever there was, as parts of
// a chart from one time to another (Unix ms).
func deafSpans(gaps []mesh.Gap, from, to int64, now time.Time) (out []part.Deaf) {
	if to <= from {
		return nil
	}
	layout := "15:04"
	if to-from > (48 * time.Hour).Milliseconds() {
		layout = "2 Jan 2006 15:04"
	}
	for _, g := range joined(gaps) {
		if heardAllTheSame(g.Kind) {
			continue
		}
		end := g.To
		layout := layout
		if end != 0 && end-g.From < time.Minute.Milliseconds() { // else both ends may read the same
			layout += ":05"
		}
		at := func(ms int64) string { return time.UnixMilli(ms).In(now.Location()).Format(layout) }
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

// heardAllTheSame tells of a kind of gaps that the radio was heard in them.
func heardAllTheSame(kind string) bool { return kind == "clock-step" || kind == "disk" }

// joined makes one of gaps of a kind and subject that overlap, as those do that
// starts entered which took no account of each other. By their beginnings.
func joined(gaps []mesh.Gap) (out []mesh.Gap) {
	type what struct{ kind, subject string }
	last := map[what]int{} // where in out
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
		i, ok := last[s]
		if !ok || g.Kind == "clock-step" || g.From >= end(out[i]) {
			last[s] = len(out)
			out = append(out, g)
			continue
		}
		if end(g) > end(out[i]) {
			out[i].To = g.To
		}
		out[i].Lost += g.Lost
	}
	return out
}

const deafMost = 8 // spans drawn: of a source that comes and goes, the newest
