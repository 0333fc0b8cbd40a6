package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// usage is what a process has taken.
type usage struct {
	cpu     time.Duration // of all its threads
	peak    int64         // resident, bytes
	written int64         // to the disk, bytes
}

func usageOf(s *os.ProcessState) (u usage) {
	u.cpu = s.UserTime() + s.SystemTime()
	if r, ok := s.SysUsage().(*syscall.Rusage); ok {
		u.peak, u.written = int64(r.Maxrss)<<10, int64(r.Oublock)*512
	}
	return u
}

// runToEnd runs the program until it ends by itself.
func (b *bench) runToEnd(ctx context.Context, out io.Writer, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Env = environment()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &log
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%w: %s", err, tail(log.String()))
	}
	return usageOf(cmd.ProcessState), nil
}

// environment has a program that was built with -race end at its first race.
func environment() []string { return append(os.Environ(), "GORACE=halt_on_error=1") }

func tail(s string) string { return s[max(0, len(s)-2000):] }

// process is the appliance, running.
type process struct {
	cmd    *exec.Cmd
	began  time.Time
	http   string
	broker string
	client *http.Client
	log    syncBuffer
	done   chan struct{}
	err    error // valid when done is closed
}

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

// freeAddr is an address of loopback that nothing listens on just now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// serve starts the appliance on a data directory; extra goes to its command
// line.
func (b *bench) serve(dir string, extra ...string) (*process, error) {
	p := &process{done: make(chan struct{}), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	var err error
	if p.http, err = freeAddr(); err != nil {
		return nil, err
	}
	if p.broker, err = freeAddr(); err != nil {
		return nil, err
	}
	p.cmd = exec.Command(b.binary, append([]string{"serve", "--data", dir, "--http", p.http, "--broker", p.broker}, extra...)...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir, p.cmd.Env = &p.log, &p.log, b.work, environment()
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// get reads an answer; the body is whole when it returns.
func (p *process) get(path string) (status int, body []byte, err error) {
	resp, err := p.client.Get("http://" + p.http + path)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// ask reads an answer of the API into v.
func (p *process) ask(path string, v any) error {
	status, body, err := p.get(path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, tail(string(body)))
	}
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// gates is what /readyz says.
type gates struct {
	Ready bool
	Gates map[string]struct{ Ready bool }
	Held  struct{ From, To, Transmissions, Observations int64 }
}

// poll calls fn until it is true, the process ends, or limit has gone by.
func (p *process) poll(ctx context.Context, what string, every, limit time.Duration, fn func() bool) error {
	deadline := time.Now().Add(limit)
	for !fn() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return fmt.Errorf("waiting for %s: the process ended: %v: %s", what, p.err, tail(p.log.String()))
		case <-time.After(every):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waiting for %s: %s went by: %s", what, limit, tail(p.log.String()))
		}
	}
	return nil
}

// alive is an error if the process has ended by itself.
func (p *process) alive() error {
	select {
	case <-p.done:
		return fmt.Errorf("the process ended: %v: %s", p.err, tail(p.log.String()))
	default:
		return nil
	}
}

// opened tells when a start came how far.
type opened struct {
	first time.Duration            // exec to the first answer with 200
	gate  map[string]time.Duration // exec to each gate; "all" to the last
}

// ready waits for every gate.
func (p *process) ready(ctx context.Context) (o opened, err error) {
	o.gate = map[string]time.Duration{}
	err = p.poll(ctx, "a first answer", 500*time.Microsecond, time.Minute, func() bool {
		status, _, err := p.get("/healthz")
		return err == nil && status == http.StatusOK
	})
	if err != nil {
		return o, err
	}
	o.first = time.Since(p.began)
	err = p.poll(ctx, "the gates", 2*time.Millisecond, 10*time.Minute, func() bool {
		_, body, err := p.get("/readyz")
		var g gates
		if err != nil || json.Unmarshal(body, &g) != nil {
			return false
		}
		at := time.Since(p.began)
		for name, state := range g.Gates {
			if _, seen := o.gate[name]; state.Ready && !seen {
				o.gate[name] = at
			}
		}
		if g.Ready {
			o.gate["all"] = at
		}
		return g.Ready
	})
	return o, err
}

// memory is the resident memory now and at its highest, bytes.
func (p *process) memory() (now, peak int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kilobytes << 10
		case "VmHWM":
			peak = kilobytes << 10
		}
	}
	return now, peak
}

// settled waits until the resident memory has not changed by a fiftieth for
// five seconds, at most a minute.
func (p *process) settled(ctx context.Context) (now, peak int64) {
	var last []int64
	for range 60 {
		now, peak = p.memory()
		if last = append(last, now); len(last) > 5 {
			if last = last[1:]; quantile(last, 1)-quantile(last, 0) < now/50 {
				break
			}
		}
		select {
		case <-ctx.Done():
			return now, peak
		case <-p.done:
			return now, peak
		case <-time.After(time.Second):
		}
	}
	return now, peak
}

// cpu is the processor time taken so far.
func (p *process) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // a name may have blanks
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * time.Second / 100 // USER_HZ
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}
