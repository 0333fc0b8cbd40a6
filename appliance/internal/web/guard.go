package web

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"hilltop/ui"
)

// guard is what every request passes: a panic costs that request alone, the
// host must be ours, and browsers are told what a page may do.
func (s *Server) guard(next http.Handler) http.Handler {
	machine, _ := os.Hostname()
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescue(w, r)
		if s.MQTT != nil && wantsMQTT(r) {
			s.MQTT(w, r)
			return
		}
		head := w.Header()
		head.Set("Content-Security-Policy", contentPolicy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !ourHost(r.Host, machine, s.Hosts) {
			http.Error(w, "This name is not known here: add it to hosts in hilltop.toml, or use the machine's address.", http.StatusMisdirectedRequest)
			return
		}
		if err := cross.Check(r); err != nil {
			http.Error(w, "This form was sent by a page of another site.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets a page use this machine's files and nothing else; images
// in data: URLs are its own icon.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// rescue turns a panic into an error page, unless an answer has begun.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	ref := s.report(r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": "internal", "reference": ref})
		return
	}
	// The shell may be what panicked: the answer needs nothing of it.
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	page := ui.ProblemPage{Status: "500", Title: "This page could not be made", Text: "The fault is this machine's, not yours.", Ref: ref}
	if err := ui.Bare(page).Render(r.Context(), w); err != nil {
		s.Log.Debug("error page", "err", err)
	}
}

// report logs an error of ours and returns what finds it again in the log.
func (s *Server) report(r *http.Request, err error) string {
	var b [4]byte
	rand.Read(b[:])
	ref := hex.EncodeToString(b[:])
	s.Log.Error("request", "reference", ref, "method", r.Method, "path", clean(r.URL.Path, 200), "err", err)
	return ref
}

// wantsMQTT tells whether a request is a WebSocket for the broker.
func wantsMQTT(r *http.Request) bool {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return false
	}
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for _, p := range strings.Split(line, ",") {
			if p = strings.TrimSpace(p); strings.EqualFold(p, "mqtt") || strings.EqualFold(p, "mqttv3.1") {
				return true
			}
		}
	}
	return false
}

// ourHost tells whether a name that a browser asked for can be this machine's.
// A site that lets its own name point here, to read the pages of a person's
// network, has a public name: it is none of these.
func ourHost(host, machine string, more []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "" {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	same := func(h string) bool { return strings.EqualFold(strings.TrimSuffix(h, "."), name) }
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".local") || same(machine) || slices.ContainsFunc(more, same)
}
