package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// Console is the serial port of a repeater, room server or sensor: its packet
// log, and its command line, where it is asked who it is and how it is doing.
// It is for one goroutine, but for [Console.Ask].
type Console struct {
	w      io.Writer
	log    *LogReader
	opts   Options
	node   observer.WireNode
	status observer.Status
	lat    *float64
	asked  string // command whose echo came last
	list   *neighbourList
	raw    []byte // frame of a raw line whose rx line has not come
	ended  error  // of the log, to be given when nothing is held back
}

// NewConsole reads and writes a serial port (115,200 bit/s, 8N1) or whatever
// carries its bytes.
func NewConsole(rw io.ReadWriter, o Options) *Console {
	return &Console{w: rw, log: NewLogReader(rw), opts: o, node: o.node()}
}

// questions are the commands whose answers make a status; the answer to the
// last completes it.
var questions = []string{
	"get public.key", "get name", "ver", "board", "get radio", "get repeat", "get lat", "get lon", "neighbors", "stats-core", "stats-radio", "stats-packets",
}

// Ask writes the commands that [Console.Next] reads the answers of: key, name,
// firmware, board, radio, whether it forwards, position and counters. Call it
// at the start and whenever a new status is wanted; and the neighbours that a
// repeater knows. Nothing is lost when an answer does not come.
func (c *Console) Ask() error {
	if _, err := io.WriteString(c.w, strings.Join(questions, "\r")+"\r"); err != nil {
		return fmt.Errorf("console: %w", err)
	}
	return nil
}

// Next waits for the next message: a packet that the node has heard or sent, its
// neighbours, or its status once it has answered. A frame that the node could not parse comes
// as malformed, when the line after it shows that; of nodes that print no
// frames (sensors) receptions come as ignored. The error is the reader's.
func (c *Console) Next() (observer.Message, error) {
	for {
		var l Line
		if c.ended == nil {
			l, c.ended = c.log.Next()
		}
		if m, ok := c.line(l); ok { // after the end, what was held back
			return m, nil
		}
		if c.ended != nil {
			return observer.Message{}, c.ended
		}
	}
}

// line takes a line; it is true when that makes a message.
func (c *Console) line(l Line) (observer.Message, bool) {
	before := c.raw
	c.raw = nil
	switch l.Kind {
	case LineRX:
		if before != nil && l.Frame == nil {
			c.raw = before // another frame's line is missing; its own follows
		}
		return c.message(observer.Reception{
			Frame: l.Frame, HasHash: l.HasHash, Hash: l.Hash, HasSNR: l.HasSignal, SNR: float64(l.SNR), SNRStep4: 4,
			HasRSSI: l.HasSignal, RSSI: l.RSSI, HasScore: l.HasSignal, Score: float64(l.Score) / 1000, Airtime: l.Airtime,
		}), true
	case LineRaw:
		c.raw = l.Frame
	case LineTX:
		return c.message(observer.Reception{Direction: observer.TX, TxLen: l.Len}), true
	case LineOther:
		if m, ok := c.other(l.Text); ok {
			c.raw = before
			return m, true
		}
	}
	if before != nil {
		return c.message(observer.Reception{Frame: before}), true
	}
	return observer.Message{}, false
}

func (c *Console) message(r observer.Reception) observer.Message {
	return observer.FromReception(c.node, r, c.opts.now())
}

// other takes an echo or an answer. It is true when the answer completes a
// status.
func (c *Console) other(text string) (observer.Message, bool) {
	if c.list != nil && c.list.add(text) {
		return observer.Message{}, false
	}
	if list := c.list; list != nil { // the line after the last neighbour
		c.list = nil
		c.other(text) // an echo: the next answer is not the status
		return observer.FromNeighbors(c.node, list.neighbors(), c.opts.now()), true
	}
	answer, ok := strings.CutPrefix(text, "  -> ")
	if !ok {
		c.asked = strings.TrimSpace(text)
		return observer.Message{}, false
	}
	asked := c.asked
	c.asked = ""
	if asked == "neighbors" {
		c.list = &neighbourList{}
		if !c.list.add(answer) && answer != "-none-" {
			c.list = nil // "Unknown command", of a node that is no repeater
		}
		return observer.Message{}, false
	}
	c.answer(asked, strings.TrimPrefix(answer, "> "))
	if asked != questions[len(questions)-1] {
		return observer.Message{}, false
	}
	m := observer.FromStatus(c.node, c.status, c.opts.now())
	c.status.Metrics = nil // they are of this moment
	return m, true
}

// answer takes what the node says of itself. What does not read as an answer,
// such as "Unknown command", changes nothing.
func (c *Console) answer(asked, text string) {
	if text == "Unknown command" || strings.HasPrefix(text, "??: ") {
		return
	}
	switch asked {
	case "get public.key":
		if k, err := meshcore.ParsePublicKey(text); err == nil {
			c.node.Key = k
		}
	case "get name":
		c.node.Name = text
	case "ver":
		c.status.Firmware = text
	case "board":
		c.status.Model = text
	case "get radio":
		if r, ok := observer.ParseRadio(text); ok {
			c.status.Radio = r
		}
	case "get repeat":
		c.status.Repeat = map[string]observer.Tri{"on": observer.Yes, "off": observer.No}[text]
	case "get lat":
		c.lat = degrees(text)
	case "get lon":
		if lon := degrees(text); lon != nil && c.lat != nil {
			c.status.Location = &observer.Position{Lat: *c.lat, Lon: *lon}
		}
	case "stats-core", "stats-radio", "stats-packets":
		c.counters(text)
	}
}

func degrees(s string) *float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &v
}

// counters takes the members of a JSON object that are known metrics.
func (c *Console) counters(text string) {
	var all map[string]float64
	if err := json.Unmarshal([]byte(text), &all); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return
	}
	for name, v := range all {
		if metric, ok := observer.MetricNamed(name); ok {
			if c.status.Metrics == nil {
				c.status.Metrics = observer.Metrics{}
			}
			c.status.Metrics[metric] = v
		}
	}
}
