package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckTellsWhatAnAddressLacks(t *testing.T) {
	t.Chdir(t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	// 192.0.2.0/24 is for documentation: no machine has an address of it.
	for _, c := range []struct {
		http   string
		status int
		want   string
	}{
		{"127.0.0.1:0", exitGood, "is free"},
		{taken.Addr().String(), exitGood, "If Hilltop is running already this is right"},
		{"192.0.2.1:8080", exitFailed, "192.0.2.1:8080 is no address of this machine: choose another with --http"},
	} {
		status, out, errOut := command(t, "", "check", "--http", c.http, "--broker", "off")
		if status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d, %q, %q; want %d, %q", c.http, status, out, errOut, c.status, c.want)
		}
	}
}

func TestCheckComparesTheDiskBudget(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "checkpoint-0000000000000001"), make([]byte, 10_000_000), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir    string
		budget int64
		good   bool
		want   string
	}{
		{dir, 0, true, ""},
		{filepath.Join(dir, "none"), 64_000_000, true, ""},
		{dir, 64_000_000, true, "10 MB of 64 MB"},
		{dir, 15_000_000, false, "Set retention.disk to 40 MB or more"},
	} {
		var out strings.Builder
		if good := checkDisk(&out, c.dir, c.budget); good != c.good || !strings.Contains(out.String(), c.want) || c.want == "" && out.Len() > 0 {
			t.Errorf("%d: %v, %q", c.budget, good, out.String())
		}
	}
}
