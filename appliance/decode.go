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
	ok, err := c.decode(std, opts)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if !ok {
		return errRefused
	}
	return nil
}

// decode is false if any line that it printed has an error. An argument without
// digits is an empty frame: a script whose variable is empty should hear of it.
func (c *decodeCommand) decode(std streams, opts meshcore.Options) (ok bool, err error) {
	if len(c.Frames) == 0 {
		return meshcore.DecodeLines(std.out, std.in, opts)
	}
	ok = true
	for _, frame := range c.Frames {
		good, err := true, error(nil)
		if strings.TrimSpace(frame) == "" {
			good, err = meshcore.DecodeLine(std.out, frame, opts)
		} else {
			good, err = meshcore.DecodeLines(std.out, strings.NewReader(frame), opts)
		}
		if err != nil {
			return false, err
		}
		ok = ok && good
	}
	return ok, nil
}

// readLine reads one line, or all there is before the end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(r, 4096).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return line, nil
}
