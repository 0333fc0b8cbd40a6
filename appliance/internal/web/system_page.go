package web

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"

	"github.com/dustin/go-humanize"
)

// systemFigures are what the operator looks for first: whether messages come,
// whether all of them are taken, and whether there is room.
func (s *Server) systemFigures(now time.Time) []part.Figure {
	broker, rate, connected := s.broker(), 0, 0
	sources := s.sources()
	for _, src := range sources {
		rate += src.Rate
		if src.Connected {
			connected++
		}
	}
	ways := fmt.Sprintf("%d of %s connected", connected, plural(int64(len(sources)), "source", "sources"))
	clients := plural(int64(len(broker.Clients)), "client", "clients") + " of the broker"
	switch {
	case len(sources) == 0 && broker.Off:
		ways = "no source, and the broker is off"
	case len(sources) == 0:
		ways = clients
	case !broker.Off:
		ways += " · " + clients
	}
	messages := figure("Messages a minute", int64(rate+broker.Rate), ways)
	messages.Href = "#sources"
	record := s.record()
	waiting := figure("Waiting", int64(record.Queue), "behind by "+spanText(record.Lag))
	waiting.Href = "#intake"
	all := []part.Figure{messages, waiting, {Label: "Memory", Value: cmp.Or(bytesText(s.process().RSS), dash), Note: "of the whole process", Href: "#process"}}
	h, ok := s.held()
	if !ok {
		return all
	}
	health, counts := h.Store.Health(), h.Store.Counts()
	deaf := part.Figure{Label: "Without reception", Value: "never", Note: ofDay(counts.From, now), Href: "#gaps"}
	if d := deafDay(h.Store, now); d > 0 {
		deaf.Value = spanText(d)
	}
	free := part.Figure{Label: "Disk free", Value: cmp.Or(bytesText(health.DiskFree), dash), Note: "of " + cmp.Or(bytesText(health.DiskTotal), "a size that is not known"), Href: "#disk"}
	held := figure("Packets held", counts.Transmissions, heldNote(counts.From, now))
	held.Href = "#disk"
	return append(all, deaf, free, held)
}

// gateLine says how far one of the things made at the start has come.
func gateLine(st gate.State, now time.Time) ui.GateLine {
	name := map[string]string{
		"load": "History", "index": "Lists and counts", "clock": "Clock", "routes": "Routes", "relays": "Relays", "links": "Links", "names": "Hop names",
	}[st.Name]
	if name == "" {
		name = st.Name
	}
	line := ui.GateLine{Name: st.Name, State: part.State{Tone: part.Good, Word: name + " ready"}}
	if st.Ready {
		line.Text = "for " + spanText(max(0, now.Sub(st.Since)))
		if st.Total > 0 {
			line.Text += " · " + gateAmount(st.Name, st.Total)
		}
		return line
	}
	line.State = part.State{Tone: part.Half, Word: name + " not ready"}
	line.Text = gateText(st)
	if st.Err != "" {
		line.State.Tone, line.Text = part.Bad, clean(st.Err, 300)
	}
	if st.Total > 0 {
		line.Meter = &ui.Meter{Value: fmt.Sprint(st.Done), Max: fmt.Sprint(st.Total)}
	}
	return line
}

func feedRows(all []report.SourceState, now time.Time) (rows []ui.FeedRow) {
	for _, src := range all {
		row := ui.FeedRow{
			Name: clean(src.Name, nameLimit), URL: clean(src.URL, 200), State: sourceState(src, now),
			Rate: countText(int64(src.Rate)), Rate5: countText(int64(src.Rate5)), Last: timeOr(src.LastMsg, now), Messages: countText(int64(src.Messages)),
			Lost: countText(int64(src.Disconnects)), Dropped: countText(int64(src.Dropped)),
			Error: clean(src.LastError, 300), ErrorAt: timeOr(src.LastErrAt, now), Insecure: src.Insecure, Ends: certificateState(src.CertificateEnds, now),
		}
		if src.ShortLived > 1 {
			row.Error = strings.TrimSpace(row.Error + " The broker ended the last connections within seconds: another client may use the same account.")
		}
		if len(src.Refused) > 0 {
			row.Error = strings.TrimSpace(row.Error + " Refused topics: " + clean(strings.Join(src.Refused, ", "), 300) + ".")
		}
		rows = append(rows, row)
	}
	return rows
}

// certificateSoon is how long before its end a broker's certificate is noticed:
// one that a machine renews is renewed earlier.
const certificateSoon = 14 * 24 * time.Hour

// certificateState says until when a broker's certificate is good.
func certificateState(ends, now time.Time) part.State {
	left := ends.Sub(now)
	day := ends.UTC().Format("2006-01-02")
	switch {
	case ends.IsZero():
		return part.State{}
	case left <= 0:
		return part.State{Tone: part.Bad, Word: "its certificate ended " + day}
	case left < certificateSoon:
		return part.State{Tone: part.Half, Word: "its certificate ends in " + spanText(left) + ", " + day}
	}
	return part.State{Tone: part.Good, Word: "certificate good until " + day}
}

