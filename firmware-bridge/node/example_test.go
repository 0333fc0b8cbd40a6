package node_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"hilltop/firmware-bridge/node"
)

// port stands for an open serial port or TCP connection.
type port struct {
	io.Reader
	io.Writer
}

func ExampleConsole() {
	serial := port{strings.NewReader("get public.key\r\n" +
		"  -> > 4852B69364572B52EFA1B6BB3E6D0ABED4F389A1CBFBB60A9BBA2CCE649CAF0E\r\n" +
		"16:05:41 - 23/11/2026 U RAW: 0D01B8BB40BA70\r\n" +
		"16:05:41 - 23/11/2026 U: RX, len=7 (type=3, route=F, payload_len=4) SNR=11 RSSI=-64 score=1000 time=279 hash=BBF95563C6EEC9FE\r\n"), io.Discard}

	c := node.NewConsole(serial, node.Options{Region: "SEA"})
	if err := c.Ask(); err != nil {
		fmt.Println(err)
		return
	}
	m, err := c.Next()
	fmt.Println(m.Kind, m.Observer[:8], m.Region, err)
	fmt.Println(m.Packet.Packet.Type, m.Packet.Hash, m.Packet.SNR, m.Packet.RSSI)
	// Output:
	// packet 4852B693 SEA <nil>
	// ACK bbf95563c6eec9fe 11 -64
}

func ExampleCompanion() {
	var said bytes.Buffer
	said.WriteString("\x3E\x0A\x00\x88\x2F\xC0\x0D\x01\xB8\xBB\x40\xBA\x70") // a frame heard at 11.75 dB, -64 dBm
	c := node.NewCompanion(port{&said, io.Discard}, node.Options{Key: [32]byte{0x48, 0x52}})
	m, err := c.Next()
	fmt.Println(m.Kind, m.Packet.Packet.Type, m.Packet.SNR, m.Packet.RSSI, err)
	// Output: packet ACK 11.75 -64 <nil>
}

func ExampleParseCompanion() {
	for _, payload := range []string{"\x18\x00\xAC\x0F\x10\x0E\x00\x00\x00\x00\x00", "\x09\x01\xB9\x55\x69", "\x01\x02"} {
		switch v, err := node.ParseCompanion([]byte(payload)); v := v.(type) {
		case node.CoreStats:
			fmt.Println("battery", v.BatteryMV, "mV, up", v.UptimeSecs, "s")
		case node.Time:
			fmt.Println("clock", uint32(v))
		case node.Fault:
			fmt.Println(v, err)
		}
	}
	// Output:
	// battery 4012 mV, up 3600 s
	// clock 1767225601
	// companion: not found <nil>
}

func ExampleParseLine() {
	l := node.ParseLine("16:05:42 - 23/11/2026 U: TX, len=38 (type=5, route=F, payload_len=35)")
	fmt.Println(l.Kind, l.Type, l.Len, l.Clock.Format("15:04:05"))
	// Output: tx GRP_TXT 38 16:05:42
}

func ExampleKISSReader_NextHeard() {
	r := node.NewKISSReader(strings.NewReader("\xC0\x00\x0D\x00\x01\x02\x03\x04\xC0\xC0\x06\xF9\x2F\xDB\xDC\xC0"))
	h, err := r.NextHeard()
	fmt.Printf("%X %v dB %d dBm %v\n", h.Frame, float64(h.SNR)/4, h.RSSI, err)
	// Output: 0D0001020304 11.75 dB -64 dBm <nil>
}
