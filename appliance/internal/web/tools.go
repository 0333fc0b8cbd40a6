package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

// Limits of what is taken apart at once; a form as a whole holds bodyLimit.
const (
	toolLines  = 50   // lines that hold something
	toolLine   = 2048 // bytes of a line
	toolHex    = 1024 // bytes of the parameter hex
	toolKeys   = 32   // lines of each of the fields for channels, keys and scopes
	toolName   = 64   // bytes of a name whose keys are asked for
	toolSample = 64   // bytes of a frame whose time on air is shown unasked
)

// toolRoutes is the page of tools. Its form is sent as a body, because it may
// hold keys; a single frame without any leads on to an address that says it.
func (s *Server) toolRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /tools", s.page(func(r *http.Request) (view, error) {
		in, err := toolsAddress(r.URL.Query())
		if err != nil {
			return view{}, err
		}
		return s.toolsView(in)
	}))
	mux.HandleFunc("POST /tools", s.toolsSent)
}

func (s *Server) toolsSent(w http.ResponseWriter, r *http.Request) {
	in, err := toolsForm(r)
	if err == nil && in.plain() {
		http.Redirect(w, r, in.address(), http.StatusSeeOther)
		return
	}
	s.page(func(*http.Request) (view, error) {
		if err != nil {
			return view{}, err
		}
		return s.toolsView(in)
	})(w, r)
}

// toolsInput is what the page is asked.
type toolsInput struct {
	Lines    []toolsLine // that hold something, at most toolLines
	More     int         // such lines beyond
	Channels []string
	Keys     []string
	Regions  []string
	Preset   string
	Name     string // whose keys are asked for
	Bytes    int    // length of the frame whose time on air is asked for
	sent     bool   // with the form: an answer is expected
}

// toolsLine is a line of the field of frames.
type toolsLine struct {
	Number int // as entered, from 1
	Text   string
}

// toolsAddress reads the parameters of the page's address. Keys are none of
// them.
func toolsAddress(v url.Values) (in toolsInput, err error) {
	in.Bytes = toolSample
	text, err := one(v, "hex", toolHex)
	if err != nil {
		return in, err
	}
	in.take(text)
	if slices.ContainsFunc(in.Lines, func(l toolsLine) bool { return isLink(l.Text, "channel/") }) {
		return in, wrong("hex", "the link of a channel holds its key, which must not stand in an address; put it into the form")
	}
	in.sent = len(in.Lines) > 0
	region, err := one(v, "region", toolName)
	if err != nil {
		return in, err
	}
	in.Regions = lines(region)
	if in.Preset, err = one(v, "preset", toolName); err != nil {
		return in, err
	}
	if in.Name, err = one(v, "name", toolName); err != nil {
		return in, err
	}
	n, err := one(v, "bytes", 3)
	if err != nil || n == "" {
		return in, err
	}
	if in.Bytes, err = strconv.Atoi(n); err != nil || in.Bytes < 1 || in.Bytes > meshcore.MaxFrame {
		return in, wrong("bytes", "%q is no length of a frame, 1 to %d", n, meshcore.MaxFrame)
	}
	return in, nil
}

// one is a parameter's only value, "" when it has none.
func one(v url.Values, name string, limit int) (string, error) {
	s := strings.TrimSpace(v.Get(name))
	switch {
	case len(v[name]) > 1:
		return "", wrong(name, "one value, not %d", len(v[name]))
	case len(s) > limit:
		return "", wrong(name, "at most %d characters, not %d", limit, utf8.RuneCountInString(s))
	}
	return s, nil
}

// toolsForm reads the form, whose body the guard bounds. Nothing of it goes to
// a file.
func toolsForm(r *http.Request) (in toolsInput, err error) {
	in.Bytes, in.sent = toolSample, true
	err = r.ParseMultipartForm(bodyLimit)
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return in, wrongRequest{status: http.StatusRequestEntityTooLarge, title: "That is too much at once",
			text: "A form may hold 64 kB: about 100 of the longest frames. Send them in parts, or use \"hilltop decode\", which reads any number of lines."}
	case err != nil:
		return in, wrongRequest{status: http.StatusBadRequest, title: "The form cannot be read", text: "Send it again from the page Tools."}
	}
	text := r.PostFormValue("hex")
	if file, _, err := r.FormFile("file"); err == nil {
		defer file.Close()
		b, err := io.ReadAll(file)
		if err != nil {
			return in, err
		}
		if text = strings.TrimRight(text, "\r\n "); text != "" { // lines of a file alone keep their numbers
			text += "\n"
		}
		text += string(b)
	}
	in.take(text)
	in.Preset = strings.TrimSpace(r.PostFormValue("preset"))
	for name, into := range map[string]*[]string{"channel": &in.Channels, "key": &in.Keys, "region": &in.Regions} {
		if *into = lines(r.PostFormValue(name)); len(*into) > toolKeys {
			return in, wrong(name, "at most %d lines, not %d", toolKeys, len(*into))
		}
	}
	return in, nil
}

