package survey

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Day is what the transmissions of some hours show.
type Day struct {
	Transmissions int64
	Observations  int64

	Observers map[uint32]*Heard         // by the store's number
	Regions   map[uint16]int64          // transmissions that an observer there received, by the store's number of the region
	In        map[Station]int64         // of these, what one observer received while it was there
	Relays    map[meshcore.Hop]*Air     // by hop, of floods: what relays with this hop sent on
	Carried   map[meshcore.Hop]*Carried // by hop, of the same floods: their scopes
	Default   map[meshcore.PublicKey]Scoped
}

// Heard is what one observer received.
type Heard struct {
	Transmissions int64
	Alone         int64 // no other observer received any copy of them
}

// Station is an observer in a region.
type Station struct {
	Observer uint32
	Region   uint16
}

// Air is how much was sent. The originator's own sending counts, and every
// relay that is in a heard path: once, however many copies show it.
type Air struct {
	Transmissions int64
	Sendings      int64         // of the originator and of relays
	Airtime       time.Duration // of these
}

// Carried counts floods that were sent on by scope.
type Carried struct {
	Unscoped int64
	Unknown  int64            // of a scope whose name is not known
	Named    map[string]int64 // by name
}

// Scoped is the scope of a node's latest advert that had one.
type Scoped struct {
	Name string
	At   int64 // where that advert stands, Unix ms
}

// counter makes a Day.
type counter struct {
	day    *Day
	preset meshcore.Preset
	scopes scopes
	hours  []Hour // of the day, oldest first
	seen   map[uint32]bool
	there  map[Station]bool
	places map[uint16]bool
	depth  []int
	hops   map[meshcore.Hop]int
}

func newCounter(preset meshcore.Preset, names []string) *counter {
	return &counter{
		day: &Day{Observers: map[uint32]*Heard{}, Regions: map[uint16]int64{}, In: map[Station]int64{},
			Relays: map[meshcore.Hop]*Air{}, Carried: map[meshcore.Hop]*Carried{}, Default: map[meshcore.PublicKey]Scoped{}},
		preset: preset, scopes: newScopes(names),
		seen: map[uint32]bool{}, there: map[Station]bool{}, places: map[uint16]bool{}, hops: map[meshcore.Hop]int{},
	}
}

// begin begins an hour.
func (c *counter) begin(start int64) {
	c.hours = append(c.hours, Hour{Start: start, Named: map[string]int64{}})
}

// hour is the one that was begun last.
func (c *counter) hour() *Hour { return &c.hours[len(c.hours)-1] }

// add counts a transmission.
func (c *counter) add(t *mesh.Scanned) {
	c.day.Transmissions++
	c.day.Observations += int64(len(t.Obs))
	c.receivers(t)
	c.air(t)
	c.scope(t)
}

// receivers counts who received it.
func (c *counter) receivers(t *mesh.Scanned) {
	clear(c.seen)
	clear(c.there)
	clear(c.places)
	for i := range t.Obs {
		o := &t.Obs[i]
		c.seen[o.Observer] = true
		if o.Region != 0 {
			c.there[Station{o.Observer, o.Region}] = true
			c.places[o.Region] = true
		}
	}
	for num := range c.seen {
		h := c.day.Observers[num]
		if h == nil {
			h = &Heard{}
			c.day.Observers[num] = h
		}
		h.Transmissions++
		if len(c.seen) == 1 {
			h.Alone++
		}
	}
	for s := range c.there {
		c.day.In[s]++
	}
	for r := range c.places {
		c.day.Regions[r]++
	}
}
