// Package survey tells what no index keeps: what a pass over the packets of a
// day shows of observers, air and scopes, and what every relay is worth to the
// mesh. A survey is of whole hours that have ended, with the time up to which
// it is; it is made anew when another hour has closed. It follows from what is
// held, so a restart changes no number.
package survey
