package main

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"time"

	"hilltop/firmware-bridge/mqtt"
	"hilltop/firmware-bridge/simmesh"
)

// demoClients bounds the connections of the simulated observers: each has one
// of its own, as real ones do, until they are too many.
const demoClients = 100

// publishLive sends live traffic to the embedded broker, as observers do, until
// ctx is done.
func publishLive(ctx context.Context, live *simmesh.Live, rate float64, broker string, log *slog.Logger) error {
	crowd := map[string]*mqtt.Publisher{}
	defer func() {
		for _, p := range crowd {
			p.Close()
		}
	}()
	err := live.Run(ctx, rate, func(m simmesh.Message) error {
		p := connected(ctx, crowd, clientOf(m.Topic, crowd), broker, log)
		if p == nil {
			return ctx.Err()
		}
		if err := p.Publish(ctx, m.Topic, m.Payload); err != nil && ctx.Err() == nil {
			log.Warn("simulated message lost", "err", err)
		}
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// clientOf names the connection of the observer of a topic.
func clientOf(topic string, crowd map[string]*mqtt.Publisher) string {
	parts := strings.Split(topic, "/")
	if len(parts) < 3 || len(parts[2]) < 16 {
		return "simulated_mesh"
	}
	id := "meshcore_" + parts[2][:14]
	if crowd[id] == nil && len(crowd) >= demoClients {
		id = "meshcore_shared_" + parts[2][:1]
	}
	return id
}

// connected is the observer's connection, made when it is first needed. It
// waits for the broker to open; nil means that ctx is done.
func connected(ctx context.Context, crowd map[string]*mqtt.Publisher, id, broker string, log *slog.Logger) *mqtt.Publisher {
	for wait := time.Second; crowd[id] == nil; wait = min(2*wait, 30*time.Second) {
		p, err := mqtt.NewPublisher(ctx, "mqtt://"+broker, id)
		if err == nil {
			crowd[id] = p
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		log.Warn("simulated observer waits for the broker", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
	return crowd[id]
}

// dialable is the address under which this machine reaches its own listener.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
