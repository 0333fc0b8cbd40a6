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
	index *gate.Gate[index.Set]
	live  *live.Hub
	s     *Server
}

func newBench(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, store: gate.New[store.Store]("load"), index: gate.New[index.Set]("index"), live: live.NewHub(1000)}
	o := Options{
		Store: b.store, Index: b.index, Gates: []gate.Stater{b.store, b.index},
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

// get asks for a page under the machine's address.
func (b *bench) get(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "192.168.1.2:8080"
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}
