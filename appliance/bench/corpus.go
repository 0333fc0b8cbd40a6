package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilltop/firmware-bridge/simmesh"

	"github.com/klauspost/compress/zstd"
)

const (
	corpusHours = 168
	// corpusAge is how long ago a corpus may end: what pages ask about the
	// last day has to be there.
	corpusAge = 6 * time.Hour
)

// cacheDir is where corpora stay.
func cacheDir() (string, error) {
	dir := os.Getenv("HILLTOP_BENCH_DIR")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("cache directory: %w; set HILLTOP_BENCH_DIR", err)
		}
		dir = filepath.Join(cache, "hilltop-bench")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// meshConfig is the simulated mesh of all corpora.
func meshConfig(observations int, hours float64, end time.Time) simmesh.Config {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers = 42, 1500, 60
	cfg.Hours, cfg.Observations = hours, observations
	cfg.Start = end.Add(-time.Duration(hours * float64(time.Hour)))
	return cfg
}

// corpus is a recording of some size, made unless a fresh one is there.
func (b *bench) corpus(name string) (string, error) {
	for _, s := range sizes {
		if s.name == name {
			return b.recording("corpus-"+name, s.observations, corpusHours)
		}
	}
	return "", fmt.Errorf("no corpus of size %q", name)
}

// recording is a recording of the simulated mesh that ended lately, made unless
// one is there.
func (b *bench) recording(name string, observations int, hours float64) (file string, err error) {
	err = b.kept([]string{name}, func(end time.Time, out []io.Writer) error {
		return simmesh.WriteCorpus(out[0], meshConfig(observations, hours, end), nil, nil)
	}, &file)
	return file, err
}

// kept finds recordings that were made together and ended lately, or makes them. The
// time of their end is in their names.
func (b *bench) kept(names []string, write func(end time.Time, out []io.Writer) error, files ...*string) error {
	old, err := filepath.Glob(filepath.Join(b.cache, names[0]+"-*.jsonl.zst"))
	if err != nil {
		return err
	}
	stamped := func(stamp string) (whole bool) {
		whole = true
		for i, name := range names {
			*files[i] = filepath.Join(b.cache, fmt.Sprintf("%s-%s.jsonl.zst", name, stamp))
			if _, err := os.Stat(*files[i]); err != nil {
				whole = false
			}
		}
		return whole
	}
	const form = "20060102T1504"
	for _, file := range old {
		stamp := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), names[0]+"-"), ".jsonl.zst")
		if end, err := time.Parse(form, stamp); err == nil && stamped(stamp) {
			if time.Since(end) < corpusAge {
				return nil
			}
			for _, file := range files {
				defer os.Remove(*file)
			}
		}
	}
	end := time.Now().UTC().Truncate(time.Minute)
	stamped(end.Format(form))
	began := time.Now()
	if err := writeRecordings(files, func(out []io.Writer) error { return write(end, out) }); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "made %s in %s\n", strings.Join(names, ", "), seconds(time.Since(began)))
	return nil
}

// writeRecordings makes recordings; the files get their names when all are whole.
func writeRecordings(files []*string, write func(out []io.Writer) error) error {
	var out []io.Writer
	var temps []*os.File
	var packers []*zstd.Encoder
	for _, file := range files {
		f, err := os.CreateTemp(filepath.Dir(*file), "making-")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			return err
		}
		out, temps, packers = append(out, z), append(temps, f), append(packers, z)
	}
	if err := write(out); err != nil {
		return err
	}
	for i, file := range files {
		if err := errors.Join(packers[i].Close(), temps[i].Close()); err != nil {
			return err
		}
		if err := os.Rename(temps[i].Name(), *file); err != nil {
			return err
		}
	}
	return nil
}

// replayed is what taking a recording in came to.
type replayed struct {
	dir          string
	messages     int
	observations int
	took         time.Duration // the whole process
	usage        usage
	disk         int64
}

// replay takes a recording into a fresh data directory.
func (b *bench) replay(ctx context.Context, file, dir string, args ...string) (r replayed, err error) {
	r.dir = dir
	if err := os.RemoveAll(dir); err != nil {
		return r, err
	}
	var out strings.Builder
	args = append([]string{"replay", "--speed", "max", "--data", dir, "--http", "127.0.0.1:0", "--broker", "off"}, args...)
	began := time.Now()
	r.usage, err = b.runToEnd(ctx, &out, append(args, file)...)
	r.took = time.Since(began)
	if err != nil {
		return r, fmt.Errorf("replay of %s: %w", file, err)
	}
	for line := range strings.Lines(out.String()) {
		fmt.Sscanf(line, "messages %d", &r.messages)
		fmt.Sscanf(line, "observations %d", &r.observations)
	}
	r.disk, err = diskUse(dir)
	return r, err
}

// data is the data directory of a corpus, taken in once a run.
func (b *bench) data(ctx context.Context, size string) (string, error) {
	dir := filepath.Join(b.work, "data-"+size)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	file, err := b.corpus(size)
	if err != nil {
		return "", err
	}
	_, err = b.replay(ctx, file, dir)
	return dir, err
}

// diskUse adds up the files of a directory.
func diskUse(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// copyDir copies a data directory, so that what a run does to it stays its own.
func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		src, err := os.Open(path)
		if err != nil {
			return err
		}
		defer src.Close()
		dst, err := os.Create(filepath.Join(to, rel))
		if err != nil {
			return err
		}
		_, err = io.Copy(dst, src)
		return errors.Join(err, dst.Close())
	})
}

// benchRecorded takes each corpus in.
func benchRecorded(ctx context.Context, b *bench) error {
	var t table
	defer func() {
		t.print("size", "messages", "observations", "took", "messages/s", "CPU for 100,000", "peak RSS", "on disk")
	}()
	for _, size := range b.sizes {
		file, err := b.corpus(size)
		if err != nil {
			return err
		}
		r, err := b.replay(ctx, file, filepath.Join(b.work, "data-"+size))
		if err != nil {
			return err
		}
		t.add(size, thousands(r.messages), thousands(r.observations), seconds(r.took), round(float64(r.messages)/r.took.Seconds()),
			seconds(time.Duration(float64(r.usage.cpu)*100_000/float64(max(r.messages, 1)))), megabytes(r.usage.peak), megabytes(r.disk))
	}
	return nil
}
