package figure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/column"
)

// What is remembered is what is counted, however often, over any span, and with
// any room.
func TestMemoryChangesNoFigure(t *testing.T) {
	recalled := 0
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 5))
		hours, held := anyHours(t, r)
		memory := NewMemory([]int{0, 3_000, 1 << 20}[seed%3])
		for range 6 {
			f, w := anyFilter(r, held), anyWant(r)
			for range 4 {
				if r.IntN(2) == 0 {
					other := anyFilter(r, held)
					f.From, f.To, f.ByFirst = other.From, other.To, other.ByFirst
					w.Timeline.From += w.Timeline.Each.Milliseconds() * (r.Int64N(5) - 2)
				}
				if h := &hours[r.IntN(len(hours))]; len(h.Open) > 0 && r.IntN(3) == 0 { // something came in
					k := r.IntN(len(h.Open) + 1)
					h.Open = append(slices.Clone(h.Open[:k]), openPart(t, r, []column.Row{anyRow(r, 1_000, t0), anyRow(r, 1_001, t0)}))
				}
				before := memory.held()
				got, err := memory.Run(t.Context(), hours, f, w)
				if err != nil {
					t.Fatal(err)
				}
				want := run(t, hours, f, w)
				if g, n := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != n {
					t.Fatalf("seed %d, filter %+v, want %+v\n%s", seed, f, w, differ(n, g))
				}
				if memory.used > memory.room {
					t.Fatalf("%d bytes in %d", memory.used, memory.room)
				}
				if before == memory.held() && before > 0 {
					recalled++
				}
			}
		}
		if memory.forgetAll(); memory.used != 0 {
			t.Fatalf("%d bytes are left of nothing", memory.used)
		}
	}
	if recalled < 100 {
		t.Errorf("only %d questions were answered from memory", recalled)
	}
}

// held counts results.
func (m *Memory) held() (n int) {
	for _, e := range m.questions {
		n += len(e.Value.(*remembered).hours)
		for _, parts := range e.Value.(*remembered).open {
			n += len(parts)
		}
	}
	return n
}

func (m *Memory) forgetAll() {
	for len(m.questions) > 0 {
		m.forget()
	}
}

// What was not asked for longest goes first, and what is asked for again stays.
func TestMemoryForgetsWhatWasNotAskedForLongest(t *testing.T) {
	const each = questionSize + 1 + resultSize + 1 + 4
	m := NewMemory(3 * each)
	for _, q := range []string{"a", "b", "c"} {
		m.Remember(q, 1, "s", []byte("1234"))
	}
	m.Recall("a", 1, "s")
	m.Remember("d", 1, "s", []byte("1234"))
	for q, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if _, ok := m.Recall(q, 1, "s"); ok != want {
			t.Errorf("%s is remembered: %v, want %v", q, ok, want)
		}
	}
	if m.used != 3*each {
		t.Errorf("%d bytes are used, want %d", m.used, 3*each)
	}
}

// A row that is overridden since, or another generation, is counted anew.
func TestMemoryIsOfOneState(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var rows []column.Row
	for id := range uint64(30) {
		rows = append(rows, anyRow(r, id+1, t0))
	}
	memory := NewMemory(1 << 20)
	count := func(h Hour) int64 {
		got, err := memory.Run(t.Context(), []Hour{h}, Always(), Want{})
		if err != nil {
			t.Fatal(err)
		}
		if want := run(t, []Hour{h}, Always(), Want{}).Total; fmt.Sprint(want) != fmt.Sprint(got.Total) {
			t.Errorf("state %s: want %+v, have %+v", h.State, want, got.Total)
		}
		return got.Total.Transmissions
	}
	one := Hour{Block: sealedAs(t, 7, rows), State: "one"}
	two := one
	two.State, two.Overridden = "two", func(row int) bool { return row == 3 }
	three := Hour{Block: sealedAs(t, 7, rows[:20]), State: "three"}
	for _, h := range []Hour{one, one, two, two, three, one} {
		count(h)
	}
	if n := memory.held(); n != 1 {
		t.Errorf("%d results of one hour are remembered", n)
	}
}

// Of parts of open records that are as they were nothing is counted again, and what
// is kept are those that were there when it was asked last.
func TestPartsAreCountedOnce(t *testing.T) {
	m := NewMemory(1 << 10)
	counted := 0
	ask := func(serials ...uint64) (got string) {
		m.EachPart("q", 7, serials, func(i int) []byte { counted++; return []byte{byte(serials[i])} }, func(i int, value []byte) {
			got += fmt.Sprintf("%d%d ", i, value)
		})
		return got
	}
	for _, c := range []struct {
		serials []uint64
		counted int // since the first
		got     string
	}{
		{[]uint64{1, 2, 3}, 3, "0[1] 1[2] 2[3] "}, {[]uint64{1, 2, 3}, 3, "0[1] 1[2] 2[3] "}, {[]uint64{1, 3, 4}, 4, "0[1] 1[3] 2[4] "},
		{[]uint64{4}, 4, "0[4] "}, {[]uint64{1}, 5, "0[1] "}, {nil, 5, ""},
	} {
		if got := ask(c.serials...); got != c.got || counted != c.counted {
			t.Errorf("%v: want %s, %d counted, have %s, %d", c.serials, c.got, c.counted, got, counted)
		}
	}
	if want := questionSize + len("q"); m.used != want {
		t.Errorf("%d bytes are used of no part, want %d", m.used, want)
	}
}

// Of another state nothing is told, not even with a warning.
func TestRecallOfAnotherState(t *testing.T) {
	m := NewMemory(1 << 10)
	m.Remember("q", 7, "a", []byte{1})
	if v, ok := m.Recall("q", 7, "b"); v != nil || ok {
		t.Errorf("have %v, %v of another state", v, ok)
	}
	if v, ok := m.Recall("q", 7, "a"); len(v) != 1 || !ok {
		t.Errorf("have %v, %v", v, ok)
	}
}
