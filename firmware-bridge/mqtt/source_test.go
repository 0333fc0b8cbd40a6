package mqtt

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
)

const topic = "meshcore/SEA/AA/packets"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSourceDeliversOverEveryTransport(t *testing.T) {
	conf, root := certificate(t)
	for _, c := range []struct {
		scheme, kind string
		conf         *tls.Config
		ca           []byte
		insecure     bool
	}{
		{"mqtt", "tcp", nil, nil, false},
		{"mqtts", "tcp", conf, root, false},
		{"mqtts", "tcp", conf, nil, true},
		{"ws", "ws", nil, nil, false},
		{"wss", "ws", conf, root, false},
	} {
		t.Run(c.scheme, func(t *testing.T) {
			b := startBroker(t, c.kind, "127.0.0.1:0", c.conf, nil)
			b.publish(t, "meshcore/SEA/AA/status", "kept", true)
			s := runSource(t, Config{URL: c.scheme + "://" + b.addr + "/any", CA: c.ca, Insecure: c.insecure})
			s.until(t, "connected", isConnected)
			kept := s.receive(t)
			if !kept.Retained || string(kept.Payload) != "kept" {
				t.Errorf("got %+v, want the retained status", kept)
			}
			b.publish(t, topic, "live", false)
			got := s.receive(t)
			if got.Retained || string(got.Payload) != "live" || got.Topic != topic || got.Source != "test" || got.Arrived.IsZero() {
				t.Errorf("got %+v", got)
			}
			st := s.until(t, "both counted", func(st State) bool { return st.Messages == 2 })
			if shown := !st.CertificateEnds.IsZero(); shown != (c.conf != nil) || shown && st.CertificateEnds.Before(time.Now()) {
				t.Errorf("certificate until %v", st.CertificateEnds)
			}
			if st.Retained != 1 || st.Rate != 2 || st.Insecure != c.insecure || len(st.Subscribed) != 3 || st.LastMsg.IsZero() {
				t.Errorf("state %+v", st)
			}
			s.stop()
			if s.State().Connected {
				t.Error("connected after Run")
			}
		})
	}
}

func TestUnknownAuthorityIsNamed(t *testing.T) {
	conf, _ := certificate(t)
	b := startBroker(t, "tcp", "127.0.0.1:0", conf, nil)
	s := runSource(t, Config{URL: "mqtts://" + b.addr})
	st := s.until(t, "error", func(st State) bool { return st.LastError != "" })
	if want := "the broker's certificate is signed by an unknown authority; give the authority's certificate as ca_file"; st.LastError != want {
		t.Errorf("got %q, want %q", st.LastError, want)
	}
}

func TestWrongPasswordIsNamed(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, accounts())
	s := runSource(t, Config{URL: "mqtt://" + b.addr, Username: "right", Password: "wrong"})
	st := s.until(t, "error", func(st State) bool { return st.LastError != "" })
	if want := "the broker refused the login: not authorised; check username and password; a token is also refused when this machine's clock is wrong"; st.LastError != want {
		t.Errorf("got %q, want %q", st.LastError, want)
	}
}

func TestLoginIsMadeAfreshForEachConnection(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, accounts())
	var made atomic.Int32
	s := runSource(t, Config{URL: "mqtt://" + b.addr, Login: func() (string, string, error) {
		if made.Add(1) == 1 {
			return "right", "expired", nil
		}
		return "right", "secret", nil
	}})
	s.until(t, "connected", isConnected)
	if made.Load() != 2 {
		t.Errorf("login was made %d times, want 2", made.Load())
	}
}

func TestSourceOutlivesRestartOfBroker(t *testing.T) {
	b := startBroker(t, "tcp", freeAddr(t), nil, nil)
	s := runSource(t, Config{URL: "mqtt://" + b.addr})
	s.until(t, "connected", isConnected)
	b.stop()
	s.until(t, "lost", func(st State) bool { return !st.Connected })
	b = startBroker(t, "tcp", b.addr, nil, nil)
	st := s.until(t, "connected again", isConnected)
	if st.Disconnects != 1 || st.LastError == "" || st.ShortLived != 1 {
		t.Errorf("state %+v", st)
	}
	b.publish(t, topic, "after", false)
	if got := s.receive(t); string(got.Payload) != "after" {
		t.Errorf("got %q", got.Payload)
	}
}

