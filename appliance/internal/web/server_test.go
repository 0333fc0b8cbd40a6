package web

import (
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/store"
)

// bench is a server whose gates the test opens.
type bench struct {
	t     testing.TB
	store *gate.Gate[store.Store]
	index index.Gates
	live  *live.Hub
	s     *Server
}

func newBench(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, store: gate.New[store.Store]("load"), index: index.NewGates(), live: live.NewHub(1000)}
	o := Options{
		Store: b.store, Indexes: b.index, Gates: append([]gate.Stater{b.store}, b.index.All()...),
		Live: b.live, Static: os.DirFS("../../../ui/static"), Version: "v0", Started: time.Now(),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.s = s
	return b
}

// build opens the gates of the indexes with what a store holds.
func (b *bench) build(st *store.Store) *index.Builder {
	b.t.Helper()
	x := index.NewBuilder(b.s.Ring, b.index, nil)
	x.Begin(st, index.Of(st), func() int64 { return st.Counts().Transmissions })
	if err := x.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return x
}

// get asks for a page under the machine's address.
func (b *bench) get(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "192.168.1.2:8080"
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}
