package record

import (
	"context"
	"runtime"
	"sync"
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

const (
	batchSize   = 256
	batchesDeep = 16 // batches between the inbox and the writer

	sampleKept = 2 << 10 // of a malformed payload, bytes
	sampleRead = 4 << 10 // what secrets are looked for in
)

// reasonPanic is why a message is malformed that brought the code down.
const reasonPanic observer.Reason = "panic"

// parsed is one message on its way to the writer.
type parsed struct {
	source  string
	client  string
	arrived time.Time
	message observer.Message
	advert  *verdict // of a packet that is an advert

	topic   string // of a malformed one, secrets taken out
	payload []byte
	panic   any // what brought the code down
}

// batch is a run of messages in order of arrival.
type batch struct {
	in   []observer.Envelope
	out  []parsed
	done chan struct{} // closed when out is complete
}

// pipeline parses the held messages and then those of the inbox, in parallel,
// and hands them over in order of arrival. It ends when the inbox is closed or
// ctx is done and the inbox empty; then the channel is closed.
func (r *Recorder) pipeline(ctx context.Context, wg *sync.WaitGroup, held []observer.Envelope) <-chan *batch {
	ordered := make(chan *batch, batchesDeep)
	jobs := make(chan *batch, batchesDeep)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for b := range jobs {
				for i := range b.in {
					b.out[i] = r.parse(b.in[i])
				}
				close(b.done)
			}
		})
	}
	wg.Go(func() {
		defer close(ordered)
		defer close(jobs)
		send := func(in []observer.Envelope) {
			b := &batch{in: in, out: make([]parsed, len(in)), done: make(chan struct{})}
			jobs <- b
			ordered <- b
		}
		for len(held) > 0 {
			n := min(batchSize, len(held))
			send(held[:n:n])
			held = held[n:]
		}
		for {
			in := r.collect(ctx)
			if len(in) == 0 {
				return
			}
			send(in)
		}
	})
	return ordered
}

// collect waits for a message and takes what else is there. It is empty at the
// end.
func (r *Recorder) collect(ctx context.Context) []observer.Envelope {
	var in []observer.Envelope
	select {
	case e, ok := <-r.o.Inbox.c:
		if !ok {
			return nil
		}
		in = append(in, e)
	case <-ctx.Done():
	}
	for len(in) < batchSize {
		select {
		case e, ok := <-r.o.Inbox.c:
			if !ok {
				return in
			}
			in = append(in, e)
			continue
		default:
		}
		return in
	}
	return in
}

// parse understands one message. A panic loses this message and no other.
func (r *Recorder) parse(e observer.Envelope) (p parsed) {
	p = parsed{source: e.Source, client: e.Client, arrived: e.Arrived}
	defer func() {
		if v := recover(); v != nil {
			p.message = observer.Message{Kind: observer.KindMalformed, Reason: reasonPanic}
			p.topic, p.payload, p.panic = sample(e), nil, v
		}
	}()
	// The learned zone of naive times is the writer's matter: what is learned
	// must not depend on which message happens to be parsed first.
	p.message = r.read(e, r.parseOptions(e.Source))
	switch {
	case p.message.Kind == observer.KindMalformed:
		p.topic, p.payload = redacted(e)
	case p.message.Kind == observer.KindPacket && p.message.Packet.Frame != nil &&
		p.message.Packet.Packet.Type == meshcore.TypeAdvert:
		v := r.verdicts.check(p.message.Packet.Hash, p.message.Packet.Packet.Payload)
		p.advert = &v
	}
	return p
}

func (r *Recorder) parseOptions(source string) observer.Options {
	s := r.o.Sources[source]
	return observer.Options{Trust: s.Trust, OwnBroker: s.Own, DefaultRegion: s.Region}
}

// redacted is a message as it may be shown: without secrets, its payload cut.
func redacted(e observer.Envelope) (topic string, payload []byte) {
	topic, payload = observer.Redact(e.Topic[:min(len(e.Topic), sampleKept)], e.Payload[:min(len(e.Payload), sampleRead)])
	n := min(len(payload), sampleKept)
	return topic, payload[:n:n]
}

// sample is the topic of a message that brought the code down, with nothing
// that could do so again.
func sample(e observer.Envelope) string { return e.Topic[:min(len(e.Topic), 16)] + "…" }
