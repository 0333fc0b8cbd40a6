package index

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hilltop/appliance/internal/mesh"
)

// crew builds some followers' units from shared scans, newest first, and then
// keeps them compact. It is used by one goroutine.
type crew struct {
	past  Past
	tasks []*task
	span  uint32
}

// task is one follower of a crew.
type task struct {
	*Follower
	name     string
	progress func(done, total int64)
	opened   func()
	failed   func(error)

	isOpen bool
	done   int64 // transmissions, in the first build
	tries  int
	err    error // of the unit that is being built
}

const (
	keepEvery = 5 * time.Second // between two looks for what is to be built once more
	looseMost = 1 << 15         // entries that came in since a part was built
	triesMost = 2               // a build that fails is tried again once
)

// build makes everything that is not built and opens the gates, each as soon as
// its index is whole. It returns when nothing is left to do.
func (c *crew) build(ctx context.Context, total int64) {
	for ctx.Err() == nil {
		hours := c.past.Hours()
		var missing [][]uint32
		for _, t := range c.tasks {
			list := t.missing(hours)
			if len(list) == 0 {
				t.open()
			}
			missing = append(missing, list)
		}
		units := slices.Concat(missing...)
		if len(units) == 0 {
			return
		}
		slices.Sort(units)
		slices.Reverse(units)
		for _, id := range slices.Compact(units) {
			var now []*task
			for i, t := range c.tasks {
				if slices.Contains(missing[i], id) {
					now = append(now, t)
				}
			}
			c.unit(ctx, id, now, total)
			if ctx.Err() != nil {
				return
			}
		}
		c.judge()
	}
}

// open lets readers in, once.
func (t *task) open() {
	if !t.isOpen && !t.dead {
		t.isOpen = true
		t.opened()
	}
}

// unit builds one unit for some tasks. One that fails is left out from there on.
func (c *crew) unit(ctx context.Context, id uint32, tasks []*task, total int64) {
	tasks = slices.DeleteFunc(tasks, func(t *task) bool { return t.err != nil })
	parts := make([]Part, len(tasks))
	for i, t := range tasks {
		t.err = t.try(func() { t.begin(id) })
		if t.err == nil {
			parts[i] = t.part(id)
		}
	}
	for _, hour := range hoursOf(id, c.span) {
		if ctx.Err() != nil {
			break
		}
		if err := c.hour(ctx, id, hour, tasks, parts, total); err != nil {
			for _, t := range tasks {
				t.err = err
			}
		}
	}
	for _, t := range tasks {
		if t.err == nil && ctx.Err() == nil {
			t.err = t.install(id)
		}
		if t.err != nil || ctx.Err() != nil {
			t.abandon(id)
		}
		if t.err != nil && t.isOpen && t.tries == 0 {
			t.retry(id)
		}
	}
}

// try makes an error of a panic.
func (t *task) try(fn func()) (err error) {
	defer recovered(&err)
	fn()
	return nil
}

// hoursOf are the hours of a unit, newest first.
func hoursOf(id, span uint32) []uint32 {
	hours := make([]uint32, span)
	for i := range hours {
		hours[i] = (id+1)*span - 1 - uint32(i)
	}
	return hours
}

// hour shows one hour to the tasks.
func (c *crew) hour(ctx context.Context, id, hour uint32, tasks []*task, parts []Part, total int64) (err error) {
	defer recovered(&err)
	pick := c.past.Pick(hour)
	if pick == nil {
		return nil
	}
	for _, t := range tasks {
		if t.err == nil {
			t.pick(id, hour, pick.Seq())
		}
	}
	n := int64(0)
	pick.Each(func(s *mesh.Scanned) bool {
		n++
		for i, t := range tasks {
			if t.err == nil {
				t.err = t.add(parts[i], hour, s)
			}
		}
		return ctx.Err() == nil
	})
	for _, t := range tasks {
		if t.done += n; !t.isOpen {
			t.progress(min(t.done, total), total)
		}
	}
	return nil
}

// judge has tasks that failed begin once more, or gives them up. What is open
// stays so: it has the part that was to be replaced.
func (c *crew) judge() {
	for _, t := range c.tasks {
		if t.err == nil {
			continue
		}
		t.failed(fmt.Errorf("index of %s: %w", t.name, t.err))
		t.err = nil
		t.tries++
		switch {
		case t.isOpen:
		case t.tries >= triesMost:
			t.giveUp()
		default:
			t.reset()
			t.done = 0
		}
	}
}

// keep builds once more what is to be, until ctx is done.
func (c *crew) keep(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, t := range c.tasks {
				t.tidy(looseMost)
			}
			c.build(ctx, 0)
		case <-ctx.Done():
			return
		}
	}
}
