package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"hilltop/appliance/internal/broker"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/observer"
)

// setup is what one run does beside serving.
type setup struct {
	kind   string // store.KindServe or store.KindDemo
	log    *slog.Logger
	demo   *demoCommand // with a simulated mesh
	replay *recording   // feed these files in
	stay   bool         // go on serving when they end
	out    io.Writer    // where a replay prints its counts

	now func() time.Time // nil: time.Now
	rss func() int64     // bytes that the process takes; nil: what the kernel says
}

// clock is the machine's clock.
func (s setup) clock() func() time.Time {
	if s.now == nil {
		return time.Now
	}
	return s.now
}

// How long the parts may take to end, in order.
const (
	endSaving  = 45 * time.Second
	endServing = 5 * time.Second

	stayEvery = 10 * time.Second // between two snapshots after a recording
)

// serve runs the appliance until ctx is done. This is the one place where
// goroutines start, and the order in which they end.
func serve(ctx context.Context, cfg Config, s setup) error {
	a, err := assemble(cfg, s)
	if err != nil {
		return err
	}
	defer a.store.Close()
	listener, err := net.Listen("tcp", string(cfg.HTTP))
	if err != nil {
		if s.replay == nil || s.stay {
			return fmt.Errorf("http: %s", broker.ListenFault(string(cfg.HTTP), "--http", err))
		}
		s.log.Warn("pages are not served meanwhile", "err", err)
	}
	return a.run(ctx, listener)
}

// run starts everything at once: what waits for another part waits at its
// gate. It returns when ctx is done, a recording has ended, or a part failed.
func (a *appliance) run(ctx context.Context, listener net.Listener) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	serving := a.startHTTP(listener, stop)
	recording, stopRecording := context.WithCancel(context.Background())
	defer stopRecording()
	naming, stopNaming := context.WithCancel(context.Background())
	defer stopNaming()
	var recorder, namer, saver, feeders sync.WaitGroup
	recorder.Go(func() { keepHeadroom(ctx) })
	recorder.Go(func() { a.load(recording) })
	recorder.Go(func() {
		if err := a.recorder.Run(recording); err != nil && recording.Err() == nil {
			stop(fmt.Errorf("ingest: %w", err))
		}
	})
	recorder.Go(func() { a.indexes.Run(ctx) })
	recorder.Go(func() { a.reread(ctx) })
	namer.Go(func() { a.namer.Run(naming) })
	if s := a.setup; s.replay == nil || s.stay {
		recorder.Go(func() { a.surveyor.Run(ctx) })
	}
	saver.Go(func() { a.store.RunSaver(recording) })
	saver.Go(func() { a.recorder.KeepHouse(recording) })
	for _, feed := range a.feeders {
		feeders.Go(func() {
			if err := feed(ctx); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	if a.setup.replay != nil {
		feeders.Go(func() { stop(a.feedRecording(ctx)) })
	}

	<-ctx.Done()
	a.log.Info("stopping")
	feeders.Wait()
	a.endRecording(&recorder, stopRecording)
	stopRecording()
	saver.Wait()
	stopNaming()
	namer.Wait()
	a.namer.End(a.ended.Load())
	a.recorder.EndHouse(context.Background())
	saved := a.save()
	a.printCounts()
	serving()
	return errors.Join(a.interrupted(ctx), cause(ctx), saved)
}

// cause is the error that ended the run; being told to stop is none.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// errInterrupted says that a recording was not taken in to its end.
var errInterrupted = errors.New("replay: stopped before the end of the recording")

// interrupted tells whether a replay was stopped early.
func (a *appliance) interrupted(ctx context.Context) error {
	if a.setup.replay == nil || a.ended.Load() || cause(ctx) != nil {
		return nil
	}
	return errInterrupted
}

// errEnded says that a recording has been taken in.
var errEnded = fmt.Errorf("recording has ended: %w", context.Canceled)

// startHTTP answers from now on, whatever is loaded; the result ends it.
func (a *appliance) startHTTP(listener net.Listener, stop func(error)) (end func()) {
	if listener == nil {
		return func() {}
	}
	server := a.web.HTTP()
	base, cancel := context.WithCancel(context.Background())
	server.BaseContext = func(net.Listener) context.Context { return base }
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("http: %w", err))
		}
	}()
	a.log.Info("pages", "url", "http://"+dialable(listener.Addr().String()))
	return func() {
		cancel() // event streams end
		ctx, cancel := context.WithTimeout(context.Background(), endServing)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-done
	}
}

