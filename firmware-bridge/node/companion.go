package node

import (
	"encoding/hex"
	"io"

	"hilltop/firmware-bridge/observer"
)

// Companion is a companion radio on a serial port or a TCP connection (port
// 5000), used as an observer. It is for one goroutine, but for
// [Companion.Ask].
type Companion struct {
	w      io.Writer
	frames *CompanionReader
	opts   Options
	node   observer.WireNode
	status observer.Status
}

// NewCompanion reads and writes what leads to a companion.
func NewCompanion(rw io.ReadWriter, o Options) *Companion {
	return &Companion{w: rw, frames: NewCompanionReader(rw), opts: o, node: o.node()}
}

// appName introduces the host.
const appName = "hilltop"

// Ask writes the commands that [Companion.Next] reads the answers of: firmware,
// battery, statistics, and last who it is, which makes a status. Call it at the
// start: a companion reports what it hears only to a host that it knows.
func (c *Companion) Ask() error {
	for _, command := range [][]byte{
		DeviceQuery(), GetBattery(), GetStats(StatsCore), GetStats(StatsRadio), GetStats(StatsPackets), AppStart(appName),
	} {
		if err := WriteCommand(c.w, command); err != nil {
			return err
		}
	}
	return nil
}

// Next waits for the next message: a packet that was heard, a text that the
// companion has received, or its status. It fetches texts when the companion
// says that one waits. What is none of these, or cannot be read, is passed
// over. A companion reports no frame of 174 bytes or more, and nothing of what
// it sends. The error is the reader's or the writer's.
func (c *Companion) Next() (observer.Message, error) {
	for {
		payload, err := c.frames.Next()
		if err != nil {
			return observer.Message{}, err
		}
		v, err := ParseCompanion(payload)
		if err != nil {
			continue
		}
		if err := c.fetch(v); err != nil {
			return observer.Message{}, err
		}
		if m, ok := c.take(v); ok {
			return m, nil
		}
	}
}

// fetch asks for the next message where one may wait.
func (c *Companion) fetch(v any) error {
	switch v := v.(type) {
	case Plain:
		if v == CodeMessageWaiting {
			return WriteCommand(c.w, NextMessage())
		}
	case Text, ChannelData:
		return WriteCommand(c.w, NextMessage())
	}
	return nil
}

// take is true when what the companion said makes a message.
func (c *Companion) take(v any) (observer.Message, bool) {
	now := c.opts.now()
	switch v := v.(type) {
	case LogRX:
		return observer.FromReception(c.node, observer.Reception{
			Frame: v.Frame, HasSNR: true, SNR: float64(v.SNR) / 4, SNRStep4: 1, HasRSSI: true, RSSI: int(v.RSSI),
		}, now), true
	case Text:
		return observer.FromText(c.node, bridged(v), now), true
	case SelfInfo:
		c.self(v)
		m := observer.FromStatus(c.node, c.status, now)
		c.status.Metrics = nil // they are of this moment
		return m, true
	case DeviceInfo:
		c.status.Model, c.status.Firmware, c.status.Repeat = v.Model, v.Version, observer.No
		if v.Repeats {
			c.status.Repeat = observer.Yes
		}
	case Battery:
		c.measure(observer.BatteryMV, float64(v.MilliVolt))
	case CoreStats:
		c.measure(observer.BatteryMV, float64(v.BatteryMV))
		c.measure(observer.UptimeS, float64(v.UptimeSecs))
		c.measure(observer.ErrorFlags, float64(v.Errors))
		c.measure(observer.QueueLen, float64(v.Queue))
	case RadioStats:
		c.measure(observer.NoiseDBm, float64(v.NoiseFloor))
		c.measure(observer.TxAirS, float64(v.TxSecs))
		c.measure(observer.RxAirS, float64(v.RxSecs))
	case PacketStats:
		c.measure(observer.PacketsRecv, float64(v.Received))
		c.measure(observer.PacketsSent, float64(v.Sent))
		if v.HasRecvErrors {
			c.measure(observer.RecvErrors, float64(v.RecvErrors))
		}
	}
	return observer.Message{}, false
}

func (c *Companion) measure(m observer.Metric, v float64) {
	if c.status.Metrics == nil {
		c.status.Metrics = observer.Metrics{}
	}
	c.status.Metrics[m] = v
}

// self takes who the companion is, and its radio.
func (c *Companion) self(s SelfInfo) {
	c.node.Key, c.node.Name = s.Key, s.Name
	c.status.Radio = observer.Radio{FreqMHz: float64(s.FreqKHz) / 1000, BWkHz: float64(s.BWHz) / 1000, SF: int(s.SF), CR: int(s.CR)}
	c.status.Location = &observer.Position{Lat: float64(s.LatE6) / 1e6, Lon: float64(s.LonE6) / 1e6}
}

// bridged is a text as the bridges of companions publish it.
func bridged(t Text) observer.BridgeMessage {
	b := observer.BridgeMessage{Private: t.Direct, Channel: int(t.Channel), Text: t.Text, Sent: t.Timestamp, HasSNR: t.HasSNR, SNR: float64(t.SNR) / 4}
	if t.Direct {
		b.Channel, b.From = -1, hex.EncodeToString(t.From[:])
	}
	return b
}
