package resolve

import (
	"math"
	"testing"
)

func checkExplained(t *testing.T, list []Candidate) {
	t.Helper()
	sum := 0.0
	for i, c := range list {
		if i > 0 && list[0].Known && c.P > list[0].P && list[0].P > 0.5 {
			t.Fatalf("candidate %d is likelier than the first: %v > %v", i, c.P, list[0].P)
		}
		for _, r := range c.Reasons {
			if !(r.Odds >= 0) || r.Km < 0 {
				t.Fatalf("reason %+v", r)
			}
		}
		sum += c.P
	}
	if len(list) > 1 && math.Abs(sum-1) > 1e-6 {
		t.Fatalf("probabilities of %d candidates sum to %v", len(list), sum)
	}
}

// What a page explains must be what was answered.
func TestExplanationAgreesWithTheName(t *testing.T) {
	m := crowd()
	teach(m, 3, 400)
	var w Work
	var n Naming
	for seed := range uint64(200) {
		f := seededFlood(seed)
		w.Resolve(m, f, &n)
		if !f.usable() {
			continue
		}
		for i, r := range f.Reports {
			if r.Node == 0 {
				continue
			}
			list := w.Explain(m, f, Place{Node: r.Node, Report: int32(i)})
			checkExplained(t, list)
			got := n.Heard(f, i)
			if got.Relay == 0 {
				if list[0].Known {
					t.Fatalf("unnamed, but explained as %v", list[0])
				}
				continue
			}
			if list[0].Relay != got.Relay || math.Abs(list[0].P-float64(got.P)) > 1e-6 {
				t.Fatalf("named %v, explained as %v with %v", got, list[0].Relay, list[0].P)
			}
		}
	}
}

// The evidence of a link that was seen is in the explanation: how often, how
// often for certain, how far.
func TestExplanationHoldsTheEvidence(t *testing.T) {
	m, near, far := twoAlike()
	f := treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}})
	var w Work
	list := w.Explain(m, f, Place{Node: 1, Report: 0})
	if len(list) != 3 || list[0].Key != near || list[1].Key != far && list[2].Key != far {
		t.Fatalf("candidates %v", list)
	}
	kinds := map[ReasonKind]Reason{}
	for _, r := range list[0].Reasons {
		kinds[r.Kind] = r
	}
	up, heard := kinds[ReasonRepeats], kinds[ReasonHeard]
	if up.Certain < 15 || up.Seen < 15 || up.Of < 15 || up.Odds < 2 || math.Abs(up.Km-5.56) > 0.1 {
		t.Errorf("repeats: %+v", up)
	}
	if heard.Observer != 1 || heard.SNR != 2 || math.Abs(heard.UsualSNR-2) > 0.5 || heard.Odds < 2 {
		t.Errorf("heard: %+v", heard)
	}
	if w.Explain(m, f, Place{Node: 2, Report: -1}) != nil || w.Explain(m, f, Place{Node: 1, Report: 7}) != nil {
		t.Error("a place that the flood has not is explained")
	}
}
