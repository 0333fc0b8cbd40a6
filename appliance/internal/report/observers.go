package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Observers answers what is asked about observers.
type Observers struct {
	Store *store.Store
	Index *index.Set

	// What is remembered of sealed hours; nil: nothing is.
	Memory  *Memory
	Tallies *Tallies
}

// ObserverSort is what a list of observers is ordered by.
type ObserverSort string

// The orders of a list of observers.
const (
	ObserversByName    ObserverSort = "name"
	ObserversByRegion  ObserverSort = "region"
	ObserversByState   ObserverSort = "state"
	ObserversByPacket  ObserverSort = "packet" // last packet
	ObserversByStatus  ObserverSort = "status" // last status
	ObserversByHour    ObserverSort = "hour"   // receptions of the last hour
	ObserversByDay     ObserverSort = "day"    // and of the last 24
	ObserversBySNR     ObserverSort = "snr"
	ObserversByBattery ObserverSort = "battery"
	ObserversByNoise   ObserverSort = "noise"
	ObserversByClock   ObserverSort = "clock" // how far it is off
)

// ObserverQuery says which observers are wanted, and in which order.
type ObserverQuery struct {
	Regions   []string // upper case; one of them; none: any
	In        *Areas   // its node stands in one of them; nil: anywhere
	Known     *Areas   // for which List counts who stands there; nil: none
	States    []mesh.ObserverState
	Text      string          // part of a name or of an ID
	From, To  int64           // its last message arrived within [From, To), Unix ms; 0 is open
	Spans     []time.Duration // for which List counts whose last message is so old or newer
	Sort      ObserverSort
	Ascending bool
	Offset    int
	Limit     int
	Now       int64 // Unix ms
}

// ObserverRow is one observer of the list.
type ObserverRow struct {
	mesh.Observer
	Stats index.ObserverStats
	Day   int64   // receptions that arrived in the last 24 hours
	Share float64 // of all observers' Day; 0 without any
	OfDay int64   // all observers' Day
}

// LastMessage is when its last packet or status arrived, Unix ms; 0: none did.
func (r ObserverRow) LastMessage() int64 { return max(r.Stats.LastPacket, r.Status) }

// ObserverList is a page of the list of observers.
type ObserverList struct {
	Rows     []ObserverRow
	Matching int
	Known    int
	States   map[mesh.ObserverState]int // of those that the other filters let through
	InRegion map[string]int             // likewise, by region in upper case; "": those in none
	Within   []int                      // likewise, for each of the query's Spans
	Regions  []string                   // of all known, sorted
	Fleet    Fleet                      // of those that match
	Beside   int                        // how many the filters other than that for areas let through
	Standing Standing                   // of those that the other filters let through, of the query's Known areas
	Without  []Dropped                  // when nothing matches: as observerFilters
}

// RegionsOf are the regions that observers are in, sorted.
func RegionsOf(list []mesh.Observer) (regions []string) {
	for _, o := range list {
		if o.Region != "" && !slices.Contains(regions, o.Region) {
			regions = append(regions, o.Region)
		}
	}
	slices.Sort(regions)
	return regions
}

// List is a page of the observers that have sent anything.
func (o Observers) List(q ObserverQuery) ObserverList {
	all := o.rows(q.Now)
	out := ObserverList{Known: len(all), States: map[mesh.ObserverState]int{}, InRegion: map[string]int{}, Within: make([]int, len(q.Spans))}
	var rows []ObserverRow
	for _, r := range all {
		if r.Region != "" && !slices.Contains(out.Regions, r.Region) {
			out.Regions = append(out.Regions, r.Region)
		}
		lets := q.filter(o.Store, r)
		if lets.but(byState) {
			out.States[r.Stats.State]++
		}
		if lets.but(byRegion) {
			out.InRegion[strings.ToUpper(r.Region)]++
		}
		if lets.but(byTime) {
			for i, span := range q.Spans {
				if r.LastMessage() >= q.Now-span.Milliseconds() {
					out.Within[i]++
				}
			}
		}
		if q.Known != nil && lets.but(byArea) {
			out.Beside++
			node, _ := nodeOf(o.Store, r.Observer)
			out.Standing.add(q.Known, &node)
		}
		if lets.all() {
			rows = append(rows, r)
		}
	}
	slices.Sort(out.Regions)
	if out.Matching = len(rows); out.Matching == 0 {
		out.Without = q.without(o.Store, all)
	}
	slices.SortStableFunc(rows, q.compare)
	out.Fleet = fleetOf(rows)
	out.Rows = pageOf(rows, q.Offset, q.Limit)
	return out
}

// Fleet counts observers by what they say that they run, what most of them run
// first. Those that say nothing are counted under "".
type Fleet struct{ Firmwares, Models, Clients []FleetCount }

