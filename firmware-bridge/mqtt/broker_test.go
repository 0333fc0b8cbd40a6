package mqtt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/cenkalti/backoff/v4"

	"hilltop/firmware-bridge/observer"
)

// foreign is a real broker on a port of its own. It accepts by itself:
// mochi-mqtt's own listeners race when they are closed while clients come.
type foreign struct {
	*mochi.Server
	addr     string
	stop     func()
	listener net.Listener
	serving  sync.WaitGroup

	mu     sync.Mutex
	conns  []net.Conn // guarded by mu
	closed bool       // guarded by mu
}

// rules say who may do what at a broker.
type rules struct {
	mochi.HookBase
	password  string // "" lets everyone in
	subscribe bool
	newest    atomic.Pointer[mochi.Client] // who signed in last: the broker's own list may lose it to the end of one before it
}

func open() *rules     { return &rules{subscribe: true} }
func accounts() *rules { return &rules{password: "secret", subscribe: true} }

func (*rules) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck || b == mochi.OnSessionEstablished
}

func (r *rules) OnSessionEstablished(c *mochi.Client, _ packets.Packet) { r.newest.Store(c) }

func (r *rules) OnConnectAuthenticate(_ *mochi.Client, pk packets.Packet) bool {
	return r.password == "" || string(pk.Connect.Password) == r.password
}

func (r *rules) OnACLCheck(*mochi.Client, string, bool) bool { return r.subscribe }

// startBroker listens on addr, ":0" for any port. kind is tcp or ws.
func startBroker(t *testing.T, kind, addr string, conf *tls.Config, rules *rules) *foreign {
	t.Helper()
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler), InlineClient: true})
	if rules == nil {
		rules = open()
	}
	if err := s.AddHook(rules, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	b := &foreign{Server: s, addr: l.Addr().String(), listener: l}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	if kind == "ws" {
		b.serving.Go(func() { _ = http.Serve(l, http.HandlerFunc(b.upgrade)) })
	} else {
		b.serving.Go(func() { b.accept(l) })
	}
	b.stop = sync.OnceFunc(b.end)
	t.Cleanup(b.stop) // after the sources that come later
	return b
}

func (b *foreign) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if b.open(c) {
			go b.establish(c)
		}
	}
}

func (b *foreign) upgrade(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	if c := (&wsConn{Conn: ws.NetConn(), ws: ws}); b.open(c) {
		b.establish(c)
	}
}

func (b *foreign) open(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		_ = c.Close()
		return false
	}
	b.conns = append(b.conns, c)
	b.serving.Add(1)
	return true
}

func (b *foreign) establish(c net.Conn) {
	defer b.serving.Done()
	defer func() { _ = c.Close() }()
	_ = b.EstablishConnection("test", c)
}

// end hangs up on everyone.
func (b *foreign) end() {
	_ = b.listener.Close()
	b.mu.Lock()
	b.closed = true
	for _, c := range b.conns {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.serving.Wait()
	_ = b.Close()
}

func (b *foreign) publish(t *testing.T, topic, payload string, retain bool) {
	t.Helper()
	if err := b.Publish(topic, []byte(payload), retain, 0); err != nil {
		t.Fatal(err)
	}
}

// freeAddr is an address on which nothing listens just now. Its port is none of those
// that systems give out: a dial to such a one can meet itself.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+mathrand.IntN(22_000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port of 1000 is free")
	return ""
}

// running is a source under test.
type running struct {
	*Source
	inbox chan observer.Envelope
	stop  func()
}

func runSource(t *testing.T, cfg Config) *running { return runChanged(t, cfg, func(*Source) {}) }

// runChanged runs a source that was changed before.
func runChanged(t *testing.T, cfg Config, change func(*Source)) *running {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "test"
	}
	s, err := New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.retry = func() backoff.BackOff { return backoff.NewConstantBackOff(20 * time.Millisecond) }
	change(s)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Source: s, inbox: make(chan observer.Envelope, 100)}
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, func(e observer.Envelope) bool {
			select {
			case r.inbox <- e:
				return true
			default:
				return false
			}
		})
	}()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
		ended <- nil
	}
	t.Cleanup(r.stop)
	return r
}

func (r *running) until(t *testing.T, what string, ok func(State) bool) State {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if st := r.State(); ok(st) {
			return st
		}
	}
	t.Fatalf("%s: never; state is %+v", what, r.State())
	return State{}
}

func (r *running) receive(t *testing.T) observer.Envelope {
	t.Helper()
	select {
	case e := <-r.inbox:
		return e
	case <-time.After(time.Minute):
		t.Fatalf("no message; state is %+v", r.State())
		return observer.Envelope{}
	}
}

func isConnected(st State) bool { return st.Connected }

// certificate makes a root that signs itself and serves 127.0.0.1.
func certificate(t *testing.T) (serve *tls.Config, root []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{cert}}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
