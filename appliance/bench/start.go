package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// starts is how often each start is measured.
const starts = 3

// benchStart starts on each corpus and kills, so that every start finds the
// same directory.
func benchStart(ctx context.Context, b *bench) error {
	var t table
	defer func() {
		t.print("size", "transmissions", "observations", "first 200", "gates", "all gates", "RSS settled", "RSS peak", "on disk")
	}()
	for _, size := range b.sizes {
		dir, err := b.data(ctx, size)
		if err != nil {
			return err
		}
		disk, err := diskUse(dir)
		if err != nil {
			return err
		}
		var all []startFigures
		for range starts {
			f, err := b.start(ctx, dir)
			if err != nil {
				return fmt.Errorf("%s: %w", size, err)
			}
			all = append(all, f)
		}
		t.add(all[0].row(size, disk, all)...)
	}
	return nil
}

// startFigures is what one start came to.
type startFigures struct {
	opened
	held          gates
	settled, peak int64
}

func (b *bench) start(ctx context.Context, dir string, extra ...string) (f startFigures, err error) {
	p, err := b.serve(dir, extra...)
	if err != nil {
		return f, err
	}
	defer p.kill()
	if f.opened, err = p.ready(ctx); err != nil {
		return f, err
	}
	f.settled, f.peak = p.settled(ctx)
	return f, p.ask("/readyz", &f.held)
}

// row gives the medians of some starts.
func (f startFigures) row(size string, disk int64, all []startFigures) []string {
	median := func(of func(startFigures) time.Duration) string {
		var values []time.Duration
		for _, x := range all {
			values = append(values, of(x))
		}
		return seconds(quantile(values, 0.5))
	}
	var settled, peak []int64
	for _, x := range all {
		settled, peak = append(settled, x.settled), append(peak, x.peak)
	}
	var by []string
	for _, name := range slices.Sorted(maps.Keys(f.gate)) {
		if name != "all" {
			by = append(by, name+" "+median(func(x startFigures) time.Duration { return x.gate[name] }))
		}
	}
	return []string{size, thousands(f.held.Held.Transmissions), thousands(f.held.Held.Observations),
		median(func(x startFigures) time.Duration { return x.first }), strings.Join(by, ", "),
		median(func(x startFigures) time.Duration { return x.gate["all"] }),
		megabytes(quantile(settled, 0.5)), megabytes(quantile(peak, 1)), megabytes(disk)}
}

// boardMemory is the budget of a board of 512 MB: what is left beside its
// system.
const boardMemory = "256MB"

// benchBoard starts on the largest wanted corpus with a small budget.
func benchBoard(ctx context.Context, b *bench) error {
	size := b.sizes[len(b.sizes)-1]
	dir, err := b.data(ctx, size)
	if err != nil {
		return err
	}
	config := filepath.Join(b.work, "board.toml")
	if err := os.WriteFile(config, []byte("[retention]\nmemory = \""+boardMemory+"\"\n"), 0o600); err != nil {
		return err
	}
	disk, err := diskUse(dir)
	if err != nil {
		return err
	}
	f, err := b.start(ctx, dir, "--config", config)
	if err != nil {
		return err
	}
	var t table
	span := time.UnixMilli(f.held.Held.To).Sub(time.UnixMilli(f.held.Held.From))
	t.add(append(f.row(size, disk, []startFigures{f}), boardMemory, round(span.Hours())+" h")...)
	t.print("size", "transmissions", "observations", "first 200", "gates", "all gates", "RSS settled", "RSS peak", "on disk", "budget", "held")
	return nil
}
