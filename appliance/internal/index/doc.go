// Package index keeps what a scan of the store cannot answer at once: who
// relays, what a channel said, how busy the mesh and its observers are. All of
// it follows from the store: it is built from a scan when the store is loaded
// and then told of each observation by the one writer, through the same code,
// so a restart changes no number. Each index locks itself and hands out copies.
package index
