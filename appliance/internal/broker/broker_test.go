package broker

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/crypto/bcrypt"

	"hilltop/firmware-bridge/observer"
)

var (
	keyA  = strings.Repeat("AB", 32)
	keyB  = strings.Repeat("CD", 32)
	topic = "meshcore/SEA/" + keyA + "/packets"
)

func TestEveryProtocolVersionAndClientID(t *testing.T) {
	b := run(t, config())
	for _, version := range []byte{3, 4, 5} {
		for _, id := range []string{"", "short", "meshcore_" + strings.Repeat("x", 120)} {
			k := b.client(t, sign{id: id, version: version})
			k.publish(topic, "{}", 0)
			e := b.receive(t)
			if e.Topic != topic || string(e.Payload) != "{}" || e.Login != "" || e.Source != "broker" || e.Arrived.IsZero() || e.Retained {
				t.Errorf("version %d, id %q: got %+v", version, id, e)
			}
			if id != "" && e.Client != printable(id) || e.Client == "" {
				t.Errorf("version %d, id %q: client %q", version, id, e.Client)
			}
			_ = k.Close()
		}
	}
}

func TestClientsAreShown(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs", will: "meshrank/uplink/secret/" + keyA + "/status"})
	k.publish(topic, "{}", 0)
	if code := k.subscribe("meshcore/#"); code != 0 {
		t.Fatalf("subscription: %d", code)
	}
	s := b.State()
	if len(s.Clients) != 1 || !s.Anonymous || s.Messages != 1 || s.Rate != 1 {
		t.Fatalf("state %+v", s)
	}
	c := s.Clients[0]
	if c.ID != "obs" || c.Protocol != "3.1.1" || c.Transport != "TCP" || c.Messages != 1 || c.Bytes == 0 || c.Slowed != 0 ||
		c.WillTopic != "meshrank/uplink/…/"+keyA+"/status" || !slices.Equal(c.Subscriptions, []string{"meshcore/#"}) ||
		c.Remote != k.LocalAddr().String() || c.Since.IsZero() || c.LastMsg.IsZero() {
		t.Errorf("client %+v", c)
	}
	_ = k.Close()
	b.until(t, "gone", func(s State) bool { return len(s.Clients) == 0 })
	if e := b.receive(t); e.Topic != topic {
		t.Error(e)
	}
	if e := b.receive(t); string(e.Payload) != "gone" || e.Client != "obs" || e.Retained {
		t.Errorf("will %+v", e)
	}
}

