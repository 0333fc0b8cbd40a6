package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"hilltop"
	"hilltop/appliance/internal/broker"
	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/appliance/internal/web"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/mqtt"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

const (
	inboxSize    = 8192
	sourceBroker = "broker" // the embedded broker's name among the sources
)

// appliance is all parts of one run, put together and not yet started.
type appliance struct {
	setup    setup
	log      *slog.Logger
	store    *store.Store
	loadGate *gate.Gate[store.Store]
	keys     *channelKeys
	indexes  *index.Builder
	namer    *naming.Namer
	clock    *record.Clock
	inbox    *record.Inbox
	recorder *record.Recorder
	surveyor *survey.Surveyor
	broker   *broker.Broker
	sources  []*mqtt.Source
	web      *web.Server
	scopes   func() []string // names that are tried on transport codes, in order

	feeders []func(context.Context) error // what brings messages; each until its context is done
	later   []func(context.Context) error // the same, when a recording has ended
	ended   atomic.Bool                   // the recording was taken in to its end
}

// assemble makes the parts. It reads nothing of the stored data and opens no
// connection, so that the first page does not wait for it.
func assemble(cfg Config, s setup) (a *appliance, err error) {
	a = &appliance{setup: s, log: s.log, inbox: record.NewInbox(inboxSize),
		loadGate: gate.New[store.Store]("load"),
		clock:    record.NewClock(record.ClockOptions{Built: buildTime(), Now: s.clock()})}
	mesh, more, err := s.simulatedMesh()
	if err != nil {
		return nil, err
	}
	if a.keys, err = newChannelKeys(cfg.Channels, more); err != nil {
		return nil, usageError{err}
	}
	ring := a.keys.ring
	memory := memoryBudget(cfg.Retention.Memory)
	limitMemory(memory)
	a.store, err = store.Open(store.Options{Dir: cfg.Data, Kind: s.kind, Interval: time.Duration(cfg.Snapshot.Interval),
		MaxAge: time.Duration(cfg.Retention.MaxAge), Disk: cfg.Retention.Disk.bytes(), Memory: memory, RSS: s.rss, Version: version, Log: s.log, Now: s.clock(),
		Verify: func(payload []byte) bool { _, reason := index.CheckAdvert(payload); return reason == "" }})
	if errors.Is(err, store.ErrInUse) || errors.Is(err, store.ErrKind) || errors.Is(err, store.ErrNoDirectory) {
		return nil, usageError{err}
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.store.Close()
		}
	}()
	a.indexes = index.NewBuilder(ring, index.NewGates(), s.log)
	a.namer = naming.New(naming.Options{Store: a.loadGate, Keys: ring, Index: a.indexes, Threshold: cfg.Resolver.Threshold, Recorded: s.replay != nil, Log: s.log})
	hub := live.NewHub(uint64(s.clock()().UnixMilli()))
	a.recorder = record.New(record.Options{Inbox: a.inbox, Store: a.loadGate, Index: a.indexes, Names: a.namer, Live: hub, Keys: ring,
		Clock: a.clock, Log: s.log, Sources: recordSources(cfg), Interval: time.Duration(cfg.Snapshot.Interval), Recorded: s.replay != nil})
	a.surveyor = &survey.Surveyor{Store: a.loadGate, Indexes: a.indexes.Gates(), Names: a.namer.Gate(), Now: a.recorder.Now, Log: s.log}
	a.scopes = func() []string { return knownScopes(cfg.Scopes, mesh, a.store.LearnedScopes()) }
	a.surveyor.Scopes = a.scopes
	if s.replay == nil || s.stay {
		if err = a.feedLive(cfg, mesh); err != nil {
			return nil, err
		}
	}
	if s.replay != nil {
		a.feeders, a.later = nil, a.feeders
	}
	a.web, err = web.New(a.webOptions(cfg, hub, mesh))
	return a, err
}

// simulatedMesh builds the demo's mesh; nil where there is none.
func (s setup) simulatedMesh() (*simulated, []meshcore.Channel, error) {
	if s.demo == nil {
		return nil, nil, nil
	}
	mesh, err := s.demo.mesh(time.Now())
	if err != nil {
		return nil, nil, usageError{err}
	}
	return mesh, mesh.channels(), nil
}

// recordSources says how each source's messages are taken.
func recordSources(cfg Config) map[string]record.Source {
	all := map[string]record.Source{sourceBroker: {Own: true}}
	for _, s := range cfg.Sources {
		all[s.Name] = record.Source{Region: s.Region, IATAFilter: s.IATAFilter}
	}
	return all
}

