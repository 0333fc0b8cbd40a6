package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

const (
	rowsUsual = 100 // rows of a list's page
	rowsMost  = 200
	pagesMost = 1_000_000
	textMost  = 64 // characters of a search
)

// listQuery is what the addresses of sortable lists have in common.
type listQuery struct {
	Text      string
	Sort      string
	Ascending bool
	Page      int // from 1
	Rows      int
}

// column is an order that a list knows.
type column struct {
	name, label string
	ascending   bool // is what a first click means
}

// parseListQuery reads q, sort, page and n. The first column is the usual order.
func parseListQuery(v url.Values, columns []column) (q listQuery, err error) {
	if q.Text = strings.TrimSpace(v.Get("q")); len([]rune(q.Text)) > textMost {
		return q, wrong("q", "it is longer than %d characters", textMost)
	}
	if err := q.parseSort(v, columns); err != nil {
		return q, err
	}
	if q.Page, err = number(v, "page", 1, pagesMost); err != nil {
		return q, err
	}
	if q.Rows, err = number(v, "n", rowsUsual, rowsMost); err != nil {
		return q, err
	}
	return q, nil
}

func (q *listQuery) parseSort(v url.Values, columns []column) error {
	text, err := single(v, "sort")
	if err != nil {
		return err
	}
	q.Sort, q.Ascending = columns[0].name, columns[0].ascending
	if text == "" {
		return nil
	}
	name, direction, both := strings.Cut(text, ":")
	i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return wrong("sort", "%q is no column; take %s", text, columnNames(columns))
	}
	if both && direction != "asc" && direction != "desc" {
		return wrong("sort", "the order is asc or desc, not %q", direction)
	}
	q.Sort, q.Ascending = name, direction == "asc"
	return nil
}

func columnNames(columns []column) string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// number reads a whole number from 1 to most.
func number(v url.Values, name string, usual, most int) (int, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return usual, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, wrong(name, "%q is no number from 1 to %s", s, countText(int64(most)))
	}
	return n, nil
}

func (q listQuery) offset() int { return (q.Page - 1) * q.Rows }

// values is the query as parameters, less what is usual.
func (q listQuery) values(columns []column) url.Values {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	if q.Sort != columns[0].name || q.Ascending != columns[0].ascending {
		v.Set("sort", q.Sort)
		if q.Ascending {
			v.Set("sort", q.Sort+":asc")
		}
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if q.Rows != rowsUsual {
		v.Set("n", strconv.Itoa(q.Rows))
	}
	return v
}

var asItIs = strings.NewReplacer("%2C", ",", "%3A", ":")

// address joins a path and parameters, with what may stand as it is for people
// to read.
func address(path string, v url.Values) string {
	s := asItIs.Replace(v.Encode())
	if s == "" {
		return path
	}
	return path + "?" + s
}

// nodeColumns are the orders of the list of nodes.
func nodeColumns() []column {
	return []column{
		{"heard", "Last heard", false}, {"name", "Name", true}, {"state", "State", false}, {"role", "Role", true}, {"key", "Key", true},
		{"advert", "Last advert", false}, {"relayed", "Last relayed", false}, {"first", "First advert", false}, {"adverts", "Adverts", false}, {"scope", "Scope", true}, {"position", "Position", false},
	}
}

// nodesQuery is what the address of the list of nodes says. Its time is when a
// node was last heard.
type nodesQuery struct {
	listQuery
	filter
	Name string // the whole of it
}

// heardWindows are the windows offered for when something was last heard.
var heardWindows = []string{"1h", "6h", "24h", "3d", "7d", "30d"}

// windows are those that the list offers, with the one in force among them.
func (q nodesQuery) windows() []string {
	list := slices.Clone(heardWindows)
	if q.Window == "" || slices.Contains(list, q.Window) {
		return list
	}
	list = append(list, q.Window)
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(windowSpan(a), windowSpan(b)) })
	return list
}

func nodeStates() []mesh.NodeState {
	return []mesh.NodeState{mesh.NodeActive, mesh.NodeQuiet, mesh.NodeSilent}
}

func parseNodesQuery(v url.Values) (q nodesQuery, err error) {
	if q.listQuery, err = parseListQuery(v, nodeColumns()); err != nil {
		return nodesQuery{}, err
	}
	if v, err = heardAsWindow(v); err != nil {
		return nodesQuery{}, err
	}
	if q.filter, err = readFilter(v, nil, "role", "state", "region", "area", "time"); err != nil {
		return nodesQuery{}, err
	}
	if _, err = statesOf(q.filter, nodeStates()); err != nil {
		return nodesQuery{}, err
	}
	if q.Name = v.Get("name"); len(q.Name) > 4*textMost {
		return nodesQuery{}, wrong("name", "it is longer than %d bytes", 4*textMost)
	}
	return q, nil
}

// heardAsWindow takes heard as another name of w.
func heardAsWindow(v url.Values) (url.Values, error) {
	heard, err := single(v, "heard")
	if heard == "" || err != nil {
		return v, err
	}
	if w := v.Get("w"); w != "" && w != heard {
		return nil, wrong("heard", "it says another span than w")
	}
	if windowSpan(heard) == 0 {
		return nil, wrong("heard", "%q is no span; take one that w takes, such as 24h", heard)
	}
	v = maps.Clone(v)
	v.Set("w", heard)
	return v, nil
}

func (q nodesQuery) at() string { return address("/nodes", q.values()) }

func (q nodesQuery) values() url.Values {
	v := q.listQuery.values(nodeColumns())
	q.filter.write(v)
	if q.Name != "" {
		v.Set("name", q.Name)
	}
	return v
}

// first is the first page of the list.
func (q nodesQuery) first() nodesQuery {
	q.Page = 1
	return q
}

// without is the query less one filter, or "" all, from its first page on.
func (q nodesQuery) without(filter string) nodesQuery {
	q.Page = 1
	q.lift(filter)
	for name, text := range map[string]*string{"q": &q.Text, "name": &q.Name} {
		if filter == "" || filter == name {
			*text = ""
		}
	}
	return q
}

// filtered tells whether any filter is set.
func (q nodesQuery) filtered() bool {
	return q.filter.filtered() || q.Text != "" || q.Name != ""
}

// query asks for a page; heard are the nodes of its regions.
func (q nodesQuery) query(h held, heard map[meshcore.PublicKey]bool, now int64) report.NodeQuery {
	states, _ := statesOf(q.filter, nodeStates()) // they were checked
	out := report.NodeQuery{
		Roles: q.Roles, States: states, Text: q.Text, Name: q.Name, Heard: heard, In: h.inAreas(q.filter), Known: h.allAreas(),
		Sort: report.NodeSort(q.Sort), Ascending: q.Ascending, Offset: q.offset(), Limit: q.Rows, Now: now,
	}
	out.From, out.To = q.bounds(time.UnixMilli(now))
	for _, word := range q.windows() {
		out.Spans = append(out.Spans, windowSpan(word))
	}
	return out
}