func TestWebSocketOnAnyPath(t *testing.T) {
	cfg := config()
	cfg.Listen = Off
	b := run(t, cfg)
	url := b.web(t)
	for _, path := range []string{"/", "/mqtt", "/ws", "/any/thing"} {
		for _, protocol := range []string{"mqtt", "mqttv3.1"} {
			k, code := connect(t, dialWS(t, url+path, protocol), sign{id: "w"})
			if code != 0 {
				t.Fatalf("%s: CONNACK %d", path, code)
			}
			// Two packets in one message, and one packet in two messages.
			two := append(k.encode(publication(topic, "one", 0, false)), k.encode(publication(topic, "two", 0, false))...)
			if _, err := k.Write(two[:len(two)-5]); err != nil {
				t.Fatal(err)
			}
			if _, err := k.Write(two[len(two)-5:]); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"one", "two"} {
				if e := b.receive(t); string(e.Payload) != want {
					t.Errorf("%s: got %q, want %q", path, e.Payload, want)
				}
			}
			if s := b.State(); s.Clients[0].Transport != "WebSocket" || !s.Off || s.Listening != "" {
				t.Errorf("state %+v", s)
			}
			_ = k.Close()
			b.until(t, "gone", func(s State) bool { return len(s.Clients) == 0 })
		}
	}
	answer, err := http.Get("http" + strings.TrimPrefix(url, "ws"))
	if err != nil || answer.StatusCode != http.StatusTeapot {
		t.Errorf("a page is taken for MQTT: %v %v", answer, err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestTakenPortIsReportedAndTriedAgain(t *testing.T) {
	l := listen(t)
	cfg := config()
	cfg.Listen = l.Addr().String()
	b := run(t, cfg)
	s := b.until(t, "error", func(s State) bool { return s.Error != "" })
	if !strings.Contains(s.Error, "another program uses "+cfg.Listen) || !strings.Contains(s.Error, "--broker") || s.Listening != "" {
		t.Errorf("state %+v", s)
	}
	// WebSocket clients do not need the port.
	if _, code := connect(t, dialWS(t, b.web(t), "mqtt"), sign{id: "w"}); code != 0 {
		t.Errorf("CONNACK %d", code)
	}
	_ = l.Close()
	s = b.until(t, "listening", func(s State) bool { return s.Listening != "" })
	if s.Error != "" {
		t.Errorf("state %+v", s)
	}
}

func TestRestartOnTheSamePort(t *testing.T) {
	cfg, l := config(), listen(t)
	cfg.Listen = l.Addr().String()
	_ = l.Close()
	b := run(t, cfg)
	b.until(t, "listening", func(s State) bool { return s.Listening != "" })
	k := b.client(t, sign{id: "obs"})
	b.stop()
	k.ends()
	if s := b.State(); s.Listening != "" || len(s.Clients) != 0 {
		t.Errorf("state after the end: %+v", s)
	}
	b = run(t, cfg)
	b.until(t, "listening", func(s State) bool { return s.Listening != "" })
	k = b.client(t, sign{id: "obs"})
	k.publish(topic, "{}", 0)
	b.receive(t)
}

func TestOnlyWhatFeedsNeedIsTaken(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs"})
	sub := b.client(t, sign{id: "sub"})
	sub.subscribe("#")
	for _, c := range []struct{ topic, reason string }{
		{"$SYS/broker/version", refusedSystem},
		{"$sys/x", refusedSystem},
		{"$other", refusedSystem},
		{"home/lamp", refusedTopic},
		{"meshcore", refusedTopic},
		{"meshrank/uplink/token", refusedTopic},
		{"meshcore/" + strings.Repeat("x", 300), refusedTopic},
		{"meshcore/SEA/" + keyA + "/serial/commands", refusedReserved},
		{"meshcore/SEA/" + keyA + "/internal", refusedReserved},
		{"meshcore/command/send", refusedReserved},
	} {
		before := b.refused(c.reason)
		k.publish(c.topic, "x", 0)
		k.ping()
		if got := b.refused(c.reason) - before; got != 1 {
			t.Errorf("%.60s: counted %d times", c.topic, got)
		}
	}
	for _, good := range []string{topic, "meshcore/status", "meshcore/client/" + keyA + "/packets", "meshrank/uplink/t/" + keyA + "/packets", "meshcore/repeater/internal/packet"} {
		k.publish(good, "{}", 0)
		if e := b.receive(t); e.Topic != good {
			t.Errorf("got %q, want %q", e.Topic, good)
		}
		if pk := sub.want(packets.Publish); pk.TopicName != good {
			t.Errorf("the subscriber got %q, want %q", pk.TopicName, good)
		}
	}
	if c := b.State().Clients[0]; c.ID != "obs" || c.Refused != 10 || c.LastRefusal != refusedReserved {
		t.Errorf("client %+v", c)
	}
}

func TestRefusedQoS1IsAcknowledged(t *testing.T) {
	b := run(t, config())
	for version, want := range map[byte]byte{4: 0, 5: packets.ErrNotAuthorized.Code} {
		k := b.client(t, sign{id: fmt.Sprint(version), version: version})
		for _, refused := range []string{"home/lamp", "$SYS/broker/connection/bridge/state", "$sys/x"} {
			k.publish(refused, "x", 1)
			if ack := k.want(packets.Puback); ack.ReasonCode != want {
				t.Errorf("version %d, %s: code %d, want %d", version, refused, ack.ReasonCode, want)
			}
		}
		k.publish(topic, "{}", 1)
		k.want(packets.Puback)
		b.receive(t)
	}
}

func TestNothingIsRetained(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs", will: topic})
	k.send(publication(topic, "{}", 0, true))
	if e := b.receive(t); e.Retained {
		t.Error("an event is called retained")
	}
	_ = k.Close()
	b.receive(t) // the will
	sub := b.client(t, sign{id: "sub"})
	sub.subscribe("meshcore/#")
	sub.ping() // would come after what is retained
}

func TestForbiddenWillIsTakenAway(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs", will: "home/lamp"})
	sub := b.client(t, sign{id: "sub"})
	sub.subscribe("#")
	_ = k.Close()
	b.until(t, "gone", func(s State) bool { return len(s.Clients) == 1 })
	sub.ping()
	if n := b.refused(refusedWill); n != 1 {
		t.Errorf("counted %d times", n)
	}
}

func TestLargeMessageEndsTheConnection(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs"})
	k.publish(topic, strings.Repeat("x", 16000), 0)
	b.receive(t)
	k.publish(topic, strings.Repeat("x", 16384), 0)
	k.ends()
	b.until(t, "counted", func(s State) bool { return count(s, refusedSize) == 1 })
}

func TestTooManyClients(t *testing.T) {
	cfg := config()
	cfg.MaxClients = 2
	b := run(t, cfg)
	b.client(t, sign{id: "1"})
	k := b.client(t, sign{id: "2"})
	if _, code := connect(t, dialTCP(t, b.addr()), sign{id: "3"}); code != 3 {
		t.Errorf("CONNACK %d, want 3 (server unavailable)", code)
	}
	b.until(t, "counted", func(s State) bool { return count(s, refusedFull) == 1 })
	_ = k.Close()
	b.until(t, "gone", func(s State) bool { return len(s.Clients) == 1 })
	b.client(t, sign{id: "3"})
}

func TestNoiseIsCounted(t *testing.T) {
	b := run(t, config())
	c := dialTCP(t, b.addr())
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	(&client{c, t, 4}).ends()
	b.until(t, "counted", func(s State) bool { return count(s, refusedProtocol) == 1 })
}

func TestTakeOversAreCounted(t *testing.T) {
	b := run(t, config())
	for range 4 {
		b.client(t, sign{id: "same"})
	}
	b.until(t, "counted", func(s State) bool {
		return s.Takeovers == 3 && len(s.Clients) == 1 && s.Clients[0].Takeovers == 3
	})
}

func users(t *testing.T) []User {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return []User{{Name: "ann", PasswordHash: string(hash)}, {Name: "bob", PasswordHash: string(hash), Topics: []string{"home/+/raw", "meshcore/SEA/#"}}}
}

func TestUsersAndTheirTopics(t *testing.T) {
	cfg := config()
	cfg.Users = users(t)
	b := run(t, cfg)
	for _, s := range []sign{{id: "x"}, {id: "x", user: "ann", password: "wrong"}, {id: "x", user: "eve", password: "secret"}, {id: "x", user: "eve", password: "nobody"}} {
		if _, code := connect(t, dialTCP(t, b.addr()), s); code != 4 && code != 5 {
			t.Errorf("%+v: CONNACK %d", s, code)
		}
	}
	b.until(t, "counted", func(s State) bool { return count(s, refusedLogin) == 4 })
	ann := b.client(t, sign{id: "1", user: "ann", password: "secret"})
	ann.publish(topic, "{}", 0)
	if e := b.receive(t); e.Login != "ann" {
		t.Errorf("login %q", e.Login)
	}
	bob := b.client(t, sign{id: "2", user: "bob", password: "secret"})
	for topic, want := range map[string]bool{"home/roof/raw": true, "meshcore/SEA/x/packets": true, "home/raw": false, "meshcore/PDX/x/packets": false, "meshcore/SEA/x/serial/commands": false} {
		bob.publish(topic, "{}", 0)
		bob.ping()
		if got := len(b.inbox) == 1; got != want {
			t.Errorf("%s: taken %t, want %t", topic, got, want)
		}
		for len(b.inbox) > 0 {
			<-b.inbox
		}
	}
	if s := b.State(); s.Anonymous || s.Clients[0].Login != "ann" {
		t.Errorf("state %+v", s)
	}
}

func TestFailedLoginsAreLimited(t *testing.T) {
	cfg := config()
	cfg.Users = users(t)
	b := run(t, cfg)
	for range maxTries + 1 {
		connect(t, dialTCP(t, b.addr()), sign{id: "x", user: "ann", password: "wrong"})
	}
	b.until(t, "blocked", func(s State) bool { return count(s, refusedLogin) == maxTries && count(s, refusedTries) == 1 })
}

func TestTokensBindTheTopic(t *testing.T) {
	for name, accounts := range map[string][]User{"anonymous": nil, "users": users(t)} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			cfg.Users = accounts
			cfg.VerifyToken = func(user, token string) (string, error) {
				if token != "good" {
					return "", errors.New("bad")
				}
				return strings.TrimPrefix(user, "v1_"), nil
			}
			b := run(t, cfg)
			k := b.client(t, sign{id: "1", user: "v1_" + keyA, password: "good"})
			k.publish("meshcore/SEA/"+keyB+"/packets", "{}", 0)
			k.publish("meshcore/client/"+strings.ToLower(keyA)+"/packets", "{}", 0)
			k.publish(topic, "{}", 0)
			b.receive(t)
			if e := b.receive(t); e.Login != keyA || e.Topic != topic {
				t.Errorf("got %+v", e)
			}
			if n := b.refused(refusedKey); n != 1 {
				t.Errorf("refused %d", n)
			}
			k, code := connect(t, dialTCP(t, b.addr()), sign{id: "2", user: "v1_" + keyA, password: "bad"})
			if accounts != nil {
				if code == 0 {
					t.Error("a bad token is let in")
				}
				return
			}
			k.publish(topic, "{}", 0)
			if e := b.receive(t); e.Login != "" {
				t.Errorf("a bad token proves %q", e.Login)
			}
		})
	}
}

