package broker

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// TestFightForOneID lets clients of one id come at the same time, as two
// bridges of one observer do. One is left, and the broker serves it.
func TestFightForOneID(t *testing.T) {
	b := run(t, config())
	k := b.client(t, sign{id: "obs"})
	for range 20 {
		var all sync.WaitGroup
		conns := make([]net.Conn, 4)
		for i := range conns {
			conns[i] = dialTCP(t, b.addr())
			all.Go(func() {
				_, _ = conns[i].Write(k.encode(connectPacket(sign{id: "same", version: 4})))
				_, _ = readPacket(conns[i], 4) // or the end: another was later
			})
		}
		all.Wait()
		b.until(t, "one is left", func(s State) bool { return len(s.Clients) == 2 })
	}
	last := b.client(t, sign{id: "same"})
	if code := last.subscribe("meshcore/#"); code != 0 {
		t.Fatalf("subscription: %d", code)
	}
	k.publish(topic, "{}", 0)
	last.want(packets.Publish)
	s := b.until(t, "one is left", func(s State) bool { return len(s.Clients) == 2 })
	if len(s.Clients[1].Subscriptions) != 1 || s.Takeovers == 0 {
		t.Errorf("state %+v", s)
	}
}

func TestTakenOverClientIsTold(t *testing.T) {
	b := run(t, config())
	old := b.client(t, sign{id: "same", version: 5})
	b.client(t, sign{id: "same", version: 5})
	if pk := old.want(packets.Disconnect); pk.ReasonCode != packets.ErrSessionTakenOver.Code {
		t.Errorf("code %#x", pk.ReasonCode)
	}
	old.ends()
}

func TestSessionIsKeptOverATakeOver(t *testing.T) {
	b := run(t, config())
	old := b.client(t, sign{id: "same", unclean: true})
	old.subscribe("meshcore/#")
	last := b.client(t, sign{id: "same", unclean: true})
	b.client(t, sign{id: "obs"}).publish(topic, "{}", 0)
	last.want(packets.Publish)
	_ = old.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := old.Read(make([]byte, 1)); errors.Is(err, nil) {
		t.Error("the old client still gets something")
	}
}
