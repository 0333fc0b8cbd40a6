package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

func readAreas(f *filter, v url.Values) error {
	words, err := listed(v, "area")
	for _, s := range words {
		if key := strings.ToLower(s); !slices.Contains(f.Areas, key) {
			f.Areas = append(f.Areas, key)
		}
	}
	return err
}

// inAreas says where what a filter wants has to stand; nil: anywhere.
func (h held) inAreas(f filter) *report.Areas { return report.AreasOf(h.Areas, f.Areas, h.Board) }

// allAreas are those that the operator has named; nil if there are none.
func (h held) allAreas() *report.Areas {
	var keys []string
	for _, a := range h.Areas {
		keys = append(keys, a.Key)
	}
	return report.AreasOf(h.Areas, keys, h.Board)
}

// areaLabels words areas: their labels, of those that are not known their keys;
// and whether any is known.
func areaLabels(known []health.Area, keys []string) (labels []string, some bool) {
	for _, key := range keys {
		i := slices.IndexFunc(known, func(a health.Area) bool { return a.Key == key })
		if i < 0 {
			labels = append(labels, clean(key, nameLimit))
			continue
		}
		labels, some = append(labels, clean(known[i].Label, nameLimit)), true
	}
	return labels, some
}

// areaOptions are the areas that a form offers: those that the operator has
// named, and those that are asked for.
func (f filter) areaOptions(known []health.Area) (out []ui.FilterOption) {
	for _, a := range known {
		out = append(out, ui.FilterOption{Value: a.Key, Label: clean(a.Label, nameLimit), On: slices.Contains(f.Areas, a.Key)})
	}
	for _, key := range f.Areas {
		if !slices.ContainsFunc(known, func(a health.Area) bool { return a.Key == key }) {
			out = append(out, ui.FilterOption{Value: key, Label: clean(key, nameLimit), On: true})
		}
	}
	return out
}

// areaPick offers the areas, of which any number may be chosen at once, with how
// many stand in each; nil if there are none.
func areaPick(known []health.Area, chosen []string, all int, in report.Standing, at func([]string) string) *ui.Pick {
	if len(known) == 0 {
		return nil
	}
	p := &ui.Pick{Name: "Area", Choices: []ui.Choice{{Label: "all", Count: countText(int64(all)), Href: at(nil), On: len(chosen) == 0}}}
	for _, a := range known {
		on := slices.Contains(chosen, a.Key)
		with := slices.DeleteFunc(slices.Clone(chosen), func(key string) bool { return key == a.Key })
		if !on {
			with = append(with, a.Key)
		}
		p.Choices = append(p.Choices, ui.Choice{Label: clean(a.Label, nameLimit), Count: countText(int64(in.Areas[a.Key])), Href: at(with), On: on})
	}
	return p
}

// areaNote says which of some things stand in no area though they may be there;
// "" if there are none.
func areaNote(in report.Standing, one, many string) string {
	var parts []string
	if in.Nowhere > 0 {
		parts = append(parts, plural(int64(in.Nowhere), one+" has", many+" have")+" no known position")
	}
	if in.Doubted > 0 {
		parts = append(parts, plural(int64(in.Doubted), one+" has", many+" have")+" one that is doubted")
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ": not in any area."
}

// packetAreaNote says what a filter for areas means on the list of packets.
func packetAreaNote(known []health.Area, f filter, in report.Standing) string {
	labels, some := areaLabels(known, f.Areas)
	if !some {
		return ""
	}
	note := fmt.Sprintf("Packets whose sender is known and stands in %s: adverts, and requests that carry the key of who asks. Who sent other packets is not known.", strings.Join(labels, " or "))
	return strings.TrimSpace(note + " " + areaNote(in, "node", "nodes"))
}

// apiAreas reads the keys of areas, for the API.
func (h held) apiAreas(v url.Values) (*report.Areas, error) {
	var f filter
	if err := readAreas(&f, v); err != nil {
		return nil, err
	}
	return h.inAreas(f), nil
}

// apiArea is an area's name, in the answer to GET /api/config/areas.
type apiArea struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// apiAreaShape is an area with its polygon or its box, degrees.
type apiAreaShape struct {
	apiArea
	Polygon [][2]float64 `json:"polygon,omitempty"` // latitude, longitude
	LatMin  *float64     `json:"latMin,omitempty"`
	LatMax  *float64     `json:"latMax,omitempty"`
	LonMin  *float64     `json:"lonMin,omitempty"` // the west side: beyond lonMax if the box crosses the antimeridian
	LonMax  *float64     `json:"lonMax,omitempty"`
}

// apiAreaNames is GET /api/config/areas.
func (s *Server) apiAreaNames(h held, _ *http.Request) (any, error) {
	out := []apiArea{}
	for _, a := range h.Areas {
		out = append(out, apiArea{a.Key, a.Label})
	}
	return out, nil
}

// apiAreaShapes is GET /api/config/areas/polygons.
func (s *Server) apiAreaShapes(h held, _ *http.Request) (any, error) {
	out := []apiAreaShape{}
	for _, a := range h.Areas {
		x := apiAreaShape{apiArea: apiArea{a.Key, a.Label}}
		if a.Box {
			sw, ne := a.Polygon[0], a.Polygon[2]
			x.LatMin, x.LatMax, x.LonMin, x.LonMax = &sw.Lat, &ne.Lat, &sw.Lon, &ne.Lon
		} else {
			for _, c := range a.Polygon {
				x.Polygon = append(x.Polygon, [2]float64{c.Lat, c.Lon})
			}
		}
		out = append(out, x)
	}
	return out, nil
}