func TestFloodIsSlowedAndNotDropped(t *testing.T) {
	cfg := config()
	cfg.ClientRate = 100
	b := run(t, cfg)
	k := b.client(t, sign{id: "flood"})
	calm := b.client(t, sign{id: "calm"})
	// The flood goes on until the calm client's message is there; so much of it
	// is under way, more than the bucket holds.
	room := make(chan struct{}, 2*cfg.ClientRate)
	ended := make(chan int, 1)
	began := time.Now()
	go func() {
		sent := 0
		for range room {
			if _, err := k.Write(k.encode(publication(topic, "flood", 0, false))); err != nil {
				break
			}
			sent++
		}
		ended <- sent
	}()
	for range cap(room) {
		room <- struct{}{}
	}
	s := b.until(t, "slowed", func(s State) bool { return s.Clients[1].Slowed == SlowedByRate })
	if s.Clients[0].Slowed != 0 || s.Clients[1].SlowedSince.IsZero() {
		t.Errorf("clients %+v", s.Clients)
	}
	calm.publish(topic, "calm", 0)
	flood := 0
	for ; string(b.receive(t).Payload) != "calm"; flood++ {
		if time.Since(began) > time.Minute {
			t.Fatal("the calm client waits for the flood")
		}
		room <- struct{}{}
	}
	close(room)
	sent := -1
	for sent < 0 || flood < sent {
		select {
		case sent = <-ended:
		case <-b.inbox:
			flood++
		case <-time.After(time.Minute):
			t.Fatalf("of %d messages %d arrive", sent, flood)
		}
	}
	// The bucket holds a second's worth, and fills as time goes by.
	took := time.Since(began)
	if most := cfg.ClientRate + int(took.Seconds()*float64(cfg.ClientRate)) + 1; flood > most || flood > sent {
		t.Errorf("%d of %d messages in %s at %d a second, want %d at most", flood, sent, took, cfg.ClientRate, most)
	}
}

