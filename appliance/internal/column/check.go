package column

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// check tells how a row contradicts itself, so that it would not come back as
// it is.
func (r *Row) check() error {
	switch {
	case r.ID == 0 || r.ID >= maxID:
		return errors.New("its number is none")
	case len(r.Obs) == 0:
		return errors.New("nobody observed it")
	}
	depths, err := checkTree(r.Tree)
	if err != nil {
		return err
	}
	for i := range r.Obs {
		if err := r.Obs[i].check(r.Tree, depths); err != nil {
			return fmt.Errorf("observation %d: %w", i, err)
		}
	}
	return nil
}

// checkTree gives the depths of a tree's nodes; nil if there is none.
func checkTree(t mesh.Tree) ([]uint8, error) {
	n := t.Len()
	switch {
	case t.Width == 0:
		if n != 0 || len(t.HopBytes) != 0 || t.Header != 0 || t.Transport != [2]uint16{} {
			return nil, errors.New("its tree has no width")
		}
		return nil, nil
	case t.Width < 0 || t.Width > 3 || len(t.HopBytes) != t.Width*n || n > math.MaxInt32-1:
		return nil, fmt.Errorf("%d nodes of width %d in %d bytes are no tree", n, t.Width, len(t.HopBytes))
	case strayCodes(t.Header, t.Transport):
		return nil, errors.New("its tree has transport codes that its route does not carry")
	}
	depths := make([]uint8, n+1)
	for i, p := range t.Parents {
		if int64(p) > int64(i) || depths[p] >= maxDepth {
			return nil, fmt.Errorf("node %d of its tree cannot hang below node %d", i+1, p)
		}
		depths[i+1] = depths[p] + 1
	}
	return depths, nil
}

func strayCodes(header byte, codes [2]uint16) bool {
	return codes != [2]uint16{} && !meshcore.Route(header&3).HasTransport()
}

func (o *Obs) check(t mesh.Tree, depths []uint8) error {
	if o.Flags&mesh.FlagClaimed == 0 && o.Claimed != 0 {
		return errors.New("it has a claimed time, yet not the flag")
	}
	for _, m := range o.Merged {
		if !m.OK && m.Claimed != 0 {
			return errors.New("a merged message has a claimed time that is none")
		}
	}
	if o.Leaf == -1 {
		if strayCodes(o.Header, o.Transport) {
			return errors.New("it has transport codes that its route does not carry")
		}
		return nil
	}
	if o.Leaf < 0 || int64(o.Leaf) >= int64(len(depths)) {
		return fmt.Errorf("there is no node %d in the tree", o.Leaf)
	}
	if o.Header != t.Header || o.Transport != t.Transport || o.PathLen != pathLen(t.Width, depths[o.Leaf]) {
		return errors.New("its head is not that of its leaf")
	}
	if o.Path != nil && !reflect.DeepEqual(o.Path, AppendPath([]byte{}, t, int(o.Leaf))) {
		return errors.New("its path is not that of its leaf")
	}
	return nil
}

// pathLen is the path length byte of a node of a tree.
func pathLen(width int, depth uint8) byte { return byte(width-1)<<6 | depth }

// AppendPath appends the hops from a tree's root to a node.
func AppendPath(dst []byte, t mesh.Tree, node int) []byte {
	from := len(dst)
	for n := node; n != 0; n = t.Parent(n) {
		dst = append(dst, t.HopBytes[(n-1)*t.Width:n*t.Width]...)
	}
	for i, k := from, len(dst)-t.Width; i < k; i, k = i+t.Width, k-t.Width {
		for b := range t.Width {
			dst[i+b], dst[k+b] = dst[k+b], dst[i+b]
		}
	}
	return dst
}
