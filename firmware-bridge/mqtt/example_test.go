package mqtt_test

import (
	"context"
	"fmt"
	"log/slog"
	"os/signal"
	"syscall"

	"hilltop/firmware-bridge/mqtt"
	"hilltop/firmware-bridge/observer"
)

// Prints the packets that the observers of Seattle publish, until interrupted.
func ExampleSource_Run() {
	source, err := mqtt.New(mqtt.Config{Name: "public", URL: "mqtts://mqtt.example.org", Topics: []string{"meshcore/SEA/+/packets"}}, slog.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	err = source.Run(ctx, func(e observer.Envelope) bool {
		if m := observer.Parse(e, observer.Options{}); m.Kind == observer.KindPacket {
			fmt.Println(m.Observer, m.Packet.Hash, m.Packet.SNR)
		}
		return true
	})
	fmt.Println(err, source.State().Messages)
}

func ExampleNew() {
	_, err := mqtt.New(mqtt.Config{Name: "public", URL: "http://mqtt.example.org"}, slog.Default())
	fmt.Println(err != nil)
	// Output: true
}
