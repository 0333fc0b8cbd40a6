package ui

import "hilltop/ui/part"

// SystemPage is how the machine itself is doing.
type SystemPage struct {
	Note      string
	Figures   []part.Figure
	Gates     []GateLine
	Names     *NamesBlock // nil where hops are not named
	Feeds     []FeedRow
	Broker    BrokerBlock
	Intake    []part.Fact
	Ignored   []part.Fact // by reason
	Process   []part.Fact
	Disk      []part.Fact // empty while the store is loading
	Problems  []ProblemRow
	Wait      *part.Progress // in place of what the store holds
	Malformed MalformedBlock
	Rejected  RejectedBlock
	LongTerm  []part.Chart // by the day; empty in the first two days
	Gaps      []GapRow
	GapsNote  string
	Deaf      part.Heat // by the day; no values without a gap
	Clock     ClockBlock
	Operator  OperatorBlock
	About     []part.Fact
	Heads     Heads
}

// FeedColumns head the table of sources.
func FeedColumns() []part.Column {
	return []part.Column{
		{Label: "Source"}, {Label: "State"}, {Label: "Last minute", Numeric: true}, {Label: "5 minutes", Numeric: true},
		{Label: "Last message"}, {Label: "Messages", Numeric: true}, {Label: "Disconnects", Numeric: true, Help: "since the start of this program"},
		{Label: "Not taken", Numeric: true, Help: "the inbox was full"}, {Label: "Last error"},
	}
}

// ClientColumns head the table of the broker's clients.
func ClientColumns() []part.Column {
	return []part.Column{
		{Label: "Client"}, {Label: "State"}, {Label: "Address"}, {Label: "Last minute", Numeric: true}, {Label: "Last message"}, {Label: "Messages", Numeric: true},
		{Label: "Refused", Numeric: true}, {Label: "Note"},
	}
}

// RefusalColumns head the table of what the broker refused.
func RefusalColumns() []part.Column {
	return []part.Column{{Label: "Reason"}, {Label: "Times", Numeric: true}, {Label: "Last"}, {Label: "Client"}}
}

// ProblemColumns head the table of files that could not be read.
func ProblemColumns() []part.Column {
	return []part.Column{{Label: "File"}, {Label: "What is wrong"}, {Label: "What to do"}}
}

// CountColumns head a table of counts by reason, and by source where there are
// several.
func CountColumns(source bool) []part.Column {
	c := []part.Column{{Label: "Reason"}}
	if source {
		c = append(c, part.Column{Label: "Source"})
	}
	return append(c, part.Column{Label: "Times", Numeric: true})
}

// RejectedColumns head the table of adverts that made no node.
func RejectedColumns() []part.Column {
	return []part.Column{{Label: "Packet"}, {Label: "Received"}, {Label: "Reason"}, {Label: "Key"}, {Label: "Observer"}}
}

// GapColumns head the table of gaps.
func GapColumns() []part.Column {
	return []part.Column{{Label: "What"}, {Label: "Of"}, {Label: "From"}, {Label: "To"}, {Label: "Length", Numeric: true}, {Label: "Lost", Numeric: true}}
}

// GateLine is one of the things made at the start.
type GateLine struct {
	Name  string
	State part.State
	Text  string
	Meter *Meter // while it is being made
}

// FeedRow is a broker that this machine subscribes to.
type FeedRow struct {
	Name     string
	URL      string
	State    part.State
	Rate     string // messages of the last minute
	Rate5    string // and of the last five
	Last     part.Moment
	Messages string
	Lost     string // connections that ended
	Dropped  string
	Error    string
	ErrorAt  part.Moment
	Insecure bool
	Ends     part.State // of its certificate; no Word: it has shown none
}

// BrokerBlock is the embedded broker.
type BrokerBlock struct {
	Facts   []part.Fact
	Problem string
	Clients []ClientRow
	Refused []RefusalRow
}

// ClientRow is a client of the embedded broker. Its texts are hostile.
type ClientRow struct {
	ID, Login, Remote, Transport string
	State                        part.State
	Since, Last                  part.Moment
	Rate, Messages, Refused      string
	Why                          string // of the last refusal, and what else is unusual
}

// RefusalRow is what the broker refused for one reason.
type RefusalRow struct {
	Reason, Count, Who string
	Last               part.Moment
}

// ProblemRow is a file that could not be read.
type ProblemRow struct{ File, What, Do string }

// MalformedBlock is what arrived and could not be used.
type MalformedBlock struct {
	Total  string
	Counts []CountRow
	Last   []MalformedRow
}

// CountRow counts by a reason and a source.
type CountRow struct{ Reason, Means, Source, Count string }

// MalformedRow is one such message; secrets are out, the rest is hostile.
type MalformedRow struct {
	At             part.Moment
	Reason, Source string
	Topic, Payload string
}

// RejectedBlock is adverts that made no node.
type RejectedBlock struct {
	Total  string
	Counts []CountRow
	Last   []RejectedRow
}

// RejectedRow is one such advert.
type RejectedRow struct {
	At       part.Moment
	Reason   string
	Key      string // eight digits
	KeyFull  string
	Packet   part.Named
	Observer part.Named
}

// GapRow is a span in which something was not received or not kept.
type GapRow struct {
	From, To part.Moment
	Length   string
	Seconds  float64 // what Length says
	What     string
	Subject  string // hostile
	Lost     string
	Open     bool
}

// ClockBlock is the machine's own clock.
type ClockBlock struct {
	Known   bool
	Now     part.Moment
	Confirm bool   // offer to confirm it
	Why     string // why that cannot be offered
}

// OperatorBlock is the sign-in.
type OperatorBlock struct {
	Closed bool // there is no admin token
	In     bool
	Save   bool // offer to save now
}
