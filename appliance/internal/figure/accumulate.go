package figure

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// accumulator counts what matches. It gathers transmissions and counts them
// table by table when there are many: begin, add for each observation that
// matches, end; and flush when what they come from ends.
type accumulator struct {
	want   *Want
	from   int64 // where the filter's span begins
	air    *airtimes
	total  cell
	tables []table
	relays bool // a table is by relay

	serial uint64   // of the last transmission
	groups []group  // gathered
	from0  int      // where the observations of the one that is being added begin
	block  *block   // where obs are from; nil: copies are there instead
	obs    []uint32 // observations that match, of the block
	copies []copyOf // observations that match, of a scan
	gathered
}

// group is a transmission that is gathered, with the observations from from to
// below to.
type group struct {
	transmission
	serial   uint64
	sent     time.Duration
	from, to int
	bucket   int32 // in which it counts; -1: none
}

// gathered is what all observations of a batch have of one kind.
type gathered struct {
	keys    []int64 // of the rows in one table
	buckets []int32 // in which they stand; -1: none
	snr     []int8
	rssi    []int16
	heard   []time.Duration
}

// batch is how many observations are gathered.
const batch = 4096

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

// waiting is how many observations are gathered.
func (a *accumulator) waiting() int { return len(a.obs) + len(a.copies) }

// begin begins a transmission, which may have no observation that matches.
func (a *accumulator) begin() { a.from0 = a.waiting() }

// matched tells whether an observation of the transmission was added.
func (a *accumulator) matched() bool { return a.waiting() > a.from0 }

// end ends a transmission; sent is the time on air of its sendings.
func (a *accumulator) end(t transmission, sent time.Duration) {
	if !a.matched() {
		return
	}
	a.serial++
	g := group{transmission: t, serial: a.serial, sent: sent, from: a.from0, to: a.waiting(), bucket: -1}
	if a.want.Timeline.Buckets > 0 {
		g.bucket = int32(a.want.Timeline.bucket(max(t.first, a.from)))
	}
	a.groups = append(a.groups, g)
	if g.to >= batch {
		a.flush()
	}
}

// flush counts what was gathered.
func (a *accumulator) flush() {
	a.findBuckets()
	a.findMeasures()
	for i := range a.groups {
		a.whole(&a.total, &a.groups[i])
	}
	for i := range a.tables {
		switch t := &a.tables[i]; t.By {
		case ByType:
			for k := range a.groups {
				a.whole(t.cell(int64(a.groups[k].kind)), &a.groups[k])
			}
		case ByChannel:
			for k := range a.groups {
				a.whole(t.cell(int64(a.groups[k].channel)), &a.groups[k])
			}
		case ByRelay: // counted as they come
		default:
			a.findKeys(t.By)
			a.each(t)
		}
	}
	a.groups, a.obs, a.copies, a.from0 = a.groups[:0], a.obs[:0], a.copies[:0], 0
}

// findBuckets finds where the observations stand in time.
func (a *accumulator) findBuckets() {
	w := &a.want.Timeline
	if a.buckets = a.buckets[:0]; w.Buckets == 0 {
		return
	}
	for _, o := range a.obs {
		a.buckets = append(a.buckets, int32(w.bucket(a.block.h.At(int(o)))))
	}
	for i := range a.copies {
		a.buckets = append(a.buckets, int32(w.bucket(a.copies[i].at)))
	}
}

// findMeasures finds the observations' signal and time on air.
func (a *accumulator) findMeasures() {
	if a.want.Signal {
		a.snr, a.rssi = a.snr[:0], a.rssi[:0]
		for _, o := range a.obs {
			a.snr, a.rssi = append(a.snr, a.block.h.SNR(int(o))), append(a.rssi, a.block.h.RSSI(int(o)))
		}
		for i := range a.copies {
			a.snr, a.rssi = append(a.snr, a.copies[i].snr), append(a.rssi, a.copies[i].rssi)
		}
	}
	if a.air != nil {
		a.heard = a.heard[:0]
		for i := range a.copies {
			a.heard = append(a.heard, a.air.of(int(a.copies[i].size)))
		}
	}
}

// whole counts a transmission with all its observations in one cell.
func (a *accumulator) whole(c *cell, g *group) {
	c.once(g.serial, g.bucket)
	c.Observations += int64(g.to - g.from)
	c.Sent += g.sent
	if c.Timeline != nil {
		for _, n := range a.buckets[g.from:g.to] {
			if n >= 0 {
				c.Timeline[n].Observations++
			}
		}
	}
	if a.want.Signal || a.air != nil {
		for i := g.from; i < g.to; i++ {
			a.measure(&c.Cell, i)
		}
	}
}

// each counts observations in the rows of a table where they stand.
func (a *accumulator) each(t *table) {
	plain := !a.want.Signal && a.air == nil && t.buckets == 0
	for k := range a.groups {
		g := &a.groups[k]
		for i := g.from; i < g.to; i++ {
			c := t.cell(a.keys[i])
			c.Observations++
			c.once(g.serial, g.bucket)
			if plain {
				continue
			}
			if c.Timeline != nil && a.buckets[i] >= 0 {
				c.Timeline[a.buckets[i]].Observations++
			}
			a.measure(&c.Cell, i)
		}
	}
}

// measure adds the signal and the time on air of an observation.
func (a *accumulator) measure(c *Cell, i int) {
	if a.want.Signal {
		if a.snr[i] != mesh.NoSNR {
			c.SNR.add(int(a.snr[i]))
		}
		if a.rssi[i] != mesh.NoRSSI {
			c.RSSI.add(int(a.rssi[i]))
		}
	}
	if a.air != nil {
		c.Heard += a.heard[i]
	}
}

// findKeys finds the rows of a table in which the observations stand.
func (a *accumulator) findKeys(by By) {
	keys := a.keys[:0]
	if a.block != nil {
		keys = a.block.keys(by, a.obs, keys)
	}
	for i := range a.copies {
		keys = append(keys, a.copies[i].key(by))
	}
	a.keys = keys
}

// key is the key of an observation's row.
func (o *copyOf) key(by By) int64 {
	switch by {
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

// relayed counts n observations of the transmission that end was last called
// for, in whose paths a hop occurs.
func (a *accumulator) relayed(hop []byte, n int64, bucket int32) {
	for i := range a.tables {
		if t := &a.tables[i]; t.By == ByRelay {
			c := t.cell(hopKey(hop))
			c.Observations += n
			c.once(a.serial, bucket)
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
