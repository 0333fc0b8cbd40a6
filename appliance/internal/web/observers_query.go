package web

import (
	"net/url"
	"time"

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

// observersQuery is what the address of the list of observers says. Its time is
// when an observer's last message arrived.
type observersQuery struct {
	listQuery
	filter
}

func observerStates() []mesh.ObserverState {
	return []mesh.ObserverState{mesh.ObserverDelivering, mesh.ObserverStatusOnly, mesh.ObserverPacketsOnly, mesh.ObserverDown}
}

func parseObserversQuery(v url.Values) (q observersQuery, err error) {
	if q.listQuery, err = parseListQuery(v, observerColumns()); err != nil {
		return observersQuery{}, err
	}
	if q.filter, err = readFilter(v, nil, "region", "area", "state", "time"); err != nil {
		return observersQuery{}, err
	}
	_, err = statesOf(q.filter, observerStates())
	return q, err
}

func (q observersQuery) at() string { return address("/observers", q.values()) }

func (q observersQuery) values() url.Values {
	v := q.listQuery.values(observerColumns())
	q.filter.write(v)
	return v
}

// first is the first page of the list.
func (q observersQuery) first() observersQuery {
	q.Page = 1
	return q
}

// without is the query less one filter, or "" all, from its first page on.
func (q observersQuery) without(filter string) observersQuery {
	q.Page = 1
	if q.lift(filter); filter == "" || filter == "q" {
		q.Text = ""
	}
	return q
}

// filtered tells whether any filter is set.
func (q observersQuery) filtered() bool { return q.filter.filtered() || q.Text != "" }

// still tells whether the order does not change by what arrives.
func (q observersQuery) still() bool { return q.Sort == "name" || q.Sort == "region" }

func (q observersQuery) query(h held, now int64) report.ObserverQuery {
	states, _ := statesOf(q.filter, observerStates()) // they were checked
	from, to := q.bounds(time.UnixMilli(now))
	out := report.ObserverQuery{
		Regions: q.Regions, In: h.inAreas(q.filter), Known: h.allAreas(), States: states, Text: q.Text, From: from, To: to, Sort: report.ObserverSort(q.Sort), Ascending: q.Ascending,
		Offset: q.offset(), Limit: q.Rows, Now: now,
	}
	for _, word := range observerSpans() {
		out.Spans = append(out.Spans, windowSpan(word))
	}
	return out
}
