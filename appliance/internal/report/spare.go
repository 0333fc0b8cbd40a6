package report

import "sync"

// spare keeps lists that were filled for one answer, for the next.
type spare[T any] struct{ pool sync.Pool }

// take gives an empty list.
func (s *spare[T]) take() []T {
	if list, ok := s.pool.Get().(*[]T); ok {
		return (*list)[:0]
	}
	return nil
}

// giveBack takes a list that nobody uses any more.
func (s *spare[T]) giveBack(list []T) { s.pool.Put(&list) }

var (
	spareRows   spare[NodeRow]
	sparePlaces spare[nodePlace]
)
