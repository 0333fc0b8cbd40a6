package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiTopology is the answer to GET /api/analytics/topology: of the paths by which
// floods were received. A hop has a name where one known relay alone fits it, and
// then counts for that relay whatever its width; else it stands for itself.
type apiTopology struct {
	UniqueNodes  int                 `json:"uniqueNodes"` // heard within seven days
	AvgHops      float64             `json:"avgHops"`     // of observations with a relay
	MedianHops   int                 `json:"medianHops"`  // the upper one
	MaxHops      int                 `json:"maxHops"`
	Distribution []apiDepth          `json:"hopDistribution"`
	Repeaters    []apiTopRelay       `json:"topRepeaters"`
	Pairs        []apiTopPair        `json:"topPairs"`
	HopsVsSNR    []apiDepthSNR       `json:"hopsVsSnr"`
	Observers    []apiSeer           `json:"observers"`
	Reach        map[string]apiRings `json:"perObserverReach"` // by ID
	Multi        []apiManySeen       `json:"multiObsNodes"`
	MultiTotal   int                 `json:"multiObsTotal"`
	Best         []apiBestSeen       `json:"bestPathList"`
	BestTotal    int                 `json:"bestPathTotal"`
}

type apiDepth struct {
	Hops  int   `json:"hops"`
	Count int64 `json:"count"` // observations
}

type apiDepthSNR struct {
	apiDepth
	AvgSNR *float64 `json:"avgSnr"` // dB, at the observer
}

// apiNamed is a hop, and the relay that alone fits it.
type apiNamed struct {
	Hop       string  `json:"hop"` // the widest that was seen
	Name      *string `json:"name"`
	PublicKey *string `json:"pubkey"`
}

type apiTopRelay struct {
	apiNamed
	Count  int64  `json:"count"`                  // transmissions
	Likely *int64 `json:"count_likely,omitempty"` // others that the relay is only believed to have sent on; not with a region
}

type apiTopPair struct {
	HopA       string  `json:"hopA"`
	HopB       string  `json:"hopB"`
	Count      int64   `json:"count"` // transmissions, both directions
	NameA      *string `json:"nameA"`
	NameB      *string `json:"nameB"`
	PublicKeyA *string `json:"pubkeyA"`
	PublicKeyB *string `json:"pubkeyB"`
}

type apiSeer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type apiRings struct {
	Name  string    `json:"observer_name"`
	Rings []apiRing `json:"rings"`
}

// apiRing is the relays whose shortest way to an observer took as many
// transmissions: 1 was heard itself.
type apiRing struct {
	Hops  int           `json:"hops"`
	Nodes []apiRingNode `json:"nodes"`
}

type apiRingNode struct {
	apiNamed
	Count int64   `json:"count"`               // places on paths of observations
	Range *string `json:"distRange,omitempty"` // "1-4" where ways differ
}

type apiManySeen struct {
	apiNamed
	Observers []apiSeenBy `json:"observers"`
}

type apiSeenBy struct {
	ID    string `json:"observer_id"`
	Name  string `json:"observer_name"`
	Least int    `json:"minDist"`
	Count int64  `json:"count"`
}

type apiBestSeen struct {
	apiNamed
	Least int    `json:"minDist"`
	ID    string `json:"observer_id"`
	Name  string `json:"observer_name"`
}

const (
	deepestShown    = 25 // hops of the distribution
	deepestSNR      = 20
	topRelaysShown  = 20
	topPairsShown   = 15
	ringsShown      = 15
	manySeenShown   = 50
	topologyNodesIn = 7 * 24 * time.Hour
)

