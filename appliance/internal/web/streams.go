package web

import (
	"net/url"
)

// streams are the kinds of live rows, by the word in for= of /events. Each
// reads its own parameters, those of its page; times are written in the
// viewer's zone.
func (s *Server) streams() map[string]func(url.Values, prefs) (stream, error) {
	return map[string]func(url.Values, prefs) (stream, error){
		"packets":  s.packetsStream,
		"nodes":    s.nodesStream,
		"messages": s.messagesStream,
	}
}
