package meshcore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// NewOptions makes options from the words of a command line. Channels are
// names: "Public", or hashtags. Keys are hex or base64, with a name before a
// '=' if they have one, or links that add a channel (see [ChannelURI]). The key
// of Public is always there. Regions are names as [ValidRegionName] takes them. An empty preset is the default. No error quotes a
// key.
func NewOptions(channels, keys, regions []string, preset string) (Options, error) {
	ring := []Channel{{"Public", PublicChannelKey()}}
	for _, name := range channels {
		if name != "Public" {
			ring = append(ring, Channel{withHash(name), HashtagKey(name)})
		}
	}
	for _, s := range keys {
		c, err := namedKey(s)
		if err != nil {
			return Options{}, err
		}
		ring = append(ring, c)
	}
	for _, name := range regions {
		if !ValidRegionName(name) {
			return Options{}, fmt.Errorf("region %q: a name has 1 to %d bytes: letters, digits, '-', '#', '$', no blanks", name, MaxRegionName)
		}
	}
	o := Options{Ring: NewKeyRing(ring), Regions: regions, Preset: DefaultPreset()}
	if preset == "" {
		return o, nil
	}
	var err error
	o.Preset, err = ParsePreset(preset)
	return o, err
}

// namedKey reads NAME=KEY, KEY or a link. A key without a name gets its hash
// byte as name. The whole is tried as a key first: base64 may end in '='.
func namedKey(s string) (Channel, error) {
	if strings.HasPrefix(s, uriScheme) {
		return ParseChannelURI(s)
	}
	if k, err := ParseChannelKey(s); err == nil {
		return Channel{upperHex([]byte{k.HashByte()}), k}, nil
	}
	name, key, ok := strings.Cut(s, "=")
	if !ok {
		key = s
	}
	k, err := ParseChannelKey(key)
	return Channel{name, k}, err
}

// DecodeLine writes the description of a frame as one line of JSON. The frame
// is given as [FrameFromText] reads it. It is false when the line has an
// "error"; that a line holds no frame is an error of stage "input". The error
// is the writer's.
func DecodeLine(w io.Writer, line string, opts Options) (ok bool, err error) {
	frame, err := FrameFromText(line)
	var bad *InputError
	if errors.As(err, &bad) {
		return false, writeLine(w, Object{{"error", Object{{"stage", "input"}, {"reason", bad.Reason}, {"offset", bad.Offset}}}})
	}
	d := Describe(frame, opts)
	return d.Err == nil, writeLine(w, d.Object())
}

func writeLine(w io.Writer, o Object) error {
	b, err := o.MarshalJSON()
	if err != nil {
		return fmt.Errorf("description: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// maxLine is more than the hex of any frame with its spaces; a longer line is
// cut and refused as too long a frame.
const maxLine = 1 << 16

// DecodeLines is [DecodeLine] for each line of r that is not blank. It is false
// when any line has an "error".
func DecodeLines(w io.Writer, r io.Reader, opts Options) (ok bool, err error) {
	ok = true
	in := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			line = bytes.Clone(line)
			_, err = in.ReadSlice('\n')
		}
		if len(bytes.TrimSpace(line)) > 0 {
			good, err := DecodeLine(w, string(line), opts)
			if err != nil {
				return false, err
			}
			ok = ok && good
		}
		switch {
		case errors.Is(err, io.EOF):
			return ok, nil
		case err != nil:
			return false, err
		}
	}
}
