package web

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

const (
	apiSequencesUsual = 100
	apiSequencesMost  = 200
	apiGroupsMost     = 16
	apiPathsShown     = 50
	apiParentsShown   = 15
	apiEndsShown      = 10
)

// apiSequence is a sequence of relays. Hops that no known relay alone fits are
// in Path as they were sent.
type apiSequence struct {
	Path    string   `json:"path"` // "A → B"
	RawHops []string `json:"rawHops"`
	Count   int64    `json:"count"` // transmissions
	Hops    int      `json:"hops"`
	Pct     float64  `json:"pct"` // of totalPaths, to one decimal
}

// apiSequenceList is the answer to GET /api/analytics/subpaths.
type apiSequenceList struct {
	Subpaths   []apiSequence `json:"subpaths"`
	TotalPaths int64         `json:"totalPaths"` // transmissions with a path of two hops or more
}

// apiSequenceGroups is the answer to GET /api/analytics/subpaths-bulk.
type apiSequenceGroups struct {
	Results []apiSequenceList `json:"results"` // by group asked for
}

// apiHop is a hop with the node that alone fits it.
type apiHop struct {
	Prefix string   `json:"prefix"`
	Name   string   `json:"name"`
	Pubkey *string  `json:"pubkey"`
	Lat    *float64 `json:"lat"`
	Lon    *float64 `json:"lon"`
}

// apiSequenceHop is the same in the answer about one sequence.
type apiSequenceHop struct {
	Hop    string   `json:"hop"`
	Name   string   `json:"name"`
	Lat    *float64 `json:"lat"`
	Lon    *float64 `json:"lon"`
	Pubkey *string  `json:"pubkey"`
}

type apiSignal struct {
	AvgSNR  *float64 `json:"avgSnr"`  // dB
	AvgRSSI *float64 `json:"avgRssi"` // dBm
	Samples int64    `json:"samples"` // observations whose path has the sequence and that have an SNR
}

type apiPathCount struct {
	Path  string `json:"path"`
	Count int64  `json:"count"`
}

type apiObserverCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// apiSequenceDetail is the answer to GET /api/analytics/subpath-detail.
type apiSequenceDetail struct {
	Hops             []string           `json:"hops"`
	Nodes            []apiSequenceHop   `json:"nodes"`
	TotalMatches     int64              `json:"totalMatches"`
	FirstSeen        *string            `json:"firstSeen"`
	LastSeen         *string            `json:"lastSeen"`
	Signal           apiSignal          `json:"signal"`
	HourDistribution [24]int64          `json:"hourDistribution"` // UTC
	ParentPaths      []apiPathCount     `json:"parentPaths"`
	ParentPathsTotal int                `json:"parentPathsTotal"`
	Observers        []apiObserverCount `json:"observers"`
	ObserversTotal   int                `json:"observersTotal"`
}

// apiNodePath is a path through a node.
type apiNodePath struct {
	Hops       []apiHop `json:"hops"`
	Count      int64    `json:"count"` // transmissions
	LastSeen   string   `json:"lastSeen"`
	SampleHash string   `json:"sampleHash"`
}

// apiNodePaths is the answer to GET /api/nodes/{key}/paths.
type apiNodePaths struct {
	Node               apiNode       `json:"node"`
	Paths              []apiNodePath `json:"paths"`
	TotalPaths         int           `json:"totalPaths"`
	TotalTransmissions int64         `json:"totalTransmissions"`
}

// apiWindow reads window, or from and to: a span of time, Unix ms; 0 is open.
func apiWindow(v url.Values, now time.Time) (from, to int64, err error) {
	word, err := apiChoice(v, "window", "1h", "24h", "1d", "3d", "7d", "1w", "30d")
	if err != nil {
		return 0, 0, err
	}
	if from, err = apiInstant(v, "from"); err != nil {
		return 0, 0, err
	}
	if to, err = apiInstant(v, "to"); err != nil {
		return 0, 0, err
	}
	switch {
	case word != "" && (from != 0 || to != 0):
		return 0, 0, wrong("window", "either window, or from and to")
	case from != 0 && to != 0 && from >= to:
		return 0, 0, wrong("to", "it is not after from")
	case word != "":
		span := map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "1d": 24 * time.Hour, "3d": 72 * time.Hour,
			"7d": 168 * time.Hour, "1w": 168 * time.Hour, "30d": 720 * time.Hour}[word]
		from = now.Add(-span).UnixMilli()
	}
	return from, to, nil
}

