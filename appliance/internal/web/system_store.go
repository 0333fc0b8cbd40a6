package web

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/ui"
	"hilltop/ui/part"
)

// systemStore fills in what the store knows: data and disk, what could not be
// used, and gaps.
func systemStore(p *ui.SystemPage, st *store.Store, process report.ProcessState, up time.Duration, now time.Time) {
	health := st.Health()
	if !p.Operator.In {
		health = withoutPaths(health)
	}
	p.Disk = diskFacts(st.Counts(), st.Files(), health, process, up, now)
	for _, x := range health.Problems {
		p.Problems = append(p.Problems, ui.ProblemRow{File: x.File, What: x.What, Do: x.Do})
	}
	p.Malformed = malformedBlock(st.Malformed(), now)
	p.Rejected = rejectedBlock(st, now)
	gaps := joined(st.Gaps(0, now.UnixMilli()+1))
	p.Gaps, p.Deaf = gapRows(gaps, now), deafDays(gaps, now)
	p.LongTerm = longTermCharts(report.LongTerm(st, now), gaps, now)
	p.GapsNote = "spans in which something was not received or not kept"
	if len(gaps) > gapsShown {
		p.GapsNote = fmt.Sprintf("the last %d of %s", gapsShown, countText(int64(len(gaps))))
	}
}

// withoutPaths is how the store is doing for who is not signed in: where on this
// machine its directory is, is the operator's business.
func withoutPaths(h store.Health) store.Health {
	if h.Dir == "" {
		return h
	}
	paths := []string{h.Dir + "/", ""}
	if filepath.IsAbs(h.Dir) { // a relative one may be any word
		paths = append(paths, h.Dir, "the data directory")
	}
	hide := strings.NewReplacer(paths...).Replace
	h.Problems, h.Limits = slices.Clone(h.Problems), slices.Clone(h.Limits)
	for i := range h.Problems {
		x := &h.Problems[i]
		x.File, x.What, x.Do = hide(x.File), hide(x.What), hide(x.Do)
	}
	for i := range h.Limits {
		h.Limits[i].What, h.Limits[i].Do = hide(h.Limits[i].What), hide(h.Limits[i].Do)
	}
	h.LastError, h.Dir = hide(h.LastError), ""
	return h
}

func diskFacts(c store.Counts, f store.Files, h store.Health, process report.ProcessState, up time.Duration, now time.Time) []part.Fact {
	facts := []part.Fact{
		{Name: "Held", Value: plural(c.Transmissions, "packet", "packets"), Note: plural(c.Observations, "reception", "receptions")},
		{Name: "Known", Value: plural(c.Nodes, "node", "nodes"), Note: plural(c.Observers, "observer", "observers")},
	}
	if c.From != 0 {
		from := moment(c.From, now)
		facts = append(facts, part.Fact{Name: "Oldest data", When: &from})
	}
	if f.Hours > 0 {
		facts = append(facts, part.Fact{Name: "Closed hours", Value: bytesText(f.Bytes), Note: hoursNote(f)})
	}
	saved := timeOr(h.LastCommit, now)
	facts = append(facts, part.Fact{Name: "Last saved", When: &saved})
	if h.LastError != "" {
		facts = append(facts, part.Fact{Name: "Not saving", Value: h.LastError, Note: "since " + timeOr(h.Since, now).Full})
	}
	for _, l := range h.Limits {
		facts = append(facts, part.Fact{Name: limitName(l.Of), Value: l.What, Note: l.Do})
	}
	facts = append(facts,
		part.Fact{Name: "Waiting for the disk", Value: bytesOrNone(h.PendingBytes)},
		part.Fact{Name: "Written", Value: bytesOrNone(h.Written.Total()), Note: perDay(max(h.Written.Total(), process.Written), up)},
		part.Fact{Name: "Disk", Value: bytesText(h.DiskFree), Note: diskNote(h)},
		part.Fact{Name: "Journal", Value: bytesOrNone(h.JournalBytes), Note: fmt.Sprintf("frame %s, checkpoint at %s", countText(int64(h.Saved.Frame)), countText(int64(h.CheckpointFrame)))},
	)
	if h.Dir != "" {
		facts = append(facts, part.Fact{Name: "Directory", Value: h.Dir, Code: true})
	}
	return facts
}

func limitName(of string) string {
	if of == "memory" {
		return "Memory limit"
	}
	return "Disk limit"
}

// hoursNote says how many hours' files are on disk, and how many of them memory
// has no room for.
func hoursNote(f store.Files) string {
	note := plural(int64(f.Hours), "file", "files")
	if f.Loaded == f.Hours {
		return note
	}
	return note + fmt.Sprintf(", from %s on · %s not loaded: they do not fit in memory, or cannot be read", time.UnixMilli(f.Oldest).UTC().Format("2006-01-02 15:04 UTC"), countText(int64(f.Hours-f.Loaded)))
}

func bytesOrNone(n int64) string {
	if n == 0 {
		return "nothing"
	}
	return bytesText(n)
}

