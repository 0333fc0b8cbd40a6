package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hilltop/firmware-bridge/mqtt"
	"hilltop/firmware-bridge/simmesh"
)

// feed publishes the simulated mesh's traffic of the present.
type feed struct {
	rate   int64 // messages a second
	cancel context.CancelFunc
	done   chan error
	sent   atomic.Int64
}

// The load under which pages are measured and power is cut, messages a second.
const (
	ingestRate = 1000
	raceRate   = 100 // of a program with the race detector, which is some ten times as slow
)

// rateOf is the load for a program.
func rateOf(binary string) int64 {
	if info, err := buildinfo.ReadFile(binary); err == nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return raceRate
	}
	return ingestRate
}

// startFeed begins to publish so many messages a second; traffic sets what happens
// apart from other feeds.
func startFeed(ctx context.Context, broker string, traffic uint64, rate int64) (*feed, error) {
	cfg := meshConfig(int(rate)*3600, 1, time.Now())
	cfg.TrafficSeed = traffic
	live, err := simmesh.NewLive(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p, err := mqtt.NewPublisher(ctx, "mqtt://"+broker, fmt.Sprint("bench-feed-", traffic))
	if err != nil {
		cancel()
		return nil, err
	}
	f := &feed{rate: rate, cancel: cancel, done: make(chan error, 1)}
	go func() {
		defer p.Close()
		f.done <- f.run(ctx, live, p)
	}()
	return f, nil
}

// run publishes at an even rate: the mesh's own day has quiet hours, which
// would measure less.
func (f *feed) run(ctx context.Context, live *simmesh.Live, p *mqtt.Publisher) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			for due := int64(now.Sub(began).Seconds() * float64(f.rate)); f.sent.Load() < due; {
				m := live.Next()
				if err := p.Publish(ctx, m.Topic, m.Payload); ctx.Err() != nil {
					return nil // the end closes the connection under what is being sent
				} else if err != nil {
					return err
				}
				f.sent.Add(1)
			}
		}
	}
}

// stop ends the feed.
func (f *feed) stop() error {
	f.cancel()
	if err := <-f.done; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// benchMQTT publishes as fast as the broker takes it, from four clients, and
// checks that nothing was lost: the same messages, taken in from a recording,
// have to give as many observations.
func benchMQTT(ctx context.Context, b *bench) error {
	const clients, count = 4, 200_000
	file, err := b.recording("mqtt", count, 1)
	if err != nil {
		return err
	}
	want, err := b.replay(ctx, file, b.work+"/mqtt-recorded")
	if err != nil {
		return err
	}
	messages, err := readMessages(file)
	if err != nil {
		return err
	}
	p, err := b.serve(b.work + "/mqtt-data")
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := p.ready(ctx); err != nil {
		return err
	}
	cpu, began := p.cpu(), time.Now()
	if err := publishAll(ctx, p.broker, clients, messages); err != nil {
		return err
	}
	sent := time.Since(began)
	handled, err := p.drained(ctx)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if took -= drainQuiet; took < sent {
		took = sent
	}
	cpu = p.cpu() - cpu
	var t table
	t.add("messages published by 4 clients, QoS 0", thousands(len(messages)))
	t.add("rate, last message handled", round(float64(len(messages))/took.Seconds())+"/s")
	t.add("handled after the last was sent", "within "+seconds(took-sent))
	t.add("observations; of the same messages recorded", thousands(handled)+"; "+thousands(want.observations))
	t.add("CPU for 100,000 messages, broker included", seconds(time.Duration(float64(cpu)*100_000/float64(len(messages)))))
	_, peak := p.memory()
	t.add("RSS at peak", megabytes(peak))
	t.print("what", "figure")
	return nil
}

// publishAll sends messages from several clients at once. Those of an observer
// stay with one client, in order.
func publishAll(ctx context.Context, broker string, clients int, messages []simmesh.Message) error {
	shares := make([][]simmesh.Message, clients)
	of := map[string]int{}
	for _, m := range messages {
		client, known := of[m.Topic]
		if !known {
			client = len(of) % clients
			of[m.Topic] = client
		}
		shares[client] = append(shares[client], m)
	}
	var all sync.WaitGroup
	failed := make([]error, clients)
	for i, share := range shares {
		p, err := mqtt.NewPublisher(ctx, "mqtt://"+broker, fmt.Sprint("bench-", i))
		if err != nil {
			return err
		}
		all.Go(func() {
			defer p.Close()
			for _, m := range share {
				if failed[i] = p.Publish(ctx, m.Topic, m.Payload); failed[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// drainQuiet is for how long nothing may come in any more.
const drainQuiet = time.Second

// drained waits until the number of observations stays the same, and gives it.
func (p *process) drained(ctx context.Context) (int64, error) {
	last, since := int64(-1), time.Now()
	for {
		var s struct{ TotalObservations int64 }
		if err := p.ask("/api/stats", &s); err != nil {
			return 0, err
		}
		if s.TotalObservations != last {
			last, since = s.TotalObservations, time.Now()
		} else if time.Since(since) >= drainQuiet {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