// apiTopologyOf is GET /api/analytics/topology.
func (s *Server) apiTopologyOf(h held, r *http.Request) (any, error) {
	now := s.Now()
	q, err := apiSequenceQuery(r.URL.Query(), now)
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Routes == nil {
		return nil, errIndexLoading
	}
	got, err := s.packetsOf(h).Topology(r.Context(), h.Routes, q, topPairsShown)
	if err != nil {
		return nil, err
	}
	out := apiTopology{Distribution: []apiDepth{}, Repeaters: []apiTopRelay{}, Pairs: []apiTopPair{}, HopsVsSNR: []apiDepthSNR{}, Observers: []apiSeer{},
		Reach: map[string]apiRings{}, Multi: []apiManySeen{}, Best: []apiBestSeen{}}
	for _, n := range nodesOf(h).All(now.UnixMilli()) {
		if n.LastHeard >= now.Add(-topologyNodesIn).UnixMilli() {
			out.UniqueNodes++
		}
	}
	out.depths(got.Depths)
	names := newRelayNames(h)
	out.relays(h, got.Relays, names, q)
	for _, p := range got.Pairs {
		a, b := names.named(p.A), names.named(p.B)
		out.Pairs = append(out.Pairs, apiTopPair{a.Hop, b.Hop, p.Count, a.Name, b.Name, a.PublicKey, b.PublicKey})
	}
	out.reached(h, got.Observers, names)
	return out, nil
}

// depths words how many relays receptions passed.
func (a *apiTopology) depths(list [64]report.Depth) {
	var all, sum int64
	for hops, d := range list {
		all, sum = all+d.Receptions, sum+int64(hops)*d.Receptions
	}
	if all == 0 {
		return
	}
	a.AvgHops = math.Round(100*float64(sum)/float64(all)) / 100
	var before int64
	for hops, d := range list {
		if d.Receptions == 0 {
			continue
		}
		if before <= all/2 && before+d.Receptions > all/2 {
			a.MedianHops = hops
		}
		before += d.Receptions
		a.MaxHops = hops
		if hops <= deepestShown {
			a.Distribution = append(a.Distribution, apiDepth{hops, d.Receptions})
		}
		if hops <= deepestSNR {
			a.HopsVsSNR = append(a.HopsVsSNR, apiDepthSNR{apiDepth{hops, d.Receptions}, meanSNR(d.SNR.N, d.SNR.Mean())})
		}
	}
}

// relays words the hops that most transmissions have.
func (a *apiTopology) relays(h held, list []report.HopCount, names *relayNames, q report.SequenceQuery) {
	at := map[who]int{}
	for _, x := range list {
		k, named := names.who(x.Hop), names.named(x.Hop)
		i, known := at[k]
		if !known {
			i = len(a.Repeaters)
			at[k] = i
			a.Repeaters = append(a.Repeaters, apiTopRelay{apiNamed: named})
		}
		a.Repeaters[i].Count += x.Transmissions
		if len(named.Hop) > len(a.Repeaters[i].Hop) {
			a.Repeaters[i].Hop = named.Hop
		}
	}
	slices.SortStableFunc(a.Repeaters, func(a, b apiTopRelay) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Hop, b.Hop)) })
	a.Repeaters = a.Repeaters[:min(topRelaysShown, len(a.Repeaters))]
	if h.Relays == nil || q.Regions != nil {
		return
	}
	from, to := q.From, q.To
	if to == 0 {
		to = math.MaxInt64
	}
	if from == 0 {
		from = math.MinInt64
	}
	for i := range a.Repeaters {
		if x := &a.Repeaters[i]; x.PublicKey != nil {
			key, _ := meshcore.ParsePublicKey(*x.PublicKey)
			x.Likely = new(h.Relays.Count(key, h.Index.Nodes.Hops(key), from, to).Believed)
		}
	}
}

// who is a relay, or a hop that not one alone fits.
type who struct {
	key meshcore.PublicKey
	hop meshcore.Hop
}

// relayNames names hops, and remembers what it was told.
type relayNames struct {
	h     held
	known map[meshcore.Hop]relayName
}

type relayName struct {
	who
	apiNamed
}

func newRelayNames(h held) *relayNames { return &relayNames{h, map[meshcore.Hop]relayName{}} }

func (n *relayNames) of(hop meshcore.Hop) relayName {
	x, known := n.known[hop]
	if !known {
		x = relayName{who{hop: hop}, apiNamed{Hop: hop.String()}}
		if node, ok := n.h.Index.Nodes.NameHop(hop); ok {
			x.who, x.Name, x.PublicKey = who{key: node.Key}, &node.Name, new(node.Key.String())
		}
		n.known[hop] = x
	}
	return x
}

