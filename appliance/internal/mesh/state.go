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
