package mesh

// ObserverState tells what arrives from an observer, in the words of pages.
type ObserverState string

// The states of an observer.
const (
	ObserverDelivering  ObserverState = "delivering"   // packets and statuses
	ObserverStatusOnly  ObserverState = "status only"  // it is there but reports no packets
	ObserverPacketsOnly ObserverState = "packets only" // it sends no statuses, or none lately
	ObserverDown        ObserverState = "down"         // nothing for longer than is usual for it
)

// NodeState tells whether a node was heard within its usual time.
type NodeState string

// The states of a node.
const (
	NodeActive NodeState = "active"
	NodeQuiet  NodeState = "quiet"
	NodeSilent NodeState = "silent"
)

// StateAt is a node's state by when it was last heard, both in Unix ms. A
// repeater or room is quiet after 24 h and silent after 72 h, any other node
// after 1 h and 24 h.
func (n Node) StateAt(lastHeard, now int64) NodeState {
	const hour = 3_600_000
	quiet, silent := int64(1), int64(24)
	if n.CanRelay() {
		quiet, silent = 24, 72
	}
	switch age := now - lastHeard; {
	case lastHeard == 0 || age >= silent*hour:
		return NodeSilent
	case age >= quiet*hour:
		return NodeQuiet
	}
	return NodeActive
}
