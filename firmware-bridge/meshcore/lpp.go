package meshcore

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ReadingKind is what a sensor's value measures: the type byte of CayenneLPP.
type ReadingKind byte

// The kinds of readings that the firmware's sensors send (LPPDataHelpers.h).
const (
	ReadingDigitalIn     ReadingKind = 0
	ReadingDigitalOut    ReadingKind = 1
	ReadingAnalogIn      ReadingKind = 2
	ReadingAnalogOut     ReadingKind = 3
	ReadingGeneric       ReadingKind = 100
	ReadingLuminosity    ReadingKind = 101 // lx
	ReadingPresence      ReadingKind = 102
	ReadingTemperature   ReadingKind = 103 // °C
	ReadingHumidity      ReadingKind = 104 // %
	ReadingAcceleration  ReadingKind = 113 // g, three axes
	ReadingPressure      ReadingKind = 115 // hPa
	ReadingVoltage       ReadingKind = 116 // V
	ReadingCurrent       ReadingKind = 117 // A
	ReadingFrequency     ReadingKind = 118 // Hz
	ReadingPercentage    ReadingKind = 120 // %
	ReadingAltitude      ReadingKind = 121 // m
	ReadingConcentration ReadingKind = 125 // ppm
	ReadingPower         ReadingKind = 128 // W
	ReadingDistance      ReadingKind = 130 // m
	ReadingEnergy        ReadingKind = 131 // kWh
	ReadingDirection     ReadingKind = 132 // °
	ReadingUnixTime      ReadingKind = 133 // s
	ReadingGyro          ReadingKind = 134 // °/s, three axes
	ReadingColour        ReadingKind = 135 // red, green, blue
	ReadingGPS           ReadingKind = 136 // °, °, m
	ReadingSwitch        ReadingKind = 142
	ReadingPolyline      ReadingKind = 240 // not taken apart
)

// lppPart is one number of a reading.
type lppPart struct {
	bytes  int
	signed bool
	scale  float64 // of the last digit
}

type lppForm struct {
	name, unit string
	parts      []lppPart
}

// lppForms are the forms of all kinds but the polyline's.
var lppForms = map[ReadingKind]lppForm{
	ReadingDigitalIn:     {"digital input", "", []lppPart{{1, false, 1}}},
	ReadingDigitalOut:    {"digital output", "", []lppPart{{1, false, 1}}},
	ReadingAnalogIn:      {"analog input", "", []lppPart{{2, true, 0.01}}},
	ReadingAnalogOut:     {"analog output", "", []lppPart{{2, true, 0.01}}},
	ReadingGeneric:       {"generic", "", []lppPart{{4, false, 1}}},
	ReadingLuminosity:    {"luminosity", "lx", []lppPart{{2, false, 1}}},
	ReadingPresence:      {"presence", "", []lppPart{{1, false, 1}}},
	ReadingTemperature:   {"temperature", "°C", []lppPart{{2, true, 0.1}}},
	ReadingHumidity:      {"humidity", "%", []lppPart{{1, false, 0.5}}},
	ReadingAcceleration:  {"acceleration", "g", []lppPart{{2, true, 0.001}, {2, true, 0.001}, {2, true, 0.001}}},
	ReadingPressure:      {"pressure", "hPa", []lppPart{{2, false, 0.1}}},
	ReadingVoltage:       {"voltage", "V", []lppPart{{2, false, 0.01}}},
	ReadingCurrent:       {"current", "A", []lppPart{{2, false, 0.001}}},
	ReadingFrequency:     {"frequency", "Hz", []lppPart{{4, false, 1}}},
	ReadingPercentage:    {"percentage", "%", []lppPart{{1, false, 1}}},
	ReadingAltitude:      {"altitude", "m", []lppPart{{2, true, 1}}},
	ReadingConcentration: {"concentration", "ppm", []lppPart{{2, false, 1}}},
	ReadingPower:         {"power", "W", []lppPart{{2, false, 1}}},
	ReadingDistance:      {"distance", "m", []lppPart{{4, false, 0.001}}},
	ReadingEnergy:        {"energy", "kWh", []lppPart{{4, false, 0.001}}},
	ReadingDirection:     {"direction", "°", []lppPart{{2, false, 1}}},
	ReadingUnixTime:      {"time", "s", []lppPart{{4, false, 1}}},
	ReadingGyro:          {"gyro", "°/s", []lppPart{{2, true, 0.01}, {2, true, 0.01}, {2, true, 0.01}}},
	ReadingColour:        {"colour", "", []lppPart{{1, false, 1}, {1, false, 1}, {1, false, 1}}},
	ReadingGPS:           {"position", "", []lppPart{{3, true, 0.0001}, {3, true, 0.0001}, {3, true, 0.01}}},
	ReadingSwitch:        {"switch", "", []lppPart{{1, false, 1}}},
}

func (f lppForm) size() (n int) {
	for _, p := range f.parts {
		n += p.bytes
	}
	return n
}

