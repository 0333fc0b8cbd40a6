package index

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Gates hand the indexes out, each when it is built.
type Gates struct {
	Lists  *gate.Gate[Set]
	Routes *gate.Gate[Routes]
	Relays *gate.Gate[Relays]
	Links  *gate.Gate[Links]
}

// NewGates makes closed gates.
func NewGates() Gates {
	return Gates{gate.New[Set]("index"), gate.New[Routes]("routes"), gate.New[Relays]("relays"), gate.New[Links]("links")}
}

// All lists the gates in the order of their names on pages.
func (g Gates) All() []gate.Stater { return []gate.Stater{g.Routes, g.Relays, g.Links, g.Lists} }

// Builder builds every index from what the store holds and keeps it in step
// with what comes in. The writer calls Begin before it writes, and from then on
// tells of every change; Run builds meanwhile.
type Builder struct {
	gates  Gates
	log    *slog.Logger
	lists  *Set
	relays *Relays
	days   []*task // by days: routes, links
	hours  []*task // by hours: relays, lists

	began chan struct{} // closed by Begin
	once  sync.Once
	past  Past         // valid when began is closed
	total func() int64 // likewise; transmissions held
}

// NewBuilder makes empty indexes. The ring's keys open channels.
func NewBuilder(ring *meshcore.KeyRing, gates Gates, log *slog.Logger) *Builder {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Builder{gates: gates, log: log, lists: NewSet(ring), relays: NewRelays(), began: make(chan struct{})}
	b.days = []*task{
		newTask(b, "routes", NewRoutes(), gates.Routes),
		newTask(b, "links", NewLinks(), gates.Links),
	}
	b.hours = []*task{
		newTask(b, "relays", b.relays, gates.Relays),
		newTask(b, "lists", b.lists, gates.Lists),
	}
	return b
}

func newTask[T any, X interface {
	*T
	Index
}](b *Builder, name string, x X, g *gate.Gate[T]) *task {
	return &task{
		Follower: NewFollower(x), name: name, progress: g.Progress,
		opened: func() { g.Set((*T)(x)) },
		failed: func(err error) {
			b.log.Error("index could not be built", "err", err)
			g.Fail(err)
		},
	}
}

// Gates hand the indexes out.
func (b *Builder) Gates() Gates { return b.gates }

// Begin takes over the facts of nodes and observers, and lets Run begin. total
// counts the transmissions held.
func (b *Builder) Begin(facts Facts, past Past, total func() int64) {
	b.once.Do(func() {
		b.lists.takeOver(facts)
		b.past, b.total = past, total
		close(b.began)
	})
}

// Run builds routes and links beside relays and lists, opens their gates, and then
// keeps them in shape until ctx is done.
func (b *Builder) Run(ctx context.Context) {
	select {
	case <-b.began:
	case <-ctx.Done():
		return
	}
	var building, keeping sync.WaitGroup
	for _, c := range b.crews() {
		building.Add(1)
		keeping.Go(func() {
			c.build(ctx, b.total())
			building.Done()
			c.keep(ctx)
		})
	}
	building.Wait()
	debug.FreeOSMemory() // what building took is much, and is not needed again
	keeping.Wait()
}

func (b *Builder) crews() []*crew {
	return []*crew{{past: b.past, tasks: b.days, span: b.days[0].span}, {past: b.past, tasks: b.hours, span: b.hours[0].span}}
}

// each calls fn for every index. What fails loses its place in that index until
// the part is built again, and is told.
func (b *Builder) each(hour uint32, fn func(f *Follower)) {
	for _, list := range [][]*task{b.days, b.hours} {
		for _, t := range list {
			if err := t.try(func() { fn(t.Follower) }); err != nil {
				b.log.Error("index could not take a change in", "index", t.name, "err", err)
				t.retry(hour / t.span)
			}
		}
	}
}

// Apply tells every index of an observation that was just stored.
func (b *Builder) Apply(e *Event) { b.each(e.Hour, func(f *Follower) { f.Apply(e) }) }

// Relays is the index that counts names, whether it is built or not: Believe,
// BelieveHour and Disbelieve are for who makes names.
func (b *Builder) Relays() *Relays { return b.relays }

// DropBefore tells that the store has let go of the hours before a time, Unix
// ms: the start of an hour.
func (b *Builder) DropBefore(at int64) {
	hour := mesh.HourOf(at)
	b.each(hour, func(f *Follower) { f.DropBefore(hour) })
}

// PutNode tells of a node's new facts.
func (b *Builder) PutNode(n mesh.Node) { b.lists.PutNode(n) }

// PutObserver tells of an observer's new facts.
func (b *Builder) PutObserver(o mesh.Observer) { b.lists.PutObserver(o) }

// Settle builds once more whatever is to be, at once: for the end of a
// recording, when the numbers are read. Run must have ended, or not begun and
// Begin been called.
func (b *Builder) Settle(ctx context.Context) error {
	for _, c := range b.crews() {
		c.build(ctx, b.total())
	}
	for _, g := range b.gates.All() {
		if s := g.State(); !s.Ready {
			return errors.New("index " + s.Name + ": " + s.Err)
		}
	}
	return nil
}
