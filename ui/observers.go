package ui

import "hilltop/ui/part"

// ObserversPage is the list of observers. All strings are ready to print.
type ObserversPage struct {
	Count   string
	Picks   []Pick
	Search  Search
	Chips   []part.Chip
	Clear   string
	Back    string // where a star leads back to: the page
	Grid    part.Grid
	Rows    []ObserverRow
	Pages   Paging
	Export  *Export
	SetUp   *SetUp // in place of the list, until there has been one
	Nothing *PacketsNothing
	Live    bool   // its order does not change by what happens: it may be brought up to date
	Note    string // what the counts cover
	Feeds   []FeedLine
	Fleet   []FleetBlock
}

// FleetBlock counts observers by one of the things that they run.
type FleetBlock struct {
	ID, Title, Note string
	Bars            []part.Bar
}

// ObserverRow is one observer of the list.
type ObserverRow struct {
	ID      string // of the element
	Star    StarMark
	Name    part.Named
	Region  string // hostile
	Listens bool   // it has said that it never relays
	State   part.State
	Packet  part.Moment
	Status  part.Moment
	Hour    string
	Day     string
	Share   string
	SNR     string // mean
	SNRs    string // "n=318"
	Runs    []RunLine
	Battery string
	Noise   string
	Clock   part.State
}

// RunLine is something that runs on an observer: its model, firmware, client.
type RunLine struct {
	Text string // hostile
	Full string // hostile: when Text is clipped
}
