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

// A start answers its first page within a tenth of a second of exec; here it
// is only asked that the page comes before anything is loaded, with the banner.
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
	deadline := time.Now().Add(20 * time.Second)
	for p.stats().TotalObservations == 0 && time.Now().Before(deadline) {
		publish(t, foreign.addr, packetTopic, packetMessage(frameGroup, time.Now()))
	}
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
	for deadline := time.Now().Add(60 * time.Second); p.stats().TotalObservations == before; {
		if time.Now().After(deadline) {
			t.Fatal("after the broker's restart nothing arrives")
		}
		publish(t, foreign.addr, packetTopic, packetMessage(frameGroup, time.Now()))
		time.Sleep(200 * time.Millisecond)
	}
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
	first, second := packetMessage(frameGroup, time.Now()), packetMessage(frameGroup, time.Now().Add(-20*time.Second))
	publish(t, p.broker, packetTopic, first, first, second)
	deadline := time.Now().Add(20 * time.Second)
	for {
		publish(t, foreign.addr, packetTopic, first)
		var packet struct{ Observations []anyJSON }
		if p.getJSON("/api/packets/"+hashGroup, &packet) && sourceDelivered(p) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the foreign source delivers nothing")
		}
		time.Sleep(100 * time.Millisecond)
	}
	publish(t, p.broker, packetTopic, first)
	time.Sleep(300 * time.Millisecond)
	if got := p.stats().TotalObservations; got != 2 {
		t.Errorf("observations: want 2 (two exact times), have %d", got)
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
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	p.await("the banner", func() bool {
		_, body := p.get("/")
		return strings.Contains(body, "disk") && strings.Contains(body, "full")
	})
	if got := p.stats().TotalObservations; got != 1 {
		t.Errorf("observations while the disk is full: want 1, have %d", got)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.await("the banner to go", func() bool { _, body := p.get("/"); return !strings.Contains(body, "disk is full") })
	p.kill()
	again := start(t, startOptions{dir: filepath.Join(dir, "data")})
	again.ready()
	if got := again.stats().TotalObservations; got != 1 {
		t.Errorf("observations after the disk had room again and a kill: want 1, have %d", got)
	}
}
