package naming_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

// plain names everything held by the rules, in the plainest way: a list of what
// is to be done, in the order of the times at which it is due.
type plain struct {
	t     *testing.T
	b     *box
	m     *resolve.Model
	w     resolve.Work
	met   map[uint32]mesh.Tri
	said  map[uint64]*plainNames
	fresh map[byte]bool        // first bytes of new relays
	new   []meshcore.PublicKey // these
	sweep int64
	since int64 // the hour of the first new relay since the last sweep
	day   int64 // whose pass is next, since 1970
	grown int   // entries that took late copies in and grew by them
	swept int   // names that a sweep changed
	again int   // names that a pass changed
}

type plainNames struct {
	tx     mesh.Transmission
	in     int
	hour   int64
	passed bool
	naming resolve.Naming
}

type plainTask struct {
	due  int64
	more bool
	tx   *mesh.Transmission
	in   int // observations that are in
}

// tasks are the times at which a transmission is looked at.
func tasks(tx *mesh.Transmission) (list []plainTask) {
	first := tx.Observations[0].Arrived
	count := func(at int64) (n int) {
		for n < len(tx.Observations) && tx.Observations[n].Arrived <= at {
			n++
		}
		return n
	}
	list = append(list, plainTask{first + 15_000, false, tx, count(first + 15_000)})
	for n := list[0].in; n < len(tx.Observations); {
		due := max(first+600_000, tx.Observations[n].Arrived+15_000)
		n = count(due)
		list = append(list, plainTask{due, true, tx, n})
	}
	return list
}

func newPlain(t *testing.T, b *box) *plain {
	p := &plain{t: t, b: b, m: resolve.New(), met: map[uint32]mesh.Tri{}, said: map[uint64]*plainNames{}, fresh: map[byte]bool{}}
	var all []plainTask
	b.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		all = append(all, tasks(&tx)...)
		return true
	})
	slices.SortFunc(all, func(a, b plainTask) int {
		kind := func(x plainTask) int {
			if x.more {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(kind(a), kind(b)), cmp.Compare(a.tx.ID, b.tx.ID))
	})
	p.day = all[0].tx.Observations[0].At / 86_400_000
	until := int64(0)
	for _, task := range all {
		until = max(until, task.tx.Observations[len(task.tx.Observations)-1].Arrived)
		p.redo(task.due)
		if task.more {
			p.more(task)
		} else {
			p.take(task)
		}
	}
	p.redo(until)
	return p
}

// redo sweeps and passes over what is due before a time.
func (p *plain) redo(at int64) {
	for {
		pass := (p.day+2)*86_400_000 + 900_000
		switch {
		case p.sweep != 0 && p.sweep < at && p.sweep <= pass:
			p.sweepAll()
		case pass < at:
			p.pass(pass)
			p.day++
		default:
			return
		}
	}
}

// pass names a day once more.
func (p *plain) pass(at int64) {
	var list []*plainNames
	for _, n := range p.said {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *plainNames) int { return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.tx.ID, b.tx.ID)) })
	re := p.m.Clone().Relearn()
	each := func(from, to int64, fn func(n *plainNames, f *resolve.Flood)) {
		for _, n := range list {
			if f, _ := plainFlood(&n.tx, n.in); f.Width > 0 && n.hour/24 >= from && n.hour/24 <= to {
				fn(n, &f)
			}
		}
	}
	each(p.day, p.day+2, func(_ *plainNames, f *resolve.Flood) { re.Add(f) })
	re.Settle()
	each(p.day, p.day, func(_ *plainNames, f *resolve.Flood) { re.Audit(f) })
	m, _ := re.Done()
	each(p.day, p.day, func(n *plainNames, f *resolve.Flood) {
		before := slices.Clone(n.naming.Nodes)
		p.w.Resolve(m, f, &n.naming)
		n.passed = true
		for i := range before {
			if a, b := before[i], n.naming.Nodes[i]; a.Relay != b.Relay || math.Abs(float64(a.P-b.P)) > 0.01 {
				p.again++
			}
		}
	})
}

