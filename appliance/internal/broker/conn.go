package broker

import (
	"net"
	"sync"
	"time"
)

const (
	signInTimeout = 10 * time.Second // until CONNECT has come
	slowedShown   = 10 * time.Second // how long a client counts as slowed afterwards
)

// conn is a client's connection and what is known of it. A client is slowed by
// not reading from it, so the bucket stands in the goroutine that reads.
type conn struct {
	net.Conn
	done   chan struct{} // closed with the connection
	gone   chan struct{} // closed when the broker has forgotten it
	write  time.Duration // how long a write may take
	id     string        // client id as sent; set before signing in
	close  sync.Once
	bucket bucket // of the reading goroutine
	who    identity

	mu      sync.Mutex
	client  Client // guarded by mu
	rate    meter  // guarded by mu
	slowed  time.Time
	slowing Slowing   // why
	began   time.Time // of being slowed without a break
}

func newConn(c net.Conn, transport string, cfg Config, now time.Time) *conn {
	return &conn{
		Conn: c, done: make(chan struct{}), gone: make(chan struct{}), write: cfg.WriteTimeout, bucket: bucket{rate: float64(cfg.ClientRate)},
		client: Client{Remote: c.RemoteAddr().String(), Transport: transport, Since: now},
	}
}

// Read counts bytes.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.client.Bytes += uint64(n)
	return n, err
}

// Write has a deadline of its own, so that one slow subscriber keeps neither
// a goroutine nor a lock for long. What was written in part is no packet, and
// mochi-mqtt would go on behind it: the connection ends.
func (c *conn) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(c.write))
	n, err := c.Conn.Write(p)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// SetDeadline is the keep-alive of mochi-mqtt; it is about reading.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Close also ends what waits on the client's behalf.
func (c *conn) Close() error {
	c.close.Do(func() { close(c.done) })
	return c.Conn.Close()
}

// throttle waits while the client sends faster than it may.
func (c *conn) throttle() {
	now := time.Now()
	wait := c.bucket.take(now)
	if wait <= 0 {
		return
	}
	c.markSlowed(now, SlowedByRate)
	c.wait(wait)
}

func (c *conn) markSlowed(now time.Time, why Slowing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.slowed) > slowedShown {
		c.began = now
	}
	c.slowed, c.slowing = now, why
}

// wait returns false when the connection ended meanwhile.
func (c *conn) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.done:
		return false
	}
}

func (c *conn) change(f func(*Client)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.client)
}

func (c *conn) message(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.client.Messages++
	c.client.LastMsg = now
	c.rate.add(now)
}

func (c *conn) snapshot(now time.Time) Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.client
	s.Rate = c.rate.lastMinute(now)
	if !c.slowed.IsZero() && now.Sub(c.slowed) <= slowedShown {
		s.Slowed, s.SlowedSince = c.slowing, c.began
	}
	return s
}
