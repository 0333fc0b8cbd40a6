package web

import (
	"bufio"
	"fmt"
	"html"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
)

// A history is the messages of a file, oldest first, for people to read: as plain
// text, or as a page that needs nothing else. A row is one message.

// historyLine is one message as both write it.
type historyLine struct{ at, channel, sender, text string }

func lineOf(m mesh.Message, zone *time.Location) historyLine {
	line := historyLine{time.UnixMilli(m.First).In(zone).Format("2006-01-02 15:04:05"), clean(m.Channel, 200), strings.TrimSpace(clean(m.Sender, 200)), messageText(m.Text)}
	if line.sender == "" {
		line.sender = "no name"
	}
	return line
}

// textHistory writes a line for each message; further lines of one stand below
// it, further in.
type textHistory struct {
	w    *bufio.Writer
	zone *time.Location
}

func (textHistory) mime() string { return "text/plain; charset=utf-8" }

func (h textHistory) begin(_ []string, matching int) error {
	_, err := fmt.Fprintf(h.w, "%s, times in %s, names as claimed\n\n", plural(int64(matching), "message", "messages"), h.zone)
	return err
}

func (h textHistory) row(_ []string, row []any, _ bool) error {
	m := lineOf(row[0].(mesh.Message), h.zone)
	_, err := fmt.Fprintf(h.w, "%s  %s  %s: %s\n", m.at, m.channel, m.sender, strings.ReplaceAll(m.text, "\n", "\n    "))
	return err
}

func (textHistory) end() error { return nil }

// pageHistory writes a page, without a style: no page has one of its own.
type pageHistory struct{ textHistory }

func (pageHistory) mime() string { return "text/html; charset=utf-8" }

func (h pageHistory) begin(_ []string, matching int) error {
	_, err := fmt.Fprintf(h.w, `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Messages</title>
<h1>Messages</h1>
<p>%s, times in %s, names as claimed: nothing proves who wrote.</p>
<dl>
`, plural(int64(matching), "message", "messages"), html.EscapeString(h.zone.String()))
	return err
}

func (h pageHistory) row(_ []string, row []any, _ bool) error {
	m := lineOf(row[0].(mesh.Message), h.zone)
	_, err := fmt.Fprintf(h.w, "<dt><b><bdi>%s</bdi></b> <bdi>%s</bdi> <time>%s</time></dt>\n<dd dir=\"auto\">%s</dd>\n",
		html.EscapeString(m.sender), html.EscapeString(m.channel), m.at, strings.ReplaceAll(html.EscapeString(m.text), "\n", "<br>"))
	return err
}

func (h pageHistory) end() error {
	_, err := h.w.WriteString("</dl>\n</html>\n")
	return err
}
