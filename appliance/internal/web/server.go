package web

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Options is what the pages are made from. Functions are called from any
// goroutine; those that are nil give nothing.
type Options struct {
	Store   *gate.Gate[store.Store]
	Indexes index.Gates
	Names   *gate.Gate[naming.Names] // nil: hops are not named
	Gates   []gate.Stater            // all that /readyz lists and the banner shows, in that order

	Sources func() []report.SourceState
	Broker  func() report.BrokerState
	Record  func() report.RecordState
	Notices func() []report.Notice // what else every page must say
	Process func() report.ProcessState

	Survey func() *survey.Board // the latest; nil while there is none

	Live   *live.Hub
	Ring   *meshcore.KeyRing
	Scopes func() []string // names of scopes that are tried on transport codes; nil: none
	Areas  []health.Area   // by which lists can be filtered
	Static fs.FS

	Version        string    // "v1.2.3 abcdef0"
	Source         string    // URL of the commit's source; "" it is not known
	Built          time.Time // zero: not known
	Hosts          []string  // under which browsers may ask, beside addresses, single labels and .local names
	SiteName       string
	AdminTokenHash string // bcrypt; "" refuses admin calls
	Demo           bool   // the mesh is simulated
	Started        time.Time

	MQTT         http.HandlerFunc // takes WebSockets of the sub-protocols mqtt and mqttv3.1
	BrokerPort   string           // for the set-up guide; "" when no port is open
	HTTPPort     string
	Program      string       // how it was called; "" hilltop
	ConfirmClock func() error // the operator says that the clock is right

	// What the operator does with the keys of channels, when the store is open.
	GiveChannel   func(meshcore.Channel)
	ForgetChannel func(meshcore.ChannelKey) bool // whether it was one of those given

	Snapshot func(context.Context) (store.Saved, error) // cuts a frame and waits until it is on disk

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
}

// Server answers requests.
type Server struct {
	Options
	assets   *assets
	sessions *sessions
	zips     zips
	tallies  report.Tallies
	exports  chan struct{} // has room for what may be made at once
	memory   *report.Memory
	orders   *report.Memory
	reach    *report.Memory
	handler  http.Handler
}

// New reads the static files and lays out the routes.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SiteName == "" {
		o.SiteName = "Hilltop"
	}
	a, err := newAssets(o.Static)
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	s := &Server{Options: o, assets: a, sessions: newSessions(o.AdminTokenHash, o.Now), memory: report.NewMemory(), orders: report.NewOrders(), reach: report.NewMemory(), exports: make(chan struct{}, exportsMost)}
	s.handler = s.guard(s.routes())
	return s, nil
}

// Handler answers everything that comes in on the HTTP port.
func (s *Server) Handler() http.Handler { return s.handler }

// Limits of a connection. Event streams lift the write limit for themselves.
const (
	headTimeout  = 10 * time.Second
	readTimeout  = 30 * time.Second
	writeTimeout = 60 * time.Second
	idleTimeout  = 2 * time.Minute
	headLimit    = 32 << 10 // bytes of a request's head
	bodyLimit    = 64 << 10 // bytes of a request's body
)

// HTTP is a server with the limits that the pages are made for; its address
// and listener are the caller's.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headLimit,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}
