package broker

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"hilltop/firmware-bridge/observer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a broker under test and what it delivered.
type running struct {
	*Broker
	inbox chan observer.Envelope
	stop  func()
}

func config() Config {
	return Config{Listen: "127.0.0.1:0", MaxMessage: 16384, MaxClients: 500, ClientRate: 5000, Retry: 20 * time.Millisecond}
}

// listen listens at a port that systems give to nobody who asks for any, so that it is
// still free when it is used once more.
func listen(t testing.TB) net.Listener {
	t.Helper()
	for range 1000 {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(22_000))); err == nil {
			return l
		}
	}
	t.Fatal("no port of 1000 is free")
	return nil
}

func run(t testing.TB, cfg Config) *running {
	r := &running{inbox: make(chan observer.Envelope, 1000)}
	return r.run(t, cfg, func(e observer.Envelope) bool {
		select {
		case r.inbox <- e:
			return true
		default:
			return false
		}
	})
}

func (r *running) run(t testing.TB, cfg Config, deliver func(observer.Envelope) bool) *running {
	t.Helper()
	b, err := New(cfg, slog.New(slog.DiscardHandler), deliver)
	if err != nil {
		t.Fatal(err)
	}
	r.Broker = b
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	t.Cleanup(r.stop)
	if cfg.Listen == "127.0.0.1:0" {
		r.until(t, "listening", func(s State) bool { return s.Listening != "" })
	}
	return r
}

func (r *running) addr() string { return r.State().Listening }

func (r *running) until(t testing.TB, what string, ok func(State) bool) State {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if s := r.State(); ok(s) {
			return s
		}
	}
	t.Fatalf("%s: never; state is %+v", what, r.State())
	return State{}
}

func (r *running) receive(t testing.TB) observer.Envelope {
	t.Helper()
	select {
	case e := <-r.inbox:
		return e
	case <-time.After(time.Minute):
		t.Fatalf("no message; state is %+v", r.State())
		return observer.Envelope{}
	}
}

func (r *running) refused(reason string) uint64 {
	for _, f := range r.State().Refused {
		if f.Reason == reason {
			return f.Count
		}
	}
	return 0
}

func count(s State, reason string) uint64 {
	for _, f := range s.Refused {
		if f.Reason == reason {
			return f.Count
		}
	}
	return 0
}

// client speaks MQTT packet by packet, so that it can also misbehave.
type client struct {
	net.Conn
	t       testing.TB
	version byte
}

// sign is what a client signs in with.
type sign struct {
	id, user, password string
	version            byte // 0: 4
	unclean            bool
	will               string // topic
}

func dialTCP(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// connect signs in and returns the return code.
func connect(t testing.TB, c net.Conn, s sign) (*client, byte) {
	t.Helper()
	if s.version == 0 {
		s.version = 4
	}
	k := &client{c, t, s.version}
	k.send(connectPacket(s))
	ack, err := k.next()
	if err != nil || ack.FixedHeader.Type != packets.Connack {
		t.Fatalf("no CONNACK: %v %v", ack, err)
	}
	return k, ack.ReasonCode
}

func connectPacket(s sign) packets.Packet {
	name := "MQTT"
	if s.version == 3 {
		name = "MQIsdp"
	}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: s.version,
		Connect: packets.ConnectParams{
			ProtocolName: []byte(name), ClientIdentifier: s.id, Clean: !s.unclean, Keepalive: 60,
			Username: []byte(s.user), UsernameFlag: s.user != "", Password: []byte(s.password), PasswordFlag: s.password != "",
		},
	}
	if s.will != "" {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload, pk.Connect.WillRetain = true, s.will, []byte("gone"), true
	}
	return pk
}

func (r *running) client(t testing.TB, s sign) *client {
	t.Helper()
	k, code := connect(t, dialTCP(t, r.addr()), s)
	if code != 0 {
		t.Fatalf("CONNACK with code %d", code)
	}
	return k
}

func (k *client) send(pk packets.Packet) {
	k.t.Helper()
	if _, err := k.Write(k.encode(pk)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *client) encode(pk packets.Packet) []byte {
	k.t.Helper()
	pk.ProtocolVersion = k.version
	b := new(writer)
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&b.Buffer)
	case packets.Publish:
		err = pk.PublishEncode(&b.Buffer)
	case packets.Subscribe:
		err = pk.SubscribeEncode(&b.Buffer)
	case packets.Pingreq:
		err = pk.PingreqEncode(&b.Buffer)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return b.Bytes()
}

func (k *client) publish(topic, payload string, qos byte) {
	k.t.Helper()
	k.send(publication(topic, payload, qos, false))
}

func publication(topic, payload string, qos byte, retain bool) packets.Packet {
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Retain: retain},
		TopicName:   topic, Payload: []byte(payload),
	}
	if qos > 0 {
		pk.PacketID = 7
	}
	return pk
}

func (k *client) subscribe(filter string) byte {
	k.t.Helper()
	k.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 9,
		Filters: packets.Subscriptions{{Filter: filter}},
	})
	ack := k.want(packets.Suback)
	return ack.ReasonCodes[0]
}

// ping returns when all before it is done.
func (k *client) ping() {
	k.t.Helper()
	k.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	k.want(packets.Pingresp)
}

func (k *client) want(kind byte) packets.Packet {
	k.t.Helper()
	pk, err := k.next()
	if err != nil || pk.FixedHeader.Type != kind {
		k.t.Fatalf("got %v, %v, want a packet of type %d", pk, err, kind)
	}
	return pk
}

func (k *client) next() (packets.Packet, error) {
	_ = k.SetReadDeadline(time.Now().Add(time.Minute))
	return readPacket(k, k.version)
}

// ends waits for the broker to close the connection.
func (k *client) ends() {
	k.t.Helper()
	for {
		if _, err := k.next(); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				k.t.Fatal("the connection stays")
			}
			return
		}
	}
}

// web serves the broker on every path, as the appliance does.
func (r *running) web(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if !IsMQTT(q) {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		r.ServeWS(w, q)
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func dialWS(t *testing.T, url, protocol string) net.Conn {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{protocol}}
	ws, _, err := d.Dial(url, http.Header{"Origin": {"https://rx.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	if ws.Subprotocol() != protocol {
		t.Errorf("sub-protocol %q, want %q", ws.Subprotocol(), protocol)
	}
	return &wsConn{Conn: ws.NetConn(), ws: ws}
}
