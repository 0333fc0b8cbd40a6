package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

const packetLog = `16:05:41 - 23/11/2026 U RAW: 150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D
16:05:41 - 23/11/2026 U: RX, len=37 (type=5, route=F, payload_len=35) SNR=11 RSSI=-64 score=1000 time=213 hash=B35E8EC0E974A30B
16:05:42 - 23/11/2026 U: TX, len=38 (type=5, route=F, payload_len=35)
16:05:43 - 23/11/2026 U RAW: 09046F17C47ED00A13E16AB5B94B1CC2D1A5059C6E5A6253C60D
16:05:43 - 23/11/2026 U: RX, len=26 (type=2, route=F, payload_len=20) SNR=-3 RSSI=-101 score=381 time=172 hash=ED5D121DC09272C4 [0A -> D0]

: RX, len=26 (type=2, route=D, payload_len=20) SNR=-3 RSSI=-101 score=381
16:05:43 - 23/1/2026 U: TX FAIL!, len=26 (type=4, route=D, payload_len=20)
DEBUG: something
  -> OK
`

func TestPacketLogOfTheProtocolDocument(t *testing.T) {
	r := NewLogReader(strings.NewReader(strings.ReplaceAll(packetLog, "\n", "\r\n")))
	var got []Line
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	want := []LineKind{LineRaw, LineRX, LineTX, LineRaw, LineRX, LineRX, LineTXFail, LineDebug, LineOther}
	if len(got) != len(want) {
		t.Fatalf("got %d lines, want %d", len(got), len(want))
	}
	for i, k := range want {
		if got[i].Kind != k {
			t.Errorf("line %d: got %s, want %s", i, got[i].Kind, k)
		}
	}
	rx := got[1]
	p, err := meshcore.Parse(rx.Frame)
	if err != nil || p.Hash() != rx.Hash || !rx.HasHash || rx.SNR != 11 || rx.RSSI != -64 || rx.Score != 1000 || rx.Airtime != 213*time.Millisecond {
		t.Errorf("got %+v (%v)", rx, err)
	}
	if want := time.Date(2026, 11, 23, 16, 5, 41, 0, time.UTC); !rx.Clock.Equal(want) {
		t.Errorf("got %v, want %v", rx.Clock, want)
	}
	if tx := got[2]; tx.Frame != nil || tx.HasSignal || !tx.Flood || tx.Type != meshcore.TypeGrpTxt {
		t.Errorf("a tx line has no frame: got %+v", tx)
	}
	if direct := got[4]; !direct.HasEnds || direct.Src != 0x0A || direct.Dest != 0xD0 {
		t.Errorf("got %+v, want 0A to D0", direct)
	}
	if sensor := got[5]; !sensor.Clock.IsZero() || sensor.Frame != nil || sensor.HasHash || sensor.Flood {
		t.Errorf("of a sensor: got %+v", sensor)
	}
}

// payload takes a frame of the document, skipping noise before it.
func payload(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString("00AB3EFFFF" + strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewCompanionReader(bytes.NewReader(b)).Next()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCompanionFramesOfTheProtocolDocument(t *testing.T) {
	self, err := ParseSelfInfo(payload(t, "3E3E00 05 01 16 16 4852B69364572B52EFA1B6BB3E6D0ABED4F389A1CBFBB60A9BBA2CCE649CAF0E C8F01103 C80CFEFF 00 01 00 00 F2440D00 24F40000 08 08 6F627331"))
	if err != nil || self.Name != "obs1" || self.Role != meshcore.RoleCompanion || self.TxPower != 22 || self.LatE6 != 51507400 || self.LonE6 != -127800 || self.FreqKHz != 869618 || self.BWHz != 62500 || self.SF != 8 || self.CR != 8 {
		t.Errorf("got %+v (%v)", self, err)
	}
	info := "0D 0D 32 28 00000000" + hex.EncodeToString([]byte("14 Aug 2026\x00")) + hex.EncodeToString(append([]byte("Heltec V3"), make([]byte, 31)...)) + hex.EncodeToString(append([]byte("v1.17.1"), make([]byte, 13)...)) + "0000"
	device, err := ParseDeviceInfo(payload(t, "3E5200"+info))
	if want := (DeviceInfo{Protocol: 13, MaxContacts: 100, MaxChannels: 40, BuildDate: "14 Aug 2026", Model: "Heltec V3", Version: "v1.17.1", HopWidth: 1}); err != nil || device != want {
		t.Errorf("got %+v (%v), want %+v", device, err, want)
	}
	rx, err := ParseLogRX(payload(t, "3E1900 88 2F C0 0A00D0E683B8EA82D4F326668AE92793BB39923BAA3B"))
	if err != nil || rx.SNR != 47 || rx.RSSI != -64 || len(rx.Frame) != 22 {
		t.Errorf("got %+v (%v)", rx, err)
	}
	trace, err := ParseTraceData(payload(t, "3E1300 89 00 03 00 D4C3B2A1 00000000 AABBAA 30F814 28"))
	if err != nil || trace.Trace.Tag != 0xA1B2C3D4 || trace.Trace.Len() != 3 || trace.Own != 40 || int8(trace.SNRs[1]) != -8 {
		t.Errorf("got %+v (%v)", trace, err)
	}
	core, err := ParseCoreStats(payload(t, "3E0B00 18 00 AC0F 100E0000 0000 00"))
	if want := (CoreStats{4012, 3600, 0, 0}); err != nil || core != want {
		t.Errorf("got %+v (%v), want %+v", core, err, want)
	}
	radio, err := ParseRadioStats(payload(t, "3E0E00 18 01 90FF A9 2F 78000000 84030000"))
	if want := (RadioStats{-112, -87, 47, 120, 900}); err != nil || radio != want {
		t.Errorf("got %+v (%v), want %+v", radio, err, want)
	}
}

func TestCommandsOnTheWire(t *testing.T) {
	var b bytes.Buffer
	if err := errors.Join(WriteCommand(&b, DeviceQuery()), WriteCommand(&b, AppStart("obs"))); err != nil {
		t.Fatal(err)
	}
	if got := strings.ToUpper(hex.EncodeToString(b.Bytes())); got != "3C02001603"+"3C0B0001000000000000006F6273" {
		t.Errorf("got %s", got)
	}
	if WriteCommand(&b, nil) == nil || WriteCommand(&b, make([]byte, 177)) == nil {
		t.Error("commands of 0 and of 177 bytes: want errors")
	}
}

func FuzzLog(f *testing.F) {
	f.Add(packetLog)
	f.Fuzz(func(t *testing.T, s string) {
		r := NewLogReader(strings.NewReader(s))
		for {
			l, err := r.Next()
			if err != nil {
				return
			}
			if l.Text == "" || l.Kind == LineRX && l.Frame != nil && len(l.Frame) != l.Len {
				t.Fatalf("got %+v", l)
			}
		}
	})
}

func FuzzCompanion(f *testing.F) {
	f.Add([]byte("\x3e\x03\x00\x88\x2f\xc0"))
	f.Add([]byte("\x3e\x00\x00>>\x3e\x0b\x00\x18\x00\xac\x0f\x10\x0e\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewCompanionReader(bytes.NewReader(b))
		for {
			m, err := r.Next()
			if err != nil {
				return
			}
			for _, short := range [][]byte{m, m[:len(m)/2], m[:1]} {
				if v, err := ParseCompanion(short); (v == nil) != (err != nil) {
					t.Fatalf("%X reads as %v (%v)", short, v, err)
				}
			}
		}
	})
}
