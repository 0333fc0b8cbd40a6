// Package part holds the pieces that pages are made of: tables, badges, times,
// hops, filter chips, block states. Their models are strings ready to print.
// Fields marked hostile hold what strangers sent; the parts isolate their
// direction and never read them as anything but text.
package part

// Moment is a point in time, with how it reads without a script.
type Moment struct {
	ISO  string // RFC 3339 with milliseconds, UTC; "" there is none
	Text string // "12:04:11", or with the date when it is another day
	Ago  string // "3 min ago" when the page was made; "" Text stands for itself
	Full string // date, time, milliseconds and zone
}

// Named is the name of something that may have a page.
type Named struct {
	Text string // hostile
	Href string // "" no page
	Code bool   // it is hex, not a name
	Hint string // full form
}

// HopName is a hop as sent, with the relay's name if it is certain or likely.
type HopName struct {
	Hex  string // upper case
	Name string // hostile; "" unknown
	Href string
	Sure string // how sure the name is: "certain" or "", "likely", "guess"
	Why  string // on what that rests
}

// RoleMark is a role by shape, letter and word.
type RoleMark struct {
	Class  string // "repeater", "companion", "room", "sensor" or "other"
	Letter string
	Word   string
}

// Type is a payload type as it is shown: its word, and its family by sign and
// colour.
type Type struct {
	Word   string // "Channel Msg"
	Family string // "identity", "message", "exchange", "control" or "trace"
	Means  string // long form
}

// Tone is how a state is meant. Each has a sign besides its colour.
type Tone string

// The tones.
const (
	Good  Tone = "good"  // ●
	Half  Tone = "half"  // ◐
	Quiet Tone = "quiet" // ○
	Bad   Tone = "bad"   // ✕
)

// State is a word for how something is, with its tone.
type State struct {
	Tone Tone
	Word string
	Note string // "since 12:04", "" nothing to add
}

// Fact is a name and its value.
type Fact struct {
	Name  string
	Value string
	Code  bool   // monospaced
	Href  string // "" no link
	Note  string // smaller, behind the value
	Alien bool   // the value is a stranger's text
	Copy  bool   // offer to copy it
	When  *Moment
}

// Way is a link out of a dead end.
type Way struct{ Text, Href string }

// Figure is one number with what it counts.
type Figure struct {
	Label string
	Value string
	Exact string // the value in full, when Value is rounded
	Note  string // "last 24 h"
	Href  string
	Spark *Spark
	Of    *float64 // share of the whole that Note names, 0 to 1; nil draws none
}

// Column heads a column of a table.
type Column struct {
	Label   string
	Href    string // sorts by it; "" cannot be sorted
	Sorted  string // "ascending" or "descending" when the table is sorted by it
	Numeric bool
	Help    string // what it counts, on demand
	Width   string // of the table, such as "12%"; given for all columns, nothing moves while rows come in
}

// Grid is the frame of a table; its rows are the part's children.
type Grid struct {
	ID      string
	Caption string // read out; not shown
	Columns []Column
	Flow    bool // on phones facts of a row follow one another as words do; what is not known is left out
	Live    bool // new rows come by themselves into its body
	Max     int  // rows kept on the page when Live; 0: 200
}

// Chip is one filter in force.
type Chip struct {
	Name, Value string // the value may be hostile
	Without     string // URL without it
	Note        string // "not known here"; "" nothing to add
	Ignored     bool   // it does not apply here
}

// Pager leads through a list, newest first.
type Pager struct {
	Newest   string // URL; "" on the first page
	Older    string // URL; "" on the last page
	OlderSay string // words of that link; "" the usual ones
}

// Progress is how far something has come that a block waits for.
type Progress struct {
	What  string // "the list of nodes"
	Text  string // "Loading history: 1,240,000 of 5,000,000 receptions (24 %)"
	Value string // done, a plain number; "" unknown
	Max   string
}
