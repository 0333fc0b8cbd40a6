package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// benchmark is one thing that is measured.
type benchmark struct {
	name  string
	about string
	run   func(context.Context, *bench) error
}

// benchmarks are all of them, in the order in which they run.
func benchmarks() []benchmark {
	return []benchmark{
		{"recorded", "recorded messages taken in, by size", benchRecorded},
		{"start", "exec to first answer and to each gate, memory, by size", benchStart},
		{"pages", "time of every page and API answer, idle and under ingest, by size", benchPages},
		{"board", "start of the largest corpus with the memory budget of a small board", benchBoard},
		{"mqtt", "ingest through the broker from four clients", benchMQTT},
		{"wear", "bytes written a day at 10 observations a second", benchWear},
		{"cuts", "random power cuts under load", benchCuts},
		{"micro", "the Go benchmarks of the packages", benchMicro},
	}
}

// size is a corpus.
type size struct {
	name         string
	observations int
	extra        bool // only when it is named
}

// sizes are the corpora by their names: packet messages in 168 hours.
var sizes = []size{
	{"56k", 56_000, false}, {"500k", 500_000, false}, {"1m", 1_000_000, false}, {"5m", 5_000_000, false}, {"7.3m", 7_300_000, true},
}

// bench is one run.
type bench struct {
	binary string
	cache  string   // of corpora; kept
	work   string   // of this run; removed
	sizes  []string // wanted, smallest first
	micro  string   // pattern of Go benchmarks
	cuts   int
	rate   int64 // of ingest under which pages are measured and power is cut, messages a second
}

func main() {
	binary := flag.String("binary", "dist/hilltop", "the program to measure")
	cuts := flag.Int("cuts", 200, "power cuts")
	flag.Usage = help
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary, *cuts, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func help() {
	fmt.Fprintln(os.Stderr, "usage: ./build.sh bench [NAME...]\n\nA NAME is one of these, a size, or a pattern of Go benchmarks; no name: all.")
	for _, b := range benchmarks() {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", b.name, b.about)
	}
	fmt.Fprint(os.Stderr, "  sizes      ")
	for _, s := range sizes {
		fmt.Fprint(os.Stderr, s.name, " ")
	}
	fmt.Fprintln(os.Stderr, "\n\nCorpora are kept in $HILLTOP_BENCH_DIR, or hilltop-bench in the user's cache directory.")
}

func run(ctx context.Context, binary string, cuts int, names []string) error {
	b := &bench{cuts: cuts}
	wanted := b.pick(names)
	var err error
	if b.binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	b.rate = rateOf(b.binary)
	if b.cache, err = cacheDir(); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp(b.cache, "run-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	fmt.Println(heading(b.binary))
	var failed []error
	for _, w := range wanted {
		if ctx.Err() != nil {
			break
		}
		fmt.Printf("\n## %s: %s\n\n", w.name, w.about)
		if err := w.run(ctx, b); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", w.name, err))
			fmt.Println("\nfailed:", err)
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// pick sorts names out: benchmarks, sizes, and patterns of Go benchmarks.
func (b *bench) pick(names []string) (wanted []benchmark) {
	var patterns []string
	for _, name := range names {
		lower := strings.ToLower(name)
		i := slices.IndexFunc(benchmarks(), func(x benchmark) bool { return x.name == lower })
		switch {
		case slices.ContainsFunc(sizes, func(s size) bool { return s.name == lower }):
			b.sizes = append(b.sizes, lower)
		case i >= 0:
			wanted = append(wanted, benchmarks()[i])
		default:
			patterns = append(patterns, name)
		}
	}
	if b.micro = "."; len(patterns) > 0 {
		b.micro = strings.Join(patterns, "|")
		if !slices.ContainsFunc(wanted, func(x benchmark) bool { return x.name == "micro" }) {
			wanted = append(wanted, benchmark{"micro", "the Go benchmarks of the packages", benchMicro})
		}
	}
	if len(b.sizes) == 0 {
		for _, s := range sizes {
			if !s.extra {
				b.sizes = append(b.sizes, s.name)
			}
		}
	}
	if len(wanted) == 0 {
		wanted = benchmarks()
	}
	return wanted
}

// heading says where, when and of what: without it a figure means nothing.
func heading(binary string) string {
	version, err := exec.Command(binary, "--version").Output()
	if err != nil {
		version = []byte("unknown version")
	}
	return fmt.Sprintf("# Benchmarks, %s\n\n%s · %s", time.Now().Format("2006-01-02 15:04"), strings.TrimSpace(string(version)), machine())
}

// benchMicro runs the packages' own benchmarks.
func benchMicro(ctx context.Context, b *bench) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", b.micro, "-benchmem", "./...")
	out, err := cmd.Output()
	fmt.Println("```")
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Benchmark") || strings.HasPrefix(line, "pkg:") || err != nil {
			fmt.Print(line)
		}
	}
	fmt.Println("```")
	return err
}
