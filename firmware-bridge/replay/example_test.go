package replay_test

import (
	"context"
	"fmt"
	"strings"

	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/replay"
)

func ExampleRecording_Run() {
	lines := `{"t": 1767225600000, "topic": "meshcore/SEA/KEY/status", "payload": {"status": "online"}}
not a line
{"t": 1767225660000, "topic": "meshcore/SEA/KEY/packets", "payload_text": "broken"}
`
	r, err := replay.NewRecording("example", "lines", strings.NewReader(lines))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	err = r.Run(context.Background(), 0, func(e observer.Envelope) error {
		fmt.Println(e.Arrived.UTC().Format("15:04"), e.Topic, string(e.Payload))
		return nil
	})
	fmt.Println(err, r.Stats().Bad, "bad")
	// Output:
	// 00:00 meshcore/SEA/KEY/status {"status": "online"}
	// 00:01 meshcore/SEA/KEY/packets broken
	// <nil> 1 bad
}
