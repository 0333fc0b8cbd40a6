package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"hilltop/firmware-bridge/observer"
)

const (
	keepAlive        = 60 * time.Second
	handshakeTimeout = 15 * time.Second // for CONNACK and SUBACK each
)

// connection is one use of a paho client. Each connection has a client of its
// own and paho's own reconnecting is off: it sleeps without regard to a
// context, keeps the first credentials, and its clients cannot be used again
// after Disconnect.
type connection struct {
	client paho.Client
	lost   chan error
	answer time.Duration // that CONNACK and SUBACK may each take

	mu     sync.Mutex
	net    net.Conn // guarded by mu
	closed bool     // guarded by mu: what is dialled from now on is not wanted
}

// connect dials and signs in. take gets every message, in order, in paho's
// goroutine.
func (e *endpoint) connect(ctx context.Context, take func(observer.Envelope)) (*connection, error) {
	opts, err := e.options(take)
	if err != nil {
		return nil, err
	}
	c := &connection{lost: make(chan error, 1), answer: e.answer}
	opts.SetConnectionLostHandler(func(_ paho.Client, err error) { c.lost <- err })
	opts.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
		conn, err := e.dial(ctx)
		if err != nil {
			return nil, err
		}
		return conn, c.hold(conn)
	})
	c.client = paho.NewClient(opts)
	if err := c.await(ctx, c.client.Connect()); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (e *endpoint) options(take func(observer.Envelope)) (*paho.ClientOptions, error) {
	user, password := e.Username, e.Password
	if e.Login != nil {
		var err error
		if user, password, err = e.Login(); err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
	}
	opts := paho.NewClientOptions().AddBroker(e.url.String()).SetClientID(e.ClientID).
		SetUsername(user).SetPassword(password).
		SetProtocolVersion(4).SetCleanSession(true).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectTimeout(dialTimeout + e.answer).SetWriteTimeout(e.answer).SetKeepAlive(keepAlive)
	// One handler for all: a handler for each filter is called once for each
	// filter that fits, and a message would count several times.
	opts.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		take(observer.Envelope{Source: e.Name, Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained(), Arrived: time.Now()})
	})
	return opts, nil
}

// await waits for a token. The end of ctx closes the connection, which ends
// the token, so that nothing is left running.
func (c *connection) await(ctx context.Context, token paho.Token) error {
	timeout := time.NewTimer(dialTimeout + c.answer)
	defer timeout.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		c.closeNet()
		<-token.Done()
		return ctx.Err()
	case <-timeout.C:
		c.closeNet()
		return context.DeadlineExceeded
	}
}

// hold keeps what was dialled, so that closeNet can end it, or closes it if
// closeNet came first.
func (c *connection) hold(conn net.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return net.ErrClosed
	}
	c.net = conn
	return nil
}

func (c *connection) closeNet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.net != nil {
		_ = c.net.Close()
	}
}

// errNoTopic tells that the broker refused every filter.
var errNoTopic = errors.New("the broker refused the subscription to every topic")

// errHungUp tells that the broker ended the connection in place of answering.
var errHungUp = errors.New("the broker ended the connection when it was asked for the topics")

// subscribe asks for all filters at QoS 0, which is what publishers send with.
func (c *connection) subscribe(ctx context.Context, filters []string) (granted, refused []string, err error) {
	want := make(map[string]byte, len(filters))
	for _, f := range filters {
		want[f] = 0
	}
	token := c.client.SubscribeMultiple(want, nil)
	answer, isSubscription := token.(*paho.SubscribeToken)
	lost := false
	select {
	case <-token.Done():
	case err := <-c.lost:
		c.lost <- err
		lost = true
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(c.answer):
		return nil, nil, fmt.Errorf("subscription: %w", context.DeadlineExceeded)
	}
	switch {
	case lost:
		return nil, nil, errHungUp
	case !isSubscription || len(answer.Result()) == 0 && token.Error() != nil:
		return nil, nil, fmt.Errorf("subscription: %w", token.Error())
	}
	result := answer.Result()
	for _, f := range filters {
		if code, ok := result[f]; ok && code <= 2 {
			granted = append(granted, f)
		} else {
			refused = append(refused, f)
		}
	}
	if len(granted) == 0 {
		return nil, refused, errNoTopic
	}
	return granted, refused, nil
}

// close says good-bye and ends the connection.
func (c *connection) close() {
	c.client.Disconnect(100)
	c.closeNet()
}
