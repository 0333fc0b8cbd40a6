package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hilltop/firmware-bridge/observer"
)

// Broker is the embedded broker. It runs once.
type Broker struct {
	cfg     Config
	log     *slog.Logger
	deliver func(observer.Envelope) bool
	logins  *logins
	reg     *register
	server  *mochi.Server
	serving sync.WaitGroup // one for each connection
}

// New checks the configuration; its errors begin with the name of the field
// that is wrong. deliver must not block; false means that there was no room.
func New(cfg Config, log *slog.Logger, deliver func(observer.Envelope) bool) (*Broker, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	logins, err := newLogins(cfg)
	if err != nil {
		return nil, fmt.Errorf("broker: users: %w", err)
	}
	b := &Broker{cfg: cfg, log: log, deliver: deliver, logins: logins, reg: newRegister(), server: newServer(cfg)}
	b.reg.port("", "", time.Now())
	if err := b.server.AddHook(&hooks{b: b}, nil); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	return b, nil
}

// newServer sets limits on everything that a client can make the broker keep.
// mochi-mqtt logs whole packets, with what is secret in them, so it does not
// log at all.
func newServer(cfg Config) *mochi.Server {
	can := mochi.NewDefaultServerCapabilities()
	can.MaximumClients = int64(cfg.MaxClients)
	can.MaximumPacketSize = uint32(cfg.MaxMessage)
	can.MaximumClientWritesPending = 512
	can.MaximumInflight = 256
	can.MaximumSessionExpiryInterval = 300
	can.TopicAliasMaximum = 0
	return mochi.New(&mochi.Options{Capabilities: can, Logger: slog.New(slog.DiscardHandler), SysTopicResendInterval: 60})
}

// Run serves until ctx is done and then returns nil. A port that cannot be
// opened is reported by [Broker.State] and tried again; clients over WebSocket
// are served meanwhile.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	if b.cfg.Listen == Off {
		<-ctx.Done()
	} else {
		b.keepListening(ctx)
	}
	for _, c := range b.reg.shut() {
		_ = c.Close()
	}
	b.serving.Wait()
	b.reg.port("", "", time.Now())
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	return nil
}

func (b *Broker) keepListening(ctx context.Context) {
	for ctx.Err() == nil {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", b.cfg.Listen)
		if err == nil {
			b.reg.port(l.Addr().String(), "", time.Now())
			b.log.Info("broker is listening", "address", l.Addr().String())
			err = b.accept(ctx, l)
		}
		if ctx.Err() != nil {
			return
		}
		why := ListenFault(b.cfg.Listen, "--broker", err)
		if b.reg.problem() != why {
			b.log.Warn("broker cannot listen", "address", b.cfg.Listen, "err", err)
		}
		b.reg.port("", why, time.Now())
		select {
		case <-ctx.Done():
		case <-time.After(b.cfg.Retry):
		}
	}
}

// ListenFault says why an address of this machine cannot be opened, and what to
// do about it with the flag that sets it.
func ListenFault(address, flag string, err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("another program uses %s: stop it, or choose another address with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("this program may not open %s: choose a port above 1023 with %s", address, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("%s is no address of this machine: choose another with %s", address, flag)
	}
	return fmt.Sprintf("%s cannot be opened: %v; choose another with %s", address, err, flag)
}

// accept takes connections until ctx is done or the listener breaks.
func (b *Broker) accept(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	defer func() { _ = l.Close() }()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		k := newConn(c, "TCP", b.cfg, time.Now())
		if !b.open(k) {
			_ = c.Close()
			continue
		}
		go b.serve(k, "tcp")
	}
}

// open counts a connection in, or refuses it. There may be some more
// connections than clients, so that those over the limit can be told.
func (b *Broker) open(c *conn) bool {
	const unsigned = 64
	ok, full := b.reg.add(c, b.cfg.MaxClients+unsigned, &b.serving)
	if full {
		b.refuse(c, refusedFull, time.Now())
	}
	return ok
}

// serve speaks MQTT on a connection until its end. A panic ends that
// connection only.
func (b *Broker) serve(c *conn, listener string) {
	defer b.serving.Done()
	defer b.reg.remove(c)
	defer func() { _ = c.Close() }()
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("panic while serving a client", "remote", c.RemoteAddr().String(), "panic", p)
		}
	}()
	_ = c.SetDeadline(time.Now().Add(signInTimeout))
	err := b.server.EstablishConnection(listener, c)
	if reason := reasonOf(err); reason != "" {
		b.refuse(c, reason, time.Now())
	}
	b.log.Debug("client has gone", "client", printable(c.id), "remote", c.RemoteAddr().String(), "err", err)
}

// reasonOf names what ended a connection if it is the client's fault. What the
// hooks refused is counted there.
func reasonOf(err error) string {
	var code packets.Code
	switch {
	case errors.Is(err, packets.ErrServerBusy):
		return refusedFull
	case errors.Is(err, packets.ErrPacketTooLarge):
		return refusedSize
	case errors.Is(err, packets.ErrBadUsernameOrPassword), errors.Is(err, packets.ErrSessionTakenOver),
		errors.Is(err, packets.CodeDisconnect), errors.Is(err, packets.ErrServerShuttingDown):
		return ""
	case errors.As(err, &code):
		return refusedProtocol
	}
	return ""
}

func (b *Broker) refuse(c *conn, reason string, now time.Time) {
	c.change(func(k *Client) {
		k.Refused++
		k.LastRefusal = reason
	})
	b.reg.refuse(reason, c.name(), now)
}

// name is the client id, or the address before there is one.
func (c *conn) name() string {
	if c.id != "" {
		return printable(c.id)
	}
	return c.RemoteAddr().String()
}
