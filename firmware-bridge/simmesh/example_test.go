package simmesh_test

import (
	"fmt"

	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

func ExampleGenerateHeard() {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 60, 4, 1, 200
	packets, wrong := 0, 0
	err := simmesh.GenerateHeard(cfg, func(m simmesh.Message, truth *simmesh.Heard) error {
		got := observer.Parse(observer.Envelope{Topic: m.Topic, Payload: m.Payload, Arrived: m.At}, observer.Options{})
		if truth == nil || truth.Fault != simmesh.Sound || got.Packet == nil || got.Packet.Frame == nil {
			return nil
		}
		packets++
		if fmt.Sprintf("%X", got.Packet.Hash[:]) != truth.Hash {
			wrong++
		}
		return nil
	})
	fmt.Println(err, packets > 100, wrong)
	// Output: <nil> true 0
}
