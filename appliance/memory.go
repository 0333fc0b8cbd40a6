package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

const (
	memoryShare = 60 // percent of the machine's memory that auto means
	limitShare  = 90 // percent of the budget that Go may take; the rest is the program itself
	// The heap may grow by headroom before it is collected, within these percents of
	// what is in use: a share of it would be much of a large heap, most of which is
	// columns, which the collector does not look into, and would have a small one
	// collected all the time.
	headroom                = 40 << 20
	leastGrowth, mostGrowth = 15, 100
	loadGrowth              = 20 // while data is loaded
)

// memoryBudget is how many bytes the process may take; 0 is no limit.
func memoryBudget(s Size) int64 {
	if s != "auto" {
		return s.bytes()
	}
	return machineMemory(os.ReadFile) * memoryShare / 100
}

// limitMemory makes the collector keep to the budget, unless the environment
// says otherwise.
func limitMemory(budget int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(loadGrowth)
	}
	if budget > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(budget / 100 * limitShare)
	}
}

// growth is by how many percent a heap may grow of which so many bytes are in use.
func growth(live uint64) int {
	return int(min(max(headroom*100/max(live, 1), leastGrowth), mostGrowth))
}

// keepHeadroom has the collector follow what is in use until ctx is done, unless the
// environment says how it is to work.
func keepHeadroom(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for now := loadGrowth; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		metrics.Read(sample)
		// Setting it stops everything for a moment: not for every megabyte.
		if next := growth(sample[0].Value.Uint64()); next < now || next > now+now/8 {
			debug.SetGCPercent(next)
			now = next
		}
	}
}

// machineMemory is the memory that the board has, or less if the process's
// control group may take less; 0 if the kernel says neither.
func machineMemory(read func(string) ([]byte, error)) int64 {
	var all int64
	if b, err := read("/proc/meminfo"); err == nil {
		var kb int64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); err == nil {
			all = kb << 10
		}
	}
	for _, name := range groupLimits(read) {
		b, err := read(name)
		n, perr := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err == nil && perr == nil && n > 0 && (all == 0 || n < all) {
			all = n
		}
	}
	return all
}

// groupLimits names the files that limit the process's control group and those
// above it, of either version.
func groupLimits(read func(string) ([]byte, error)) (names []string) {
	b, _ := read("/proc/self/cgroup")
	for line := range strings.Lines(string(b)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		root, file := "/sys/fs/cgroup", "memory.max"
		if part[1] == "memory" {
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if part[1] != "" {
			continue
		}
		for dir := path.Clean("/" + part[2]); ; dir = path.Dir(dir) {
			names = append(names, path.Join(root, dir, file))
			if dir == "/" {
				break
			}
		}
	}
	return names
}