// feedLive makes broker, sources and the demo's traffic.
func (a *appliance) feedLive(cfg Config, mesh *simulated) error {
	users := make([]broker.User, len(cfg.Broker.Users))
	for i, u := range cfg.Broker.Users {
		users[i] = broker.User{Name: u.Name, PasswordHash: string(u.PasswordHash), Topics: u.Topics}
	}
	b, err := broker.New(broker.Config{Listen: string(cfg.Broker.Listen), Users: users, MaxMessage: cfg.Broker.MaxMessage,
		MaxClients: cfg.Broker.MaxClients, ClientRate: cfg.Broker.ClientRate, VerifyToken: verifyToken, Source: sourceBroker, Now: a.setup.clock(),
		Lost: func() { a.inbox.Lose(sourceBroker, 1) }}, a.log, a.inbox.Try)
	if err != nil {
		return usageError{fmt.Errorf("broker: %w", err)}
	}
	a.broker = b
	a.feeders = append(a.feeders, b.Run)
	machine := machineID(cfg.Data)
	for _, s := range cfg.Sources {
		c, err := sourceConfig(s, machine)
		if err != nil {
			return usageError{err}
		}
		source, err := mqtt.New(c, a.log)
		if err != nil {
			return usageError{fmt.Errorf("source %q: %w", s.Name, err)}
		}
		a.sources = append(a.sources, source)
		a.feeders = append(a.feeders, func(ctx context.Context) error { return source.Run(ctx, a.inbox.Offer) })
	}
	if len(a.sources) > 0 {
		a.feeders = append(a.feeders, a.watchSources)
	}
	if mesh != nil {
		a.feeders = append(a.feeders, func(ctx context.Context) error { return a.simulate(ctx, mesh, dialable(string(cfg.Broker.Listen))) })
	}
	return nil
}

// simulate puts the simulated past in, from where the store's ends, and then
// publishes live traffic.
func (a *appliance) simulate(ctx context.Context, mesh *simulated, brokerAddr string) error {
	if _, err := a.loadGate.Wait(ctx); err != nil {
		return nil
	}
	mesh.goOnFrom(time.UnixMilli(a.store.Counts().To))
	sim, err := simmesh.NewLive(mesh.cfg)
	if err != nil {
		return fmt.Errorf("simulated mesh: %w", err)
	}
	err = past(sim, time.Now(), func(e observer.Envelope) error { return a.inbox.Put(ctx, e) })
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	return publishLive(ctx, sim, mesh.rate, brokerAddr, a.log)
}

// webOptions is what the pages are made from.
func (a *appliance) webOptions(cfg Config, hub *live.Hub, mesh *simulated) web.Options {
	o := web.Options{
		Store: a.loadGate, Indexes: a.indexes.Gates(), Names: a.namer.Gate(),
		Gates:   append([]gate.Stater{a.clock.Gate(), a.loadGate, a.namer.Gate()}, a.indexes.Gates().All()...),
		Sources: a.sourceStates, Broker: a.brokerState, Record: a.recordState, Process: processState,
		Live: hub, Ring: a.keys.ring, Static: hilltop.Static(),
		Version: version + " " + commit, Source: sourceOf(source, commit), Built: builtAt(), Hosts: cfg.Hosts, SiteName: cfg.SiteName, AdminTokenHash: string(cfg.AdminTokenHash),
		Demo: a.setup.isDemo(), Started: a.setup.clock()(), Now: a.setup.clock(), Log: a.log,
		ConfirmClock:  func() error { a.clock.Confirm(); return nil },
		Snapshot:      a.recorder.Snapshot,
		GiveChannel:   func(c meshcore.Channel) { a.keys.give(a.store, c) },
		ForgetChannel: func(key meshcore.ChannelKey) bool { return a.keys.forget(a.store, key) },
		Scopes:        a.scopes, Areas: cfg.areas(), Survey: a.surveyor.Board,
	}
	_, o.HTTPPort, _ = net.SplitHostPort(string(cfg.HTTP))
	o.Program = os.Args[0]
	if a.broker != nil {
		o.MQTT = a.broker.ServeWS
		_, o.BrokerPort, _ = net.SplitHostPort(string(cfg.Broker.Listen))
	}
	return o
}

// knownScopes are the names that are tried on transport codes, each once: those
// of the configuration first, of the simulated mesh, and what was learned.
func knownScopes(configured []string, mesh *simulated, learned []string) []string {
	list := slices.Clone(configured)
	if mesh != nil {
		list = append(list, mesh.truth.Regions...)
	}
	list = append(list, learned...)
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(name string) bool {
		was := seen[name]
		seen[name] = true
		return was
	})
}

func printReasons(w io.Writer, title string, counts map[string]int64) {
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%s %s %d\n", title, reason, counts[reason])
	}
}
