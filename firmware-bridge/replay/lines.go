package replay

import (
	"bytes"
	"io"
)

// A line longer than maxLine is skipped: no broker takes a message of that
// size from an observer.
const (
	maxLine   = 1 << 20
	blockSize = 256 << 10
)

// lines cuts a text into lines without copying them: they share the memory of
// a block, each its own part of it.
type lines struct {
	r     io.Reader
	block []byte // read, not yet handed out
	err   error  // of r; what is in block comes first
}

// next returns the next line without its end. tooLong says that it was longer
// than maxLine; its text is then its beginning. The last line may come with
// an error: then its end is missing. An empty last line is none.
func (l *lines) next() (text []byte, tooLong bool, err error) {
	for searched := 0; ; {
		if n := bytes.IndexByte(l.block[searched:], '\n'); n >= 0 {
			n += searched
			text, l.block = l.block[:n:n], l.block[n+1:]
			return text, len(text) > maxLine, nil
		}
		if l.err != nil {
			text, l.block = l.block, nil
			return text, len(text) > maxLine, l.err
		}
		if len(l.block) > maxLine {
			return l.skipLong()
		}
		searched = len(l.block)
		l.fill()
	}
}

// skipLong throws the rest of a line away.
func (l *lines) skipLong() ([]byte, bool, error) {
	head := l.block[:80:80]
	for {
		if n := bytes.IndexByte(l.block, '\n'); n >= 0 {
			l.block = l.block[n+1:]
			return head, true, nil
		}
		l.block = nil
		if l.err != nil {
			return head, true, l.err
		}
		l.fill()
	}
}

// fill reads more text behind what is there; into a new block if there is
// little room.
func (l *lines) fill() {
	if cap(l.block)-len(l.block) < 4096 {
		next := make([]byte, len(l.block), max(blockSize, 2*len(l.block)))
		copy(next, l.block)
		l.block = next
	}
	n := 0
	for tries := 0; n == 0 && l.err == nil; tries++ {
		n, l.err = l.r.Read(l.block[len(l.block):cap(l.block)])
		if tries == 100 && n == 0 && l.err == nil {
			l.err = io.ErrNoProgress
		}
	}
	l.block = l.block[:len(l.block)+n]
}
