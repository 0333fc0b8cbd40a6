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

func (t *table) cell(key int64) *cell {
	if key >= -denseLow && key < denseHigh {
		k := int(key + denseLow)
		if k >= len(t.dense) {
			t.dense = append(t.dense, make([]int32, k+1-len(t.dense))...)
		}
		if t.dense[k] == 0 {
			t.dense[k] = t.add(key)
		}
		return &t.cells[t.dense[k]-1]
	}
	n, ok := t.sparse[key]
	if !ok {
		if t.sparse == nil {
			t.sparse = make(map[int64]int32)
		}
		n = t.add(key)
		t.sparse[key] = n
	}
	return &t.cells[n-1]
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

	serial uint64 // of the transmission
	tx     *transmission
	any    bool // an observation of it matched
	bucket int  // it counts in
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

// begin begins a transmission, which may yet have no observation that matches.
func (a *accumulator) begin(t *transmission) {
	a.serial++
	a.tx, a.any = t, false
}

// add counts an observation that matches.
func (a *accumulator) add(o *copyOf) {
	if !a.any {
		a.any = true
		a.bucket = a.want.Timeline.bucket(max(a.tx.first, a.from))
	}
	bucket := a.want.Timeline.bucket(o.at)
	a.count(&a.total, o, bucket)
	for i := range a.tables {
		if t := &a.tables[i]; t.By != ByRelay {
			a.count(t.cell(a.key(t.By, o)), o, bucket)
		}
	}
}

func (a *accumulator) key(by By, o *copyOf) int64 {
	switch by {
	case ByType:
		return int64(a.tx.kind)
	case ByChannel:
		return int64(a.tx.channel)
	case ByObserver:
		return int64(o.observer)
	case ByRegion:
		return int64(o.region)
	case ByRoute:
		return int64(o.route)
	case ByWidth:
		return int64(o.width)
	case ByHops:
		return int64(o.hops)
	case BySize:
		return int64(o.size)
	case BySNR:
		return int64(o.snr)
	}
	return int64(o.rssi)
}

func (a *accumulator) count(c *cell, o *copyOf, bucket int) {
	c.Observations++
	a.once(c)
	if bucket >= 0 && c.Timeline != nil {
		c.Timeline[bucket].Observations++
	}
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

// sent adds time on air of the transmission's sendings.
func (a *accumulator) sent(d time.Duration) {
	a.total.Sent += d
	for i := range a.tables {
		if t := &a.tables[i]; t.By.ofTransmission() {
			t.cell(a.key(t.By, nil)).Sent += d
		}
	}
}

// relayed counts n observations in whose paths a hop occurs.
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
