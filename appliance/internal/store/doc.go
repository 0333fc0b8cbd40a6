// Package store holds everything that the appliance knows: episodes of
// transmissions with their observations, the latest facts of nodes and
// observers, metrics, gaps, and what was refused.
//
// It lives in memory, in one buntdb whose values are packed bytes; FORMAT.md
// describes them. An open hour has a record for each episode. An hour whose
// copies are in is sealed: one value, by columns, which its file has packed
// (package column); what comes late for it waits in open records, which override
// its rows, until it is sealed again.
//
// What came in since the last time is cut into a numbered frame (Commit), which
// a saver compresses and appends to a journal; now and then everything that is
// not in an hour's file is written as a checkpoint. Load reads the newest
// checkpoint, the frames after it, and then hours, the newest first.
//
// Methods that change something take a lock of their own, so they may be called
// from any goroutine, but they are meant for one writer. Readers get values that
// never change; what they hold a lock for is short, and nothing walks the whole
// store in one transaction.
package store
