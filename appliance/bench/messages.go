package main

import (
	"io"

	"hilltop/firmware-bridge/replay"
	"hilltop/firmware-bridge/simmesh"
)

// readMessages reads a whole recording.
func readMessages(file string) (all []simmesh.Message, err error) {
	r := replay.Open("", file)
	defer r.Close()
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			continue // a damaged line: the simulator makes some
		}
		all = append(all, simmesh.Message{At: e.Arrived, Topic: e.Topic, Payload: e.Payload})
	}
}