// lines are those that hold something.
func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// take splits the field of frames.
func (in *toolsInput) take(text string) {
	n := 0
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		n++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.TrimSpace(line) == "":
		case len(in.Lines) == toolLines:
			in.More++
		default:
			in.Lines = append(in.Lines, toolsLine{n, line})
		}
	}
}

// plain tells that the input is one frame and nothing that should be kept
// private: an address can say it.
func (in toolsInput) plain() bool {
	if len(in.Lines) != 1 || in.More > 0 || len(in.Channels)+len(in.Keys) > 0 || len(in.Regions) > 1 {
		return false
	}
	frame, err := meshcore.FrameFromText(in.Lines[0].Text)
	return err == nil && len(frame) > 0 && len(frame) <= meshcore.MaxFrame
}

// address says what a plain input holds.
func (in toolsInput) address() string {
	frame, _ := meshcore.FrameFromText(in.Lines[0].Text)
	v := url.Values{"hex": {upperHex(frame)}}
	if in.Preset != "" {
		v.Set("preset", in.Preset)
	}
	if len(in.Regions) > 0 {
		v.Set("region", in.Regions[0])
	}
	return "/tools?" + v.Encode()
}

// isLink tells that a line is a link of this kind, "channel/" or "contact/".
func isLink(line, kind string) bool {
	head := "meshcore://" + kind
	line = strings.TrimSpace(line)
	return len(line) >= len(head) && strings.EqualFold(line[:len(head)], head)
}

// toolsOptions are the keys, scopes and preset to take frames apart with: those
// entered, behind those of this machine.
func (s *Server) toolsOptions(in toolsInput) (meshcore.Options, error) {
	keys := in.Keys
	for _, l := range in.Lines {
		if isLink(l.Text, "channel/") {
			if _, err := meshcore.ParseChannelURI(strings.TrimSpace(l.Text)); err == nil {
				keys = append(keys[:len(keys):len(keys)], strings.TrimSpace(l.Text))
			}
		}
	}
	for i, k := range keys {
		if _, err := meshcore.NewOptions(nil, []string{k}, nil, ""); err != nil {
			return meshcore.Options{}, wrong("key", "line %d is no channel key: want 16 or 32 bytes as hex or base64, NAME=KEY, or a channel's link", i+1)
		}
	}
	if _, err := meshcore.ParsePreset(in.Preset); in.Preset != "" && err != nil {
		return meshcore.Options{}, wrong("preset", "%q is neither a known preset nor SF/BW/CR such as 8/62.5/8", in.Preset)
	}
	for i, name := range in.Regions {
		if !meshcore.ValidRegionName(name) {
			return meshcore.Options{}, wrong("region", "line %d is no region's name: want at most %d bytes, letters, digits, '-', '#', '$', without blanks", i+1, meshcore.MaxRegionName)
		}
	}
	opts, err := meshcore.NewOptions(in.Channels, keys, in.Regions, in.Preset)
	if err != nil {
		return opts, err
	}
	opts.Ring = s.Ring.With(opts.Ring.Channels()...)
	opts.Regions = append(opts.Regions[:len(opts.Regions):len(opts.Regions)], s.scopes()...)
	return opts, nil
}

func (s *Server) toolsView(in toolsInput) (view, error) {
	opts, err := s.toolsOptions(in)
	if err != nil {
		return view{}, err
	}
	page, usable := toolsPage(in, opts, s.Now())
	v := view{Title: "Tools", Section: "/tools", Still: true}
	for i := range page.Frames {
		s.openable(&v, page.Frames[i].Message)
	}
	v.Body = ui.Tools(page)
	if in.sent && !usable {
		v.Status = http.StatusBadRequest
	}
	return v, nil
}
