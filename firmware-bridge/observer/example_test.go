package observer_test

import (
	"fmt"
	"time"

	"hilltop/firmware-bridge/observer"
)

func ExampleParse() {
	m := observer.Parse(observer.Envelope{
		Topic: "meshcore/SEA/5D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A01/packets",
		Payload: []byte(`{"origin":"Hill","timestamp":"2026-06-09T12:00:00.410000+00:00","direction":"rx",
			"raw":"09056CCE9D8BDC1A86B0C3480C75F0A61B0405E31F2C2B0592B79F","SNR":"9","RSSI":"-87","score":"1000"}`),
		Arrived: time.Date(2026, 6, 9, 12, 0, 1, 0, time.UTC),
	}, observer.Options{})

	fmt.Println(m.Kind, m.Region, m.Name, m.Time.Certainty)
	fmt.Println(m.Packet.Hash, m.Packet.Packet.Type, m.Packet.SNR, m.Packet.RSSI)
	// Output:
	// packet SEA Hill exact
	// a47a6dd60283f5ed TXT_MSG 9 -87
}

func ExampleFromReception() {
	n := observer.WireNode{Key: [32]byte{0x48, 0x52}, Name: "Hill", Region: "SEA"}
	m := observer.FromReception(n, observer.Reception{
		Frame: []byte{0x0D, 0x00, 0xBB, 0x40, 0xBA, 0x70}, HasSNR: true, SNR: 9, SNRStep4: 4, HasRSSI: true, RSSI: -87,
	}, time.Date(2026, 6, 9, 12, 0, 1, 0, time.UTC))
	fmt.Println(m.Kind, m.Region, m.Name, m.Packet.Hash, m.Packet.SNR, m.Time.Certainty)
	// Output: packet SEA Hill bbf95563c6eec9fe 9 exact
}

func ExampleRedact() {
	topic, payload := observer.Redact("meshrank/uplink/s3cr3t/KEY/packets", []byte(`{"password":"hunter2","raw":"zz"}`))
	fmt.Println(topic, string(payload))
	// Output: meshrank/uplink/***/KEY/packets {"password":"***","raw":"zz"}
}
