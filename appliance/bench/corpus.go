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
// one is there. Its end is in its name.
func (b *bench) recording(name string, observations int, hours float64) (string, error) {
	old, err := filepath.Glob(filepath.Join(b.cache, name+"-*.jsonl.zst"))
	if err != nil {
		return "", err
	}
	for _, file := range old {
		stamp := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), name+"-"), ".jsonl.zst")
		if end, err := time.Parse("20060102T1504", stamp); err == nil && time.Since(end) < corpusAge {
			return file, nil
		}
	}
	end := time.Now().UTC().Truncate(time.Minute)
	file := filepath.Join(b.cache, fmt.Sprintf("%s-%s.jsonl.zst", name, end.Format("20060102T1504")))
	began := time.Now()
	if err := writeRecording(file, meshConfig(observations, hours, end)); err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "made %s in %s\n", file, seconds(time.Since(began)))
	for _, file := range old {
		os.Remove(file)
	}
	return file, nil
}

// writeRecording makes a recording; the file gets its name when it is whole.
func writeRecording(file string, cfg simmesh.Config) error {
	f, err := os.CreateTemp(filepath.Dir(file), "making-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	if err := simmesh.WriteCorpus(z, cfg, nil, nil); err != nil {
		return err
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
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
