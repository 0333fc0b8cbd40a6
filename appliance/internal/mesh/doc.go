// Package mesh holds the nouns that the appliance's parts share: transmissions
// and their observations, and the latest facts of nodes and observers. They are
// plain values; how they are kept is the store's matter, what follows from them
// the indexes'.
package mesh
