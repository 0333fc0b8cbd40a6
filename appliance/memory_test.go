package main

import (
	"os"
	"testing"
)

func TestMachineMemory(t *testing.T) {
	const board = "MemTotal:         500000 kB\nMemFree: 1 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"a board", map[string]string{"/proc/meminfo": board}, 500_000 << 10},
		{"a group", map[string]string{"/proc/meminfo": board, "/proc/self/cgroup": "0::/a/b\n",
			"/sys/fs/cgroup/a/b/memory.max": "200000000\n", "/sys/fs/cgroup/a/memory.max": "max\n"}, 200_000_000},
		{"the group above", map[string]string{"/proc/meminfo": board, "/proc/self/cgroup": "0::/a/b\n",
			"/sys/fs/cgroup/a/memory.max": "300000000\n"}, 300_000_000},
		{"a group of version 1", map[string]string{"/proc/meminfo": board, "/proc/self/cgroup": "9:cpu:/x\n4:memory:/x\n",
			"/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "100000000\n"}, 100_000_000},
		{"a limit beyond the board", map[string]string{"/proc/meminfo": board, "/proc/self/cgroup": "4:memory:/\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 500_000 << 10},
		{"nothing known", nil, 0},
	} {
		got := machineMemory(func(name string) ([]byte, error) {
			if text, ok := c.files[name]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		})
		if got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestMemoryBudget(t *testing.T) {
	if got := memoryBudget("300MB"); got != 300_000_000 {
		t.Errorf("300MB: got %d", got)
	}
	if got := memoryBudget("0"); got != 0 {
		t.Errorf("0: got %d", got)
	}
	if got, all := memoryBudget("auto"), machineMemory(os.ReadFile); got != all*60/100 {
		t.Errorf("auto: got %d of %d", got, all)
	}
}

// The heap may grow by as much whatever is in use, but a small one by no more than
// itself, and a large one by a share.
func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 40 << 20: 100, 80 << 20: 50, 200 << 20: 20, 1 << 30: 15, 1 << 40: 15} {
		if got := growth(live); got != want {
			t.Errorf("%d bytes in use: got %d %%, want %d", live, got, want)
		}
	}
}
