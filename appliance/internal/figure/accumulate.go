package figure

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// cell is a cell being counted.
type cell struct {
	Cell
	seen uint64 // the last transmission that counted in it
}

// table is a table being counted.
type table struct {
	Table
	dense   []int32 // place of small keys in cells, plus 1
	sparse  map[int64]int32
	keys    []int64
	cells   []cell
	buckets int // of its rows' timelines
}

// Keys from -denseLow to below denseHigh are found without a map.
const (
	denseLow  = 256
	denseHigh = 1 << 17
)

// cell finds the cell of a key; it holds until the next is added.
func (t *table) cell(key int64) *cell {
	if k := uint64(key + denseLow); k < uint64(len(t.dense)) && t.dense[k] != 0 {
		return &t.cells[t.dense[k]-1]
	}
	return &t.cells[t.place(key)-1]
}

// place finds the place of a key in cells, plus 1, and makes it.
func (t *table) place(key int64) int32 {
	if key >= -denseLow && key < denseHigh {
		k := int(key + denseLow)
		if k >= len(t.dense) {
			t.dense = append(t.dense, make([]int32, k+1-len(t.dense))...)
		}
		t.dense[k] = t.add(key)
		return t.dense[k]
	}
	n, ok := t.sparse[key]
	if !ok {
		if t.sparse == nil {
			t.sparse = make(map[int64]int32)
		}
		n = t.add(key)
		t.sparse[key] = n
	}
	return n
}

// add adds a row; it gives its place, plus 1.
func (t *table) add(key int64) int32 {
	var c cell
	if t.buckets > 0 {
		c.Timeline = make([]Count, t.buckets)
	}
	t.keys, t.cells = append(t.keys, key), append(t.cells, c)
	return int32(len(t.cells))
}

// accumulator counts what matches, transmission by transmission: begin, add
// for each observation that matches, end.
type accumulator struct {
	want   *Want
	from   int64 // where the filter's span begins
	air    *airtimes
	total  cell
	tables []table
	relays bool // a table is by relay

	serial  uint64 // of the transmission
	tx      *transmission
	copies  []copyOf // observations of it that match
	keys    []int64  // of them, in one table
	buckets []int32  // in which they stand
	bucket  int      // in which the transmission counts
}

func newAccumulator(f *compiled, w *Want, air *airtimes) *accumulator {
	a := &accumulator{want: w, from: f.From, air: air, tables: make([]table, len(w.Tables))}
	if w.Timeline.Buckets > 0 {
		a.total.Timeline = make([]Count, w.Timeline.Buckets)
	}
	for i, t := range w.Tables {
		a.tables[i].Table = t
		if t.Timeline {
			a.tables[i].buckets = w.Timeline.Buckets
		}
		a.relays = a.relays || t.By == ByRelay
	}
	return a
}

// begin begins a transmission, which may have no observation that matches.
func (a *accumulator) begin(t *transmission) {
	a.serial++
	a.tx, a.copies = t, a.copies[:0]
}

// add takes an observation that matches.
func (a *accumulator) add(o *copyOf) { a.copies = append(a.copies, *o) }

// end counts what was added, but for relays. sent is the time on air of the
// transmission's sendings.
func (a *accumulator) end(sent time.Duration) {
	if len(a.copies) == 0 {
		return
	}
	a.findBuckets()
	one := Cell{Count: Count{1, int64(len(a.copies))}, Sent: sent}
	for i := range a.copies {
		a.measure(&one, &a.copies[i])
	}
	a.whole(&a.total, &one)
	for i := range a.tables {
		switch t := &a.tables[i]; t.By {
		case ByType:
			a.whole(t.cell(int64(a.tx.kind)), &one)
		case ByChannel:
			a.whole(t.cell(int64(a.tx.channel)), &one)
		case ByRelay:
		default:
			a.each(t)
		}
	}
}

// findBuckets finds where the transmission and its observations count in time.
func (a *accumulator) findBuckets() {
	w := &a.want.Timeline
	if a.bucket = -1; w.Buckets == 0 {
		return
	}
	a.bucket = w.bucket(max(a.tx.first, a.from))
	a.buckets = a.buckets[:0]
	for i := range a.copies {
		a.buckets = append(a.buckets, int32(w.bucket(a.copies[i].at)))
	}
}

// whole counts the transmission with all its observations in one cell.
func (a *accumulator) whole(c *cell, one *Cell) {
	c.merge(one)
	if c.Timeline == nil {
		return
	}
	if a.bucket >= 0 {
		c.Timeline[a.bucket].Transmissions++
	}
	for _, n := range a.buckets {
		if n >= 0 {
			c.Timeline[n].Observations++
		}
	}
}

// each counts the observations in the rows of a table where they stand.
func (a *accumulator) each(t *table) {
	a.findKeys(t.By)
	for i, key := range a.keys {
		c := t.cell(key)
		c.Observations++
		a.once(c)
		if c.Timeline != nil && a.buckets[i] >= 0 {
			c.Timeline[a.buckets[i]].Observations++
		}
		a.measure(&c.Cell, &a.copies[i])
	}
}

func (a *accumulator) findKeys(by By) {
	a.keys = a.keys[:0]
	for i := range a.copies {
		o := &a.copies[i]
		var key int64
		switch by {
		case ByObserver:
			key = int64(o.observer)
		case ByRegion:
			key = int64(o.region)
		case ByRoute:
			key = int64(o.route)
		case ByWidth:
			key = int64(o.width)
		case ByHops:
			key = int64(o.hops)
		case BySize:
			key = int64(o.size)
		case BySNR:
			key = int64(o.snr)
		case ByRSSI:
			key = int64(o.rssi)
		}
		a.keys = append(a.keys, key)
	}
}

// measure adds the signal and the time on air of an observation.
func (a *accumulator) measure(c *Cell, o *copyOf) {
	if a.want.Signal {
		if o.snr != mesh.NoSNR {
			c.SNR.add(int(o.snr))
		}
		if o.rssi != mesh.NoRSSI {
			c.RSSI.add(int(o.rssi))
		}
	}
	if a.air != nil {
		c.Heard += a.air.of(int(o.size))
	}
}

// once counts the transmission, the first time that it comes to a cell.
func (a *accumulator) once(c *cell) {
	if c.seen == a.serial {
		return
	}
	c.seen = a.serial
	c.Transmissions++
	if a.bucket >= 0 && c.Timeline != nil {
		c.Timeline[a.bucket].Transmissions++
	}
}

// relayed counts, after end, n observations in whose paths a hop occurs.
func (a *accumulator) relayed(hop []byte, n int64) {
	for i := range a.tables {
		if t := &a.tables[i]; t.By == ByRelay {
			c := t.cell(hopKey(hop))
			c.Observations += n
			a.once(c)
		}
	}
}

// airtimes is the time on air of frames by their length.
type airtimes struct {
	preset meshcore.Preset
	short  [meshcore.MaxFrame + 1]time.Duration
}

func newAirtimes(p *meshcore.Preset) *airtimes {
	if p == nil {
		return nil
	}
	a := &airtimes{preset: *p}
	for n := range a.short {
		a.short[n] = p.Airtime(n)
	}
	return a
}

func (a *airtimes) of(size int) time.Duration {
	if size < len(a.short) {
		return a.short[size]
	}
	return a.preset.Airtime(size)
}
