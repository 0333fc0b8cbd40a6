package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"hilltop/firmware-bridge/simmesh"
)

const (
	wearRate   = 10 // observations a second
	wearBefore = 72 // hours that are there already: a day's pass over names comes two days later
	wearHours  = 24
	wearSpeed  = 720 // 24 hours in two minutes: slow enough for every frame to be written by itself
)

// benchWear plays a day in fast motion onto three that are there already: the
// messages' own times drive frames and checkpoints, the kernel counts what is
// written, and the store says for what.
func benchWear(ctx context.Context, b *bench) error {
	const hours = wearBefore + wearHours
	before, day := "", ""
	err := b.kept([]string{"wear-before", "wear-day"}, func(end time.Time, out []io.Writer) error {
		at := end.Add(-wearHours * time.Hour).UnixMilli()
		return simmesh.WriteCorpus(&splitter{before: out[0], after: out[1], at: at}, meshConfig(wearRate*3600*hours, hours, end), nil, nil)
	}, &before, &day)
	if err != nil {
		return err
	}
	dir := b.work + "/wear"
	first, err := b.replay(ctx, before, dir)
	if err != nil {
		return err
	}
	var out strings.Builder
	began := time.Now()
	u, err := b.runToEnd(ctx, &out, "replay", "--speed", fmt.Sprint(wearSpeed), "--data", dir, "--http", "127.0.0.1:0", "--broker", "off", day)
	if err != nil {
		return err
	}
	disk, err := diskUse(dir)
	if err != nil {
		return err
	}
	observations := -first.observations
	var t table
	for line := range strings.Lines(out.String()) {
		var held int
		if n, _ := fmt.Sscanf(line, "observations %d", &held); n == 1 {
			observations += held
		}
	}
	t.add("observations in 24 h", thousands(observations))
	t.add("written in all, the last checkpoint included (write_bytes)", megabytes(u.written))
	for line := range strings.Lines(out.String()) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "written" {
			n, _ := strconv.ParseInt(f[2], 10, 64)
			t.add("of that for "+f[1], megabytes(n))
		}
	}
	t.add("bytes an observation", round(float64(u.written)/float64(max(observations, 1))))
	t.add("on disk at the end", megabytes(disk))
	t.add("the day took", seconds(time.Since(began)))
	t.print("what", "figure")
	return os.RemoveAll(dir)
}

// splitter writes the lines of a recording from a time on, Unix ms, to another
// writer.
type splitter struct {
	before, after io.Writer
	at            int64
	rest          []byte // of a line
}

func (s *splitter) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		end := bytes.IndexByte(s.rest, '\n') + 1
		if end == 0 {
			return len(p), nil
		}
		line, out := s.rest[:end], s.before
		var t int64
		if _, err := fmt.Sscanf(string(line[:min(len(line), 40)]), `{"t": %d`, &t); err != nil {
			return 0, fmt.Errorf("recording: %w", err)
		}
		if t >= s.at {
			out = s.after
		}
		if _, err := out.Write(line); err != nil {
			return 0, err
		}
		s.rest = s.rest[end:]
	}
}