func (p *plain) take(task plainTask) {
	tx := task.tx
	f, _ := plainFlood(tx, task.in)
	for _, o := range tx.Observations[:task.in] {
		facts, _ := p.b.store.ObserverByNum(o.Observer)
		repeat := mesh.Unknown
		if facts.Past != nil {
			repeat, _ = mesh.At(facts.Past.Repeats, task.due)
		}
		if was, met := p.met[o.Observer]; !met || was != repeat {
			p.met[o.Observer] = repeat
			key, _ := meshcore.ParsePublicKey(facts.ID)
			p.m.Observer(o.Observer, key, repeat)
		}
	}
	n := &plainNames{tx: *tx, in: task.in, hour: tx.Observations[0].At / 3_600_000}
	p.said[tx.ID] = n
	if a, reason := index.CheckAdvert(tx.Payload); tx.Type == meshcore.TypeAdvert && reason == "" {
		known := p.m.Known(a.Key)
		if p.b.store.Packets(tx.Hash)[0].ID == tx.ID {
			p.m.Node(mesh.Node{Key: a.Key, Role: a.Role, Name: meshcore.ValidText(a.Name), LastAdvert: f.At, Timestamp: a.Timestamp,
				HasPosition: a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0), LatE6: a.LatE6, LonE6: a.LonE6})
		}
		if !known && p.m.Known(a.Key) {
			p.fresh[a.Key[0]] = true
			p.new = append(p.new, a.Key)
			now := task.due / 3_600_000
			if p.sweep == 0 {
				p.since = now
			}
			span := int64(0)
			for _, n := range p.said {
				span = max(span, min(24, p.since-n.hour))
			}
			p.sweep = max(p.since+max(1, span*int64(min(len(p.fresh), 8))/16), now+1) * 3_600_000
		}
		if f.Width == 0 && tx.Observations[0].PathLen == 0 {
			p.m.ZeroHop(f.At, a.Key, f.Reports)
		}
	}
	if f.Width > 0 {
		p.m.Take(&p.w, &f, &n.naming)
		return
	}
	if c, err := meshcore.ParseControl(tx.Payload); tx.Type == meshcore.TypeControl && err == nil {
		if d, ok, err := c.DiscoverResponse(); ok && err == nil && len(d.Key) == 32 {
			p.m.ZeroHop(f.At, meshcore.PublicKey(d.Key), f.Reports)
		}
	}
}

func (p *plain) more(task plainTask) {
	n := p.said[task.tx.ID]
	n.in = task.in
	f, _ := plainFlood(task.tx, task.in)
	had := len(n.naming.Nodes)
	if f.Width == 0 || len(f.Nodes) <= had {
		return
	}
	p.grown++
	var all resolve.Naming
	p.w.Resolve(p.m, &f, &all)
	n.naming.Nodes = append(n.naming.Nodes, all.Nodes[had:]...)
	for _, s := range all.Splits {
		if int(s.Node) > had {
			n.naming.Splits = append(n.naming.Splits, s)
		}
	}
}

func (p *plain) sweepAll() {
	for _, n := range p.said {
		f, _ := plainFlood(&n.tx, n.in)
		if n.passed || n.hour < p.sweep/3_600_000-24 {
			continue
		}
		if !slices.ContainsFunc(f.Nodes, func(x resolve.TreeNode) bool {
			return slices.ContainsFunc(p.new, func(k meshcore.PublicKey) bool { return string(k[:f.Width]) == string(x.Hop[:f.Width]) })
		}) {
			continue
		}
		before := slices.Clone(n.naming.Nodes)
		p.w.Resolve(p.m, &f, &n.naming)
		for i := range before {
			if before[i].Relay != n.naming.Nodes[i].Relay {
				p.swept++
			}
		}
	}
	clear(p.fresh)
	p.new = nil
	p.sweep = 0
}

