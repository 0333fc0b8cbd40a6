package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// dialTimeout covers name, TCP, TLS and WebSocket together.
const dialTimeout = 15 * time.Second

// dial opens the connection below MQTT. Unlike paho's own dialling it ends
// with ctx, and it limits how much one packet may claim.
func (e *endpoint) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := e.dialTransport(ctx)
	if err != nil {
		return nil, err
	}
	return &limitedConn{Conn: conn}, nil
}

func (e *endpoint) dialTransport(ctx context.Context) (net.Conn, error) {
	switch e.url.Scheme {
	case "ws", "wss":
		return e.dialWebSocket(ctx)
	case "mqtts":
		d := tls.Dialer{Config: e.tls}
		return d.DialContext(ctx, "tcp", e.url.Host)
	default:
		var d net.Dialer
		return d.DialContext(ctx, "tcp", e.url.Host)
	}
}

func (e *endpoint) dialWebSocket(ctx context.Context) (net.Conn, error) {
	d := websocket.Dialer{TLSClientConfig: e.tls, Subprotocols: []string{"mqtt"}, HandshakeTimeout: dialTimeout}
	ws, response, err := d.DialContext(ctx, e.url.String(), nil)
	if response != nil && err != nil {
		return nil, &handshakeError{status: response.StatusCode, err: err}
	}
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(4 * maxPacket)
	return &wsConn{Conn: ws.NetConn(), ws: ws}, nil
}

// handshakeError is an HTTP answer where a WebSocket was wanted.
type handshakeError struct {
	status int
	err    error
}

func (e *handshakeError) Error() string { return fmt.Sprintf("%v: HTTP status %d", e.err, e.status) }
func (e *handshakeError) Unwrap() error { return e.err }

// wsConn reads and writes the binary messages of a WebSocket as one stream.
type wsConn struct {
	net.Conn // the connection below
	ws       *websocket.Conn
	message  io.Reader // what is left of the message being read, or nil
}

// Read reads on over the ends of messages.
func (c *wsConn) Read(p []byte) (int, error) {
	for {
		if c.message == nil {
			_, r, err := c.ws.NextReader()
			if err != nil {
				return 0, err
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

// Write sends p as one message.
func (c *wsConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// maxPacket is the largest MQTT packet that is taken from a broker, bytes. The
// protocol allows 256 MB, and paho allocates what a packet claims before any
// of it has come. The largest message of the field has 12 KiB.
const maxPacket = 256 << 10

var errPacketSize = fmt.Errorf("the broker announced a packet of more than %d bytes", maxPacket)

// limitedConn follows the fixed headers in what is read and ends the
// connection at a packet that is too large.
type limitedConn struct {
	net.Conn
	body   int  // bytes left of the packet's body
	header int  // bytes of the fixed header seen
	length int  // its remaining length so far
	broken bool // a packet was too large
}

// Read reads and checks.
func (c *limitedConn) Read(p []byte) (int, error) {
	if c.broken {
		return 0, errPacketSize
	}
	n, err := c.Conn.Read(p)
	if !c.follow(p[:n]) {
		c.broken = true
		return 0, errPacketSize
	}
	return n, err
}

// follow tells whether every packet that begins in p is small enough. The
// fixed header is MQTT 3.1.1 §2.2: a type, and a length of seven bits a byte.
func (c *limitedConn) follow(p []byte) bool {
	for len(p) > 0 {
		if c.body > 0 {
			skip := min(c.body, len(p))
			c.body -= skip
			p = p[skip:]
			continue
		}
		if c.header > 0 {
			c.length |= int(p[0]&0x7f) << (7 * (c.header - 1))
			if c.length > maxPacket || c.header > 4 {
				return false
			}
			if p[0]&0x80 == 0 {
				c.body, c.header, c.length = c.length, -1, 0
			}
		}
		c.header++
		p = p[1:]
	}
	return true
}
