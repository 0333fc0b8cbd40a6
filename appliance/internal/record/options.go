package record

import (
	"log/slog"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Options are what a recorder needs.
type Options struct {
	Inbox *Inbox
	Store *gate.Gate[store.Store] // opened by who loads the store
	Index *index.Builder          // told of everything that is written; builds beside it
	Names *naming.Namer           // told of every transmission; nil: hops are not named
	Live  *live.Hub
	Keys  *meshcore.KeyRing
	Clock *Clock
	Log   *slog.Logger

	Sources  map[string]Source // by the name in observer.Envelope.Source; others are foreign and unfiltered
	Interval time.Duration     // between commits; 0 is a minute

	// Recorded makes the arrivals of the messages drive every timer, and the
	// clock trusted from the start: for recordings that keep their times.
	Recorded bool
}

// Source says how a source's messages are taken.
type Source struct {
	Own        bool     // the embedded broker: the key in the topic is authoritative
	Trust      bool     // observer ids that are no keys are taken
	Region     string   // of observers whose topic names none; "" unknown
	IATAFilter []string // regions to take, upper case; none: all
}
