package broker

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// subprotocols are what MQTT clients ask for; the second is that of MQTT 3.1.
var subprotocols = []string{"mqtt", "mqttv3.1"}

// IsMQTT tells whether a request wants a WebSocket for MQTT, on any path:
// stock publishers have theirs fixed.
func IsMQTT(r *http.Request) bool {
	if !websocket.IsWebSocketUpgrade(r) {
		return false
	}
	for _, want := range websocket.Subprotocols(r) {
		for _, have := range subprotocols {
			if want == have {
				return true
			}
		}
	}
	return false
}

// ServeWS serves a client over WebSocket until its end. Any origin is allowed:
// mobile observers are web applications of other sites. Where that is too much,
// accounts are the answer.
func (b *Broker) ServeWS(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: subprotocols, HandshakeTimeout: signInTimeout,
		CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		b.log.Debug("no WebSocket", "remote", r.RemoteAddr, "err", err)
		return
	}
	ws.SetReadLimit(1 << 20)
	c := newConn(&wsConn{Conn: ws.NetConn(), ws: ws}, "WebSocket", b.cfg, time.Now())
	if !b.open(c) {
		_ = ws.Close()
		return
	}
	b.serve(c, "websocket")
}

// wsConn reads and writes the binary messages of a WebSocket as one stream: a
// packet need not end where a message does.
type wsConn struct {
	net.Conn // the connection below
	ws       *websocket.Conn
	message  io.Reader // what is left of the message being read, or nil
}

var errNotBinary = errors.New("websocket: MQTT comes in binary messages")

// Read reads on over the ends of messages.
func (c *wsConn) Read(p []byte) (int, error) {
	for {
		if c.message == nil {
			kind, r, err := c.ws.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errNotBinary
			}
			c.message = r
		}
		n, err := c.message.Read(p)
		if errors.Is(err, io.EOF) {
			c.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// SetWriteDeadline is gorilla's: it clears one that is set on the connection below.
func (c *wsConn) SetWriteDeadline(t time.Time) error { return c.ws.SetWriteDeadline(t) }

// Write sends p as one message; mochi-mqtt writes one at a time.
func (c *wsConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