func brokerBlock(b report.BrokerState, now time.Time) ui.BrokerBlock {
	out := ui.BrokerBlock{Problem: b.Error, Facts: brokerFacts(b, now)}
	for _, c := range b.Clients {
		out.Clients = append(out.Clients, clientRow(c, now))
	}
	for _, r := range b.Refused {
		out.Refused = append(out.Refused, ui.RefusalRow{
			Reason: clean(r.Reason, 200), Count: countText(int64(r.Count)), Who: clean(r.Who, nameLimit), Last: timeOr(r.Last, now),
		})
	}
	return out
}

func brokerFacts(b report.BrokerState, now time.Time) []part.Fact {
	port := part.Fact{Name: "Port", Value: b.Listening, Code: true}
	switch {
	case b.Off:
		return []part.Fact{{Name: "Port", Value: "switched off"}}
	case b.Listening == "":
		port = part.Fact{Name: "Port", Value: "not open"}
	default:
		port.Note = "open for " + spanText(max(0, now.Sub(b.Since)))
	}
	who := "accounts of hilltop.toml"
	if b.Anonymous {
		who = "anybody on the network"
	}
	return []part.Fact{
		port,
		{Name: "Who may publish", Value: who},
		{Name: "Clients", Value: countText(int64(len(b.Clients)))},
		{Name: "Messages", Value: countText(int64(b.Messages)), Note: rateText(b.Rate)},
		{Name: "Not taken", Value: countText(int64(b.Lost)), Note: "the inbox was full"},
	}
}

func clientRow(c report.BrokerClient, now time.Time) ui.ClientRow {
	row := ui.ClientRow{
		ID: clean(c.ID, nameLimit), Login: clean(c.Login, nameLimit), Remote: clean(c.Remote, nameLimit), Transport: c.Transport,
		State: part.State{Tone: part.Good, Word: "connected", Note: "for " + shortSpan(max(0, now.Sub(c.Since)))},
		Since: timeOr(c.Since, now), Last: timeOr(c.LastMsg, now),
		Rate: countText(int64(c.Rate)), Messages: countText(int64(c.Messages)), Refused: countText(int64(c.Refused)),
		Why: clean(c.LastRefusal, 200),
	}
	switch {
	case c.TooFast:
		row.State = part.State{Tone: part.Half, Word: "slowed", Note: "sends faster than it may"}
	case c.Crowded:
		row.State = part.State{Tone: part.Half, Word: "slowed", Note: "the inbox was full: this machine is behind, whoever filled it"}
	}
	if c.Takeovers > 1 {
		row.Why = strings.TrimSpace(fmt.Sprintf("%s Its id was taken over %d times in the last minute: two clients may share it.", row.Why, c.Takeovers))
	}
	return row
}

func intakeFacts(r report.RecordState) []part.Fact {
	return []part.Fact{
		{Name: "Messages", Value: countText(int64(r.Handled)), Note: "of every kind"},
		{Name: "Waiting", Value: countText(int64(r.Queue)), Note: "of " + countText(int64(r.QueueMax))},
		{Name: "Behind by", Value: spanText(r.Lag), Note: "from arrival to page"},
		{Name: "Not taken", Value: countText(int64(r.Dropped)), Note: "the inbox was full"},
		{Name: "Lost to a fault", Value: countText(int64(r.Panics)), Note: "of this program, one message each"},
	}
}

// reasonFacts lists counts by reason, most frequent first.
func reasonFacts(counts map[string]uint64) (facts []part.Fact) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for _, k := range keys {
		facts = append(facts, part.Fact{Name: reasonMeans(k), Value: countText(int64(counts[k]))})
	}
	return facts
}

func processFacts(p report.ProcessState) []part.Fact {
	return []part.Fact{
		{Name: "Memory", Value: bytesText(p.RSS), Note: "of the whole process"},
		{Name: "Written to disks", Value: bytesText(p.Written), Note: "since the start, as the system counts"},
		{Name: "Tasks", Value: countText(int64(p.Goroutines))},
		{Name: "Processor cores", Value: fmt.Sprint(runtime.NumCPU())},
	}
}

// bytesText is a size; "" when it is not known.
func bytesText(n int64) string {
	if n <= 0 {
		return ""
	}
	return humanize.IBytes(uint64(n))
}

// about says what runs here, and how many pages follow it.
func (s *Server) about(now time.Time) []part.Fact {
	follow, cut := s.Live.Stats()
	started := moment(s.Started.UnixMilli(), now)
	return []part.Fact{
		{Name: "Version", Value: s.Version, Code: true, Href: s.Source},
		{Name: "Built with", Value: runtime.Version() + " for " + runtime.GOOS + "/" + runtime.GOARCH},
		{Name: "Started", When: &started},
		{Name: "Pages that follow", Value: countText(int64(follow)), Note: countText(cut) + " cut off so far for being too slow"},
	}
}
