package web

import (
	"fmt"
	"net/url"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/ui"
	"hilltop/ui/part"
)

// homeMesh words what home shows of the mesh.
func homeMesh(m meshNow, now time.Time) *ui.HomeMesh {
	out := &ui.HomeMesh{
		Figures:      homeFigures(m, now),
		Roles:        homeRoles(m.Roles),
		NodesNote:    "from their adverts",
		ObserversSay: fmt.Sprintf("%d of %d delivering", m.Observers.States[mesh.ObserverDelivering], m.Observers.Known),
		NoMessages:   "No channel message could be read yet",
	}
	for _, r := range m.Observers.Rows {
		out.Observers = append(out.Observers, homeObserver(r, now))
	}
	out.Messages = wording{now: now, channel: true}.lines(m.Messages)
	for _, r := range m.Relays {
		name := nodeNamed(r.Node)
		out.Relays = append(out.Relays, ui.HomeCount{Name: name, Count: certainProbable(r.Certain, r.Believed), Share: float64(r.Certain) / float64(m.Relays[0].Certain)})
	}
	for _, c := range m.Channels {
		name := part.Named{Text: clean(c.Name, nameLimit), Href: "/channels/" + url.PathEscape(c.Name)}
		out.Channels = append(out.Channels, ui.HomeCount{Name: name, Count: countText(c.Messages), Share: float64(c.Messages) / float64(m.Channels[0].Messages)})
	}
	return out
}

// heldNote says since when there is data.
func heldNote(from int64, now time.Time) string {
	if from == 0 {
		return ""
	}
	return "data since " + moment(from, now).Text
}

// boxFacts say how the machine itself is doing.
func (s *Server) boxFacts(h held, now time.Time) []part.Fact {
	counts, health := h.Store.Counts(), withoutPaths(h.Store.Health())
	last, from, saved := momentOr(counts.To, now), momentOr(counts.From, now), timeOr(health.LastCommit, now)
	gaps := part.Fact{Name: "Without reception", Value: "never", Note: ofDay(counts.From, now), Href: "/system#gaps"}
	if deaf := deafDay(h.Store, now); deaf > 0 {
		gaps.Value = "for " + spanText(deaf)
	}
	facts := []part.Fact{
		{Name: "Last packet", When: &last}, {Name: "Data since", When: &from, Note: plural(counts.Observations, "reception", "receptions") + " held"},
		gaps, {Name: "Last saved", When: &saved},
	}
	if health.LastError != "" {
		facts = append(facts, part.Fact{Name: "Not saving", Value: clean(health.LastError, 200), Href: "/system#disk"})
	}
	if r := s.record(); r.Dropped > 0 {
		facts = append(facts, part.Fact{Name: "Not taken", Value: plural(int64(r.Dropped), "message", "messages"), Note: "the inbox was full", Href: "/system#intake"})
	}
	return facts
}

// ofDay says of which time a figure of the last 24 hours is: of less, where there
// is no data for all of them.
func ofDay(from int64, now time.Time) string {
	if from > now.Add(-24*time.Hour).UnixMilli() {
		return "since " + moment(from, now).Text
	}
	return "in the last 24 h"
}

// deafDay is for how long of the last 24 hours, or of what is held of them,
// nothing was received whatever there was.
func deafDay(st *store.Store, now time.Time) time.Duration {
	day := max(now.Add(-24*time.Hour).UnixMilli(), st.Counts().From)
	return deafWithin(st.Gaps(day, now.UnixMilli()+1), day, now.UnixMilli())
}

func homeFigures(m meshNow, now time.Time) []part.Figure {
	nodes, active := 0, 0
	for _, r := range m.Roles {
		nodes += r.Nodes
		active += r.Active
	}
	last := m.Hour[len(m.Hour)-6 : len(m.Hour)-1] // five whole minutes
	var sum int64
	for _, n := range last {
		sum += n
	}
	packets := figure("Packets", m.Day.Packets, "last 24 h")
	packets.Href = "/packets?w=24h"
	packets.Spark = hourSpark("Packets by hour", m, now, func(h index.Hour) int64 { return h.Transmissions })
	receptions := figure("Receptions", m.Day.Receptions, "last 24 h"+perPacket(m.Day))
	receptions.Href = receptionsHref("24h", "")
	receptions.Spark = hourSpark("Receptions by hour", m, now, func(h index.Hour) int64 { return h.Observations })
	rate := part.Figure{Label: "Receptions a minute", Value: rateFigure(float64(sum) / float64(len(last))), Note: "last 5 min"}
	rate.Spark = &part.Spark{Title: "Receptions by minute, the last hour", Values: floats(m.Hour), First: "1 h ago", Last: "now", Open: true,
		Deaf: deafSpans(m.Gaps, now.Add(-time.Hour).UnixMilli(), now.UnixMilli(), now)}
	known := figure("Nodes", int64(nodes), countText(int64(active))+" active")
	known.Href = "/nodes"
	known.Of = portion(active, nodes)
	observers := figure("Observers", int64(m.Observers.Known), fmt.Sprintf("%d delivering", m.Observers.States[mesh.ObserverDelivering]))
	observers.Href = "/observers"
	observers.Of = portion(m.Observers.States[mesh.ObserverDelivering], m.Observers.Known)
	return []part.Figure{packets, receptions, rate, known, observers}
}

// portion is a part's share of a whole; nil of nothing.
func portion(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// rateFigure keeps a decimal only where it says something.
func rateFigure(perMinute float64) string {
	if perMinute >= 100 {
		return countText(int64(perMinute + 0.5))
	}
	return fmt.Sprintf("%.1f", perMinute)
}

// perPacket is how many copies a packet has on average.
func perPacket(t report.Traffic) string {
	if t.Packets == 0 {
		return ""
	}
	return fmt.Sprintf(" · ×%.1f a packet", float64(t.Receptions)/float64(t.Packets))
}

// hourSpark draws a count by hours. The last of them is not over yet.
func hourSpark(title string, m meshNow, now time.Time, value func(index.Hour) int64) *part.Spark {
	s := &part.Spark{Title: title + ", the last 24 h", First: "24 h ago", Last: "now", Open: true}
	hours := m.Day.ByHour
	for _, h := range hours {
		s.Values = append(s.Values, float64(value(h)))
	}
	if len(hours) > 0 {
		s.Deaf = deafSpans(m.Gaps, hours[0].Start, hours[len(hours)-1].Start+time.Hour.Milliseconds(), now)
	}
	return s
}

func floats(list []int64) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = float64(n)
	}
	return out
}

func homeRoles(all []report.RoleCount) (out []ui.RoleCount) {
	most := 0
	for _, r := range all {
		most = max(most, r.Nodes)
	}
	for _, r := range all {
		if r.Nodes == 0 {
			continue
		}
		out = append(out, ui.RoleCount{
			Mark: roleMark(r.Role), Count: countText(int64(r.Nodes)), Active: countText(int64(r.Active)) + " active",
			Href: "/nodes?role=" + roleMark(r.Role).Class, Share: float64(r.Nodes) / float64(most),
		})
	}
	return out
}

func homeObserver(r report.ObserverRow, now time.Time) ui.HomeObserver {
	o := ui.HomeObserver{
		Name: observerNamed(r.Observer), Region: clean(r.Region, 12), State: observerState(r.Stats.State),
		Day: countText(r.Day), Last: momentOr(r.Stats.LastPacket, now),
		Spark: part.Spark{Title: "Receptions by hour, the last 24 h", Open: true},
	}
	for _, h := range r.Stats.Day {
		o.Spark.Values = append(o.Spark.Values, float64(h.Observations))
	}
	return o
}