func TestFullInboxSlowsAPublisher(t *testing.T) {
	b := &running{inbox: make(chan observer.Envelope, 10)}
	tries := 0 // of the one client's goroutine
	cfg := config()
	cfg.Patience = time.Hour
	b.run(t, cfg, func(e observer.Envelope) bool {
		if tries++; tries < 4 {
			return false
		}
		b.inbox <- e
		return true
	})
	k := b.client(t, sign{id: "obs"})
	k.publish(topic, "late", 0)
	if e := b.receive(t); string(e.Payload) != "late" {
		t.Errorf("got %q", e.Payload)
	}
	if s := b.State(); s.Clients[0].Slowed != SlowedByInbox || s.Lost != 0 {
		t.Errorf("state %+v", s)
	}
}

func TestInboxThatStaysFullIsCounted(t *testing.T) {
	b := &running{inbox: make(chan observer.Envelope, 10)}
	lost := make(chan bool, 10)
	cfg := config()
	cfg.Lost = func() { lost <- true }
	cfg.Patience = time.Millisecond
	b.run(t, cfg, func(e observer.Envelope) bool {
		if string(e.Payload) == "never" {
			return false
		}
		b.inbox <- e
		return true
	})
	k := b.client(t, sign{id: "obs"})
	k.publish(topic, "never", 0)
	k.publish(topic, "next", 0)
	if e := b.receive(t); string(e.Payload) != "next" {
		t.Errorf("got %q", e.Payload)
	}
	if s := b.State(); s.Lost != 1 || count(s, refusedInbox) != 1 {
		t.Errorf("state %+v", s)
	}
	if len(lost) != 1 {
		t.Errorf("told of %d lost messages, want 1", len(lost))
	}
}