// String is the kind in words, "type 7" when it is not known.
func (k ReadingKind) String() string {
	if f, ok := lppForms[k]; ok {
		return f.name
	}
	if k == ReadingPolyline {
		return "polyline"
	}
	return "type " + strconv.Itoa(int(k))
}

// Unit is the unit of the kind's values, "" if they have none or several.
func (k ReadingKind) Unit() string { return lppForms[k].unit }

// Reading is one value of a sensor, as CayenneLPP sends it.
type Reading struct {
	Channel byte // 1 is the node itself; sensors have 2 and more; never 0
	Kind    ReadingKind
	Data    []byte // big-endian, as sent
}

// ErrReading says that telemetry holds a kind whose length is not known, or
// ends within a value.
var ErrReading = errors.New("telemetry: a value of an unknown kind, or cut off")

// polylineLeast is the least number of bytes of a polyline.
const polylineLeast = 8

// ParseReadings reads telemetry: the body of a [Tagged] that answers a
// [RequestTelemetry], or of a companion's push. It ends at channel 0, which is
// padding. With [ErrReading] the readings before the place are good. A polyline
// does not tell its length: it takes all that is left.
func ParseReadings(b []byte) (list []Reading, err error) {
	for len(b) > 0 && b[0] != 0 {
		if len(b) < 2 {
			return list, ErrReading
		}
		kind, data := ReadingKind(b[1]), b[2:]
		n := lppForms[kind].size()
		if kind == ReadingPolyline {
			n = max(len(data), polylineLeast)
		}
		if n == 0 || n > len(data) {
			return list, ErrReading
		}
		list = append(list, Reading{Channel: b[0], Kind: kind, Data: data[:n:n]})
		b = data[n:]
	}
	return list, nil
}

// NewReading makes a reading of values in the kind's unit, rounded to its last
// digit. It fails for a number of values that the kind does not have, for what
// exceeds its range, and for channel 0, which ends a list.
func NewReading(channel byte, kind ReadingKind, values ...float64) (Reading, error) {
	f, ok := lppForms[kind]
	if !ok || len(values) != len(f.parts) || channel == 0 {
		return Reading{}, fmt.Errorf("reading of %s: %d values on channel %d", kind, len(values), channel)
	}
	r := Reading{Channel: channel, Kind: kind}
	for i, p := range f.parts {
		v := math.Round(values[i] / p.scale)
		least, most := 0.0, math.Exp2(float64(8*p.bytes))-1
		if p.signed {
			least, most = -math.Exp2(float64(8*p.bytes-1)), math.Exp2(float64(8*p.bytes-1))-1
		}
		if !(v >= least && v <= most) {
			return Reading{}, fmt.Errorf("reading of %s: %v is out of its range", kind, values[i])
		}
		for shift := 8 * (p.bytes - 1); shift >= 0; shift -= 8 {
			r.Data = append(r.Data, byte(int64(v)>>shift))
		}
	}
	return r, nil
}

// AppendTo appends the reading to dst: the inverse of [ParseReadings].
func (r Reading) AppendTo(dst []byte) []byte {
	return append(append(dst, r.Channel, byte(r.Kind)), r.Data...)
}

// Values are the numbers of the reading in the kind's unit: one, or three for
// axes and colours; of a position latitude and longitude in degrees and the
// altitude in metres. A polyline and unknown kinds have none.
func (r Reading) Values() []float64 {
	f := lppForms[r.Kind]
	if f.size() != len(r.Data) {
		return nil
	}
	var out []float64
	b := r.Data
	for _, p := range f.parts {
		out = append(out, scaled(bigEndian(b[:p.bytes], p.signed), p.scale))
		b = b[p.bytes:]
	}
	return out
}

// scaled divides by the whole inverse of a scale: 401 of 0.01 is 4.01, not
// 4.0100000000000004.
func scaled(v int64, scale float64) float64 { return float64(v) / math.Round(1/scale) }

func bigEndian(b []byte, signed bool) (v int64) {
	for _, c := range b {
		v = v<<8 | int64(c)
	}
	if shift := 64 - 8*len(b); signed {
		v = v << shift >> shift
	}
	return v
}

// String is kind and values with their unit, such as "temperature 23.5 °C".
func (r Reading) String() string {
	words := []string{r.Kind.String()}
	for _, v := range r.Values() {
		words = append(words, strconv.FormatFloat(v, 'f', -1, 64))
	}
	if u := r.Kind.Unit(); u != "" && len(words) > 1 {
		words = append(words, u)
	}
	return strings.Join(words, " ")
}

// ReadingKinds lists the kinds that [NewReading] makes, in order.
func ReadingKinds() []ReadingKind {
	out := make([]ReadingKind, 0, len(lppForms))
	for k := range lppForms {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// TelemetryMask says which groups of readings a client may see or wants.
type TelemetryMask byte

// The groups of readings (SensorManager.h).
const (
	TelemetryBase        TelemetryMask = 1 // battery and the node's own state
	TelemetryLocation    TelemetryMask = 2
	TelemetryEnvironment TelemetryMask = 4
)
