package web

import (
	"net/url"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// observerColumns are the orders of the list of observers.
func observerColumns() []column {
	return []column{
		{"name", "Name", true}, {"region", "Region", true}, {"state", "State", true}, {"packet", "Last packet", false},
		{"status", "Last status", false}, {"hour", "1 h", false}, {"day", "24 h", false}, {"snr", "SNR, mean", false},
		{"clock", "Clock", false}, {"battery", "Battery", true}, {"noise", "Noise floor", true},
	}
}

// observersQuery is what the address of the list of observers says.
type observersQuery struct {
	listQuery
	Regions []string
	States  []mesh.ObserverState
}

func observerStates() []mesh.ObserverState {
	return []mesh.ObserverState{mesh.ObserverDelivering, mesh.ObserverStatusOnly, mesh.ObserverPacketsOnly, mesh.ObserverDown}
}

func parseObserversQuery(v url.Values) (q observersQuery, err error) {
	if q.listQuery, err = parseListQuery(v, observerColumns()); err != nil {
		return observersQuery{}, err
	}
	if q.Regions, err = regionCodes(v); err != nil {
		return observersQuery{}, err
	}
	states, err := listed(v, "state")
	if err != nil {
		return observersQuery{}, err
	}
	for _, word := range states {
		s := mesh.ObserverState(strings.ToLower(word))
		if !slices.Contains(observerStates(), s) {
			return observersQuery{}, wrong("state", "%q is no state; take delivering, status only, packets only or down", word)
		}
		q.States = append(q.States, s)
	}
	return q, nil
}

func (q observersQuery) at() string { return address("/observers", q.values()) }

func (q observersQuery) values() url.Values {
	v := q.listQuery.values(observerColumns())
	var states []string
	for _, s := range q.States {
		states = append(states, string(s))
	}
	setList(v, "region", q.Regions)
	setList(v, "state", states)
	return v
}

// without is the query less one filter, from its first page on.
func (q observersQuery) without(filter string) observersQuery {
	q.Page = 1
	switch filter {
	case "region":
		q.Regions = nil
	case "state":
		q.States = nil
	case "q":
		q.Text = ""
	}
	return q
}

// filtered tells whether any filter is set.
func (q observersQuery) filtered() bool {
	return len(q.Regions)+len(q.States) > 0 || q.Text != ""
}

// still tells whether the order does not change by what arrives.
func (q observersQuery) still() bool { return q.Sort == "name" || q.Sort == "region" }

func (q observersQuery) query(now int64) report.ObserverQuery {
	return report.ObserverQuery{
		Regions: q.Regions, States: q.States, Text: q.Text, Sort: report.ObserverSort(q.Sort), Ascending: q.Ascending,
		Offset: q.offset(), Limit: q.Rows, Now: now,
	}
}
