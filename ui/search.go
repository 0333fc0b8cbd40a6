package ui

import "hilltop/ui/part"

// SearchPage is what was found for some words.
type SearchPage struct {
	Asked  string // hostile
	Groups []FoundGroup
	Note   string // what was looked at
}

// FoundGroup is what was found of one kind.
type FoundGroup struct {
	Title string
	Rows  []Found
	More  string // words of the link to all of them; "" these are all
	Href  string
}

// Found is one thing found.
type Found struct {
	Text string // hostile
	Href string
	Note string // hostile
	When part.Moment
	Code bool
}
