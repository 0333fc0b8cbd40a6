package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// apiRoute is one call of the JSON API.
type apiRoute struct {
	Method string // GET answers HEAD too
	Path   string // a pattern of http.ServeMux without the method
	Params string // parameters of the query, or members of the body, separated by blanks
	Answer apiFunc
}

// apiFunc answers a call from what is held: a value to be sent as JSON, an
// apiStream, or an error that says why not.
type apiFunc func(held, *http.Request) (any, error)

// apiEncoded is an answer that is JSON already.
type apiEncoded []byte

// apiStream sends an answer by itself: one that is no JSON, and may be long.
type apiStream func(http.ResponseWriter, *http.Request)

// apiTable is the JSON API. docs/api.md describes it, and a test holds the two
// together.
func (s *Server) apiTable() []apiRoute {
	return []apiRoute{
		{"GET", "/api/stats", "", s.apiStats},
		{"GET", "/api/packets", "limit offset type route observer hash since until region area node nodes channel order expand groupByHash", s.apiPackets},
		{"GET", "/api/packets/timestamps", "since", s.apiTimestamps},
		{"POST", "/api/packets/observations", "hashes", s.apiObservations},
		{"GET", "/api/packets/{hash}", "", s.apiPacket},
		{"POST", "/api/decode", "hex", s.apiDecode},
		{"GET", "/api/nodes", "limit offset role search before lastHeard sortBy region area", s.apiNodes},
		{"GET", "/api/nodes/search", "q", s.apiNodeSearch},
		{"GET", "/api/nodes/bulk-health", "limit region area", s.apiBulkHealth},
		{"GET", "/api/nodes/network-status", "", s.apiNetworkStatus},
		{"GET", "/api/nodes/clock-skew", "area", s.apiSkews},
		{"GET", "/api/nodes/{key}", "", s.apiNode},
		{"GET", "/api/nodes/{key}/health", "", s.apiNodeHealth},
		{"GET", "/api/nodes/{key}/analytics", "days", s.apiNodeAnalytics},
		{"GET", "/api/nodes/{key}/clock-skew", "", s.apiNodeSkew},
		{"GET", "/api/nodes/{key}/battery", "days", s.apiNodeBattery},
		{"GET", "/api/nodes/{key}/paths", "", s.apiPaths},
		{"GET", "/api/nodes/{key}/neighbors", "min_count min_score include_ambiguous", s.apiNeighborsOf},
		{"GET", "/api/nodes/{key}/reach", "days", s.apiReachOf},
		{"GET", "/api/nodes/resolve", "prefix", s.apiNodeResolve},
		{"POST", "/api/paths/inspect", "prefixes context limit", s.apiInspect},
		{"GET", "/api/resolve-hops", "hops from_node", s.apiResolveHops},
		{"GET", "/api/observers", "", s.apiObservers},
		{"GET", "/api/observers/clock-skew", "", s.apiObserverSkews},
		{"GET", "/api/observers/metrics/summary", "window from to region", s.apiMetricsSummary},
		{"GET", "/api/observers/{id}", "", s.apiObserver},
		{"GET", "/api/observers/{id}/analytics", "days", s.apiObserverAnalytics},
		{"GET", "/api/observers/{id}/metrics", "since until resolution", s.apiObserverMetrics},
		{"GET", "/api/channels", "region includeEncrypted", s.apiChannels},
		{"GET", "/api/channels/{hash}/messages", "limit offset region", s.apiMessages},
		{"GET", "/api/channels/{hash}/packets", "limit before", s.apiChannelPackets},
		{"GET", "/api/scope-stats", "window", s.apiScopeStats},
		{"GET", "/api/analytics/relay-airtime-share", "window", s.apiAirtime},
		{"GET", "/api/analytics/topology", "region window from to", s.apiTopologyOf},
		{"GET", "/api/analytics/neighbor-graph", "min_count min_score region role", s.apiNeighborGraph},
		{"GET", "/api/analytics/hash-sizes", "region", s.apiHashSizes},
		{"GET", "/api/analytics/hash-collisions", "region", s.apiHashCollisions},
		{"GET", "/api/analytics/distance", "region", s.apiDistance},
		{"GET", "/api/analytics/roles", "", s.apiRolesOf},
		{"GET", "/api/analytics/subpaths", "region window from to minLen maxLen limit", s.apiSubpaths},
		{"GET", "/api/analytics/subpaths-bulk", "groups region window from to", s.apiSubpathsBulk},
		{"GET", "/api/analytics/subpath-detail", "hops", s.apiSubpathDetail},
		{"GET", "/api/config/areas", "", s.apiAreaNames},
		{"GET", "/api/config/areas/polygons", "", s.apiAreaShapes},
		{"POST", "/api/admin/snapshot", "", s.operatorOnly(s.apiSnapshot)},
		{"GET", "/api/backup", "", s.operatorOnly(s.apiBackup)},
	}
}

func (s *Server) apiRoutes(mux *http.ServeMux) {
	mux.HandleFunc("/api/", s.api(nil))
	byPath := map[string][]apiRoute{}
	for _, route := range s.apiTable() {
		byPath[route.Path] = append(byPath[route.Path], route)
	}
	for path, routes := range byPath {
		mux.HandleFunc(path, s.api(routes))
	}
}

