package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/replay"
)

// recording is what to replay, and how.
type recording struct {
	files []string
	stdin io.Reader
	speed float64 // a factor; 0 is as fast as it goes
	now   bool    // shift the times so that the last is now
}

// sourceReplay is the name under which recorded messages come in.
const sourceReplay = "recording"

// play hands the messages to out when they are due.
func (r recording) play(ctx context.Context, out func(observer.Envelope) error) (replay.Stats, error) {
	var shift time.Duration
	if r.now {
		_, last, err := replay.Span(r.files...)
		if err != nil {
			return replay.Stats{}, fmt.Errorf("--time now: %w", err)
		}
		shift = time.Since(last).Truncate(time.Millisecond)
	}
	rec := replay.Open(sourceReplay, r.files...)
	defer rec.Close()
	err := rec.Run(ctx, r.speed, func(e observer.Envelope) error {
		e.Arrived = e.Arrived.Add(shift)
		return out(e)
	})
	return rec.Stats(), err
}

// complain logs what could not be read, and tells whether nothing could.
func complain(stats replay.Stats, err error, log *slog.Logger) error {
	for _, bad := range stats.Samples {
		log.Warn("line skipped", "at", bad.String())
	}
	if stats.Bad > int64(len(stats.Samples)) {
		log.Warn("more lines skipped", "count", stats.Bad-int64(len(stats.Samples)))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}
