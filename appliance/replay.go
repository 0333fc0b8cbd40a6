package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"hilltop/appliance/internal/store"
)

// replayCommand feeds recordings in.
type replayCommand struct {
	flags
	Speed string   `help:"A factor, or max." default:"1" placeholder:"S" env:"HILLTOP_SPEED"`
	Time  string   `help:"real keeps the recorded times; now shifts them so that the last is now." default:"real" enum:"real,now" env:"HILLTOP_TIME"`
	To    string   `help:"Publish to this broker instead of taking the messages in." placeholder:"URL" env:"HILLTOP_TO"`
	Serve bool     `help:"Go on serving when the files end." env:"HILLTOP_SERVE"`
	Files []string `arg:"" name:"file" help:"Recordings; - is standard input."`
}

// factor is the wanted speed; 0 is as fast as it goes.
func (c *replayCommand) factor() (float64, error) {
	if c.Speed == "max" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(c.Speed, 64)
	if err != nil || !(f > 0 && f <= 1e6) {
		return 0, usageError{fmt.Errorf("--speed: want a factor such as 1 or 10, or max; have %q", c.Speed)}
	}
	return f, nil
}

// readable refuses what cannot be replayed before anything is opened.
func (c *replayCommand) readable() error {
	for _, name := range c.Files {
		if name == "-" && c.Time == "now" {
			return usageError{errors.New("--time now reads a recording twice; standard input comes only once")}
		}
		if name == "-" {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			return fmt.Errorf("recording: %w", err)
		}
	}
	return nil
}

// Run replays the files.
func (c *replayCommand) Run(ctx context.Context, std streams) error {
	speed, err := c.factor()
	if err != nil {
		return err
	}
	if err := c.readable(); err != nil {
		return err
	}
	if c.To != "" && c.Serve {
		return usageError{errors.New("--to publishes to another broker; it cannot go with --serve")}
	}
	r := recording{files: c.Files, stdin: std.in, speed: speed, now: c.Time == "now"}
	log := newLogger(std.err, c.LogLevel)
	if c.To != "" {
		return publishRecording(ctx, r, c.To, std.out, log)
	}
	cfg, err := c.effective()
	if err != nil {
		return err
	}
	return serve(ctx, cfg, setup{kind: store.KindServe, log: log, replay: &r, stay: c.Serve, out: std.out})
}
