package report

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/store"
)

// SourceState is how a broker that this machine subscribes to stands.
type SourceState struct {
	Name      string
	URL       string // without secrets
	Connected bool
	Since     time.Time // of being connected, or of not being it
	LastMsg   time.Time // last live message; zero: none yet
	Messages  uint64
	Retained  uint64
	Dropped   uint64 // the inbox was full
	Rate      int    // messages in the last minute
	Rate5     int    // and in the last five minutes

	Disconnects uint64 // connections that ended
	LastError   string // in words; "" none yet
	LastErrAt   time.Time
	ShortLived  int // connections in a row that the broker ended within seconds
	Refused     []string
	Insecure    bool // its certificate is not checked
	// CertificateEnds is when the broker's certificate ends; zero: it has shown none.
	CertificateEnds time.Time
}

// BrokerState is how the embedded broker stands.
type BrokerState struct {
	Listening string // address of the open port, "" if none
	Off       bool   // no port is wanted
	Error     string // why the port is not open, and what to do about it
	Since     time.Time
	Clients   []BrokerClient
	Refused   []BrokerRefusal
	Messages  uint64
	Rate      int // messages in the last minute
	Lost      uint64
	Anonymous bool // anyone may publish
}

// BrokerClient is one client that is signed in to the embedded broker. Its
// texts are hostile.
type BrokerClient struct {
	ID, Remote, Transport, Login string
	Since, LastMsg               time.Time
	Messages, Bytes, Refused     uint64
	Rate                         int  // messages in the last minute
	TooFast                      bool // of late it was slowed: it sends faster than it may
	Crowded                      bool // likewise: the inbox was full, whoever filled it
	LastRefusal                  string
	Takeovers                    int // of its client id in the last minute
}

// BrokerRefusal counts what the embedded broker refused for one reason.
type BrokerRefusal struct {
	Reason string
	Count  uint64
	Last   time.Time
	Who    string // hostile
}

// RecordState is how the recorder is doing.
type RecordState struct {
	Queue, QueueMax int // messages waiting, and how many may
	Dropped         uint64
	Panics          uint64 // messages lost to a fault of ours
	Handled         uint64
	Ignored         map[string]uint64 // by reason
	Lag             time.Duration     // between the arrival of the last message and its being stored
	ClockKnown      bool
}

// ProcessState is what the process takes of the machine.
type ProcessState struct {
	RSS        int64 // bytes; 0 unknown
	Goroutines int
	Written    int64 // bytes the process caused to be written to disks; 0 unknown
}

// Notice is something that every page must say.
type Notice struct {
	Tone       string // "warn" or "bad"
	Title      string
	Text       string
	Link, Href string
}

// SourceNotices are about sources that cannot be trusted.
func SourceNotices(all []SourceState) []Notice {
	var out []Notice
	for _, s := range all {
		if s.Insecure {
			out = append(out, Notice{
				Tone:  "warn",
				Title: fmt.Sprintf("The certificate of source %s is not checked.", s.Name),
				Text:  "Anybody on the way can read and change what it delivers. Take insecure out of hilltop.toml, or name its root in ca_file.",
			})
		}
	}
	return out
}

// BrokerNotices are about a port that could not be opened.
func BrokerNotices(b BrokerState) []Notice {
	if b.Off || b.Error == "" {
		return nil
	}
	return []Notice{{Tone: "bad", Title: "The embedded broker is not reachable.", Text: b.Error, Link: "See the broker", Href: "/system#broker"}}
}

// StoreNotices are about a disk that does not take what came in, and about
// files that could not be read.
func StoreNotices(s *store.Store) []Notice {
	h := s.Health()
	var out []Notice
	if h.LastError != "" {
		out = append(out, Notice{
			Tone:  "bad",
			Title: "What arrives is not being saved.",
			Text:  h.LastError,
			Link:  "See the disk", Href: "/system#disk",
		})
	}
	if n := len(h.Problems); n > 0 {
		p := h.Problems[0]
		text := p.File + ": " + p.What
		if n > 1 {
			text += fmt.Sprintf(", and %d more", n-1)
		}
		out = append(out, Notice{Tone: "warn", Title: "Some stored data could not be read.", Text: text + ".", Link: "See the files", Href: "/system#disk"})
	}
	return out
}