// perDay is what writing would come to in a day, once there is enough of it to say: what a start
// writes at once is not the pace.
func perDay(written int64, up time.Duration) string {
	if up < time.Hour {
		return "since the start"
	}
	return "since the start · " + bytesText(int64(float64(written)/up.Hours()*24)) + " a day at this pace"
}

func diskNote(h store.Health) string {
	if h.DiskTotal == 0 {
		return ""
	}
	return fmt.Sprintf("free of %s (%.0f %%)", bytesText(h.DiskTotal), 100*float64(h.DiskFree)/float64(h.DiskTotal))
}

// refusedShown is how many messages and adverts that could not be used are shown:
// each may take 2 KB.
const refusedShown = 30

func malformedBlock(v mesh.MalformedView, now time.Time) (b ui.MalformedBlock) {
	var total int64
	for reason, bySource := range v.Counts {
		for source, n := range bySource {
			total += n
			b.Counts = append(b.Counts, ui.CountRow{Reason: reason, Means: reasonMeans(reason), Source: clean(source, nameLimit), Count: countText(n)})
		}
	}
	count := func(r ui.CountRow) int64 { return v.Counts[r.Reason][r.Source] }
	slices.SortFunc(b.Counts, func(x, y ui.CountRow) int {
		return cmp.Or(cmp.Compare(count(y), count(x)), cmp.Compare(x.Reason+x.Source, y.Reason+y.Source))
	})
	b.Total = plural(total, "message", "messages")
	for _, m := range v.Last[:min(len(v.Last), refusedShown)] {
		b.Last = append(b.Last, ui.MalformedRow{
			At: moment(m.At, now), Reason: reasonMeans(m.Reason), Source: clean(m.Source, nameLimit),
			Topic: clean(m.Topic, 200), Payload: clean(string(m.Payload), len(m.Payload)),
		})
	}
	return b
}

func rejectedBlock(st *store.Store, now time.Time) (b ui.RejectedBlock) {
	v := st.Rejected()
	var total int64
	reasons := slices.SortedFunc(maps.Keys(v.Counts), func(x, y string) int {
		return cmp.Or(cmp.Compare(v.Counts[y], v.Counts[x]), cmp.Compare(x, y))
	})
	for _, reason := range reasons {
		total += v.Counts[reason]
		b.Counts = append(b.Counts, ui.CountRow{Reason: reason, Means: rejectedMeans(reason), Count: countText(v.Counts[reason])})
	}
	b.Total = plural(total, "advert", "adverts")
	for _, r := range v.Last[:min(len(v.Last), refusedShown)] {
		row := ui.RejectedRow{
			At: moment(r.At, now), Reason: rejectedMeans(r.Reason), Key: r.Key.String()[:8] + "…", KeyFull: r.Key.String(),
			Packet: part.Named{Text: r.Hash.String()[:8], Href: packetHref(r.Hash), Code: true, Hint: r.Hash.String()},
		}
		if o, ok := st.ObserverByNum(r.Observer); ok {
			row.Observer = observerNamed(o)
		}
		b.Last = append(b.Last, row)
	}
	return b
}

// deafDays is how long nothing was received whatever there was, by the UTC day.
func deafDays(gaps []mesh.Gap, now time.Time) part.Heat {
	const days = 30
	day := 24 * time.Hour.Milliseconds()
	last := now.UnixMilli() / day * day
	h := part.Heat{Values: make([]float64, days), First: "30 days ago", Last: "today"}
	var sum time.Duration
	for i := range h.Values {
		from := last - int64(days-1-i)*day
		deaf := deafWithin(gaps, from, min(from+day, now.UnixMilli()))
		h.Values[i] = deaf.Minutes()
		sum += deaf
	}
	h.Title = "Time without reception by the day (UTC), 30 days: " + spanText(sum) + " in all"
	return h
}

// deafWithin is how much of a span lies in gaps that concern the whole machine.
func deafWithin(gaps []mesh.Gap, from, to int64) (deaf time.Duration) {
	end := from // gaps are by their beginning
	for _, g := range gaps {
		if g.Subject != "" || heardAllTheSame(g.Kind) {
			continue
		}
		until := g.To
		if until == 0 {
			until = to
		}
		begin, until := max(g.From, end), min(until, to)
		if begin < until {
			deaf += ms(until - begin)
			end = until
		}
	}
	return deaf
}

const gapsShown = 100

// gapRows are the last gaps, newest first.
func gapRows(gaps []mesh.Gap, now time.Time) (rows []ui.GapRow) {
	for _, g := range slices.Backward(gaps) {
		if len(rows) == gapsShown {
			break
		}
		line := gapLine(mesh.Gap{From: g.From, To: g.To, Kind: g.Kind, Note: g.Note}, now)
		row := ui.GapRow{From: line.From, To: line.To, What: line.What, Subject: clean(g.Subject, nameLimit), Open: g.To == 0}
		if g.Subject == "" {
			row.Subject = "this machine"
		}
		end := g.To
		if row.Open {
			end = now.UnixMilli()
		}
		row.Length, row.Seconds = spanText(ms(end-g.From)), ms(end-g.From).Seconds()
		if g.Lost > 0 {
			row.Lost = countText(g.Lost)
		}
		rows = append(rows, row)
	}
	return rows
}
