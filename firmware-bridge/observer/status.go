package observer

import (
	"math"
	"strings"

	"github.com/tidwall/gjson"
)

// statusFields are the members of a status message.
type statusFields struct {
	head
	status, model, radio, repeat, stats, source  member
	firmwareVersion, firmware, client, clientCap member
	location                                     member
	measurements                                 measurements
}

func (f *statusFields) take(key string, v member) {
	if f.head.take(key, v) {
		return
	}
	switch key {
	case "status":
		f.status = v
	case "model":
		f.model = v
	case "firmware_version":
		f.firmwareVersion = v
	case "firmware":
		f.firmware = v
	case "client_version":
		f.client = v
	case "clientVersion":
		f.clientCap = v
	case "radio":
		f.radio = v
	case "repeat":
		f.repeat = v
	case "source":
		f.source = v
	case "location":
		f.location = v
	case "stats":
		f.stats = v
	default:
		f.measurements.take(key, v, false)
	}
}

// parseStatus reads a message of the status topic.
func parseStatus(m *Message, t topic, object string, e Envelope, o Options) {
	var f statusFields
	eachMember(object, f.take)
	if !f.identify(m, t, e, o) {
		return
	}
	m.Dialect = statusDialect(str(either(f.client, f.clientCap)))
	s := &Status{
		Online:   onlineOf(str(f.status)),
		Model:    keep(detail(str(f.model))),
		Firmware: keep(detail(str(either(f.firmwareVersion, f.firmware)))),
		Client:   keep(detail(str(either(f.client, f.clientCap)))),
		Software: keep(detail(str(f.source))),
		Repeat:   yesNo(content(f.repeat), f.repeat.Type),
		Location: readLocation(f.location),
	}
	s.Radio, _ = parseRadio(str(f.radio))
	if m.Retained || s.Online == No {
		m.snapshotTime(f.claim(m.Dialect), e.Arrived)
	} else {
		m.settle(f.claim(m.Dialect), feedWindow, e.Arrived, o.ZoneOffset)
	}
	f.measure(m, s)
	m.Kind, m.Status = KindStatus, s
	if str(f.status) == "" && (s.Metrics != nil || f.stats.IsObject()) {
		m.Kind = KindMetrics
	}
}

// measure takes the measurements of a live message. A retained one holds old
// numbers, and so does a last will.
func (f *statusFields) measure(m *Message, s *Status) {
	switch {
	case f.stats.IsObject():
		f.stats.ForEach(func(k, v member) bool {
			f.measurements.take(k.Str, v, true)
			return true
		})
	case f.stats.Exists() && f.stats.Type != gjson.Null:
		m.warn(WarnBadStats)
	}
	if f.measurements.outOfRange {
		m.warn(WarnStatsRange)
	}
	if m.Retained {
		s.Online = Unknown
		return
	}
	if s.Online != No {
		s.Metrics, s.Other = f.measurements.known(), f.measurements.other
	}
}

// statusDialect recognises the publisher by how it names itself.
func statusDialect(client string) Dialect {
	for _, known := range [...]struct {
		prefix  string
		dialect Dialect
	}{
		{"meshcoretomqtt/", DialectMC2},
		{"meshcore-packet-capture/", DialectCapture},
		{"RemoteTerm", DialectCapture},
		{"meshcore-bot", DialectCapture},
		{"meshcore/", DialectFirmware},
		{"meshcore-custom-repeater/", DialectFirmware},
		{"pyMC_repeater/", DialectPyMC},
		{"openhop_repeater/", DialectPyMC},
		{"meshcore-dev/meshcore-ha", DialectHA},
	} {
		if strings.HasPrefix(client, known.prefix) {
			return known.dialect
		}
	}
	return DialectUnknown
}

func onlineOf(s string) Tri {
	s = trimBlanks(s)
	switch {
	case equalFold(s, "online"):
		return Yes
	case equalFold(s, "offline"):
		return No
	}
	return Unknown
}

// yesNo reads on, off, true, false, 1 and 0.
func yesNo(s text, t gjson.Type) Tri {
	switch {
	case t == gjson.True || s == "1" || equalFold(s, "on") || equalFold(s, "true") || equalFold(s, "yes"):
		return Yes
	case t == gjson.False || s == "0" || equalFold(s, "off") || equalFold(s, "false") || equalFold(s, "no"):
		return No
	}
	return Unknown
}

// parseRadio reads "MHz,kHz,SF,CR". Any other form, unit or separator is
// refused rather than guessed at.
func parseRadio(s string) (Radio, bool) {
	parts := strings.Split(s, ",")
	if len(parts) != 4 {
		return Radio{}, false
	}
	freq, ok1 := parseNumber(parts[0])
	bw, ok2 := parseNumber(parts[1])
	sf, ok3 := digits(trimBlanks(parts[2]))
	cr, ok4 := digits(trimBlanks(parts[3]))
	r := Radio{FreqMHz: math.Round(freq*1000) / 1000, BWkHz: bw, SF: sf, CR: cr}
	ok := ok1 && ok2 && ok3 && ok4 && freq >= 100 && freq <= 3000 && bw >= 5 && bw <= 2000 &&
		sf >= 5 && sf <= 12 && cr >= 4 && cr <= 8
	if !ok {
		return Radio{}, false
	}
	return r, true
}

// readLocation reads {latitude, longitude}; null island is no place.
func readLocation(v member) *Position {
	if !v.IsObject() {
		return nil
	}
	p, ok := readPosition(v, "latitude", "longitude")
	if !ok || p == (Position{}) {
		return nil
	}
	return &p
}

// readPosition reads two members in degrees; it is false if one is missing, no
// number, or off the globe.
func readPosition(v member, latName, lonName string) (Position, bool) {
	var lat, lon member
	v.ForEach(func(k, v member) bool {
		switch k.Str {
		case latName:
			lat = v
		case lonName:
			lon = v
		}
		return true
	})
	a, ok1 := number(lat)
	b, ok2 := number(lon)
	return Position{Lat: a, Lon: b}, ok1 && ok2 && math.Abs(a) <= 90 && math.Abs(b) <= 180
}
