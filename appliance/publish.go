package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"hilltop/firmware-bridge/mqtt"
	"hilltop/firmware-bridge/observer"
)

// publishRecording plays a recording to a broker.
func publishRecording(ctx context.Context, r recording, broker string, out io.Writer, log *slog.Logger) error {
	p, err := mqtt.NewPublisher(ctx, broker, fmt.Sprintf("hilltop-replay-%d", os.Getpid()))
	if err != nil {
		return err
	}
	defer p.Close()
	stats, err := r.play(ctx, func(e observer.Envelope) error {
		return p.Publish(ctx, e.Topic, e.Payload)
	})
	fmt.Fprintf(out, "published %d messages; %d lines could not be read\n", stats.Messages, stats.Bad)
	return complain(stats, err, log)
}
