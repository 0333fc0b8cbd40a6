package observer

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKey   = "5D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A01"
	otherKey  = "3E95A679672092406CBC1FA8A13DA7A6199A2F589B1D12E7034A75678B51EA73"
	testFrame = "09056CCE9D8BDC1A86B0C3480C75F0A61B0405E31F2C2B0592B79F"
)

var testArrival = time.Date(2026, 6, 9, 12, 0, 0, 500e6, time.UTC)

// packetAt parses a message with the members given in addition to the frame.
func packetAt(topic, members string, o Options) Message {
	body := fmt.Sprintf(`{"raw":%q%s}`, testFrame, members)
	return Parse(Envelope{Topic: topic, Payload: []byte(body), Arrived: testArrival}, o)
}

func TestTopicsOfEveryTree(t *testing.T) {
	for _, c := range []struct{ topic, want string }{
		{"meshcore/SEA/" + testKey + "/packets", "packet SEA"},
		{"meshcore/SEA/" + strings.ToLower(testKey) + "/packet", "packet SEA"},
		{"bridged/meshcore/SEA/" + testKey + "/packets", "packet SEA"},
		{"meshrank/uplink/SEA/" + testKey + "/packets", "packet "},
		{"mine/" + testKey + "/packets", "packet "},
		{"meshcore/" + testKey + "/packets", "packet "},
		{"meshcore/LOC/" + testKey + "/packets", "packet "},
		{"meshcore/TeSt/" + testKey + "/packets", "packet TEST"},
		{"meshcore/SEA/packets", "malformed bad_observer_id"},
		{"meshcore", "malformed bad_topic"},
		{"", "malformed bad_topic"},
		{"a/b/c/d/e/f/g/h/i", "malformed bad_topic"},
		{"meshcore/SEA/" + testKey + "/packets/x", "ignored unknown_kind"},
		{"meshcore/SEA/" + testKey + "/serial/commands", "ignored kind_serial"},
		{"meshcore/SEA/" + testKey + "/internal", "ignored kind_internal"},
		{"hub/" + testKey + "/command/reboot", "ignored command_topic"},
		{"hub/command/reboot", "ignored command_topic"},
		{"home/lamp", "ignored unknown_kind"},
		{"$SYS/x", "ignored sys_topic"},
		{"meshcore/telemetry", "ignored bridge_event"},
	} {
		m := packetAt(c.topic, "", Options{})
		got := fmt.Sprintf("%s %s", m.Kind, m.Region)
		if m.Reason != "" {
			got = fmt.Sprintf("%s %s", m.Kind, m.Reason)
		}
		if got != c.want || m.Kind == KindPacket && m.Observer != testKey {
			t.Errorf("%s: got %s of %q, want %s", c.topic, got, m.Observer, c.want)
		}
	}
}

