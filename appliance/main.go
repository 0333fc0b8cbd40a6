// Command hilltop is a MeshCore observatory in one file: it takes what the
// observers of a mesh publish over MQTT, keeps it in memory with a journal on
// disk, and shows the mesh in a browser.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "time/tzdata" // a bare device has no zone files

	"github.com/alecthomas/kong"
	_ "golang.org/x/crypto/x509roots/fallback" // nor root certificates
)

// Set by the linker (build.sh): what was built, from which commit, the commit's
// time in Unix seconds, and where the source is published.
var (
	version = "dev"
	commit  = "unknown"
	source  = "" // address of the published repository; "" none is known
	built   = "0"
)

// buildTime is the time before which no clock can be right.
func buildTime() time.Time {
	s, err := strconv.ParseInt(built, 10, 64)
	if err != nil {
		return time.Unix(0, 0)
	}
	return time.Unix(s, 0)
}

// builtAt is when it was built, zero if that is not known.
func builtAt() time.Time {
	if built == "0" {
		return time.Time{}
	}
	return buildTime()
}

// sourceOf is where a commit is shown by the usual hosts of repositories; "" when
// the repository has no address that browsers take.
func sourceOf(repository, commit string) string {
	u, err := url.Parse(repository)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return ""
	case commit == "" || commit == "unknown":
		return repository
	}
	return strings.TrimSuffix(repository, "/") + "/commit/" + commit
}

func versionLine() string {
	return fmt.Sprintf("hilltop %s %s %s/%s", version, commit, runtime.GOOS, runtime.GOARCH)
}

// The exit statuses.
const (
	exitGood   = 0
	exitFailed = 1 // the work failed or an input was refused
	exitUsage  = 2 // usage, configuration, or a data directory in use
)

// usageError marks an error that the user's own words caused.
type usageError struct{ error }

// Unwrap gives the cause.
func (e usageError) Unwrap() error { return e.error }

// errRefused tells that an input was refused and that the output already says so.
var errRefused = errors.New("refused")

// streams are the standard streams, so that tests can have their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// execute runs one command line and returns the exit status.
func execute(ctx context.Context, args []string, std streams) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli,
		kong.Name("hilltop"),
		kong.Description("A MeshCore observatory: takes what observers publish over MQTT, shows the mesh in a browser."),
		kong.Vars{"version": versionLine()},
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		fmt.Fprintln(std.err, "hilltop:", err)
		return exitFailed
	}
	call, err := parser.Parse(args)
	if exit >= 0 { // --help or --version has answered
		return exit
	}
	if err != nil {
		fmt.Fprintf(std.err, "hilltop: %v (hilltop --help lists commands and flags)\n", err)
		return exitUsage
	}
	switch err = call.Run(); {
	case err == nil:
		return exitGood
	case errors.Is(err, errRefused):
		return exitFailed
	}
	fmt.Fprintln(std.err, "hilltop:", err)
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// newLogger writes text lines at the wanted level.
func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}