// apiFailure is the body of every answer that is none.
type apiFailure struct {
	Error      string `json:"error"`
	Parameter  string `json:"parameter,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds, as the header of that name
	Retry      bool   `json:"retry,omitempty"`
	Failed     string `json:"failed,omitempty"`    // why an index could not be built; it is not tried again by itself
	Reference  string `json:"reference,omitempty"` // finds the fault in the log
}

// errIndexLoading says that an answer is an index which is still being built.
var errIndexLoading = errors.New("index loading")

// refused is an error for who may not: 403 where no key would help, 401 where
// one was wrong or missing.
type refused struct {
	text   string
	status int
}

func (r refused) Error() string { return r.text }

// unavailable is an error for what does not work just now.
type unavailable string

func (u unavailable) Error() string { return string(u) }

// notFound is an error for what the store does not hold.
type notFound string

func (n notFound) Error() string { return string(n) }

// api answers in JSON whatever happens: 503 until the store is loaded, 404 for
// a path that nobody answers (no routes), 405 for a method that none takes.
func (s *Server) api(routes []apiRoute) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h, ok := s.held()
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		i := slices.IndexFunc(routes, func(a apiRoute) bool { return a.Method == method })
		switch {
		case !ok:
			w.Header().Set("Retry-After", "1")
			s.writeAPI(w, r, http.StatusServiceUnavailable, apiFailure{Error: "loading", RetryAfter: 1})
		case len(routes) == 0:
			s.writeAPI(w, r, http.StatusNotFound, apiFailure{Error: "no such path"})
		case i < 0:
			w.Header().Set("Allow", allowed(routes))
			s.writeAPI(w, r, http.StatusMethodNotAllowed, apiFailure{Error: "method not allowed"})
		default:
			body, err := routes[i].Answer(h, r)
			stream, streams := body.(apiStream)
			switch {
			case err != nil:
				s.writeAPIError(w, r, err)
			case streams:
				stream(w, r)
			default:
				s.writeAPI(w, r, http.StatusOK, body)
			}
		}
	}
}

// allowed is what the header Allow says of a path.
func allowed(routes []apiRoute) string {
	var methods []string
	for _, route := range routes {
		methods = append(methods, route.Method)
		if route.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return strings.Join(methods, ", ")
}

// writeAPIError words an error for programs.
func (s *Server) writeAPIError(w http.ResponseWriter, r *http.Request, err error) {
	var parameter wrongParameter
	var missing notFound
	var conflict ambiguous
	var large *http.MaxBytesError
	var forbidden refused
	var later unavailable
	switch {
	case errors.As(err, &parameter):
		s.writeAPI(w, r, http.StatusBadRequest, apiFailure{Error: clean(parameter.why, 300), Parameter: parameter.name})
	case errors.Is(err, errIndexLoading):
		w.Header().Set("Retry-After", "5")
		s.writeAPI(w, r, http.StatusServiceUnavailable, apiFailure{Error: "index loading", RetryAfter: 5, Retry: retries(err), Failed: s.failedIndex()})
	case errors.As(err, &forbidden):
		if forbidden.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `X-API-Key realm="hilltop"`)
		}
		s.writeAPI(w, r, forbidden.status, apiFailure{Error: forbidden.text})
	case errors.As(err, &later):
		w.Header().Set("Retry-After", "5")
		s.writeAPI(w, r, http.StatusServiceUnavailable, apiFailure{Error: clean(string(later), 300), RetryAfter: 5})
	case errors.As(err, &missing):
		s.writeAPI(w, r, http.StatusNotFound, apiFailure{Error: string(missing)})
	case errors.As(err, &conflict):
		s.writeAPI(w, r, http.StatusConflict, apiFailure{Error: conflict.Error(), Parameter: "key"})
	case errors.As(err, &large):
		s.writeAPI(w, r, http.StatusRequestEntityTooLarge, apiFailure{Error: "body too large"})
	case r.Context().Err() != nil: // the client has gone: nobody reads this
		s.writeAPI(w, r, http.StatusServiceUnavailable, apiFailure{Error: "cancelled"})
	default:
		s.writeAPI(w, r, http.StatusInternalServerError, apiFailure{Error: "internal", Reference: s.report(r, err)})
	}
}

// failedIndex tells which index could not be built, and why; "" if none failed.
func (s *Server) failedIndex() string {
	for _, g := range s.Indexes.All() {
		if st := g.State(); !st.Ready && st.Err != "" {
			return clean(st.Name+": "+st.Err, 300)
		}
	}
	return ""
}

// writeAPI sends a JSON answer, compressed when the client takes it.
func (s *Server) writeAPI(w http.ResponseWriter, r *http.Request, status int, v any) {
	b, ok := v.(apiEncoded)
	if !ok {
		b = apiJSON(v)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding")
	s.write(w, r, status, b)
}

// apiJSON is a value of our own types as JSON, with a line's end.
func apiJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // nothing of it is read as HTML: the type says so, and nosniff
	if err := enc.Encode(v); err != nil {
		panic(err) // the guard reports it
	}
	return b.Bytes()
}
