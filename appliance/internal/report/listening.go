package report

import (
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/store"
)

// listening is a moment (Unix ms) with what the ledger says of the time before it.
func listening(st *store.Store, now int64) health.Listening {
	return health.Listened(now, st.Gaps(0, now+1))
}
