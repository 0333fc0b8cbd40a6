package simmesh

// hearing is called for each frame an observer receives or, with tx, sends.
type hearing func(o *observer, f *frame, atMs int64, snr float64, tx bool)

// radio moves packets over the world's links.
type radio struct {
	w    *world
	r    rng
	hear hearing

	gen    uint32
	seen   []uint32 // by node: generation in which it scheduled its relay
	busyAt []uint32 // generation of busy and lock
	busy   []int64  // occupied until, ms
	lock   []float32
	evOf   []int32 // event of a node's relay, valid if seen
	events []txEvent
	queue  heap[turn]
	path   []byte
}

// txEvent is one transmission of a flood by one node.
type txEvent struct {
	node   int32
	parent int32 // event it was received from, -1 at the origin
	hops   int
	start  int64
	defers int // how often it had to wait for a free channel
	frame  *frame
}

// turn is when an event is due.
type turn struct {
	start int64
	event int32
}

func (a turn) Before(b turn) bool {
	return a.start < b.start || a.start == b.start && a.event < b.event
}

func newRadio(w *world, r rng, hear hearing) *radio {
	n := len(w.nodes)
	d := &radio{w: w, r: r, hear: hear, seen: make([]uint32, n), busyAt: make([]uint32, n),
		busy: make([]int64, n), lock: make([]float32, n), evOf: make([]int32, n)}
	return d
}

// loss is the chance that a receivable packet is lost to other traffic.
const loss = 0.06

func (d *radio) push(e txEvent) {
	ei := int32(len(d.events))
	d.events = append(d.events, e)
	d.evOf[e.node] = ei
	d.queue.push(turn{e.start, ei})
}

func (d *radio) busyUntil(n int32) int64 {
	if d.busyAt[n] != d.gen {
		return 0
	}
	return d.busy[n]
}

func (d *radio) occupy(n int32, until int64, snr float32) {
	d.busyAt[n], d.busy[n], d.lock[n] = d.gen, until, snr
}

// receive tells whether n can take a packet that starts now: a receiver that
// is locked on another one loses it unless this one is much stronger.
func (d *radio) receive(n int32, at, done int64, snr float32) bool {
	if d.busyUntil(n) > at && (snr < d.lock[n]+6 || d.r.chance(0.3)) {
		return false
	}
	d.occupy(n, done, snr)
	return true
}
