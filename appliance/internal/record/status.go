package record

import (
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/observer"
)

const (
	willGrace   = 5_000   // ms: an offline so soon after another message is a race of the broker's
	sampleEvery = 10_000  // ms between two stored sets of measurements
	stampAhead  = 120_000 // ms that a retained status may be dated ahead
)

// status takes what an observer says of itself. A retained one may be weeks
// old: it fills in what is unknown and shows nothing of today.
func (w *writer) status(p *parsed) {
	m, arrived := &p.message, p.arrived.UnixMilli()
	before := w.observer(m.Observer).lastLive
	o := w.meet(p)
	s := m.Status
	if m.Retained {
		newer := m.Time.Stamp > o.facts.Status && m.Time.Stamp <= arrived+stampAhead
		o.takeFacts(s, newer || o.facts.Status == 0)
		noteSpell(o, repeatsOf, o.facts.Repeat, arrived)
		w.settle(o)
		return
	}
	o.takeFacts(s, true)
	noteSpell(o, firmwaresOf, o.facts.Firmware, arrived)
	noteSpell(o, repeatsOf, o.facts.Repeat, arrived)
	if s.Online == observer.No {
		if arrived-before > willGrace {
			o.facts.Online, o.dirty = mesh.No, true
		}
		w.settle(o)
		return
	}
	again := m.Time.Stamp != 0 && m.Time.Stamp == o.lastStamp // by another broker
	o.lastStamp = m.Time.Stamp
	if !again {
		o.facts.Status, o.dirty = max(o.facts.Status, arrived), true
		o.facts.Online = mesh.Tri(s.Online)
		w.measure(o, s.Metrics, arrived)
	}
	o.learnClock(m, o.claimOf(m, arrived), arrived)
	w.settle(o)
}

// takeFacts overwrites what the status tells, or fills in what is unknown.
func (o *observerState) takeFacts(s *observer.Status, overwrite bool) {
	f := &o.facts
	text := func(have *string, said string) {
		if said != "" && said != *have && (overwrite || *have == "") {
			*have, o.dirty = said, true
		}
	}
	text(&f.Model, s.Model)
	text(&f.Firmware, s.Firmware)
	text(&f.Client, s.Client)
	if radio := radioOf(s.Radio); radio != (mesh.Radio{}) && radio != f.Radio && (overwrite || f.Radio == mesh.Radio{}) {
		f.Radio, o.dirty = radio, true
	}
	if repeat := mesh.Tri(s.Repeat); repeat != mesh.Unknown && repeat != f.Repeat && (overwrite || f.Repeat == mesh.Unknown) {
		f.Repeat, o.dirty = repeat, true
	}
}

// radioOf is zero for what no LoRa modem can be set to.
func radioOf(r observer.Radio) mesh.Radio {
	if !(r.FreqMHz > 0 && r.FreqMHz < 10_000 && r.BWkHz > 0 && r.BWkHz < 10_000) ||
		r.SF < 1 || r.SF > 255 || r.CR < 0 || r.CR > 255 {
		return mesh.Radio{}
	}
	return mesh.Radio{
		FreqKHz: uint32(math.Round(r.FreqMHz * 1000)), BWHz: uint32(math.Round(r.BWkHz * 1000)),
		SF: uint8(r.SF), CR: uint8(r.CR),
	}
}

// measure stores a set of measurements.
func (w *writer) measure(o *observerState, metrics observer.Metrics, arrived int64) {
	if len(metrics) == 0 || arrived-o.lastSample < sampleEvery && arrived >= o.lastSample {
		return
	}
	s := sampleOf(metrics)
	if s.Has == 0 {
		return
	}
	s.At = arrived
	o.lastSample = arrived
	o.facts.Latest = s
	w.store.AddMetrics(o.facts.ID, s)
}

// sampleOf takes the measurements that have a place in a sample and fit it.
func sampleOf(metrics observer.Metrics) (s mesh.MetricsSample) {
	// take gives a whole number from least to most, and marks it as sent.
	take := func(bit int, name observer.Metric, factor, least, most float64) float64 {
		v, ok := metrics[name]
		if v = math.Round(v * factor); !ok || !(v >= least && v <= most) {
			return 0
		}
		s.Has |= 1 << bit
		return v
	}
	s.BatteryMV = uint16(take(0, observer.BatteryMV, 1, 0, math.MaxUint16))
	s.UptimeS = uint32(take(1, observer.UptimeS, 1, 0, math.MaxUint32))
	s.NoiseDBm4 = int16(take(2, observer.NoiseDBm, 4, -800, -1))
	s.TxAirS = uint32(take(3, observer.TxAirS, 1, 0, math.MaxUint32))
	s.RxAirS = uint32(take(4, observer.RxAirS, 1, 0, math.MaxUint32))
	s.Sent = uint32(take(5, observer.PacketsSent, 1, 0, math.MaxUint32))
	s.Received = uint32(take(6, observer.PacketsRecv, 1, 0, math.MaxUint32))
	s.RecvErrors = uint32(take(7, observer.RecvErrors, 1, 0, math.MaxUint32))
	s.QueueLen = uint16(take(8, observer.QueueLen, 1, 0, math.MaxUint16))
	s.ErrorFlags = uint16(take(9, observer.ErrorFlags, 1, 0, math.MaxUint16))
	s.FreeHeap = uint32(take(10, observer.FreeHeap, 1, 0, math.MaxUint32))
	return s
}
