package web

import (
	"fmt"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

const (
	treeLines = 150 // beyond, a tree explains nothing
	treeDepth = 8   // further branches are not moved in further
)

// branch is a node of the tree of a flood's copies.
type branch struct {
	hop      report.Hop
	heard    []int // receptions that end here
	children []*branch
}

func (b *branch) child(h report.Hop) *branch {
	for _, c := range b.children {
		if c.hop.Hex == h.Hex {
			return c
		}
	}
	c := &branch{hop: h}
	b.children = append(b.children, c)
	return c
}

// pathTree draws the ways on which a flood was heard: common beginnings once,
// a run of relays without a fork on one line. A single path needs no tree.
func pathTree(d report.PacketDetail) (lines []ui.TreeLine, note string) {
	root := &branch{}
	floods, paths := 0, map[string]bool{}
	for i, r := range d.Receptions {
		if r.Path.Kind != report.PathHeard {
			continue
		}
		floods++
		paths[string(r.Obs.Path)] = true
		at := root
		for _, h := range r.Path.Hops {
			at = at.child(h)
		}
		at.heard = append(at.heard, i)
	}
	if len(paths) < 2 {
		return nil, ""
	}
	t := treeDrawing{d: d}
	t.draw(root, 0, true)
	note = fmt.Sprintf("%s of %s on %s. Hops are as sent. Plain names are certain, dotted ones likely, those with ~ likely so far.",
		countText(int64(len(paths)))+" paths", plural(int64(floods), "flooded copy", "flooded copies"), plural(int64(countObservers(d)), "observer", "observers"))
	if t.left > 0 {
		note += fmt.Sprintf(" %s not drawn.", plural(int64(t.left), "branch is", "branches are"))
	}
	return t.lines, note
}

func countObservers(d report.PacketDetail) int {
	seen := map[uint32]bool{}
	for _, r := range d.Receptions {
		seen[r.Obs.Observer] = true
	}
	return len(seen)
}

type treeDrawing struct {
	d     report.PacketDetail
	lines []ui.TreeLine
	left  int
}

func (t *treeDrawing) draw(b *branch, depth int, origin bool) {
	if len(t.lines) == treeLines {
		t.left++
		return
	}
	line := ui.TreeLine{Depth: min(depth, treeDepth), Origin: origin}
	var run []report.Hop
	if !origin {
		run = append(run, b.hop)
	}
	for len(b.heard) == 0 && len(b.children) == 1 {
		b = b.children[0]
		run = append(run, b.hop)
	}
	line.Hops = hopNames(run)
	for _, i := range b.heard {
		r := t.d.Receptions[i]
		h := ui.TreeHeard{Observer: observerNamed(r.Observer), Href: receptionHref(t.d.Hash, r), Selected: i == t.d.Selected}
		if s := snrText(r.Obs.SNR4); s != dash {
			h.SNR = s
		}
		line.Heard = append(line.Heard, h)
	}
	t.lines = append(t.lines, line)
	for _, c := range b.children {
		t.draw(c, depth+1, false)
	}
}
