package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"hilltop/appliance/internal/broker"
	"hilltop/appliance/internal/report"
)

// The pages know neither paho nor the broker's library: what they show of the
// parts is copied here.

func (a *appliance) sourceStates() []report.SourceState {
	all := make([]report.SourceState, len(a.sources))
	for i, source := range a.sources {
		s := source.State()
		all[i] = report.SourceState{Name: s.Name, URL: s.URL, Connected: s.Connected, Since: s.Since, LastMsg: s.LastMsg,
			Messages: s.Messages, Retained: s.Retained, Dropped: s.Dropped, Rate: s.Rate, Rate5: s.Rate5, Disconnects: s.Disconnects,
			LastError: s.LastError, LastErrAt: s.LastErrAt, ShortLived: s.ShortLived, Refused: s.Refused, Insecure: s.Insecure, CertificateEnds: s.CertificateEnds}
	}
	return all
}

func (a *appliance) brokerState() report.BrokerState {
	if a.broker == nil {
		return report.BrokerState{Off: true}
	}
	s := a.broker.State()
	b := report.BrokerState{Listening: s.Listening, Off: s.Off, Error: s.Error, Since: s.Since,
		Messages: s.Messages, Rate: s.Rate, Lost: s.Lost, Anonymous: s.Anonymous}
	for _, c := range s.Clients {
		b.Clients = append(b.Clients, report.BrokerClient{ID: c.ID, Remote: c.Remote, Transport: c.Transport, Login: c.Login,
			Since: c.Since, LastMsg: c.LastMsg, Messages: c.Messages, Bytes: c.Bytes, Refused: c.Refused,
			Rate: c.Rate, TooFast: c.Slowed == broker.SlowedByRate, Crowded: c.Slowed == broker.SlowedByInbox, LastRefusal: c.LastRefusal, Takeovers: c.Takeovers})
	}
	for _, r := range s.Refused {
		b.Refused = append(b.Refused, report.BrokerRefusal{Reason: r.Reason, Count: r.Count, Last: r.Last, Who: r.Who})
	}
	return b
}

func (a *appliance) recordState() report.RecordState {
	s := a.recorder.Stats()
	_, known := a.clock.Gate().Get()
	ignored := make(map[string]uint64, len(s.Ignored))
	for reason, n := range s.Ignored {
		ignored[reason] = uint64(n)
	}
	return report.RecordState{Queue: s.Queue + s.Held, QueueMax: s.QueueCap, Dropped: uint64(s.Dropped), Panics: uint64(s.Panics),
		Handled: uint64(s.Handled), Ignored: ignored, Lag: s.Lag, ClockKnown: known}
}

// processState asks the kernel; what it does not say is 0.
func processState() report.ProcessState {
	p := report.ProcessState{Goroutines: runtime.NumGoroutine()}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			pages, _ := strconv.ParseInt(f[1], 10, 64)
			p.RSS = pages * int64(os.Getpagesize())
		}
	}
	if b, err := os.ReadFile("/proc/self/io"); err == nil {
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, "write_bytes:"); ok {
				p.Written, _ = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
			}
		}
	}
	return p
}
