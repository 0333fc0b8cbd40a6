// Package graph measures what the relays of a mesh are worth to it, from who
// hears whom. It knows nothing of nodes: they are numbers from 0.
package graph
