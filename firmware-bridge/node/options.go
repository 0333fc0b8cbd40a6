package node

import (
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// Options are what a reader of messages cannot learn from its node.
type Options struct {
	Key    meshcore.PublicKey // of the node, until it says its own; zero: its messages are ignored until then
	Name   string             // likewise
	Region string             // region of the node's place, "" unknown
	Now    func() time.Time   // clock of this machine; nil: time.Now
}

func (o Options) node() observer.WireNode {
	return observer.WireNode{Key: o.Key, Name: o.Name, Region: o.Region}
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}
