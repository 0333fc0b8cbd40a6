package main

import (
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	memoryShare = 60 // percent of the machine's memory that auto means
	limitShare  = 90 // percent of the budget that Go may take; the rest is the program itself
	// collectAt is by how many percent the heap may grow before it is collected.
	// Most of it is columns, which the collector does not look into.
	collectAt = 40
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
		debug.SetGCPercent(collectAt)
	}
	if budget > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(budget / 100 * limitShare)
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
