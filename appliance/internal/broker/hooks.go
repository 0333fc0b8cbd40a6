package broker

import (
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hilltop/firmware-bridge/observer"
)

// hooks are the broker's say in what mochi-mqtt does. All but OnWillSent run
// in the goroutine that reads from the client, so waiting in one slows that
// client alone.
type hooks struct {
	mochi.HookBase
	b *Broker
}

// ID names the hook.
func (*hooks) ID() string { return "hilltop" }

// Provides lists what is implemented.
func (*hooks) Provides(event byte) bool {
	switch event {
	case mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnSessionEstablish,
		mochi.OnPacketRead, mochi.OnPublish, mochi.OnWillSent:
		return true
	}
	return false
}

// OnConnect strips retain from the will, as OnPublish does from messages.
func (h *hooks) OnConnect(cl *mochi.Client, _ packets.Packet) error {
	cl.Properties.Will.Retain = false
	return nil
}

// OnConnectAuthenticate lets clients in. It takes a will away that the client
// could not publish itself: mochi-mqtt sends wills without asking OnPublish.
func (h *hooks) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return false
	}
	now := time.Now()
	c.id = cl.ID
	who, why := h.b.logins.admit(cl.Net.Remote, string(pk.Connect.Username), pk.Connect.Password, now)
	c.change(func(k *Client) { k.ID, k.Login, k.Protocol = printable(cl.ID), printable(who.login), protocol(cl) })
	if why != "" {
		h.b.refuse(c, why, now)
		return false
	}
	c.who = who
	if w := &cl.Properties.Will; w.Flag != 0 {
		if mayPublish(w.TopicName, who) != "" {
			h.b.refuse(c, refusedWill, now)
			*w = mochi.Will{}
		}
		c.change(func(k *Client) { k.WillTopic = printable(redact(w.TopicName)) })
	}
	return true
}

func protocol(cl *mochi.Client) string {
	switch cl.Properties.ProtocolVersion {
	case 3:
		return "3.1"
	case 4:
		return "3.1.1"
	}
	return "5"
}

// OnSessionEstablish notes the client. One with the same id goes first, and
// goes wholly: mochi-mqtt takes sessions over too, but when the old client ends
// late its cleaning up removes the new one from the list of clients.
func (h *hooks) OnSessionEstablish(cl *mochi.Client, _ packets.Packet) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return
	}
	for {
		other := h.b.reg.signIn(c)
		if other == nil {
			return
		}
		h.b.reg.takeover(printable(c.id), time.Now())
		h.b.farewell(cl.ID, other)
		select {
		case <-other.gone:
		case <-c.done:
			return
		}
	}
}

// farewell ends a connection whose id another client has. MQTT 5 clients are
// told why.
func (b *Broker) farewell(id string, c *conn) {
	if cl, ok := b.server.Clients.Get(id); ok && cl.Net.Conn == c && cl.Properties.ProtocolVersion == 5 {
		_ = b.server.DisconnectClient(cl, packets.ErrSessionTakenOver)
	}
	_ = c.Close()
}

// maxFilters is how many subscriptions a client may have.
const maxFilters = 64

// OnACLCheck allows subscribing. Publishing is judged in OnPublish: a refusal
// here makes mochi-mqtt disconnect MQTT 3 clients that publish with QoS 1, and
// they would come back for ever.
func (h *hooks) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	if write || cl.State.Subscriptions.Len() < maxFilters {
		return true
	}
	if _, has := cl.State.Subscriptions.Get(topic); has || !strings.ContainsAny(topic, "+#") {
		return true
	}
	if c, ok := cl.Net.Conn.(*conn); ok {
		h.b.refuse(c, refusedFilters, time.Now())
	}
	return false
}

// OnPacketRead slows a client that sends too fast. A publication below $SYS
// goes on as one below $: mochi-mqtt would drop it without a word, and a client
// that published it with QoS 1, as bridges do with their state, would wait for
// its acknowledgement for ever.
func (h *hooks) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return pk, nil
	}
	c.throttle()
	if pk.FixedHeader.Type == packets.Publish && len(pk.TopicName) >= 4 && strings.EqualFold(pk.TopicName[:4], "$SYS") {
		pk.TopicName = "$"
	}
	return pk, nil
}

// OnPublish hands a message to the inbox.
func (h *hooks) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return pk, packets.CodeSuccessIgnore
	}
	now := time.Now()
	if why := mayPublish(pk.TopicName, c.who); why != "" {
		h.b.refuse(c, why, now)
		if pk.ProtocolVersion == 5 && pk.FixedHeader.Qos == 1 {
			return pk, packets.ErrNotAuthorized
		}
		return pk, packets.CodeSuccessIgnore
	}
	pk.FixedHeader.Retain = false
	c.message(now)
	h.b.reg.message(now)
	h.b.hand(c, h.b.envelope(cl, c, pk))
	return pk, nil
}

// OnWillSent hands a last will to the inbox. It may run in the broker's own
// goroutine and so does not wait for room.
func (h *hooks) OnWillSent(cl *mochi.Client, pk packets.Packet) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return
	}
	if !h.b.deliver(h.b.envelope(cl, c, pk)) {
		h.b.lose(c, time.Now())
	}
}

func (b *Broker) envelope(cl *mochi.Client, c *conn, pk packets.Packet) observer.Envelope {
	return observer.Envelope{
		Source: b.cfg.Source, Topic: pk.TopicName, Payload: pk.Payload, Arrived: b.cfg.Now(),
		Client: printable(cl.ID), Login: c.who.login,
	}
}

const inboxPause = 5 * time.Millisecond // between two tries to hand a message on

// hand waits a while for room in the inbox. That slows the publisher, which is
// better than losing its message; what finds no room even so is counted.
func (b *Broker) hand(c *conn, e observer.Envelope) {
	for until := time.Now().Add(b.cfg.Patience); ; {
		if b.deliver(e) {
			return
		}
		now := time.Now()
		c.markSlowed(now, SlowedByInbox)
		if now.After(until) || !c.wait(inboxPause) {
			b.lose(c, now)
			return
		}
	}
}

// lose counts a message that found no room.
func (b *Broker) lose(c *conn, now time.Time) {
	b.refuse(c, refusedInbox, now)
	if b.cfg.Lost != nil {
		b.cfg.Lost()
	}
}

// redact takes out the one secret that topics of the field hold.
func redact(topic string) string {
	levels := strings.Split(topic, "/")
	if len(levels) > 2 && levels[0] == "meshrank" && levels[1] == "uplink" {
		levels[2] = "…"
	}
	return strings.Join(levels, "/")
}
