// Package index keeps what a scan of the store cannot answer at once: who
// relays, which sequences of relays recur, who hears whom, what a channel said,
// how busy the mesh and its observers are. All of it follows from the store and
// is kept by parts of an hour or a day.
//
// A Builder builds the parts in the background, newest first, two sets of
// indexes side by side, and opens a gate for each index when it is whole. The
// one writer tells it of each change meanwhile. A Follower for each index sees to
// it that every change is counted once, whether it came before, during or after
// the building of its part; so a restart changes no number. What a change makes
// hard to take back, a better SNR among them, has its part built once more.
//
// Each index locks itself, for as long as one change or one answer takes, and
// hands out copies.
package index