// FleetCount is how many observers run one thing.
type FleetCount struct {
	Text      string // hostile
	Observers int
}

func fleetOf(rows []ObserverRow) Fleet {
	count := func(of func(ObserverRow) string) (all []FleetCount) {
		by := map[string]int{}
		for _, r := range rows {
			by[of(r)]++
		}
		for text, n := range by {
			all = append(all, FleetCount{text, n})
		}
		slices.SortFunc(all, func(a, b FleetCount) int {
			return cmp.Or(cmp.Compare(b.Observers, a.Observers), strings.Compare(a.Text, b.Text))
		})
		return all
	}
	return Fleet{
		Firmwares: count(func(r ObserverRow) string { return r.Firmware }),
		Models:    count(func(r ObserverRow) string { return r.Model }),
		Clients:   count(func(r ObserverRow) string { return r.Client }),
	}
}

// All lists every observer that has sent anything, by number. Without the
// index their facts alone are known.
func (o Observers) All(now int64) []ObserverRow { return o.rows(now) }

func (o Observers) rows(now int64) []ObserverRow {
	stats := map[uint32]index.ObserverStats{}
	var all int64
	if o.Index != nil {
		for _, s := range o.Index.Observers.List(listening(o.Store, now)) {
			stats[s.Num] = s
			all += s.LastDay
		}
	}
	var rows []ObserverRow
	for _, known := range o.Store.Observers() {
		if known.First == 0 && stats[known.Num].Observations == 0 && o.Index != nil {
			continue // a number was given, and nothing of it is held
		}
		rows = append(rows, observerRow(known, stats[known.Num], all))
	}
	return rows
}

func observerRow(known mesh.Observer, s index.ObserverStats, all int64) ObserverRow {
	if s.State == "" {
		s.State = mesh.ObserverDown
	}
	r := ObserverRow{Observer: known, Stats: s, Day: s.LastDay, OfDay: all}
	if all > 0 {
		r.Share = float64(r.Day) / float64(all)
	}
	return r
}

// Filters of an ObserverQuery, in this order, and their names.
const (
	byRegion = iota
	byState
	byText
	byTime
	byArea
	observerFilterCount
)

var observerFilters = [observerFilterCount]string{"region", "state", "q", "time", "area"}

// observerVerdicts tells which filters let a row pass.
type observerVerdicts [observerFilterCount]bool

func (v observerVerdicts) all() bool { return v == observerVerdicts{true, true, true, true, true} }

// but tells whether all others than one let it pass.
func (v observerVerdicts) but(filter int) bool {
	v[filter] = true
	return v.all()
}

func (q ObserverQuery) filter(st *store.Store, r ObserverRow) observerVerdicts {
	text := strings.ToLower(q.Text)
	return observerVerdicts{
		byRegion: len(q.Regions) == 0 || slices.Contains(q.Regions, strings.ToUpper(r.Region)),
		byState:  len(q.States) == 0 || slices.Contains(q.States, r.Stats.State),
		byText:   text == "" || strings.Contains(strings.ToLower(r.Name), text) || strings.Contains(strings.ToLower(r.ID), text),
		byTime:   between(r.LastMessage(), q.From, q.To),
		byArea:   q.In.HasObserver(st, r.Observer),
	}
}

// without counts what would match if filters in force were lifted.
func (q ObserverQuery) without(st *store.Store, all []ObserverRow) []Dropped {
	on := [observerFilterCount]bool{len(q.Regions) > 0, len(q.States) > 0, q.Text != "", q.From != 0 || q.To != 0, q.In != nil}
	return droppedOf(observerFilters[:], on[:], len(all), func(row int) []bool {
		lets := q.filter(st, all[row])
		return lets[:]
	})
}

// compare orders rows. What has no value stands last whatever the direction;
// equal ones are ordered by name and number.
func (q ObserverQuery) compare(a, b ObserverRow) int {
	if c := boolCompare(q.lacks(a), q.lacks(b)); c != 0 {
		return c
	}
	c := q.value(a, b)
	if !q.Ascending {
		c = -c
	}
	if c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Num, b.Num))
}

func (q ObserverQuery) lacks(r ObserverRow) bool {
	switch q.Sort {
	case ObserversByName:
		return r.Name == ""
	case ObserversByRegion:
		return r.Region == ""
	case ObserversByPacket:
		return r.Stats.LastPacket == 0
	case ObserversByStatus:
		return r.Status == 0
	case ObserversBySNR:
		return r.Stats.SNR.Count == 0
	case ObserversByBattery:
		return r.Latest.Has&1 == 0
	case ObserversByNoise:
		return r.Latest.NoiseDBm4 == 0
	case ObserversByClock:
		return r.Clock.LeastAt == 0
	}
	return false
}

