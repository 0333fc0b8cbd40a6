// Package record takes in what observers publish: inbox, store, indexes, live
// events, in this order. Messages are parsed by several goroutines and handled
// by one, in order of arrival: the one writer.
//
// Until the store is loaded and the machine's clock is known to be right,
// messages wait in memory, at most 64 MiB of them, and are then handled in
// order. So nothing is counted twice, and what is lost beyond that bound is
// counted and stands in the gap ledger. The indexes are built beside reception,
// which does not wait for them.
package record
