package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"

	"hilltop/appliance/internal/broker"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/mqtt"
)

// checkCommand tests the configuration and reaches each source.
type checkCommand struct {
	flags
}

// Run prints, for each source, each step on the way to it and what came of it.
func (c *checkCommand) Run(ctx context.Context, std streams) error {
	cfg, err := c.effective()
	if err != nil {
		return err
	}
	fmt.Fprintln(std.out, "configuration: good")
	good := checkListen(std.out, "http", string(cfg.HTTP), "--http")
	good = checkListen(std.out, "broker", string(cfg.Broker.Listen), "--broker") && good
	good = checkDisk(std.out, cfg.Data, cfg.Retention.Disk.bytes()) && good
	if len(cfg.Sources) == 0 {
		fmt.Fprintln(std.out, "sources: none; observers publish to this machine's own broker")
	}
	reports, err := checkSources(ctx, cfg.Sources)
	if err != nil {
		return usageError{err}
	}
	for _, r := range reports {
		fmt.Fprintf(std.out, "\nsource %s\n", r.Source)
		for _, s := range r.Steps {
			printStep(std.out, s)
		}
		good = good && r.OK()
	}
	if !good {
		return errRefused
	}
	return nil
}

// checkDisk compares the disk budget with what journal and checkpoints of the
// data directory take, which no hour may have.
func checkDisk(w io.Writer, dir string, budget int64) bool {
	used, err := store.DiskNeeded(dir)
	if budget <= 0 || errors.Is(err, os.ErrNotExist) {
		return true // there is no limit, or no data yet
	}
	words := func(n int64) string { return humanize.Bytes(uint64(n)) }
	switch {
	case err != nil:
		fmt.Fprintf(w, "disk: %s cannot be read: %v. See that this user may read it\n", dir, err)
	case used > budget/2:
		fmt.Fprintf(w, "disk: journal and checkpoints in %s take %s, so that the limit of %s leaves little to hours. Set retention.disk to %s or more, or to 0\n",
			dir, words(used), words(budget), words(4*used))
	default:
		fmt.Fprintf(w, "disk: journal and checkpoints in %s take %s of %s\n", dir, words(used), words(budget))
		return true
	}
	return false
}

func printStep(w io.Writer, s mqtt.Step) {
	mark := "good"
	if !s.OK {
		mark = "BAD "
	}
	fmt.Fprintf(w, "  %s  %-14s %s\n", mark, s.Name, s.Said)
	if s.Do != "" {
		fmt.Fprintf(w, "        %-14s → %s\n", "", s.Do)
	}
}

// checkLimit bounds the check of one source.
const checkLimit = time.Minute

// checkSources reaches all sources side by side.
func checkSources(ctx context.Context, sources []SourceConfig) ([]mqtt.Report, error) {
	reports := make([]mqtt.Report, len(sources))
	configs := make([]mqtt.Config, len(sources))
	for i, s := range sources {
		c, err := sourceConfig(s, "check")
		if err != nil {
			return nil, err
		}
		configs[i] = c
	}
	var all sync.WaitGroup
	for i, c := range configs {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, checkLimit)
			defer cancel()
			reports[i] = mqtt.Check(ctx, c)
		})
	}
	all.Wait()
	return reports, nil
}

// checkListen tries an address of our own; that the appliance itself runs
// there already is the usual reason for it to be taken, and no fault.
func checkListen(w io.Writer, name, addr, flag string) bool {
	if addr == "off" {
		fmt.Fprintf(w, "%s: off\n", name)
		return true
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		fmt.Fprintf(w, "%s: %s is taken. If Hilltop is running already this is right; otherwise choose another with %s\n", name, addr, flag)
		return true
	}
	if err != nil {
		fmt.Fprintf(w, "%s: %s\n", name, broker.ListenFault(addr, flag, err))
		return false
	}
	l.Close()
	fmt.Fprintf(w, "%s: %s is free\n", name, addr)
	return true
}