func apiSequenceQuery(v url.Values, now time.Time) (q report.SequenceQuery, err error) {
	if q.Regions, err = apiRegions(v); err != nil {
		return q, err
	}
	q.From, q.To, err = apiWindow(v, now)
	return q, err
}

// apiHopCount reads a number of hops.
func apiHopCount(v url.Values, name string, usual int) (int, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return usual, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 2 || n > report.SequencesMost {
		return 0, wrong(name, "%q is no number of hops from 2 to %d", s, report.SequencesMost)
	}
	return n, nil
}

// apiSubpaths is GET /api/analytics/subpaths.
func (s *Server) apiSubpaths(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	g := report.SequenceGroup{}
	var err error
	if g.Least, err = apiHopCount(v, "minLen", 2); err != nil {
		return nil, err
	}
	if g.Most, err = apiHopCount(v, "maxLen", report.SequencesMost); err != nil {
		return nil, err
	}
	if g.Least > g.Most {
		return nil, wrong("maxLen", "it is less than minLen")
	}
	if g.Limit, err = apiLimit(v, apiSequencesUsual, apiSequencesMost); err != nil {
		return nil, err
	}
	lists, err := s.sequences(h, r, []report.SequenceGroup{g})
	if err != nil {
		return nil, err
	}
	return lists[0], nil
}

// apiSubpathsBulk is GET /api/analytics/subpaths-bulk.
func (s *Server) apiSubpathsBulk(h held, r *http.Request) (any, error) {
	groups, err := apiGroups(r.URL.Query())
	if err != nil {
		return nil, err
	}
	lists, err := s.sequences(h, r, groups)
	return apiSequenceGroups{Results: lists}, err
}

// apiGroups reads groups, such as "2-2:50,5-8:15": lengths and how many.
func apiGroups(v url.Values) (groups []report.SequenceGroup, err error) {
	words, err := listed(v, "groups")
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || len(words) > apiGroupsMost {
		return nil, wrong("groups", "want 1 to %d groups such as 2-2:50, separated by commas", apiGroupsMost)
	}
	for _, w := range words {
		span, limit, ok := strings.Cut(w, ":")
		least, most, ok2 := strings.Cut(span, "-")
		var g report.SequenceGroup
		var errs [3]error
		g.Least, errs[0] = strconv.Atoi(least)
		g.Most, errs[1] = strconv.Atoi(most)
		g.Limit, errs[2] = strconv.Atoi(limit)
		if !ok || !ok2 || errs != [3]error{} || g.Least < 2 || g.Most > report.SequencesMost || g.Least > g.Most || g.Limit < 1 {
			return nil, wrong("groups", "%q is no group such as 2-2:50: hops from 2 to %d, and how many", w, report.SequencesMost)
		}
		g.Limit = min(g.Limit, apiSequencesMost)
		groups = append(groups, g)
	}
	return groups, nil
}

// sequences answers for groups of sequences.
func (s *Server) sequences(h held, r *http.Request, groups []report.SequenceGroup) ([]apiSequenceList, error) {
	q, err := apiSequenceQuery(r.URL.Query(), s.Now())
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Routes == nil {
		return nil, errIndexLoading
	}
	list, err := s.packetsOf(h).Sequences(r.Context(), h.Routes, q, groups)
	if err != nil {
		return nil, err
	}
	var out []apiSequenceList
	for _, g := range list.Groups {
		one := apiSequenceList{Subpaths: []apiSequence{}, TotalPaths: list.Paths}
		for _, sequence := range g {
			one.Subpaths = append(one.Subpaths, apiSequence{
				Path: pathText(h, sequence.Hops), RawHops: hopTexts(sequence.Hops), Count: sequence.Count, Hops: len(sequence.Hops),
				Pct: math.Round(1000*float64(sequence.Count)/float64(max(list.Paths, 1))) / 10,
			})
		}
		out = append(out, one)
	}
	return out, nil
}

// pathText is a path with names, as far as they are known.
func pathText(h held, hops []meshcore.Hop) string {
	words := make([]string, len(hops))
	for i, hop := range hops {
		words[i] = apiHopOf(h, hop).Name
	}
	return strings.Join(words, " → ")
}

