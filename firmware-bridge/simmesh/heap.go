package simmesh

// heap is a binary heap; the first element comes before all others.
type heap[T interface{ Before(T) bool }] []T

func (q *heap[T]) push(v T) {
	*q = append(*q, v)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].Before(h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

// pop takes the first element; the heap must not be empty.
func (q *heap[T]) pop() T {
	h := *q
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	var none T
	h[last] = none
	h = h[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && h[c+1].Before(h[c]) {
			c++
		}
		if !h[c].Before(h[i]) {
			break
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
	*q = h
	return top
}