// agrees fails the test if names are not what the rules say.
func (p *plain) agrees() {
	p.t.Helper()
	x := p.b.names(p.t)
	if got, want := x.Taken(), int64(len(p.said)); got != want {
		p.t.Fatalf("%d transmissions were taken, of %d", got, want)
	}
	named, differ := 0, 0
	for id, n := range p.said {
		f, ends := plainFlood(&n.tx, n.in)
		if f.Width == 0 {
			continue
		}
		paths := x.Paths(n.tx)
		if paths.Passed != n.passed && len(f.Nodes) > 0 {
			p.t.Fatalf("transmission %d: passed %v, want %v", id, paths.Passed, n.passed)
		}
		for i := range ends {
			names := n.naming.AppendPath(nil, &f, i)
			slices.Reverse(names)
			for j, name := range names {
				key, _ := p.m.Key(name.Relay)
				got := paths.Hops[ends[i]][j]
				if name.Relay != 0 {
					named++
				}
				if got.Provisional || got.Key != key || math.Abs(got.P-float64(name.P)) > 0.005 || got.Named != (name.Relay != 0 && got.P >= threshold) {
					if differ++; differ < 4 {
						p.t.Errorf("transmission %d, observation %d of %d, hop %d of %d: %+v, the rules say %x with %v",
							id, ends[i], len(n.tx.Observations), j, len(names), got, key[:2], name.P)
					}
				}
			}
		}
	}
	if named < 1000 || differ > 0 {
		p.t.Fatalf("%d hops are named by the rules, %d differently here", named, differ)
	}
}

// plainFlood reads the first copies; ends are the observations that are reports.
func plainFlood(tx *mesh.Transmission, in int) (f resolve.Flood, ends []int) {
	f.At = tx.Observations[0].At
	nodes := map[string]int32{"": 0}
	zero := []resolve.Report{}
	for i, o := range tx.Observations[:in] {
		f.At = min(f.At, o.At)
		zero = append(zero, resolve.Report{Observer: o.Observer, SNR4: o.SNR4})
		p := o.Packet(nil)
		if _, ok := p.Heard(); !ok || f.Width != 0 && f.Width != p.HopWidth() {
			continue
		}
		f.Width = p.HopWidth()
		at := int32(0)
		for n := f.Width; n <= len(o.Path); n += f.Width {
			node, known := nodes[string(o.Path[:n])]
			if !known {
				var hop [3]byte
				copy(hop[:], o.Path[n-f.Width:n])
				f.Nodes = append(f.Nodes, resolve.TreeNode{Parent: at, Hop: hop})
				node = int32(len(f.Nodes))
				nodes[string(o.Path[:n])] = node
			}
			at = node
		}
		f.Reports = append(f.Reports, resolve.Report{Node: at, Observer: o.Observer, SNR4: o.SNR4})
		ends = append(ends, i)
	}
	if f.Width == 0 {
		f.Reports = zero
	} else {
		f.Origin = resolve.OriginOf(tx.Type, tx.Payload, "")
	}
	return f, ends
}

// What is named is what the rules say, late copies and what new relays changed
// included.
func TestNamesAreTheResolvers(t *testing.T) {
	b := newBox(t, t.TempDir(), 0)
	b.feed(t, corpus(t, 3, 12_000), false, true)
	p := newPlain(t, b)
	p.agrees()
	if p.grown < 10 || p.swept < 10 {
		t.Fatalf("%d entries grew, %d names were changed by sweeps: the test shows little", p.grown, p.swept)
	}
}

// Days are named once more when they are a day old, beside reception or after
// it, by a process that is ended on its way or not.
func TestPass(t *testing.T) {
	messages := corpus(t, 60, 14_000)
	b := newBox(t, t.TempDir(), 0)
	b.feed(t, messages, false, true)
	p := newPlain(t, b)
	p.agrees()
	if p.again < 100 || p.day < 2 {
		t.Fatalf("%d names were changed by passes: the test shows little", p.again)
	}
	late := newBox(t, t.TempDir(), 100)
	late.feed(t, messages, true, true)
	same(t, late.all(t), b.all(t))
	same(t, killed(t, messages, 6000).all(t), b.all(t))
}
