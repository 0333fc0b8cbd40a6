package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once by TestMain.
var binary string

func TestMain(m *testing.M) {
	if clock := os.Getenv(frozenClock); clock != "" {
		if err := serveFrozen(clock, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "hilltop-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "hilltop")
	args := []string{"build", "-o", binary}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// tool is the path of a program that the test needs. Where the tools are
// required (build.sh test), a missing one fails the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("HILLTOP_TOOLS") == "required" {
		t.Fatalf("%s is missing", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// freePort is a port of loopback that nothing listens on just now, below those that
// systems give to whoever asks for any: nobody is given it before it is used, or
// between two processes that use it one after the other.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := fmt.Sprint(10_000 + rand.IntN(22_000))
		if _, taken := portsGiven.LoadOrStore(port, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port of 1000 is free")
	return ""
}

// portsGiven are the ports that freePort has given.
var portsGiven sync.Map

// syncBuffer is a buffer that a process may write while a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// process is a running appliance.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	http   string // host:port of the pages
	broker string // host:port of the broker
	dir    string // its data
	log    *syncBuffer
	done   chan error
}

type startOptions struct {
	program string // the binary under test unless set
	command string // serve unless set
	dir     string // a fresh one unless set
	http    string
	broker  string
	args    []string
	env     []string
	wrap    []string // a command that runs the binary
}

// start runs the binary until the test ends.
func start(t *testing.T, o startOptions) *process {
	t.Helper()
	p := launch(t, o)
	p.await("a first answer", func() bool {
		resp, err := http.Get("http://" + p.http + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

// launch starts the binary without waiting for it.
func launch(t *testing.T, o startOptions) *process {
	t.Helper()
	if o.command == "" {
		o.command = "serve"
	}
	if o.dir == "" {
		o.dir = filepath.Join(t.TempDir(), "data")
	}
	if o.http == "" {
		o.http = "127.0.0.1:" + freePort(t)
	}
	if o.broker == "" {
		o.broker = "127.0.0.1:" + freePort(t)
	}
	if o.program == "" {
		o.program = binary
	}
	args := append(o.wrap, o.program, o.command, "--data", o.dir, "--http", o.http, "--broker", o.broker)
	args = append(args, o.args...)
	p := &process{t: t, http: o.http, broker: o.broker, dir: o.dir, log: &syncBuffer{}, done: make(chan error, 1)}
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Env = append(append(os.Environ(), "GORACE=halt_on_error=1"), o.env...) // a race ends it, also where it would be killed
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Dir = t.TempDir()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of hilltop %s:\n%s", o.command, tail(p.log.String(), 6000))
		}
	})
	return p
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// await polls until ok, or fails the test after a minute.
func (p *process) await(what string, ok func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if ok() {
			return
		}
		select {
		case err := <-p.done:
			p.done <- err
			p.t.Fatalf("waiting for %s: the process ended: %v", what, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.t.Fatalf("waiting for %s: a minute went by", what)
}

// get fetches a page or an API answer.
func (p *process) get(path string) (int, string) {
	p.t.Helper()
	resp, err := http.Get("http://" + p.http + path)
	if err != nil {
		p.t.Fatalf("GET %s: %v", path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("GET %s: %v", path, err)
	}
	return resp.StatusCode, string(body)
}

// getJSON fetches an API answer into v; false if the status is not 200.
func (p *process) getJSON(path string, v any) bool {
	p.t.Helper()
	status, body := p.get(path)
	if status != http.StatusOK {
		return false
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		p.t.Fatalf("GET %s: %v in %s", path, err, tail(body, 300))
	}
	return true
}

type statsAnswer struct {
	TotalTransmissions int
	TotalObservations  int
	TotalNodes         int
	TotalObservers     int
	Malformed          map[string]int
}

func (p *process) stats() (s statsAnswer) {
	p.t.Helper()
	p.await("/api/stats", func() bool { return p.getJSON("/api/stats", &s) })
	return s
}

// ready waits until all gates are open.
func (p *process) ready() {
	p.t.Helper()
	p.await("/readyz", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
}

// stop ends the process as a service manager does and expects a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.done:
		p.done <- err
		if err != nil {
			p.t.Fatalf("SIGTERM: %v\n%s", err, tail(p.log.String(), 4000))
		}
	case <-time.After(time.Minute):
		p.t.Fatal("SIGTERM: still running after a minute")
	}
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	err := <-p.done
	p.done <- err
}

// exit waits for the process to end by itself and gives its status.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(time.Minute):
		p.t.Fatal("still running after a minute")
	}
	return p.cmd.ProcessState.ExitCode()
}

// Two frames of public test vectors, for tests that need a packet.
const (
	frameGroup  = "150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"
	hashGroup   = "b35e8ec0e974a30b"
	observerOne = "5D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A01"
)

// packetMessage is what meshcoretomqtt publishes for a frame heard now.
func packetMessage(frame string, at time.Time) string {
	return fmt.Sprintf(`{"origin":"Hill","origin_id":"%s","timestamp":"%s","type":"PACKET","direction":"rx",`+
		`"time":"%s","date":"%s","len":"%d","packet_type":"5","route":"F","payload_len":"35","raw":"%s","SNR":"8","RSSI":"-72","score":"840","duration":"199"}`,
		observerOne, at.UTC().Format("2006-01-02T15:04:05.000000+00:00"), at.UTC().Format("15:04:05"), at.UTC().Format("2/1/2006"), len(frame)/2, frame)
}

const packetTopic = "meshcore/SEA/" + observerOne + "/packets"

// publish sends messages, a line each, with mosquitto's own client.
func publish(t *testing.T, broker, topic string, lines ...string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(broker)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // it starts beside the pages
		c, err := net.Dial("tcp", broker)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the broker does not listen: %v", err)
		}
	}
	cmd := exec.Command(tool(t, "mosquitto_pub"), "-h", host, "-p", port, "-t", topic, "-l", "-q", "1")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
}
