package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The first page of an empty start says how to begin. (How soon it comes after
// exec is measured, not tested.)
func TestEmptyStartPageTellsHowToBegin(t *testing.T) {
	p := start(t, startOptions{})
	status, body := p.get("/")
	if status != http.StatusOK {
		t.Fatalf("/: %d", status)
	}
	for _, want := range []string{"meshcoretomqtt", "meshcore-packet-capture", "127.0.0.1", "demo"} {
		if !strings.Contains(body, want) {
			t.Errorf("the empty start page does not say %q", want)
		}
	}
	p.stop()
}

func TestTakenBrokerPortKeepsPagesServing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:"+freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{broker: l.Addr().String()})
	p.ready()
	p.await("the banner", func() bool {
		_, body := p.get("/")
		return strings.Contains(body, "--broker")
	})
	// Once the port is free the broker opens by itself.
	l.Close()
	p.await("the broker", func() bool {
		c, err := net.Dial("tcp", p.broker)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func TestTakenHTTPPortIsRefusedInWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := launch(t, startOptions{http: l.Addr().String()})
	if status := p.exit(); status != exitFailed {
		t.Errorf("status %d, want %d", status, exitFailed)
	}
	if !strings.Contains(p.log.String(), "--http") {
		t.Errorf("the error does not say which flag to change: %s", p.log.String())
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	first := start(t, startOptions{})
	second := launch(t, startOptions{dir: first.dir})
	if status := second.exit(); status != exitUsage {
		t.Errorf("status %d, want %d", status, exitUsage)
	}
	if !strings.Contains(second.log.String(), "in use") {
		t.Errorf("the error does not say that the directory is in use: %s", second.log.String())
	}
}

func TestDemoAndServeKeepApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, startOptions{dir: dir})
	p.stop()
	if status := launch(t, startOptions{command: "demo", dir: dir}).exit(); status != exitUsage {
		t.Errorf("demo in a directory of serve: status %d, want %d", status, exitUsage)
	}
}

// One source is unreachable; the other, and the box's own broker, work on.
func TestUnreachableSourceDelaysNobody(t *testing.T) {
	foreign := startMosquitto(t, freePort(t))
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	text := "[[source]]\nname = \"dead\"\nurl = \"mqtt://127.0.0.1:" + freePort(t) + "\"\n" +
		"[[source]]\nname = \"alive\"\nurl = \"mqtt://" + foreign.addr + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{args: []string{"--config", config}})
	p.ready()
	p.await("the living source", func() bool { _, body := p.get("/system"); return strings.Contains(body, "alive") })
	p.await("the living source's packet", func() bool {
		publish(t, foreign.addr, packetTopic, packetMessage(frameGroup, time.Now()))
		return p.stats().TotalObservations > 0
	})
	if p.stats().TotalTransmissions != 1 {
		t.Fatalf("transmissions: want 1, have %d", p.stats().TotalTransmissions)
	}
	_, body := p.get("/system")
	if !strings.Contains(body, "dead") {
		t.Error("/system does not name the unreachable source")
	}

	// The foreign broker restarts: the source comes back and subscribes again.
	foreign.stop()
	foreign = startMosquitto(t, foreign.port)
	before := p.stats().TotalObservations
	p.await("a packet after the broker's restart", func() bool {
		publish(t, foreign.addr, packetTopic, packetMessage(frameGroup, time.Now()))
		return p.stats().TotalObservations > before
	})
}

// The same message by two ways, and delivered again, is one observation.
func TestRedeliveryIsOneObservation(t *testing.T) {
	foreign := startMosquitto(t, freePort(t))
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	if err := os.WriteFile(config, []byte("[[source]]\nname = \"other\"\nurl = \"mqtt://"+foreign.addr+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{args: []string{"--config", config}})
	p.ready()
	// Each has an exact time of its own. What comes after a redelivery by the
	// same way shows that the redelivery was handled.
	now := time.Now()
	at := func(ago time.Duration) string { return packetMessage(frameGroup, now.Add(-ago)) }
	first, second, third, fourth := at(0), at(20*time.Second), at(40*time.Second), at(60*time.Second)
	publish(t, p.broker, packetTopic, first, first, second)
	p.await("two observations", func() bool { return p.stats().TotalObservations == 2 })
	p.await("the foreign source's", func() bool { // which subscribes at a time of its own
		publish(t, foreign.addr, packetTopic, first, second, third)
		return p.stats().TotalObservations > 2
	})
	publish(t, p.broker, packetTopic, first, third, fourth)
	p.await("the fourth observation", func() bool { return p.stats().TotalObservations > 3 })
	if got := p.stats().TotalObservations; got != 4 {
		t.Errorf("observations: want 4 (as many exact times), have %d", got)
	}
}

// A directory that turns read-only is shown on every page; reception goes on.
func TestFullDiskIsShownAndReceptionGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mountSmall(t, dir, "96k")
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	if err := os.WriteFile(config, []byte("[snapshot]\ninterval = \"1s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{dir: filepath.Join(dir, "data"), args: []string{"--config", config}})
	p.ready()
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	// More than fits behind the end of a file that is there already.
	const packets = 300
	lines := make([]string, packets)
	for i := range lines {
		lines[i] = packetMessage(groupFrame(i), time.Now())
	}
	publish(t, p.broker, packetTopic, lines...)
	p.await("the banner", func() bool {
		_, body := p.get("/")
		return strings.Contains(body, "disk") && strings.Contains(body, "full")
	})
	p.await("all packets while the disk is full", func() bool { return p.stats().TotalObservations == packets })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.await("the banner to go", func() bool { _, body := p.get("/"); return !strings.Contains(body, "disk is full") })
	p.await("all packets on disk", func() bool {
		var on diskAnswer
		return p.getJSON("/api/stats", &on) && on.Snapshot.Observations == packets
	})
	p.kill()
	again := start(t, startOptions{dir: filepath.Join(dir, "data")})
	again.ready()
	if got := again.stats().TotalObservations; got != packets {
		t.Errorf("observations after the disk had room again and a kill: want %d, have %d", packets, got)
	}
}
