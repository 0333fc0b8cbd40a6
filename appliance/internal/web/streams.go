package web

import (
	"net/url"
	"time"
)

// streams are the kinds of live rows, by the word in for= of /events. Each
// reads its own parameters, those of its page; times are written in the
// viewer's zone.
func (s *Server) streams() map[string]func(url.Values, *time.Location) (stream, error) {
	return map[string]func(url.Values, *time.Location) (stream, error){
		"packets":  s.packetsStream,
		"nodes":    s.nodesStream,
		"messages": s.messagesStream,
	}
}