// Who waited for a subscriber that reads nothing would wait until that is given up:
// here for an hour.
func TestSlowSubscriberDoesNotStall(t *testing.T) {
	cfg := config()
	cfg.WriteTimeout = time.Hour
	b := run(t, cfg)
	slow := b.client(t, sign{id: "slow"})
	slow.subscribe("meshcore/#") // and reads nothing more
	k := b.client(t, sign{id: "obs"})
	payload := strings.Repeat("x", 10_000)
	for range 2000 { // 20 MB, more than any buffer
		k.publish(topic, payload, 0)
		b.receive(t)
	}
}

// A subscriber that reads nothing is given up, over TCP and over WebSocket.
func TestSlowSubscriberGoes(t *testing.T) {
	cfg := config()
	cfg.WriteTimeout = 20 * time.Millisecond
	b := run(t, cfg)
	dial := map[string]func() net.Conn{
		"TCP":       func() net.Conn { return dialTCP(t, b.addr()) },
		"WebSocket": func() net.Conn { return dialWS(t, b.web(t), "mqtt") },
	}
	for name, dial := range dial {
		slow, code := connect(t, dial(), sign{id: "slow"})
		if code != 0 {
			t.Fatalf("%s: CONNACK %d", name, code)
		}
		slow.subscribe("meshcore/#") // and reads nothing more
		k := b.client(t, sign{id: "obs"})
		payload := strings.Repeat("x", 10_000)
		b.until(t, name+": it goes", func(s State) bool {
			k.publish(topic, payload, 0)
			b.receive(t)
			return len(s.Clients) == 1
		})
		_ = k.Close()
		b.until(t, "both are gone", func(s State) bool { return len(s.Clients) == 0 })
	}
}

func TestSubscriptionsAreLimited(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs"})
	for i := range maxFilters {
		if code := k.subscribe(fmt.Sprintf("meshcore/%d/#", i)); code != 0 {
			t.Fatalf("subscription %d: code %d", i, code)
		}
	}
	if code := k.subscribe("more/#"); code != 0x80 {
		t.Errorf("code %#x", code)
	}
}

func TestWrongConfigurationNamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"broker: listen:":                  func(c *Config) { c.Listen = "" },
		"broker: max_message:":             func(c *Config) { c.MaxMessage = 0 },
		"broker: max_clients:":             func(c *Config) { c.MaxClients = 0 },
		"broker: client_rate:":             func(c *Config) { c.ClientRate = 0 },
		"broker: users: one has no name":   func(c *Config) { c.Users = []User{{}} },
		`broker: users, "a": "b#" is no t`: func(c *Config) { c.Users = []User{{Name: "a", Topics: []string{"b#"}}} },
	} {
		cfg := config()
		change(&cfg)
		if _, err := New(cfg, nil, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
