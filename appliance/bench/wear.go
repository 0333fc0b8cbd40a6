package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	wearRate  = 10 // observations a second
	wearHours = 24
	wearSpeed = 720 // 24 hours in two minutes: slow enough for every frame to be written by itself
)

// benchWear plays a day in fast motion: the messages' own times drive frames
// and checkpoints, and the kernel counts what is written.
func benchWear(ctx context.Context, b *bench) error {
	file, err := b.recording("wear", wearRate*3600*wearHours, wearHours)
	if err != nil {
		return err
	}
	dir := b.work + "/wear"
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	var out strings.Builder
	began := time.Now()
	u, err := b.runToEnd(ctx, &out, "replay", "--speed", fmt.Sprint(wearSpeed), "--data", dir, "--http", "127.0.0.1:0", "--broker", "off", file)
	if err != nil {
		return err
	}
	disk, err := diskUse(dir)
	if err != nil {
		return err
	}
	var observations int
	for line := range strings.Lines(out.String()) {
		fmt.Sscanf(line, "observations %d", &observations)
	}
	var t table
	t.add("observations in 24 h", thousands(observations))
	t.add("written in all, the last checkpoint included (write_bytes)", megabytes(u.written))
	t.add("bytes an observation", round(float64(u.written)/float64(max(observations, 1))))
	t.add("on disk at the end", megabytes(disk))
	t.add("the day took", seconds(time.Since(began)))
	t.print("what", "figure")
	return nil
}
