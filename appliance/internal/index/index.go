package index

import "hilltop/appliance/internal/mesh"

// Index is one index, or several that are built in one. Its state is by parts
// of one hour or of one day, which add up: a part is made from what its hours
// held at one moment, takes what comes in since, and goes as a whole.
//
// A Follower calls Apply and Drop one at a time, and Part.Put between
// them; Begin, Part.Add and Part.Finish are called by the goroutine that
// builds, meanwhile. Readers come at any time.
type Index interface {
	// Span is how many hours a part holds: unit u is the hours from u*Span on.
	Span() uint32
	// Begin starts the part of a unit from nothing.
	Begin(unit uint32) Part
	// Apply takes an observation into the part of its hour.
	Apply(e *Event)
	// Drop forgets a unit.
	Drop(unit uint32)
	// Improves tells whether events that only improve an observation matter.
	Improves() bool
	// Loose is how many entries of a unit's part came in since it was built;
	// they take more room than built ones.
	Loose(unit uint32) int
}

// Part is a part that is being made.
type Part interface {
	// Add takes a transmission in, which is valid only during the call.
	Add(hour uint32, t *mesh.Scanned)
	// Finish does what work there is, so that Put is quick.
	Finish()
	// Put has the index use this part in place of the one of its unit.
	Put()
}
