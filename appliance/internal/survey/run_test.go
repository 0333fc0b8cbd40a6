package survey

import (
	"log/slog"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// A survey is made when an hour has closed, and once more when something came
// in late; else the one that is there stays.
func TestSurveyIsMadeAnewWhenAnHourClosedOrChanged(t *testing.T) {
	st, err := store.Open(store.Options{Dir: t.TempDir(), Now: func() time.Time { return time.UnixMilli(start) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := st.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	indexes := index.NewBuilder(&meshcore.KeyRing{}, index.NewGates(), nil)
	indexes.Begin(st, index.Of(st), func() int64 { return 0 })
	if err := indexes.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(start + 30*60_000)
	s := &Surveyor{Store: gate.New[store.Store]("load"), Indexes: indexes.Gates(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	s.Store.Set(st)
	hear := func(payload string, at int64) {
		p := meshcore.NewFlood(meshcore.TypeTxtMsg, 1, []byte(payload))
		c := store.Copy{Hash: p.Hash(), Type: p.Type, Payload: p.Payload, Obs: mesh.Observation{At: at, Arrived: at, Observer: 1, Header: p.AppendTo(nil)[0], PathLen: p.PathLen}}
		placed := st.Place(c)
		indexes.Apply(&index.Event{Seq: placed.Seq, Hour: placed.Hour, Tx: placed.ID, Hash: c.Hash, Type: c.Type, Payload: c.Payload,
			First: placed.First, Was: placed.Was, New: placed.New, Obs: c.Obs, Tree: placed.Tree, Fresh: placed.Fresh, Leaf: placed.Leaf})
	}
	settle := func(until, transmissions int64) *Board {
		t.Helper()
		s.Settle(t.Context())
		b := s.Board()
		if b == nil || b.To != until || b.Day.Transmissions != transmissions {
			t.Fatalf("got %+v, want %d transmissions until %d", b, transmissions, until)
		}
		return b
	}
	hear("the first packet of an hour", start+1000)
	first := settle(start, 0)
	if again := settle(start, 0); again != first {
		t.Error("surveyed again, and nothing had changed")
	}
	hear("a packet of the hour before", start-1000)
	settle(start, 1)
	now = now.Add(time.Hour)
	settle(start+hourMs, 2)
}

// Before the first message of a recording there is no time.
func TestNothingIsSurveyedWithoutATime(t *testing.T) {
	s := &Surveyor{Now: func() time.Time { return time.Time{} }}
	if s.survey(t.Context(), Sources{}); s.Board() != nil {
		t.Error("surveyed")
	}
}
