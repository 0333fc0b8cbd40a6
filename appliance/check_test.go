package main

import (
	"net"
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
