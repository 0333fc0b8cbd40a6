package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	warmRuns   = 60
	warmBudget = 3 * time.Second // for one address; at least warmLeast runs
	warmLeast  = 2
)

// goal is the times that design asks for; false where it asks for none: of an
// answer of the API with more rows than goalRows.
func goal(path string, rows int) (p50, p99 time.Duration, bound bool) {
	if strings.Contains(path, "/subpath") {
		return 2 * time.Second, 2 * time.Second, true
	}
	return 5 * time.Millisecond, 50 * time.Millisecond, !isAPI(path) || rows <= goalRows
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// benchPages asks for every page and for answers of the API: once cold, then
// warm, first idle and then under ingest.
func benchPages(ctx context.Context, b *bench) error {
	for _, size := range b.sizes {
		if err := b.pages(ctx, size); err != nil {
			return fmt.Errorf("%s: %w", size, err)
		}
	}
	return nil
}

func (b *bench) pages(ctx context.Context, size string) error {
	from, err := b.data(ctx, size)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.work, "pages-"+size) // ingest changes it
	defer os.RemoveAll(dir)
	if err := copyDir(from, dir); err != nil {
		return err
	}
	p, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := p.ready(ctx); err != nil {
		return err
	}
	// Nothing else is to run while it idles.
	err = p.poll(ctx, "the first survey", 500*time.Millisecond, 5*time.Minute, func() bool {
		status, _, err := p.get("/api/analytics/distance")
		return err == nil && status == http.StatusOK
	})
	if err != nil {
		return err
	}
	list, err := p.addresses()
	if err != nil {
		return err
	}
	idle := p.timeAll(ctx, list)
	f, err := startFeed(ctx, p.broker, 9, b.rate)
	if err != nil {
		return err
	}
	busy := p.timeAll(ctx, list)
	sent := f.sent.Load()
	if err := errors.Join(f.stop(), p.alive()); err != nil {
		return err
	}
	fmt.Printf("### %s, milliseconds; under ingest: %s messages came in meanwhile\n\n", size, thousands(sent))
	var t table
	var worst table
	misses, bound := 0, 0
	var failed []error
	for i, path := range list {
		a, c := idle[i], busy[i]
		want50, want99, binds := goal(path, max(a.rows, c.rows))
		mark := ""
		if binds {
			bound++
			if a.p50 > want50 || c.p50 > want50 || a.p99 > want99 || c.p99 > want99 {
				mark = "!"
				misses++
			}
		}
		rows := ""
		if isAPI(path) {
			rows = fmt.Sprint(a.rows)
		}
		t.add(short(path), rows, fmt.Sprint(a.bytes>>10), millis(a.cold), millis(a.cpu), millis(a.p50), millis(a.p99), millis(c.p50), millis(c.p99), mark+a.err+c.err)
		if a.err+c.err != "" {
			failed = append(failed, fmt.Errorf("%s: %s %s", path, a.err, c.err))
		}
	}
	t.print("address", "rows", "KB", "cold", "CPU", "idle p50", "p99", "ingest p50", "p99", "")
	fmt.Printf("\n`!`: beyond the goal. It binds pages, and answers of the API of at most %d rows: the largest array, with the rows in its rows.\n", goalRows)
	var idleAll, busyAll, idle99, busy99 []time.Duration
	for i := range list {
		idleAll, busyAll = append(idleAll, idle[i].p50), append(busyAll, busy[i].p50)
		idle99, busy99 = append(idle99, idle[i].p99), append(busy99, busy[i].p99)
	}
	worst.add("median of the addresses' p50", millis(quantile(idleAll, 0.5)), millis(quantile(busyAll, 0.5)))
	worst.add("greatest p50", millis(quantile(idleAll, 1)), millis(quantile(busyAll, 1)))
	worst.add("greatest p99", millis(quantile(idle99, 1)), millis(quantile(busy99, 1)))
	worst.add("addresses beyond the goal (!)", fmt.Sprint(misses), "of "+fmt.Sprint(bound)+" that it binds")
	fmt.Println()
	worst.print("milliseconds", "idle", "under ingest")
	fmt.Println()
	return errors.Join(append(failed, ctx.Err())...)
}

func short(path string) string {
	if len(path) > 90 {
		return path[:87] + "..."
	}
	return path
}

// timed is how long an address took.
type timed struct {
	cold, p50, p99 time.Duration
	cpu            time.Duration // of the program, for a warm one
	bytes          int
	rows           int // of an answer of the API
	err            string
}

func (p *process) timeAll(ctx context.Context, list []string) []timed {
	out := make([]timed, len(list))
	for i, path := range list {
		out[i] = p.time(ctx, path)
	}
	return out
}

func (p *process) time(ctx context.Context, path string) (t timed) {
	var warm []time.Duration
	began := time.Now()
	var cpu time.Duration
	for i := 0; i <= warmRuns && ctx.Err() == nil && (i <= warmLeast || time.Since(began) < warmBudget); i++ {
		at := time.Now()
		status, body, err := p.get(path)
		took := time.Since(at)
		if err != nil || status != 200 {
			t.err = fmt.Sprintf("status %d %v", status, err)
			return t
		}
		if t.bytes = len(body); i == 0 {
			t.cold, t.rows, cpu = took, rowsOf(path, body), p.cpu()
		} else {
			warm = append(warm, took)
		}
	}
	t.p50, t.p99 = quantile(warm, 0.5), quantile(warm, 0.99)
	t.cpu = (p.cpu() - cpu) / time.Duration(max(1, len(warm)))
	return t
}