// load reads the data directory and opens the store's gate.
func (a *appliance) load(ctx context.Context) {
	began := time.Now()
	report, err := a.store.Load(ctx, a.loadGate.Progress)
	if err != nil {
		if ctx.Err() == nil {
			a.log.Error("stored data could not be loaded", "err", err)
		}
		a.loadGate.Fail(err)
		return
	}
	for _, p := range report.Problems {
		a.log.Warn("stored file not used", "file", p.File, "what", p.What, "do", p.Do)
	}
	c := a.store.Counts()
	a.log.Info("loaded", "transmissions", c.Transmissions, "observations", c.Observations, "took", time.Since(began).Round(time.Millisecond))
	a.keys.keep(a.store, a.log) // before anything is opened for an index or a name
	a.loadGate.Set(a.store)
}

// endRecording has the recorder handle what is in the inbox, if it has begun;
// if it still waits for the past or the clock, it ends at once.
func (a *appliance) endRecording(recorder *sync.WaitGroup, stop func()) {
	_, loaded := a.loadGate.Get()
	_, clock := a.clock.Gate().Get()
	if !loaded || !clock {
		stop()
	}
	a.inbox.Close()
	recorder.Wait()
}

// save makes everything durable. A store that never loaded changes no file.
func (a *appliance) save() error {
	if _, ok := a.loadGate.Get(); !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), endSaving)
	defer cancel()
	if err := a.store.Flush(ctx, true); err != nil {
		return fmt.Errorf("last snapshot: %w", err)
	}
	return nil
}

// feedRecording takes the files in and says when they have ended.
func (a *appliance) feedRecording(ctx context.Context) error {
	if _, err := a.loadGate.Wait(ctx); err != nil {
		return err
	}
	stats, err := a.setup.replay.play(ctx, func(e observer.Envelope) error { return a.inbox.Put(ctx, e) })
	if err := complain(stats, err, a.log); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.ended.Store(true)
	a.log.Info("recording has ended", "messages", stats.Messages, "skipped", stats.Bad)
	if !a.setup.stay {
		return errEnded
	}
	return a.stay(ctx)
}

// stay goes on after a recording: brokers and sources come in, and the
// machine's clock, not the messages, says when to save.
func (a *appliance) stay(ctx context.Context) error {
	var feeders sync.WaitGroup
	for _, feed := range a.later {
		feeders.Go(func() {
			if err := feed(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("source ended", "err", err)
			}
		})
	}
	defer feeders.Wait()
	tick := time.NewTicker(stayEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			a.namer.Rest()
			if err := a.store.Flush(ctx, false); err != nil && ctx.Err() == nil {
				a.log.Warn("snapshot", "err", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// printCounts says what a replay has made of its recording.
func (a *appliance) printCounts() {
	if a.setup.replay == nil || a.setup.out == nil {
		return
	}
	c := a.store.Counts()
	s := a.recorder.Stats()
	fmt.Fprintf(a.setup.out, "messages %d\ntransmissions %d\nobservations %d\nduplicates %d\nnodes %d\nobservers %d\n",
		s.Handled, c.Transmissions, c.Observations, s.Duplicates, c.Nodes, c.Observers)
	w := a.store.Health().Written
	fmt.Fprintf(a.setup.out, "written journal %d\nwritten checkpoints %d\nwritten hours %d\nwritten names %d\n", w.Journal, w.Checkpoints, w.Hours, w.Names)
	printReasons(a.setup.out, "malformed", s.Malformed)
	printReasons(a.setup.out, "ignored", s.Ignored)
}

// isDemo tells whether the mesh is simulated.
func (s setup) isDemo() bool { return s.kind == store.KindDemo }
