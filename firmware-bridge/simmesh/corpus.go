package simmesh

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// WriteCorpus writes the corpus of a Config as a recording, one JSON object a
// line:
//
//	{"t": 1767245318331, "topic": "meshcore/SEA/<KEY>/packets", "payload": {...}}
//
// t is the arrival in Unix milliseconds. Where the MQTT payload is no JSON,
// payload_text holds it as a string instead.
//
// To truth goes the [Truth] as JSON, to paths a line per packet message that
// tells its [Heard]; either may be nil.
func WriteCorpus(w io.Writer, cfg Config, truth, paths io.Writer) error {
	if err := cfg.check(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	heard := bufio.NewWriter(io.Discard)
	if paths != nil {
		heard = bufio.NewWriterSize(paths, 1<<20)
	}
	var buf []byte
	s := newSim(cfg, func(r *record) error {
		buf = r.appendLine(buf[:0])
		if _, err := out.Write(buf); err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		if h := r.truth(); paths != nil && h != nil {
			buf = h.appendLine(buf[:0])
			if _, err := heard.Write(buf); err != nil {
				return fmt.Errorf("paths: %w", err)
			}
		}
		return nil
	})
	if truth != nil {
		if err := s.w.truth().WriteJSON(truth); err != nil {
			return err
		}
	}
	if err := s.run(); err != nil {
		return err
	}
	if err := heard.Flush(); err != nil {
		return fmt.Errorf("paths: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	return nil
}

// appendLine writes a record as a line of a recording.
func (r *record) appendLine(b []byte) []byte {
	b = append(b, `{"t": `...)
	b = strconv.AppendInt(b, r.at, 10)
	b = append(b, `, "topic": "`...)
	b = r.appendTopic(b)
	b = append(b, `", "payload`...)
	if r.fault == PayloadNotJSON {
		b = append(b, `_text": `...)
		b = appendString(b, string(r.appendPayload(nil)))
	} else {
		b = append(b, `": `...)
		b = r.appendPayload(b)
	}
	return append(b, "}\n"...)
}
