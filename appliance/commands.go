package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/crypto/bcrypt"

	"hilltop/appliance/internal/store"
)

// commands is the command line.
type commands struct {
	Version kong.VersionFlag `help:"Print version, commit and platform."`

	Serve  serveCommand  `cmd:"" default:"withargs" help:"Serve the appliance."`
	Demo   demoCommand   `cmd:"" help:"Serve with a simulated mesh that publishes to the embedded broker."`
	Replay replayCommand `cmd:"" help:"Feed recorded messages in."`
	Decode decodeCommand `cmd:"" help:"Take frames apart, one JSON object a line."`
	Check  checkCommand  `cmd:"" help:"Test the configuration and reach each source."`
	Config configCommand `cmd:"" help:"Print the effective configuration as commented TOML, secrets masked."`
	Hash   hashCommand   `cmd:"" help:"Read a secret on standard input and print its bcrypt hash for the configuration."`
}

// fileFlags names the configuration file; what every command with a
// configuration has.
type fileFlags struct {
	Config string `help:"Configuration file (hilltop.toml if it exists)." placeholder:"FILE" env:"HILLTOP_CONFIG"`
}

// flags are those of serve, demo and replay. A flag wins over its variable,
// that over the file, that over the default.
type flags struct {
	fileFlags
	Data     string `help:"Directory of snapshots and settings (data; demo: data-demo)." placeholder:"DIR" env:"HILLTOP_DATA"`
	HTTP     string `name:"http" help:"Address of pages and API (:8080)." placeholder:"ADDR" env:"HILLTOP_HTTP"`
	Broker   string `help:"Address of the embedded MQTT broker, or off (:1883)." placeholder:"ADDR" env:"HILLTOP_BROKER"`
	LogLevel string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"HILLTOP_LOG_LEVEL"`
}

// effective is the configuration of the file with flags and variables over it.
func (f flags) effective() (Config, error) {
	c, file, err := f.fileFlags.read()
	if err != nil {
		return c, err
	}
	if f.Data != "" {
		c.Data = f.Data
	}
	if f.HTTP != "" {
		c.HTTP = Address(f.HTTP)
		if err := c.HTTP.check(); err != nil {
			return c, usageError{fmt.Errorf("--http: %w", err)}
		}
	}
	if f.Broker != "" {
		c.Broker.Listen = Address(f.Broker)
		if err := c.Broker.Listen.check(); err != nil {
			return c, usageError{fmt.Errorf("--broker: %w", err)}
		}
	}
	if err := c.complete(file.at); err != nil {
		return c, usageError{fmt.Errorf("configuration: %w", err)}
	}
	return c, nil
}

// read reads the named file, or hilltop.toml if there is one.
func (f fileFlags) read() (Config, configFile, error) {
	name := f.Config
	if name == "" {
		name = "hilltop.toml"
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return defaultConfig(), configFile{}, nil
		}
	}
	c, file, err := readConfig(name)
	if err != nil {
		return c, file, usageError{err}
	}
	return c, file, nil
}

type serveCommand struct {
	flags
}

// Run serves until ctx is done.
func (c *serveCommand) Run(ctx context.Context, std streams) error {
	cfg, err := c.effective()
	if err != nil {
		return err
	}
	return serve(ctx, cfg, setup{kind: store.KindServe, log: newLogger(std.err, c.LogLevel)})
}

type configCommand struct {
	flags
}

// Run prints the effective configuration.
func (c *configCommand) Run(std streams) error {
	cfg, err := c.effective()
	if err != nil {
		return err
	}
	return writeConfig(std.out, cfg)
}

type hashCommand struct{}

// Run hashes the secret on standard input.
func (hashCommand) Run(std streams) error {
	secret, err := readLine(std.in)
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	secret = strings.TrimRight(secret, "\r\n")
	if secret == "" {
		return usageError{errors.New("secret: nothing came on standard input")}
	}
	if len(secret) > 72 {
		return usageError{errors.New("secret: bcrypt takes at most 72 bytes")}
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.DefaultCost)
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	fmt.Fprintln(std.out, string(hash))
	return nil
}
