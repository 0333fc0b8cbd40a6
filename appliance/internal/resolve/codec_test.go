package resolve

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// A loaded model answers and learns the same to the last bit.
func TestLoadedModelGoesOnTheSame(t *testing.T) {
	c := smallCorpus(t)
	r := newRun(c)
	half := len(c.Events) / 2
	r.live(c.Events[:half])
	loaded, err := Load(r.m.AppendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	s := newRun(c)
	s.m = loaded
	for i := half; i < len(c.Events); i++ {
		r.live(c.Events[i : i+1])
		s.live(c.Events[i : i+1])
		if !slices.Equal(r.naming.Nodes, s.naming.Nodes) || !slices.Equal(r.naming.Splits, s.naming.Splits) {
			t.Fatalf("event %d is answered differently", i)
		}
	}
	if !bytes.Equal(r.m.AppendTo(nil), s.m.AppendTo(nil)) {
		t.Error("the models differ in the end")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := crowd()
	teach(m, 1, 200)
	before := m.AppendTo(nil)
	c := m.Clone()
	if !bytes.Equal(before, c.AppendTo(nil)) {
		t.Fatal("the clone differs")
	}
	teach(c, 2, 200)
	c.Node(relayNode(nodeKey(9, 9)))
	if !bytes.Equal(before, m.AppendTo(nil)) {
		t.Error("what the clone learned changed the model")
	}
}

func TestDamagedModelIsRefused(t *testing.T) {
	m := crowd()
	teach(m, 1, 100)
	b := m.AppendTo(nil)
	for n := range len(b) {
		if n > 600 && n%97 != 0 {
			continue
		}
		if _, err := Load(b[:n]); !errors.Is(err, ErrModel) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := Load(append(slices.Clone(b), 0)); !errors.Is(err, ErrModel) {
		t.Errorf("a byte too many: %v", err)
	}
	b[0]++
	if _, err := Load(b); !errors.Is(err, ErrModel) {
		t.Errorf("another version: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	m := crowd()
	f.Add(New().AppendTo(nil))
	f.Add(m.AppendTo(nil))
	teach(m, 1, 30)
	f.Add(m.AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Load(b)
		if err != nil {
			return
		}
		again := m.AppendTo(nil)
		if n, err := Load(again); err != nil || !bytes.Equal(again, n.AppendTo(nil)) {
			t.Fatalf("does not survive a second round: %v", err)
		}
		teach(m, 2, 5)
	})
}
