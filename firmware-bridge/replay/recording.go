package replay

import (
	"errors"
	"fmt"
	"io"
	"os"

	"hilltop/firmware-bridge/observer"
)

// maxSamples is how many bad lines are kept to show.
const maxSamples = 20

// maxTopics bounds the memory for topics that occur again and again.
const maxTopics = 8192

// Recording is one or more files, read one after the other. It is not safe for
// concurrent use.
type Recording struct {
	source string
	files  []string // still to open
	topics map[string]string
	stats  Stats

	name   string // of the open file
	text   *lines // nil when none is open
	raw    counter
	number int64 // of the line
	close  func()
}

// Stats is what became of a recording so far.
type Stats struct {
	Lines    int64 // read, but for empty ones
	Messages int64 // handed out
	Bad      int64 // lines skipped
	Samples  []BadLine
}

// BadLine is a line that could not be read.
type BadLine struct {
	File string
	Line int64 // from 1
	Err  error
}

// String is the line's place and what is wrong with it.
func (b BadLine) String() string { return fmt.Sprintf("%s:%d: %v", b.File, b.Line, b.Err) }

var errTooLong = errors.New("line longer than 1 MiB")

// Open makes a recording of files; "-" is standard input. source goes into
// every envelope. Files are opened when it is their turn.
func Open(source string, files ...string) *Recording {
	return &Recording{source: source, files: files, topics: make(map[string]string), close: func() {}}
}

// NewRecording makes a recording of one stream; name is for its errors.
func NewRecording(source, name string, r io.Reader) (*Recording, error) {
	rec := Open(source)
	if err := rec.start(name, r, func() {}); err != nil {
		return nil, err
	}
	return rec, nil
}

// Next returns the next message; Arrived is its recorded arrival. Payload
// shares memory with its neighbours: who keeps it for long copies it.
//
// At the end of the last file the error is io.EOF. Any other one says which
// file cannot be opened, or where it breaks off; what precedes the break has
// been returned, and the next call goes on with the next file.
func (r *Recording) Next() (observer.Envelope, error) {
	for {
		if r.text == nil {
			if len(r.files) == 0 {
				return observer.Envelope{}, io.EOF
			}
			if err := r.open(); err != nil {
				return observer.Envelope{}, err
			}
		}
		text, tooLong, end := r.text.next()
		r.number++
		e, ok := r.message(text, tooLong, end)
		if end != nil && !ok {
			if err := r.finish(end); err != nil {
				return observer.Envelope{}, err
			}
		}
		if ok {
			return e, nil
		}
	}
}

// Stats tells what became of the lines read so far.
func (r *Recording) Stats() Stats {
	s := r.stats
	s.Samples = append([]BadLine(nil), s.Samples...)
	return s
}

// Close frees what is open.
func (r *Recording) Close() error {
	r.close()
	r.close, r.text, r.files = func() {}, nil, nil
	return nil
}

func (r *Recording) open() error {
	name := r.files[0]
	r.files = r.files[1:]
	if name == "-" {
		return r.start("standard input", os.Stdin, func() {})
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	return r.start(name, f, func() { f.Close() })
}

func (r *Recording) start(name string, in io.Reader, done func()) error {
	r.name, r.number, r.raw = name, 0, counter{r: in}
	text, free, err := unpack(&r.raw)
	if err != nil {
		done()
		return fmt.Errorf("recording %s: %w", name, err)
	}
	r.text = &lines{r: text}
	r.close = func() { free(); done() }
	return nil
}

// finish closes the open file; an error says where it broke off.
func (r *Recording) finish(end error) error {
	r.close()
	r.close, r.text = func() {}, nil
	if end == io.EOF {
		return nil
	}
	return fmt.Errorf("recording %s: breaks off in line %d, at or before byte %d of the file: %w", r.name, r.number, r.raw.n, end)
}

// message makes an envelope of a line, or counts why it cannot. A last line
// that breaks off is no bad line: the error that ends the file tells of it.
func (r *Recording) message(text []byte, tooLong bool, end error) (observer.Envelope, bool) {
	if s := (scanner{b: text}); s.atEnd() {
		return observer.Envelope{}, false
	}
	l, err := parseLine(text)
	if tooLong {
		err = errTooLong
	}
	broken := end != nil && end != io.EOF
	if err != nil && broken {
		return observer.Envelope{}, false
	}
	r.stats.Lines++
	if err != nil {
		r.stats.Bad++
		if len(r.stats.Samples) < maxSamples {
			r.stats.Samples = append(r.stats.Samples, BadLine{r.name, r.number, err})
		}
		return observer.Envelope{}, false
	}
	r.stats.Messages++
	return observer.Envelope{
		Source: r.source, Topic: r.topic(l.topic), Payload: l.payload, Retained: l.retained, Arrived: l.at,
	}, true
}

// topic returns the same string for the same topic.
func (r *Recording) topic(b []byte) string {
	if s, ok := r.topics[string(b)]; ok {
		return s
	}
	if len(r.topics) == maxTopics {
		clear(r.topics)
	}
	s := string(b)
	r.topics[s] = s
	return s
}
