// Package naming puts the resolver to work: it names who relayed each
// transmission when its copies are in, keeps the names beside the store's hours
// and hands them out.
//
// A Namer is fed by the one writer and works on its own goroutine, never in the
// way of reception: what the writer tells it fits a bounded queue, and what does
// not is found in the store later. Every transmission is taken once, 15 seconds
// after its first copy by the clock that stamps arrivals, with the copies that
// were in by then. Then it has an entry among what is decided of its hour, also
// where nothing is to be named: what has no entry is what is still to be taken.
// The entry grows by copies that come later (worker.go), and is decided once
// more by a sweep for new relays (sweep.go) and by the day's pass (pass.go).
// What is done next is decided by arrivals alone (order.go), so that falling
// behind, or a recording that is played faster, changes nothing. An entry goes
// to the store together with what the model was told, so that after any end the
// model is where the names are, and no transmission is taken twice.
//
// Names hands out what was decided. Copies that nobody has decided of are
// resolved when somebody asks, with the model as it is then, and said to be
// provisional.
package naming