func TestUnreachableSourceComesUpLater(t *testing.T) {
	addr := freeAddr(t)
	s := runSource(t, Config{URL: "mqtt://" + addr})
	st := s.until(t, "error", func(st State) bool { return st.LastError != "" })
	if want := "nothing listens at the broker's address; check the port in url, and that the broker runs"; st.LastError != want {
		t.Errorf("got %q, want %q", st.LastError, want)
	}
	startBroker(t, "tcp", addr, nil, nil)
	s.until(t, "connected", isConnected)
}

func TestSilenceForcesReconnectOnlyAfterAMessage(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, nil)
	b.publish(t, "meshcore/SEA/AA/status", "kept", true)
	s := runSource(t, Config{URL: "mqtt://" + b.addr, Silence: 100 * time.Millisecond})
	s.until(t, "connected", isConnected)
	s.receive(t)
	time.Sleep(300 * time.Millisecond) // what must not happen needs time not to
	if n := s.State().Disconnects; n != 0 {
		t.Errorf("%d reconnections of a source that never delivered", n)
	}
	b.publish(t, topic, "live", false)
	st := s.until(t, "reconnected", func(st State) bool { return st.Disconnects >= 2 })
	if st.ShortLived != 0 {
		t.Errorf("own reconnections count as the broker's: %+v", st)
	}
}

// TestTakeOverLoopIsVisible is what a source sees of another client with its
// id: the broker hangs up, again and again.
func TestTakeOverLoopIsVisible(t *testing.T) {
	met := open()
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, met)
	s := runSource(t, Config{URL: "mqtt://" + b.addr, ClientID: "same"})
	for n := range 3 {
		s.until(t, "connected", func(st State) bool { return st.Connected && st.ShortLived == n })
		cl := met.newest.Load()
		if cl.ID != "same" {
			t.Fatalf("the source is client %q", cl.ID)
		}
		cl.Stop(packets.ErrSessionTakenOver)
	}
	s.until(t, "three short connections", func(st State) bool { return st.ShortLived == 3 })
}

func TestFullInboxIsCounted(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, nil)
	s := runSource(t, Config{URL: "mqtt://" + b.addr})
	s.until(t, "connected", isConnected)
	for range cap(s.inbox) + 5 {
		b.publish(t, topic, "x", false)
	}
	s.until(t, "dropped", func(st State) bool { return st.Dropped == 5 && st.Messages == uint64(cap(s.inbox)+5) })
}

func TestOverlappingTopicsDeliverToOneHandler(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, nil)
	s := runSource(t, Config{URL: "mqtt://" + b.addr, Topics: []string{"meshcore/#", "meshcore/+/+/packets"}})
	s.until(t, "connected", isConnected)
	b.publish(t, topic, "x", false)
	s.receive(t)
	b.publish(t, "meshcore/SEA/AA/status", "mark", false)
	if got := s.receive(t); string(got.Payload) != "mark" {
		t.Errorf("got %q twice", got.Payload)
	}
}

func TestRefusedTopics(t *testing.T) {
	b := startBroker(t, "tcp", "127.0.0.1:0", nil, &rules{})
	s := runSource(t, Config{URL: "mqtt://" + b.addr})
	st := s.until(t, "error", func(st State) bool { return st.LastError != "" })
	if want := explain(errNoTopic).String(); st.LastError != want {
		t.Errorf("got %q, want %q", st.LastError, want)
	}
}

// TestStopWhileBrokerIsMute ends Run in the middle of the sign-in, for which a broker
// may take hours here.
func TestStopWhileBrokerIsMute(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	s := runChanged(t, Config{URL: "mqtt://" + l.Addr().String()}, func(s *Source) { s.answer = 9 * time.Hour })
	c := <-accepted
	defer func() { _ = c.Close() }()
	stopped := make(chan bool)
	go func() {
		s.stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(time.Minute):
		t.Error("the end of the source waits for the broker")
		_ = c.Close() // ends the sign-in
		<-stopped
	}
}

func TestHugePacketEndsTheConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte{0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f}) // CONNACK, then 256 MB
			go func() {
				_, _ = c.Read(make([]byte, 1000))
				_ = c.Close()
			}()
		}
	}()
	s := runSource(t, Config{URL: "mqtt://" + l.Addr().String()})
	s.until(t, "error", func(st State) bool { return st.LastError != "" })
}

// TestConnectionThatComesTooLateIsClosed is the dial that succeeds just after
// the source was stopped.
func TestConnectionThatComesTooLateIsClosed(t *testing.T) {
	var c connection
	c.closeNet()
	ours, theirs := net.Pipe()
	defer func() { _ = theirs.Close() }()
	if err := c.hold(ours); err == nil {
		t.Error("the connection is held")
	}
	if _, err := ours.Write([]byte("x")); err == nil {
		t.Error("the connection is open")
	}
}
