package resolve

// arena hands out scratch memory that one flood needs, and takes it all back.
type arena[T any] struct{ free, all []T }

// reset takes everything back. What one extraordinary flood needed is freed.
func (a *arena[T]) reset() {
	if len(a.all) > 1<<18 {
		a.all = nil
	}
	a.free = a.all
}

// get gives n zero values. What was given stays valid when the arena grows.
func (a *arena[T]) get(n int) []T {
	if n > len(a.free) {
		a.all = make([]T, max(1<<12, 2*len(a.all), n))
		a.free = a.all
	}
	s := a.free[:n:n]
	a.free = a.free[n:]
	clear(s)
	return s
}
