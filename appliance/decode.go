package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"hilltop/firmware-bridge/meshcore"
)

// decodeCommand takes frames apart.
type decodeCommand struct {
	Channel []string `help:"Hashtag channel to try, such as '#test'." placeholder:"NAME"`
	Key     []string `help:"Channel key to try, hex or base64, also as NAME=KEY." placeholder:"HEX"`
	Region  []string `help:"Region whose scope code to recognise." placeholder:"NAME"`
	Preset  string   `help:"Radio preset for airtime_ms, by name or as SF/BW/CR." placeholder:"P"`
	Frames  []string `arg:"" optional:"" name:"hex" help:"Frames; without any, one a line on standard input."`
}

// Run prints a line per frame. It fails if any line has an error.
func (c *decodeCommand) Run(std streams) error {
	opts, err := meshcore.NewOptions(c.Channel, c.Key, c.Region, c.Preset)
	if err != nil {
		return usageError{err}
	}
	in := std.in
	if len(c.Frames) > 0 {
		in = strings.NewReader(strings.Join(c.Frames, "\n"))
	}
	ok, err := meshcore.DecodeLines(std.out, in, opts)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if !ok {
		return errRefused
	}
	return nil
}

// readLine reads one line, or all there is before the end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(r, 4096).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return line, nil
}