func TestWhoIsBelieved(t *testing.T) {
	key, roof := "meshcore/SEA/"+testKey+"/packets", "meshcore/SEA/roof/packets"
	other := fmt.Sprintf(`,"origin_id":%q`, otherKey)
	for _, c := range []struct {
		name, topic, members string
		o                    Options
		want                 string
	}{
		{"free form from anyone", roof, "", Options{}, "malformed bad_observer_id "},
		{"free form from a trusted source", roof, "", Options{Trust: true}, "packet  roof"},
		{"placeholder from a trusted source", "meshcore/SEA/UNKNOWN/packets", "", Options{Trust: true}, "malformed bad_observer_id "},
		{"key in the payload beats free form", roof, other, Options{Trust: true}, "packet  " + otherKey},
		{"another key, foreign broker", key, other, Options{}, "packet  " + testKey},
		{"another key, own broker", key, other, Options{OwnBroker: true}, "malformed origin_mismatch " + testKey},
		{"no key in the payload, own broker", key, "", Options{OwnBroker: true}, "packet  " + testKey},
	} {
		m := packetAt(c.topic, c.members, c.o)
		if got := fmt.Sprintf("%s %s %s", m.Kind, m.Reason, m.Observer); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestOwnBrokerHoldsLoginAgainstTopic(t *testing.T) {
	e := Envelope{Topic: "meshcore/SEA/" + testKey + "/status", Payload: []byte(`{"status":"online"}`), Arrived: testArrival}
	for login, want := range map[string]Kind{testKey: KindStatus, otherKey: KindMalformed, "user": KindStatus, "": KindStatus} {
		e.Login = login
		if m := Parse(e, Options{OwnBroker: true}); m.Kind != want {
			t.Errorf("login %q: got %s, want %s", login, m.Kind, want)
		}
	}
}

func TestRegionComesFromTopicThenSourceThenPayload(t *testing.T) {
	for _, c := range []struct {
		segment, members string
		o                Options
		want             string
	}{
		{"SEA", `,"region":"LAX"`, Options{DefaultRegion: "PDX"}, "SEA"},
		{"XXX", `,"region":"LAX"`, Options{DefaultRegion: "PDX"}, "PDX"},
		{"XXX", `,"region":"LAX"`, Options{}, "LAX"},
		{"XXX", `,"region":"LAX"`, Options{OwnBroker: true}, ""},
	} {
		m := packetAt("meshcore/"+c.segment+"/"+testKey+"/packets", c.members, c.o)
		if m.Region != c.want {
			t.Errorf("%s %s: got %q, want %q", c.segment, c.members, m.Region, c.want)
		}
	}
}

func TestLearnedZoneIsUsedAndTaught(t *testing.T) {
	topic := "meshcore/SEA/" + testKey + "/packets"
	naive := `,"timestamp":"2026-06-09T05:00:00.250000"`
	m := packetAt(topic, naive, Options{})
	if !m.Time.HasZone || m.Time.Zone != -7*time.Hour || m.Time.Certainty != Receipt {
		t.Errorf("evidence: got %+v, want 7 hours west, time by receipt", m.Time)
	}
	o := Options{ZoneOffset: func(id string) (time.Duration, bool) { return m.Time.Zone, id == testKey }}
	m = packetAt(topic, naive, o)
	if want := testArrival.Add(-250 * time.Millisecond); !m.Time.At.Equal(want) || m.Time.Certainty != Learned {
		t.Errorf("got %v %v, want %v learned", m.Time.At, m.Time.Certainty, want)
	}
	o.ZoneOffset = func(string) (time.Duration, bool) { return 100 * 24 * time.Hour, true }
	if m = packetAt(topic, naive, o); m.Time.Certainty != Receipt || !m.Warned(WarnClockImplausible) {
		t.Errorf("a wrong zone is believed: %+v", m.Time)
	}
}

func TestStampTellsCopiesAtAnyDelay(t *testing.T) {
	topic := "meshcore/SEA/" + testKey + "/packets"
	for stamp, want := range map[string]bool{
		"2026-06-09T05:00:00.250000": true, "2026-05-01T05:00:00Z": true, "2024-05-15T10:59:11": false,
		"1970-01-01T00:04:11.000000": false, "2024-01-01T12:00:00.000000": false, "2106-02-07T06:28:15Z": false, "Unknown": false,
	} {
		m := packetAt(topic, fmt.Sprintf(`,"timestamp":%q`, stamp), Options{})
		if got := m.Time.Stamp != 0; got != want {
			t.Errorf("%s: got stamp %d, want one: %t", stamp, m.Time.Stamp, want)
		}
	}
}

func TestSNRKeepsItsResolution(t *testing.T) {
	for value, want := range map[string][2]int{`"4"`: {16, 4}, `"4.5"`: {18, 1}, `"11.8"`: {47, 1}, `-7.25`: {-29, 1}, `9`: {36, 4}} {
		r := packetAt("meshcore/SEA/"+testKey+"/packets", `,"SNR":`+value, Options{}).Packet
		if !r.HasSNR || r.SNR4 != want[0] || r.SNRStep4 != want[1] {
			t.Errorf("%s: got %d quarters in steps of %d, want %v", value, r.SNR4, r.SNRStep4, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]float64{
		" -7.25 ": -7.25, "9.5 dB": 9.5, "-87dBm": -87, "4100mV": 4100, "12 S": 12, "50%": 50, "1e2": 100, "+3": 3,
		"": math.NaN(), "nan": math.NaN(), "Infinity": math.NaN(), "0x10": math.NaN(), "1,5": math.NaN(), "1e999": math.NaN(),
		"dB": math.NaN(), "5 km": math.NaN(), "1_0": math.NaN(), "--1": math.NaN(),
	} {
		got, ok := parseNumber(s)
		if ok == math.IsNaN(want) || ok && got != want {
			t.Errorf("%q: got %v %t, want %v", s, got, ok, want)
		}
	}
}

func TestOutermostDepthDoesNotPanic(t *testing.T) {
	deep := strings.Repeat("[", maxPayload-20)
	m := Parse(Envelope{Topic: "meshcore/SEA/" + testKey + "/packets", Payload: []byte(deep), Arrived: testArrival}, Options{})
	if m.Reason != NotJSON {
		t.Errorf("got %s %s, want not_json", m.Kind, m.Reason)
	}
}

func TestClientNeedsItsKeyAndAPosition(t *testing.T) {
	lower := strings.ToLower(testKey)
	for _, c := range []struct {
		key, gps string
		want     Reason
	}{
		{lower, `{"lat":51.5,"lon":"3.7"}`, HopTooShort},
		{testKey, `{"lat":51.5,"lon":3.7}`, ClientKey},
		{lower, `null`, NoFix},
		{lower, `{}`, NoFix},
		{lower, `{"lat":null,"lon":null,"acc_m":null}`, NoFix},
		{lower, `{"lat":51.5,"lon":"Unknown"}`, NoFix},
		{lower, `{"lat":0,"lon":0}`, NoFix},
		{lower, `{"lat":0,"lon":180.5}`, BadGPS},
		{lower, `{"lat":-90.5,"lon":0}`, BadGPS},
	} {
		if m := packetAt("meshcore/client/"+c.key+"/packets", `,"gps":`+c.gps, Options{}); m.Reason != c.want {
			t.Errorf("%s of %s: got %s %s, want %s", c.gps, c.key, m.Kind, m.Reason, c.want)
		}
	}
}

func TestStatsWithoutStatusAreMetrics(t *testing.T) {
	for body, want := range map[string]Kind{
		`{"stats":{"battery_mv":4000}}`:                   KindMetrics,
		`{"stats":{"battery_mv":0}}`:                      KindMetrics,
		`{"battery_mv":4000}`:                             KindMetrics,
		`{"status":"online","stats":{"battery_mv":4000}}`: KindStatus,
		`{"model":"Heltec V3","stats":null}`:              KindStatus,
	} {
		for _, retained := range []bool{false, true} {
			if retained && !strings.Contains(body, "stats") {
				continue // old numbers are not kept, and nothing else tells
			}
			m := Parse(Envelope{Topic: "meshcore/SEA/" + testKey + "/status", Payload: []byte(body), Retained: retained, Arrived: testArrival}, Options{})
			if m.Kind != want || retained && m.Status.Metrics != nil {
				t.Errorf("%s, retained %v: got %s, want %s", body, retained, m.Kind, want)
			}
		}
	}
}

func TestNullLeavesRoomForTheOtherSpelling(t *testing.T) {
	m := packetAt("meshcore/SEA/"+testKey+"/packets", `,"SNR":null,"snr":"-2.25","RSSI":-90,"rssi":-80,"origin":null,"name":"Hill"`, Options{})
	if m.Packet.SNR != -2.25 || m.Packet.RSSI != -90 || m.Name != "Hill" {
		t.Errorf("got %v dB, %v dBm, %q", m.Packet.SNR, m.Packet.RSSI, m.Name)
	}
}

func TestNamesKeepWhatShows(t *testing.T) {
	for name, want := range map[string]string{
		"\U0001F469\u200D\U0001F680 Anna":                                             "\U0001F469\u200D\U0001F680 Anna",
		"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F Hill": "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F Hill",
		"a\u202Eb\u200Bc\u0007d\uFEFF":                                                "abcd",
	} {
		body, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := packetAt("meshcore/SEA/"+testKey+"/packets", `,"origin":`+string(body), Options{}); m.Name != want {
			t.Errorf("%+q: got %+q, want %+q", name, m.Name, want)
		}
	}
}

func TestUnknownMeasurementsAreCapped(t *testing.T) {
	var stats []string
	for i := range 100 {
		stats = append(stats, fmt.Sprintf(`"x%d":%d`, i, i), fmt.Sprintf(`"long%d":%q`, i, strings.Repeat("y", 100)))
	}
	body := `{"status":"online","stats":{` + strings.Join(stats, ",") + `}}`
	m := Parse(Envelope{Topic: "meshcore/SEA/" + testKey + "/status", Payload: []byte(body), Arrived: testArrival}, Options{})
	if got := len(m.Status.Other); got != maxOther {
		t.Errorf("got %d, want %d", got, maxOther)
	}
}

func TestParseRunsInParallel(t *testing.T) {
	samples := readSamples(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, s := range samples {
				if m := Parse(s.envelope(), Options{OwnBroker: s.Expect["on"] == "own_broker"}); string(m.Kind) != s.Expect["kind"] {
					t.Errorf("got %s, want %s", m.Kind, s.Expect["kind"])
				}
			}
		})
	}
	wg.Wait()
}
