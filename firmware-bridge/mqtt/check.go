package mqtt

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"hilltop/firmware-bridge/observer"
)

// Step is one thing tried on the way to a broker.
type Step struct {
	Name string // config, name, TCP, TLS, sign-in, subscription, first message
	OK   bool
	Said string // what was found, in words
	Do   string // what to do about it, "" if nothing
	Took time.Duration
}

// Report is what a check of a source found. It ends at the first step that
// went wrong.
type Report struct {
	Source string
	Steps  []Step
}

// OK tells whether the source can be used. A source where no message came
// during the check can.
func (r Report) OK() bool {
	for _, s := range r.Steps {
		if !s.OK {
			return false
		}
	}
	return len(r.Steps) > 0
}

// firstMessageWait is how long a check listens. A busy mesh needs a second.
const firstMessageWait = 10 * time.Second

// Check goes to the broker step by step. It listens ten seconds for a first
// message, or until ctx is done.
func Check(ctx context.Context, cfg Config) Report {
	r := &Report{Source: cfg.Name}
	var e endpoint
	if !r.step("config", func() (said string, err error) {
		e, err = newEndpoint(cfg)
		return "the configuration of the source is sound", err
	}) {
		return *r
	}
	// A client id of its own, so that the check does not throw out the
	// appliance that runs meanwhile.
	e.ClientID = randomID()
	if r.reach(ctx, &e) {
		r.listen(ctx, &e)
	}
	return *r
}

func (r *Report) step(name string, try func() (string, error)) bool {
	began := time.Now()
	said, err := try()
	s := Step{Name: name, OK: err == nil, Said: said, Took: time.Since(began)}
	if err != nil {
		f := explain(err)
		s.Said, s.Do = f.What, f.Do
	}
	r.Steps = append(r.Steps, s)
	return s.OK
}

// reach tries name, TCP and TLS one by one.
func (r *Report) reach(ctx context.Context, e *endpoint) bool {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if net.ParseIP(e.url.Hostname()) == nil && !r.step("name", func() (string, error) {
		addrs, err := net.DefaultResolver.LookupHost(ctx, e.url.Hostname())
		return fmt.Sprintf("%s is %s", e.url.Hostname(), strings.Join(addrs, ", ")), err
	}) {
		return false
	}
	if !r.step("TCP", func() (string, error) { return reachTCP(ctx, e.url.Host) }) {
		return false
	}
	if e.url.Scheme == "mqtt" || e.url.Scheme == "ws" {
		return true
	}
	return r.step("TLS", func() (string, error) { return reachTLS(ctx, e) })
}

func reachTCP(ctx context.Context, addr string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s answers", conn.RemoteAddr()), conn.Close()
}

func reachTLS(ctx context.Context, e *endpoint) (string, error) {
	d := tls.Dialer{Config: e.tls}
	conn, err := d.DialContext(ctx, "tcp", e.url.Host)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if e.Insecure {
		return "encrypted, but the certificate is not checked (insecure = true)", nil
	}
	chain := conn.(*tls.Conn).ConnectionState().PeerCertificates
	return fmt.Sprintf("the certificate is good until %s", chain[0].NotAfter.Format("2006-01-02")), nil
}

// listen signs in, subscribes, and waits for a message.
func (r *Report) listen(ctx context.Context, e *endpoint) {
	first := make(chan observer.Envelope, 1)
	var c *connection
	if !r.step("sign-in", func() (said string, err error) {
		c, err = e.connect(ctx, func(m observer.Envelope) {
			select {
			case first <- m:
			default:
			}
		})
		return "the broker accepts this client", err
	}) {
		return
	}
	defer c.close()
	if !r.step("subscription", func() (string, error) {
		granted, refused, err := c.subscribe(ctx, e.Topics)
		if len(refused) > 0 && err == nil {
			return fmt.Sprintf("granted: %s; refused: %s", strings.Join(granted, ", "), strings.Join(refused, ", ")), nil
		}
		return "granted: " + strings.Join(granted, ", "), err
	}) {
		return
	}
	r.await(ctx, first)
}

func (r *Report) await(ctx context.Context, first <-chan observer.Envelope) {
	began := time.Now()
	timer := time.NewTimer(firstMessageWait)
	defer timer.Stop()
	s := Step{Name: "first message", OK: true}
	select {
	case m := <-first:
		s.Said = fmt.Sprintf("a message on %s", redactTopic(m.Topic))
	case <-timer.C:
		s.Said = fmt.Sprintf("none came within %s", firstMessageWait)
	case <-ctx.Done():
		s.Said = "none came before the check ended"
	}
	if s.Took = time.Since(began); strings.HasPrefix(s.Said, "none") {
		s.Do = "a small mesh can be quiet for minutes; if it stays so, check topics, and that the account may read"
	}
	r.Steps = append(r.Steps, s)
}

// redactTopic takes out the one secret that topics of the field hold.
func redactTopic(topic string) string {
	levels := strings.Split(topic, "/")
	if len(levels) > 2 && levels[0] == "meshrank" && levels[1] == "uplink" {
		levels[2] = "…"
	}
	return strings.Join(levels, "/")
}
