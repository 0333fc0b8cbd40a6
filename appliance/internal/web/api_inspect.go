package web

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiInspected is the answer to POST /api/paths/inspect.
type apiInspected struct {
	Candidates []apiWay `json:"candidates"` // the likeliest first
	Input      struct {
		Prefixes []string `json:"prefixes"`
		Hops     int      `json:"hops"`
		Limit    int      `json:"limit"`
	} `json:"input"`
	Stats struct {
		BeamWidth  int     `json:"beamWidth"`
		Expansions int     `json:"expansionsRun"`
		ElapsedMs  float64 `json:"elapsedMs"`
	} `json:"stats"`
}

// apiWay is a way over relays that the hops fit.
type apiWay struct {
	Path        []string `json:"path"` // public keys
	Names       []string `json:"names"`
	Score       float64  `json:"score"`
	Speculative bool     `json:"speculative"`
	Evidence    struct {
		PerHop []apiWayHop `json:"perHop"`
	} `json:"evidence"`
}

type apiWayHop struct {
	Prefix       string        `json:"prefix"`
	Considered   int           `json:"candidatesConsidered"`
	Chosen       string        `json:"chosen"`     // public key
	EdgeWeight   float64       `json:"edgeWeight"` // of the link from the relay before, 0..1; 1 of the first
	Score        float64       `json:"score"`      // of the step
	Alternatives []apiWayOther `json:"alternatives"`
}

type apiWayOther struct {
	PublicKey string  `json:"publicKey"`
	Name      string  `json:"name"`
	Score     float64 `json:"score"`
}

const (
	inspectBody        = 4 << 10 // bytes
	inspectHops        = 64
	inspectUsual       = 10
	inspectMost        = 50
	inspectSpeculative = 0.7 // below it a way is a guess
)

// errInspectLoading is errIndexLoading in the words that clients of this call
// know.
var errInspectLoading = retryable{errIndexLoading}

// retryable says that a call shall be made again.
type retryable struct{ error }

func (r retryable) Unwrap() error { return r.error }

// apiInspect is POST /api/paths/inspect.
func (s *Server) apiInspect(h held, r *http.Request) (any, error) {
	began := time.Now()
	var body struct {
		Prefixes []string `json:"prefixes"`
		Context  struct {
			Observer string `json:"observerId"`
			Since    string `json:"since"`
			Until    string `json:"until"`
		} `json:"context"`
		Limit *int `json:"limit"`
	}
	r.Body = http.MaxBytesReader(nil, r.Body, inspectBody)
	if err := apiBody(r, &body, "prefixes"); err != nil {
		return nil, err
	}
	now := s.Now()
	q := report.InspectQuery{From: math.MinInt64, To: math.MaxInt64, Now: now.UnixMilli(), Limit: inspectUsual}
	var err error
	if q.Hops, err = inspectHopsOf(body.Prefixes); err != nil {
		return nil, err
	}
	if body.Limit != nil {
		if *body.Limit < 1 {
			return nil, wrong("limit", "%d is no number of ways from 1 on", *body.Limit)
		}
		q.Limit = min(*body.Limit, inspectMost)
	}
	if id := body.Context.Observer; id != "" {
		o, ok := anyCase(h.Store, id)
		if !ok {
			return nil, wrong("context.observerId", "%q is no observer that is known", id)
		}
		q.Observer = &o
	}
	for _, x := range []struct {
		name, text string
		into       *int64
	}{{"since", body.Context.Since, &q.From}, {"until", body.Context.Until, &q.To}} {
		if x.text != "" {
			at, err := time.Parse(time.RFC3339, x.text)
			if err != nil {
				return nil, wrong("context."+x.name, "%q is no time like 2026-05-01T14:30:00Z", x.text)
			}
			*x.into = at.UnixMilli()
		}
	}
	if q.From >= q.To {
		return nil, wrong("context.until", "it is not after since")
	}
	if h.Index == nil || h.Links == nil {
		return nil, errInspectLoading
	}
	found := nodesOf(h).Inspect(q)
	out := apiInspected{Candidates: []apiWay{}}
	for _, p := range found.Paths {
		out.Candidates = append(out.Candidates, apiWayOf(p, q.Hops, found.Fitting))
	}
	out.Input.Prefixes, out.Input.Hops, out.Input.Limit = hopTexts(q.Hops), len(q.Hops), q.Limit
	out.Stats.BeamWidth, out.Stats.Expansions = report.BeamWidth, found.Expanded
	out.Stats.ElapsedMs = float64(time.Since(began).Microseconds()) / 1000
	return out, nil
}

// inspectHopsOf reads hops of one width, 1 to 3 bytes.
func inspectHopsOf(prefixes []string) (hops []meshcore.Hop, err error) {
	if len(prefixes) == 0 || len(prefixes) > inspectHops {
		return nil, wrong("prefixes", "want 1 to %d hops, not %d", inspectHops, len(prefixes))
	}
	for _, text := range prefixes {
		hop, err := meshcore.ParseHop(strings.TrimSpace(text))
		if err != nil {
			return nil, wrong("prefixes", "%q is no hop of 2, 4 or 6 hex digits", text)
		}
		if len(hops) > 0 && hop.Width() != hops[0].Width() {
			return nil, wrong("prefixes", "all hops of a path have as many bytes")
		}
		hops = append(hops, hop)
	}
	return hops, nil
}

func apiWayOf(p report.InspectedPath, hops []meshcore.Hop, fitting []int) apiWay {
	round := func(x float64) float64 { return math.Round(1e4*x) / 1e4 }
	out := apiWay{Score: round(p.Score), Speculative: p.Score < inspectSpeculative}
	for i, s := range p.Steps {
		out.Path, out.Names = append(out.Path, s.Node.Key.String()), append(out.Names, s.Node.Name)
		hop := apiWayHop{Prefix: hops[i].String(), Considered: fitting[i], Chosen: s.Node.Key.String(), EdgeWeight: round(s.Edge), Score: round(s.Score), Alternatives: []apiWayOther{}}
		for _, o := range s.Others {
			hop.Alternatives = append(hop.Alternatives, apiWayOther{o.Node.Key.String(), o.Node.Name, round(o.Score)})
		}
		out.Evidence.PerHop = append(out.Evidence.PerHop, hop)
	}
	return out
}

// retries tells whether an error says so.
func retries(err error) bool {
	var r retryable
	return errors.As(err, &r)
}
