package ui

import "hilltop/ui/part"

// HelpPage explains words, signs and keys, by the tables that pages use.
type HelpPage struct {
	Types     []part.Type
	Roles     []part.RoleMark
	Nodes     []Meaning
	Observers []Meaning
}

// Meaning is a state and what it means.
type Meaning struct {
	State part.State
	Means string
}

// sureties are how names of relays are written by how sure they are.
func sureties() []Meaning {
	return []Meaning{
		{State: part.State{Tone: "certain", Word: "Bald Peak"}, Means: "certain: only this relay fits the hop"},
		{State: part.State{Tone: "likely", Word: "Bald Peak"}, Means: "likely: several fit, what else is known speaks for this one"},
		{State: part.State{Tone: "guess", Word: "Bald Peak"}, Means: "guess: the best of several, not much speaks for it"},
		{State: part.State{Tone: "unknown", Word: "A3"}, Means: "unknown: no known relay fits, or nothing tells those that do apart"},
	}
}
