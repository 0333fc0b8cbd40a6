// Package report answers what pages ask: it reads the store and the indexes
// and returns copies, plain structs with numbers. How they are worded and drawn
// is not its matter.
package report
