package figure

// cell is a cell being counted.
type cell struct {
	Cell
	seen uint64 // the last transmission that counted in it
}

// once counts a transmission, the first time that it comes to the cell; bucket
// is where it counts in time, or -1.
func (c *cell) once(serial uint64, bucket int32) {
	if c.seen == serial {
		return
	}
	c.seen = serial
	c.Transmissions++
	if bucket >= 0 && c.Timeline != nil {
		c.Timeline[bucket].Transmissions++
	}
}

// table is a table being counted.
type table struct {
	Table
	dense   []int32 // place of small keys in cells, plus 1
	sparse  map[int64]int32
	keys    []int64
	cells   []cell
	buckets int // of its rows' timelines
}

// Keys from -denseLow to below denseHigh are found without a map.
const (
	denseLow  = 256
	denseHigh = 1 << 17
)

// cell finds the cell of a key; it holds until the next is added.
func (t *table) cell(key int64) *cell {
	if k := uint64(key + denseLow); k < uint64(len(t.dense)) && t.dense[k] != 0 {
		return &t.cells[t.dense[k]-1]
	}
	return &t.cells[t.place(key)-1]
}

// place finds the place of a key in cells, plus 1, and makes it.
func (t *table) place(key int64) int32 {
	if key >= -denseLow && key < denseHigh {
		k := int(key + denseLow)
		if k >= len(t.dense) {
			t.dense = append(t.dense, make([]int32, k+1-len(t.dense))...)
		}
		t.dense[k] = t.add(key)
		return t.dense[k]
	}
	n, ok := t.sparse[key]
	if !ok {
		if t.sparse == nil {
			t.sparse = make(map[int64]int32)
		}
		n = t.add(key)
		t.sparse[key] = n
	}
	return n
}

// add adds a row; it gives its place, plus 1.
func (t *table) add(key int64) int32 {
	var c cell
	if t.buckets > 0 {
		c.Timeline = make([]Count, t.buckets)
	}
	t.keys, t.cells = append(t.keys, key), append(t.cells, c)
	return int32(len(t.cells))
}
