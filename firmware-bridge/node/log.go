package node

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strconv"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// LineKind says what a line of the packet log tells.
type LineKind byte

// The kinds of lines.
const (
	LineOther  LineKind = iota // answers of the command line, boot messages, damaged lines
	LineRaw                    // a received frame, before it is parsed
	LineRX                     // a received frame that parsed
	LineTX                     // a frame on its way out
	LineTXFail                 // a frame that was not sent
	LineDebug                  // output of a debug build
)

var lineNames = [...]string{"other", "raw", "rx", "tx", "tx-fail", "debug"}

// String is the kind in a word.
func (k LineKind) String() string { return lineNames[min(int(k), len(lineNames)-1)] }

// Line is one line of the packet log. What a kind does not have is zero.
type Line struct {
	Kind  LineKind
	Text  string    // the line without its end
	Clock time.Time // by the node's clock, which may be wrong, in UTC; zero of a node without a clock
	Frame []byte    // of a raw line; of an rx line, the raw line right before it

	Len        int           // bytes of the frame
	Type       meshcore.Type // payload type
	Flood      bool          // route=F
	PayloadLen int           // bytes of the payload
	HasSignal  bool          // SNR, RSSI and Score were printed
	SNR        int           // dB, truncated to whole
	RSSI       int           // dBm, truncated to whole
	Score      int           // thousandths
	Airtime    time.Duration // 0 before firmware 1.8
	Hash       meshcore.Hash
	HasHash    bool
	Src, Dest  byte // first bytes of keys
	HasEnds    bool // Src and Dest were printed
}

const clockFormat = "15:04:05 - 2/1/2006 U"

var (
	rawLine   = regexp.MustCompile(`^(.*?) ?RAW: ([0-9A-Fa-f]+)$`)
	frameLine = regexp.MustCompile(`^(.*?): ?(RX|TX|TX FAIL!), len=(\d+) \(type=(\d+), route=([DF]), payload_len=(\d+)\)(.*)$`)
	signal    = regexp.MustCompile(`^ SNR=(-?\d+) RSSI=(-?\d+) score=(-?\d+)`)
	airtime   = regexp.MustCompile(` time=(\d+)`)
	hash      = regexp.MustCompile(` hash=([0-9A-Fa-f]{16})`)
	ends      = regexp.MustCompile(` \[([0-9A-Fa-f]{2}) -> ([0-9A-Fa-f]{2})\]`)
)

// ParseLine reads one line of a packet log. It never fails: what it does not
// know is [LineOther].
func ParseLine(text string) Line {
	if m := rawLine.FindStringSubmatch(text); m != nil {
		if frame, err := hex.DecodeString(m[2]); err == nil {
			return Line{Kind: LineRaw, Text: text, Clock: clock(m[1]), Frame: frame, Len: len(frame)}
		}
	}
	if m := frameLine.FindStringSubmatch(text); m != nil {
		if l, ok := parseFrameLine(text, m); ok {
			return l
		}
	}
	if bytes.HasPrefix([]byte(text), []byte("DEBUG: ")) {
		return Line{Kind: LineDebug, Text: text}
	}
	return Line{Kind: LineOther, Text: text}
}

func parseFrameLine(text string, m []string) (l Line, ok bool) {
	kind := map[string]LineKind{"RX": LineRX, "TX": LineTX, "TX FAIL!": LineTXFail}[m[2]]
	l = Line{Kind: kind, Text: text, Clock: clock(m[1]), Flood: m[5] == "F"}
	var payloadType int
	if !numbers(m, map[int]*int{3: &l.Len, 4: &payloadType, 6: &l.PayloadLen}) {
		return l, false
	}
	if l.Len > meshcore.MaxFrame || payloadType > 15 || l.PayloadLen > l.Len {
		return l, false
	}
	l.Type = meshcore.Type(payloadType)
	l.parseRest(m[7])
	return l, true
}

// parseRest reads what stands behind the payload length, all of it optional.
func (l *Line) parseRest(s string) {
	if m := signal.FindStringSubmatch(s); m != nil {
		l.HasSignal = numbers(m, map[int]*int{1: &l.SNR, 2: &l.RSSI, 3: &l.Score})
	}
	var ms int
	if m := airtime.FindStringSubmatch(s); m != nil && numbers(m, map[int]*int{1: &ms}) {
		l.Airtime = time.Duration(min(ms, 60_000)) * time.Millisecond
	}
	if m := hash.FindStringSubmatch(s); m != nil {
		h, err := meshcore.ParseHash(m[1])
		l.Hash, l.HasHash = h, err == nil
	}
	if m := ends.FindStringSubmatch(s); m != nil {
		b, err := hex.DecodeString(m[1] + m[2])
		if l.HasEnds = err == nil; l.HasEnds {
			l.Src, l.Dest = b[0], b[1]
		}
	}
}

func numbers(m []string, into map[int]*int) bool {
	for i, n := range into {
		v, err := strconv.ParseInt(m[i], 10, 32)
		if err != nil {
			return false
		}
		*n = int(v)
	}
	return true
}

func clock(s string) time.Time {
	t, err := time.Parse(clockFormat, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// maxLogLine is more than any line of the firmware; what is longer is cut.
const maxLogLine = 4096

// LogReader reads a packet log line by line.
type LogReader struct {
	in   *bufio.Reader
	last []byte // frame of the raw line right before
}

// NewLogReader reads from r, such as a serial port.
func NewLogReader(r io.Reader) *LogReader {
	return &LogReader{in: bufio.NewReaderSize(r, maxLogLine)}
}

// Next gives the next line that is not empty. An rx line carries the frame of
// the raw line right before it if their lengths agree; a tx line has none, as
// the firmware does not print what it sends. The error is the reader's.
func (r *LogReader) Next() (Line, error) {
	for {
		text, err := r.line()
		if len(text) == 0 {
			if err != nil {
				return Line{}, err
			}
			continue
		}
		l := ParseLine(text)
		if l.Kind == LineRX && len(r.last) == l.Len {
			l.Frame = r.last
		}
		r.last = nil
		if l.Kind == LineRaw {
			r.last = l.Frame
		}
		return l, nil
	}
}

// line reads up to CR or LF, and drops what exceeds the longest line.
func (r *LogReader) line() (string, error) {
	b, err := r.in.ReadSlice('\n')
	text := string(bytes.TrimRight(b, "\r\n"))
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.in.ReadSlice('\n')
	}
	return text, err
}