func (q ObserverQuery) value(a, b ObserverRow) int {
	switch q.Sort {
	case ObserversByRegion:
		return strings.Compare(a.Region, b.Region)
	case ObserversByState:
		return cmp.Compare(observerRank(a.Stats.State), observerRank(b.Stats.State))
	case ObserversByPacket:
		return cmp.Compare(a.Stats.LastPacket, b.Stats.LastPacket)
	case ObserversByStatus:
		return cmp.Compare(a.Status, b.Status)
	case ObserversByHour:
		return cmp.Compare(a.Stats.LastHour, b.Stats.LastHour)
	case ObserversByDay:
		return cmp.Compare(a.Day, b.Day)
	case ObserversBySNR:
		return cmp.Compare(a.Stats.SNR.Mean4, b.Stats.SNR.Mean4)
	case ObserversByBattery:
		return cmp.Compare(a.Latest.BatteryMV, b.Latest.BatteryMV)
	case ObserversByNoise:
		return cmp.Compare(a.Latest.NoiseDBm4, b.Latest.NoiseDBm4)
	case ObserversByClock:
		return cmp.Compare(max(a.Clock.Least, -a.Clock.Least), max(b.Clock.Least, -b.Clock.Least))
	}
	return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}

// observerRank rises with how much arrives.
func observerRank(s mesh.ObserverState) int {
	return slices.Index([]mesh.ObserverState{mesh.ObserverDown, mesh.ObserverStatusOnly, mesh.ObserverPacketsOnly, mesh.ObserverDelivering}, s)
}

// Near lists at most limit observers that may have been meant.
func (o Observers) Near(asked string, limit int, now int64) []ObserverRow {
	all := o.rows(now)
	for digits := len(asked); digits >= 2; digits-- {
		q := ObserverQuery{Text: asked[:digits]}
		var out []ObserverRow
		for _, r := range all {
			if len(out) < limit && q.filter(o.Store, r).all() {
				out = append(out, r)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// ObserverDetail is everything about one observer.
type ObserverDetail struct {
	ObserverRow
	Node       *mesh.Node           // if it is known as a node too
	Metrics    []mesh.MetricsSample // of the span asked for, oldest first
	Receptions []ObserverReception  // the newest, newest first
	Gaps       []mesh.Gap           // of the span asked for, about it
}

// ObserverReception is a packet as one observer received it.
type ObserverReception struct {
	Hash   meshcore.Hash
	Type   meshcore.Type
	Obs    mesh.Observation
	Packet meshcore.Packet
}

const (
	dayMs      = 24 * 3_600_000
	clockSlack = 10_000 // ms by which a proven clock may be ahead, and more
)

// Observer describes the observer with this ID, its latest receptions, at most n,
// and what is known of a span up to now; false if nothing ever came from it. Its
// error is that of ctx.
func (o Observers) Observer(ctx context.Context, id string, n int, back time.Duration, now int64) (ObserverDetail, bool, error) {
	rows := o.rows(now)
	i := slices.IndexFunc(rows, func(r ObserverRow) bool { return r.ID == id })
	if i < 0 {
		return ObserverDetail{}, false, nil
	}
	d := ObserverDetail{ObserverRow: rows[i]}
	if key, err := meshcore.ParsePublicKey(id); err == nil {
		if node, ok := o.Store.Node(key); ok {
			d.Node = &node
		}
	}
	from := now - back.Milliseconds()
	d.Metrics = o.Store.Metrics(id, from, now+1)
	for _, g := range o.Store.Gaps(from, now+1) {
		if g.Subject == id {
			d.Gaps = append(d.Gaps, g)
		}
	}
	var err error
	d.Receptions, err = o.receptions(ctx, d.Observer, d.Stats.LastPacket, n)
	return d, true, err
}

// receptions finds the newest packets that an observer reported. None of them
// stands later than its last arrival, but for what a clock is off.
func (o Observers) receptions(ctx context.Context, from mesh.Observer, lastPacket int64, n int) (out []ObserverReception, err error) {
	if lastPacket == 0 {
		return nil, nil
	}
	f, err := Packets{Store: o.Store, Tallies: o.Tallies}.find(ctx, PacketSearch{
		Observers: []string{from.ID}, From: lastPacket - 2*dayMs, To: lastPacket + clockSlack,
	}, mesh.Cursor{})
	if err != nil {
		return nil, err
	}
	f.each(0, false, func(at spot) bool {
		tx, _ := f.load(at)
		for _, obs := range tx.Observations {
			if obs.Observer == from.Num {
				out = append(out, ObserverReception{Hash: tx.Hash, Type: tx.Type, Obs: obs, Packet: obs.Packet(tx.Payload)})
			}
		}
		return len(out) < n && ctx.Err() == nil
	})
	slices.SortStableFunc(out, func(a, b ObserverReception) int { return cmp.Compare(b.Obs.At, a.Obs.At) })
	return out[:min(n, len(out))], ctx.Err()
}
