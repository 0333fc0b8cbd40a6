package resolve

import (
	"bytes"
	"testing"
)

// The live model goes on while another is estimated; what is certain is the
// same in both.
func TestRelearnLeavesTheModelAndItsCertainEvidence(t *testing.T) {
	m, near, _ := twoAlike()
	f := treeOf(start+30_000, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}})
	for range 10 {
		take(m, f)
	}
	before := m.AppendTo(nil)
	re := m.Relearn()
	for range 10 {
		re.Add(f)
	}
	re.Settle()
	n, _ := re.Done()
	if !bytes.Equal(before, m.AppendTo(nil)) {
		t.Error("the model changed")
	}
	a, b := m.Relay(nodeKey(0x11)), m.Relay(near)
	was, sureWas := soft(m, a, b)
	is, sureIs := soft(n, a, b)
	if sureIs != sureWas || is < 9 || is < was-1 {
		t.Errorf("soft %v, certain %v; were %v, %v", is, sureIs, was, sureWas)
	}
	if _, err := Load(n.AppendTo(nil)); err != nil {
		t.Error(err)
	}
}

// What was wrong at first is not learned again.
func TestRelearnDropsAnEarlyError(t *testing.T) {
	m, near, far := twoAlike()
	a, wrong := m.Relay(nodeKey(0x11)), m.Relay(far)
	m.pairs.at(min(int32(a), int32(wrong)), max(int32(a), int32(wrong))).ba.n += 5
	m.tally[wrong].n += 5
	re := m.Relearn()
	for range 10 {
		re.Add(treeOf(start+30_000, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}}))
	}
	re.Settle()
	n, _ := re.Done()
	if left, _ := soft(n, a, wrong); left > 1 {
		t.Errorf("%v of 5 wrong sightings are left", left)
	}
	if right, _ := soft(n, a, n.Relay(near)); right < 9 {
		t.Errorf("%v of 10 right sightings are there", right)
	}
}

// An audit of a stored flood takes its copies out of the counts, also those
// that came too late to be counted; nothing may turn negative by that, and
// nothing may be missing afterwards.
func TestAuditTakesOutNoMoreThanThereIs(t *testing.T) {
	m, _, _ := twoAlike()
	late := treeOf(start+19_000, 2, Origin{HasKey: true, Key: nodeKey(0x11)},
		pathCopy{1, 8, []byte{0xA0, 1}}, pathCopy{2, 8, []byte{0xA0, 1, 0x33, 0}}, pathCopy{2, 8, []byte{0x22, 0}})
	re := m.Relearn()
	re.Settle()
	before := re.trial.AppendTo(nil)
	for range 3 {
		re.Audit(late)
	}
	var w, without Work
	w.resolve(re.trial, late)
	re.trial.learnTree(&w, lesson{weight: 1}.undone())
	without.resolve(re.trial, late)
	for node, n := range without.nodes {
		for _, v := range n.rates {
			if !(v > 0) {
				t.Errorf("node %d: rate %v", node, v)
			}
		}
	}
	re.trial.learnTree(&w, lesson{weight: 1})
	after, err := Load(re.trial.AppendTo(nil))
	if err == nil {
		was, _ := Load(before)
		for c := range was.tally {
			if d := was.tally[c].m - after.tally[c].m; d > 1e-6 || d < -1e-6 {
				t.Errorf("certain transmissions of %d: %v, were %v", c, after.tally[c].m, was.tally[c].m)
			}
		}
	}
	_, figures := re.Done()
	if figures.Hops == 0 {
		t.Error("nothing was audited")
	}
}
