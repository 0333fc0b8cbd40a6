package report

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// span bounds where transmissions stand: from is in it, to is not; Unix ms.
type span struct{ from, to int64 }

func (s span) has(first int64) bool { return first >= s.from && first < s.to }

const hourMs = 3_600_000

// earlyMs is how long before its hour a transmission may stand: a late copy
// may have been heard that much earlier.
const earlyMs = 600_000

// mayHold tells whether a transmission that is stored in an hour may stand in
// the span.
func (s span) mayHold(hour uint32) bool {
	start := int64(hour) * hourMs
	return start+hourMs > s.from && start-earlyMs < s.to
}

// viewsIn are the hours that may hold what stands in a span, newest first.
func viewsIn(st *store.Store, in span) store.Views { return st.Views(in.mayHold) }

// scan has workers look at the hours that may hold what stands in a span, each
// with a state of its own, and returns these. fn takes no lock and gets an hour
// as it was at one moment.
func scan[T any](ctx context.Context, st *store.Store, in span, state func() T, fn func(T, *store.View)) ([]T, error) {
	views := viewsIn(st, in).Hours
	return inParallel(ctx, len(views), state, func(state T, i int) { fn(state, &views[i]) })
}

// inParallel has workers call fn for the numbers below n, each worker with a
// state of its own, and returns these.
func inParallel[T any](ctx context.Context, n int, state func() T, fn func(T, int)) ([]T, error) {
	states := make([]T, workers(n))
	for i := range states {
		states[i] = state()
	}
	err := Share(ctx, n, func(worker, i int) { fn(states[worker], i) })
	return states, err
}

// workers is how many goroutines share so many pieces of work.
func workers(n int) int { return max(1, min(runtime.GOMAXPROCS(0), n)) }

// Share has workers do n pieces of work, each of them once, until ctx is done.
func Share(ctx context.Context, n int, fn func(worker, i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	panics := make(chan any, workers(n))
	for worker := range workers(n) {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panics <- p
				}
			}()
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				fn(worker, int(i))
			}
		})
	}
	wg.Wait()
	select {
	case p := <-panics:
		panic(p)
	default:
	}
	return ctx.Err()
}

// sealedOf shows those sealed transmissions of an hour that have one of the IDs,
// which ascend.
func sealedOf(v *store.View, ids []uint64, fn func(*mesh.Scanned) bool) {
	block := v.Block
	if len(ids) == 0 || block == nil {
		return
	}
	base := ids[0]
	wanted := make([]uint64, (ids[len(ids)-1]-base)/64+1) // a bit for each
	for _, id := range ids {
		wanted[(id-base)/64] |= 1 << ((id - base) % 64)
	}
	is := func(id uint64) bool {
		return id >= base && (id-base)/64 < uint64(len(wanted)) && wanted[(id-base)/64]>>((id-base)%64)&1 != 0
	}
	block.Scan(0, block.Len(), func(row int) bool { return v.Over(row) || !is(block.ID(row)) }, fn)
}

// show fills s with a transmission that has been unpacked. Its copies have
// their own paths.
func show(s *mesh.Scanned, tx mesh.Transmission) {
	*s = mesh.Scanned{ID: tx.ID, Hash: tx.Hash, Type: tx.Type, Verified: tx.Verified, First: tx.First(), Payload: tx.Payload, Obs: s.Obs[:0]}
	for _, o := range tx.Observations {
		s.Obs = append(s.Obs, mesh.ScannedObs{
			At: o.At, Arrived: o.Arrived, Observer: o.Observer, Region: o.Region, Leaf: -1, SNR4: o.SNR4, RSSI: o.RSSI,
			Flags: o.Flags, Header: o.Header, PathLen: o.PathLen, OwnPath: o.Path,
		})
	}
}

// heardHop tells whether a hop of a transmission's heard paths is wanted.
func heardHop(s *mesh.Scanned, wanted map[meshcore.Hop]bool) bool {
	for n := 1; n <= s.Tree.Len(); n++ {
		if wanted[s.Tree.Hop(n)] {
			return true
		}
	}
	for i := range s.Obs {
		if width, path, ok := ownHeard(&s.Obs[i]); ok {
			for at := 0; at+width <= len(path); at += width {
				if wanted[meshcore.NewHop(path[at:at+width])] {
					return true
				}
			}
		}
	}
	return false
}

// ownPacket is the head of a copy that has a path of its own.
func ownPacket(o *mesh.ScannedObs) meshcore.Packet {
	return meshcore.Packet{
		Header: o.Header, Route: meshcore.Route(o.Header & 3), Type: meshcore.Type(o.Header >> 2 & 15), Version: o.Header >> 6,
		PathLen: o.PathLen, PathBytes: o.OwnPath,
	}
}

// mentioning wants the open records that may have one of some hops in a path: most
// of those that do not are passed over without being unpacked.
func mentioning(hops []meshcore.Hop) func(*store.Head) bool {
	var as []string
	for _, h := range hops {
		as = append(as, string(h.Bytes()))
	}
	return func(h *store.Head) bool { return slices.ContainsFunc(as, h.Mentions) }
}
