package web

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"

	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// apiAirRow is the air that one payload type takes.
type apiAirRow struct {
	PayloadType int     `json:"payload_type"`
	Type        string  `json:"type"`
	Count       int64   `json:"count"` // packets
	CountPct    float64 `json:"count_pct"`
	Sendings    int64   `json:"sendings"` // of originators and relays
	Score       int64   `json:"score"`    // ns on air
	AirtimePct  float64 `json:"airtime_pct"`
}

// apiPreset is a modem's setting.
type apiPreset struct {
	FreqHz   float64 `json:"freq_hz"`
	BWkHz    float64 `json:"bw_khz"`
	SF       int     `json:"sf"`
	CR       int     `json:"cr"`
	Preamble int     `json:"preamble"`
	Said     bool    `json:"said"`           // by observers; else it is the firmware's default
	DutyPct  float64 `json:"duty_cycle_pct"` // of an hour that the firmware lets a radio send by default
}

// apiAir is the answer to GET /api/analytics/relay-airtime-share.
type apiAir struct {
	Rows       []apiAirRow `json:"rows"`
	TotalCount int64       `json:"total_count"`
	TotalScore int64       `json:"total_score"`
	Preset     apiPreset   `json:"preset"`
	Window     string      `json:"window"`
	Cached     bool        `json:"cached"` // always: it is counted once an hour
	From       string      `json:"from"`
	To         string      `json:"to"`
}

// apiAirtime is GET /api/analytics/relay-airtime-share, of the latest survey.
func (s *Server) apiAirtime(h held, r *http.Request) (any, error) {
	window, err := apiSurveySpan(h, r)
	if err != nil {
		return nil, err
	}
	b := h.Board
	out := apiAir{Rows: []apiAirRow{}, Window: window.word, Cached: true, From: apiTime(window.from(b)), To: apiTime(b.To), Preset: apiPreset{
		FreqHz: math.Round(b.Preset.FreqMHz * 1e6), BWkHz: b.Preset.BWkHz, SF: b.Preset.SF, CR: b.Preset.CR, Preamble: b.Preset.Preamble(), Said: b.PresetSaid,
		DutyPct: 100 * meshcore.DutyCycle(meshcore.DefaultAirtimeFactor)}}
	for t, a := range survey.Sum(b.Last(window.span)).Types {
		if a.Transmissions > 0 {
			out.Rows = append(out.Rows, apiAirRow{PayloadType: t, Type: meshcore.Type(t).String(), Count: a.Transmissions, Sendings: a.Sendings, Score: a.Airtime.Nanoseconds()})
			out.TotalCount += a.Transmissions
			out.TotalScore += a.Airtime.Nanoseconds()
		}
	}
	for i := range out.Rows {
		row := &out.Rows[i]
		row.CountPct = 100 * float64(row.Count) / float64(out.TotalCount)
		if out.TotalScore > 0 {
			row.AirtimePct = 100 * float64(row.Score) / float64(out.TotalScore)
		}
	}
	slices.SortFunc(out.Rows, func(a, b apiAirRow) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type))
	})
	return out, nil
}

// apiSurveySpan reads window: a span of whole hours up to the latest survey's end.
func apiSurveySpan(h held, r *http.Request) (surveySpan, error) {
	word, err := apiChoice(r.URL.Query(), "window", surveySpanWords()...)
	switch {
	case err != nil:
		return surveySpan{}, err
	case h.Board == nil:
		return surveySpan{}, errIndexLoading
	}
	return spanOfWord(word), nil
}

// apiScopes is the answer to GET /api/scope-stats. Every flood is in one of
// unscoped, unknownScope and byRegion; the series adds up to the summary.
type apiScopes struct {
	Window  string `json:"window"`
	From    string `json:"from"`
	To      string `json:"to"`
	Summary struct {
		Floods    int64 `json:"floods"`
		Transport int64 `json:"transportTotal"` // scoped and unknown together
		Scoped    int64 `json:"scoped"`         // by a name that is known
		Unknown   int64 `json:"unknownScope"`
		Unscoped  int64 `json:"unscoped"`
	} `json:"summary"`
	ByRegion []apiScope     `json:"byRegion"`
	Series   []apiScopeHour `json:"timeSeries"`
}

type apiScope struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

type apiScopeHour struct {
	At       string `json:"t"`
	Scoped   int64  `json:"scoped"`
	Unknown  int64  `json:"unknownScope"`
	Unscoped int64  `json:"unscoped"`
}

// apiScopeStats is GET /api/scope-stats, of the latest survey.
func (s *Server) apiScopeStats(h held, r *http.Request) (any, error) {
	window, err := apiSurveySpan(h, r)
	if err != nil {
		return nil, err
	}
	out := apiScopes{Window: window.word, From: apiTime(window.from(h.Board)), To: apiTime(h.Board.To), ByRegion: []apiScope{}}
	byName := map[string]int64{}
	for _, hour := range h.Board.Last(window.span) {
		row := apiScopeHour{At: apiTime(hour.Start), Unknown: hour.Unknown, Unscoped: hour.Unscoped}
		for name, n := range hour.Named {
			byName[name] += n
			row.Scoped += n
		}
		out.Series = append(out.Series, row)
		sum := &out.Summary
		sum.Floods += hour.Floods()
		sum.Scoped += row.Scoped
		sum.Unknown += row.Unknown
		sum.Unscoped += row.Unscoped
	}
	out.Summary.Transport = out.Summary.Scoped + out.Summary.Unknown
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out.ByRegion = append(out.ByRegion, apiScope{name, byName[name]})
	}
	slices.SortStableFunc(out.ByRegion, func(a, b apiScope) int { return cmp.Compare(b.Count, a.Count) })
	return out, nil
}