func hopTexts(hops []meshcore.Hop) []string {
	words := make([]string, len(hops))
	for i, hop := range hops {
		words[i] = hop.String()
	}
	return words
}

// apiHopOf words a hop: the node that alone fits it, else its digits.
func apiHopOf(h held, hop meshcore.Hop) apiHop {
	out := apiHop{Prefix: hop.String(), Name: hop.String()}
	n, ok := h.Index.Nodes.NameHop(hop)
	if !ok {
		return out
	}
	out.Pubkey = new(n.Key.String())
	if n.Name != "" {
		out.Name = n.Name
	}
	if n.HasPosition {
		out.Lat, out.Lon = new(float64(n.LatE6)/1e6), new(float64(n.LonE6)/1e6)
	}
	return out
}

// apiSubpathDetail is GET /api/analytics/subpath-detail.
func (s *Server) apiSubpathDetail(h held, r *http.Request) (any, error) {
	hops, err := apiHopList(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Routes == nil {
		return nil, errIndexLoading
	}
	d, err := s.packetsOf(h).Sequence(r.Context(), hops, apiParentsShown, apiEndsShown)
	if err != nil {
		return nil, err
	}
	out := apiSequenceDetail{
		Hops: hopTexts(hops), Nodes: []apiSequenceHop{}, TotalMatches: d.Matches, FirstSeen: apiTimeOr(d.First), LastSeen: apiTimeOr(d.Last),
		Signal:           apiSignal{AvgSNR: meanOf(d.SNR), AvgRSSI: meanOf(d.RSSI), Samples: d.SNR.Count},
		HourDistribution: d.ByHour, ParentPaths: []apiPathCount{}, ParentPathsTotal: d.WithinAll,
		Observers: []apiObserverCount{}, ObserversTotal: d.ObserversAll,
	}
	for _, hop := range hops {
		x := apiHopOf(h, hop)
		out.Nodes = append(out.Nodes, apiSequenceHop{Hop: x.Prefix, Name: x.Name, Lat: x.Lat, Lon: x.Lon, Pubkey: x.Pubkey})
	}
	for _, p := range d.Within {
		out.ParentPaths = append(out.ParentPaths, apiPathCount{pathText(h, p.Hops), p.Count})
	}
	for _, o := range d.Observers {
		name := o.Observer.Name
		if name == "" {
			name = strings.ToUpper(o.Observer.ID)
		}
		out.Observers = append(out.Observers, apiObserverCount{name, o.Count})
	}
	return out, nil
}

func meanOf(m report.Mean) *float64 {
	if m.Count == 0 {
		return nil
	}
	return new(math.Round(100*m.Sum/float64(m.Count)) / 100)
}

// apiHopList reads hops: two or more of one width, in hex.
func apiHopList(v url.Values) (hops []meshcore.Hop, err error) {
	if len(v["hops"]) > 1 || len(v.Get("hops")) > 7*meshcore.MaxHops {
		return nil, wrong("hops", "one list of at most %d hops", meshcore.MaxHops)
	}
	for _, w := range strings.Split(v.Get("hops"), ",") { // a hop may come twice
		hop, err := meshcore.ParseHop(strings.TrimSpace(w))
		if err != nil {
			return nil, wrong("hops", "%q is no hop of 2, 4 or 6 hex digits", w)
		}
		hops = append(hops, hop)
	}
	if !report.SequenceHops(hops) {
		return nil, wrong("hops", "want two or more hops of one width")
	}
	return hops, nil
}

// apiPaths is GET /api/nodes/{key}/paths.
func (s *Server) apiPaths(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Relays == nil {
		return nil, errIndexLoading
	}
	found, err := s.packetsOf(h).PathsThrough(r.Context(), row.Node.Key, apiPathsShown)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	out := apiNodePaths{
		Node: apiNodeOf(h, row, oneWidth(h, row.Node.Key, now), now), Paths: []apiNodePath{},
		TotalPaths: found.PathsAll, TotalTransmissions: found.Transmissions,
	}
	for _, p := range found.Paths {
		path := apiNodePath{Hops: []apiHop{}, Count: p.Count, LastSeen: apiTime(p.Last), SampleHash: p.Sample.String()}
		for _, hop := range p.Hops {
			path.Hops = append(path.Hops, apiHopOf(h, hop))
		}
		out.Paths = append(out.Paths, path)
	}
	return out, nil
}
