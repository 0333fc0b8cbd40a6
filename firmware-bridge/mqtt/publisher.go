package mqtt

import (
	"context"
	"fmt"
	"net/url"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// Publisher is a connection that only publishes, as an observer's client does.
// It connects again by itself.
type Publisher struct {
	client paho.Client
}

// publishTimeout is how long a message may wait for its connection.
const publishTimeout = 30 * time.Second

// NewPublisher connects to a broker given as mqtt://, mqtts://, ws:// or
// wss:// URL, which may hold user name and password.
func NewPublisher(ctx context.Context, broker, clientID string) (*Publisher, error) {
	u, err := url.Parse(broker)
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	switch u.Scheme {
	case "mqtt", "mqtts", "ws", "wss":
	default:
		return nil, fmt.Errorf("broker %q: want a URL that begins with mqtt://, mqtts://, ws:// or wss://", u.Redacted())
	}
	opts := paho.NewClientOptions().AddBroker(u.String()).SetClientID(clientID).
		SetConnectTimeout(10 * time.Second).SetMaxReconnectInterval(5 * time.Second).SetKeepAlive(60 * time.Second)
	opts.SetProtocolVersion(4)
	p := &Publisher{client: paho.NewClient(opts)}
	if err := wait(ctx, p.client.Connect()); err != nil {
		return nil, fmt.Errorf("broker %s: %w", u.Redacted(), err)
	}
	return p, nil
}

// Publish sends one message at QoS 0, not retained, and returns when it is on
// its way. While the connection is down it waits for it.
func (p *Publisher) Publish(ctx context.Context, topic string, payload []byte) error {
	if err := wait(ctx, p.client.Publish(topic, 0, false, payload)); err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	return nil
}

// Close sends what is under way and disconnects.
func (p *Publisher) Close() { p.client.Disconnect(250) }

func wait(ctx context.Context, token paho.Token) error {
	timeout := time.NewTimer(publishTimeout)
	defer timeout.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
		return context.DeadlineExceeded
	}
}