func (n *relayNames) who(hop meshcore.Hop) who        { return n.of(hop).who }
func (n *relayNames) named(hop meshcore.Hop) apiNamed { return n.of(hop).apiNamed }

// reachedBy is how a relay's floods came to an observer.
type reachedBy struct {
	named       apiNamed
	observer    apiSeer
	count       int64
	least, most int
}

// reached words which relays observers received floods by.
func (a *apiTopology) reached(h held, list []report.Reached, names *relayNames) {
	by := map[who][]reachedBy{}
	var order []who // as they come
	for _, r := range list {
		o, _ := h.Store.ObserverByNum(r.Observer)
		seer := apiSeer{strings.ToUpper(o.ID), o.Name}
		a.Observers = append(a.Observers, seer)
		at := map[who]int{}
		var here []reachedBy
		for _, hop := range r.Hops {
			k, named := names.who(hop.Hop), names.named(hop.Hop)
			i, known := at[k]
			if !known {
				i = len(here)
				at[k] = i
				here = append(here, reachedBy{named, seer, 0, hop.Least, hop.Most})
			}
			x := &here[i]
			x.count, x.least, x.most = x.count+hop.Count, min(x.least, hop.Least), max(x.most, hop.Most)
			if len(named.Hop) > len(x.named.Hop) {
				x.named.Hop = named.Hop
			}
		}
		for _, hop := range r.Hops {
			k := names.who(hop.Hop)
			if i, open := at[k]; open {
				if by[k] == nil {
					order = append(order, k)
				}
				by[k] = append(by[k], here[i])
				delete(at, k)
			}
		}
		a.Reach[seer.ID] = apiRings{seer.Name, ringsOf(here)}
	}
	for _, k := range order {
		a.seen(by[k])
	}
	slices.SortStableFunc(a.Multi, func(a, b apiManySeen) int { return cmp.Compare(len(b.Observers), len(a.Observers)) })
	slices.SortStableFunc(a.Best, func(a, b apiBestSeen) int { return cmp.Compare(a.Least, b.Least) })
	a.MultiTotal, a.BestTotal = len(a.Multi), len(a.Best)
	a.Multi, a.Best = a.Multi[:min(manySeenShown, len(a.Multi))], a.Best[:min(manySeenShown, len(a.Best))]
}

// seen words which observers a relay's floods came to, the nearest first.
func (a *apiTopology) seen(by []reachedBy) {
	slices.SortStableFunc(by, func(a, b reachedBy) int { return cmp.Or(cmp.Compare(a.least, b.least), cmp.Compare(b.count, a.count)) })
	named := by[0].named
	for _, x := range by {
		if len(x.named.Hop) > len(named.Hop) {
			named.Hop = x.named.Hop
		}
	}
	a.Best = append(a.Best, apiBestSeen{named, by[0].least, by[0].observer.ID, by[0].observer.Name})
	if len(by) < 2 {
		return
	}
	many := apiManySeen{apiNamed: named}
	for _, x := range by {
		many.Observers = append(many.Observers, apiSeenBy{x.observer.ID, x.observer.Name, x.least, x.count})
	}
	a.Multi = append(a.Multi, many)
}

// ringsOf puts relays into rings, in each those most often on paths first.
func ringsOf(list []reachedBy) []apiRing {
	rings := []apiRing{}
	slices.SortStableFunc(list, func(a, b reachedBy) int { return cmp.Or(cmp.Compare(a.least, b.least), cmp.Compare(b.count, a.count)) })
	for _, x := range list {
		if x.least > ringsShown {
			break
		}
		if n := len(rings); n == 0 || rings[n-1].Hops != x.least {
			rings = append(rings, apiRing{Hops: x.least})
		}
		node := apiRingNode{apiNamed: x.named, Count: x.count}
		if x.most > x.least {
			node.Range = new(fmt.Sprintf("%d-%d", x.least, x.most))
		}
		ring := &rings[len(rings)-1]
		ring.Nodes = append(ring.Nodes, node)
	}
	return rings
}
