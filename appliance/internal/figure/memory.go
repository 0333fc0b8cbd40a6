package figure

import (
	"container/list"
	"sync"
)

// Memory remembers results of sealed hours, and of parts of the open records of
// others: what a question came to there. They have no age: each is of one state of an
// hour's rows, or of a part, and is not found for another. What was not asked for longest is forgotten when there is no room.
// A nil Memory remembers nothing. It may be used by many at once.
type Memory struct {
	room int

	mu        sync.Mutex
	used      int                      // guarded by mu; bytes
	questions map[string]*list.Element // guarded by mu; of asked
	asked     *list.List               // guarded by mu; *remembered, what was asked last in front
}

// remembered is what is known of one question.
type remembered struct {
	question string
	used     int // bytes
	hours    map[uint32]hourResult
	open     map[uint32]openResult
}

// hourResult is what it came to in an hour.
type hourResult struct {
	state string // of the hour's rows
	value []byte
}

// What a result and a question take beside their bytes, about.
const (
	resultSize   = 96
	questionSize = 512
)

// NewMemory makes a memory with room for so many bytes.
func NewMemory(room int) *Memory {
	return &Memory{room: room, questions: map[string]*list.Element{}, asked: list.New()}
}

// of is what is known of a question that is asked; nil if nothing is. mu is held.
func (m *Memory) of(question string) *remembered {
	e := m.questions[question]
	if e == nil {
		return nil
	}
	m.asked.MoveToFront(e)
	return e.Value.(*remembered)
}

// Recall gives what is remembered of a question for an hour in a state; false
// if nothing is. It must not be changed.
func (m *Memory) Recall(question string, hour uint32, state string) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.of(question)
	if q == nil {
		return nil, false
	}
	r, ok := q.hours[hour]
	if !ok || r.state != state {
		return nil, false
	}
	return r.value, true
}

// Remember keeps what a question came to in an hour in a state, in place of what
// it came to in another. The value is the memory's from then on.
func (m *Memory) Remember(question string, hour uint32, state string, value []byte) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.made(question)
	m.grow(q, -q.hours[hour].size())
	q.hours[hour] = hourResult{state, value}
	m.grow(q, q.hours[hour].size())
	m.trim()
}

// made is of, made if need be. mu is held.
func (m *Memory) made(question string) *remembered {
	q := m.of(question)
	if q == nil {
		q = &remembered{question: question, hours: map[uint32]hourResult{}, open: map[uint32]openResult{}}
		m.grow(q, questionSize+len(question))
		m.questions[question] = m.asked.PushFront(q)
	}
	return q
}

// trim forgets questions until there is room. mu is held.
func (m *Memory) trim() {
	for m.used > m.room {
		m.forget()
	}
}

func (r hourResult) size() int {
	if r.state == "" {
		return 0
	}
	return resultSize + len(r.state) + len(r.value)
}

func (m *Memory) grow(q *remembered, bytes int) {
	q.used += bytes
	m.used += bytes
}

// forget lets go of the question that was not asked for longest. mu is held.
func (m *Memory) forget() {
	e := m.asked.Back()
	q := m.asked.Remove(e).(*remembered)
	m.used -= q.used
	delete(m.questions, q.question)
}
