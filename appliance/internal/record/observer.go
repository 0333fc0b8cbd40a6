package record

import (
	"slices"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// observerState is what the writer knows of an observer.
type observerState struct {
	facts mesh.Observer
	zones []int16 // latest offsets that live messages spoke for, minutes
	// early holds stamps of before the zone was learned: how they were read, by
	// the stamp as written.
	early      map[int64]int64
	lastLive   int64 // arrival of its latest live message of this run, Unix ms
	lastStamp  int64 // timestamp of its latest status of this run
	lastSample int64 // arrival of its latest measurements of this run
	dirty      bool  // facts are to be stored now
	stale      bool  // facts are to be stored with the next frame: its clock's samples
}

// observer gives the state of an observer, who is known from now on.
func (w *writer) observer(id string) *observerState {
	o := w.observers[id]
	if o == nil {
		o = &observerState{}
		num := w.store.ObserverNum(id)
		o.facts, _ = w.store.Observer(id)
		o.facts.Num, o.facts.ID = num, id
		o.facts.Clock.Recent = slices.Clone(o.facts.Clock.Recent)
		w.observers[id] = o
	}
	return o
}

// meet takes what every message of an observer tells: that it is there, and
// its name and region. Empty overwrites nothing.
func (w *writer) meet(p *parsed) *observerState {
	m, arrived := &p.message, p.arrived.UnixMilli()
	o := w.observer(m.Observer)
	if m.Name != "" && m.Name != o.facts.Name && (!m.Retained || o.facts.Name == "") {
		o.facts.Name, o.dirty = m.Name, true
	}
	if m.Region != "" && m.Region != o.facts.Region && (!m.Retained || o.facts.Region == "") {
		o.facts.Region, o.dirty = m.Region, true
	}
	if m.Live() {
		noteSpell(o, regionsOf, o.facts.Region, arrived)
		if o.facts.First == 0 || arrived < o.facts.First {
			o.facts.First, o.dirty = arrived, true
		}
		o.lastLive = max(o.lastLive, arrived)
		o.learnZone(m)
	}
	w.settle(o)
	return o
}

// pastEvery is how far a value's last time may be behind, in ms: it changes
// with every message.
const pastEvery = 3_600_000

// noteSpell adds to the observer's past.
func noteSpell[T comparable](o *observerState, list func(*mesh.ObserverPast) *[]mesh.Spell[T], value T, at int64) {
	var past mesh.ObserverPast
	if o.facts.Past != nil {
		past = *o.facts.Past
	}
	if told(list(&past), value, at) {
		o.facts.Past, o.dirty = &past, true
	}
}

func regionsOf(p *mesh.ObserverPast) *[]mesh.Spell[string]   { return &p.Regions }
func firmwaresOf(p *mesh.ObserverPast) *[]mesh.Spell[string] { return &p.Firmwares }
func repeatsOf(p *mesh.ObserverPast) *[]mesh.Spell[mesh.Tri] { return &p.Repeats }

// told notes a value at a time, unless that tells nothing new.
func told[T comparable](list *[]mesh.Spell[T], value T, at int64) bool {
	var none T
	if n := len(*list); value == none || n > 0 && (*list)[n-1].Value == value && at-(*list)[n-1].To < pastEvery {
		return false
	}
	*list = mesh.Tell(*list, at, value, meshcore.Hash{})
	return true
}

// alive takes back an observer's last word that it is going: it is there.
func (w *writer) alive(o *observerState) {
	if o.facts.Online == mesh.No {
		o.facts.Online, o.dirty = mesh.Unknown, true
		w.settle(o)
	}
}

// settle stores an observer's facts if they changed.
func (w *writer) settle(o *observerState) {
	if !o.dirty {
		return
	}
	o.dirty, o.stale = false, false
	w.store.PutObserver(o.facts)
	w.r.o.Index.PutObserver(o.facts)
	w.publish(live.Event{Kind: live.Observer, Observer: o.facts.Num, At: o.lastLive})
}

// settleClocks stores the clocks' samples, so that they go with the frame.
func (w *writer) settleClocks() {
	for _, o := range w.observers {
		if o.stale {
			o.stale = false
			w.store.PutObserver(o.facts)
		}
	}
}
