package web

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hilltop/ui"
	"hilltop/ui/part"
)

// Tables within pages are ordered by their heads like lists: sort=TABLE.COLUMN in
// the address, the greatest first, or with :asc behind it. TABLE is the table's
// id, COLUMN its head in lower case. A page has an order for each of its tables.

// tableOrder is what one table is ordered by.
type tableOrder struct {
	column    string
	ascending bool
}

// tableOrders are those that a page's address asks for.
type tableOrders struct {
	path string
	rest url.Values // the address without orders
	by   map[string]tableOrder
}

var tableSort = regexp.MustCompile(`^([a-z0-9-]+)\.([a-z0-9-]+)(:asc|:desc)?$`)

// tablesMost is how many tables of a page may be ordered at once.
const tablesMost = 20

// readTableOrders reads the orders of a page that has these tables, some of them
// only at times. Words without a dot are not for tables: those of the page's own
// list, if it is one.
func readTableOrders(r *http.Request, list bool, tables ...string) (o tableOrders, err error) {
	o = tableOrders{path: r.URL.EscapedPath(), rest: r.URL.Query(), by: map[string]tableOrder{}}
	var others []string
	for _, s := range o.rest["sort"] {
		found := tableSort.FindStringSubmatch(s)
		switch {
		case s == "":
		case !strings.Contains(s, ".") && list:
			others = append(others, s)
		case found == nil || len(o.by) == tablesMost:
			return o, wrong("sort", "%q is no order such as %s", clean(s, nameLimit), tables[0]+".last:asc")
		case !slices.Contains(tables, found[1]):
			return o, wrong("sort", "this page has no table %q; it has %s", found[1], strings.Join(tables, ", "))
		default:
			o.by[found[1]] = tableOrder{found[2], found[3] == ":asc"}
		}
	}
	o.rest["sort"] = others
	return o, nil
}

// at is the address with one table ordered otherwise, at that table.
func (o tableOrders) at(table string, by tableOrder) string {
	v := url.Values{}
	for name, values := range o.rest {
		if len(values) > 0 && name != "theme" {
			v[name] = slices.Clone(values)
		}
	}
	var all []string
	for id, x := range o.by {
		if id != table {
			all = append(all, x.say(id))
		}
	}
	slices.Sort(all)
	v["sort"] = append(append(v["sort"], all...), by.say(table))
	return address(o.path, v) + "#" + table
}

func (x tableOrder) say(table string) string {
	s := table + "." + x.column
	if x.ascending {
		s += ":asc"
	}
	return s
}

// columnWord is a head as addresses have it.
func columnWord(label string) string {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// columnWords are the heads of a table as addresses have them.
func columnWords(columns []part.Column) string {
	var words []string
	for _, c := range columns {
		if word := columnWord(c.Label); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// orderTable orders the rows of a table as its address asks, and gives its heads
// the addresses of other orders. cells are those of a row as they are shown, one
// for each column. Rows stay as they are made where nothing is asked for.
func orderTable[T any](o tableOrders, table string, columns []part.Column, rows []T, cells func(T) []ui.Cell) ([]part.Column, error) {
	columns = slices.Clone(columns)
	if slices.ContainsFunc(columns, func(c part.Column) bool { return c.Href != "" }) { // the page orders it itself
		return columns, nil
	}
	by, asked := o.by[table]
	at := slices.IndexFunc(columns, func(c part.Column) bool { return columnWord(c.Label) == by.column })
	if asked && at < 0 {
		return columns, wrong("sort", "the table %s has no column %q; it has %s", table, by.column, columnWords(columns))
	}
	if len(rows) < 2 {
		return columns, nil
	}
	first := cells(rows[0])
	for i := range columns {
		c := &columns[i]
		if columnWord(c.Label) == "" {
			continue
		}
		falls := c.Numeric || first[i].When != nil || first[i].Rank != nil
		next := tableOrder{columnWord(c.Label), !falls}
		if asked && i == at {
			if c.Sorted = "descending"; by.ascending {
				c.Sorted = "ascending"
			}
			next.ascending = !by.ascending
		} else if asked {
			c.Sorted = ""
		}
		c.Href = o.at(table, next)
	}
	if !asked {
		return columns, nil
	}
	type keyed struct {
		row T
		key cellKey
	}
	list := make([]keyed, len(rows))
	for i, r := range rows {
		list[i] = keyed{r, keyOf(cells(r)[at])}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return a.key.compare(b.key, by.ascending) })
	for i, x := range list {
		rows[i] = x.row
	}
	return columns, nil
}

// orderPanels orders the tables of panels.
func (o tableOrders) orderPanels(panels []ui.Panel) (err error) {
	for i := range panels {
		for j := range panels[i].Tables {
			t := &panels[i].Tables[j]
			if t.Columns, err = orderTable(o, t.ID, t.Columns, t.Rows, func(row []ui.Cell) []ui.Cell { return row }); err != nil {
				return err
			}
			if t.Most > 0 && len(t.Rows) > t.Most {
				t.Rows = t.Rows[:t.Most]
			}
		}
	}
	return nil
}

// cellKey is what a cell is ordered by: a number, or a text.
type cellKey struct {
	lacks  bool
	number bool
	n      float64
	text   string
}

// cellFigure is a number as pages write it, perhaps with its unit.
var cellFigure = regexp.MustCompile(`^[<≥~×]?([+−-]?[0-9][0-9,]*(?:\.[0-9]+)?)(?: ?(?:dB|dBm|%|B|V|k|M)\b.*|$|[ (].*)`)

func keyOf(c ui.Cell) cellKey {
	switch {
	case c.Rank != nil:
		return cellKey{number: true, n: *c.Rank}
	case c.When != nil:
		return cellKey{lacks: c.When.ISO == "", text: c.When.ISO}
	case c.Named != nil:
		return textKey(c.Named.Text)
	case c.Alien != "":
		return textKey(c.Alien)
	case c.Code != "":
		return textKey(c.Code)
	}
	if found := cellFigure.FindStringSubmatch(c.Text); found != nil {
		if n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(found[1]), 64); err == nil {
			return cellKey{number: true, n: n}
		}
	}
	return textKey(c.Text)
}

func textKey(text string) cellKey {
	if text == "" || text == dash {
		return cellKey{lacks: true}
	}
	return cellKey{text: strings.ToLower(text)}
}

// compare puts what has no value last, whatever the direction, and numbers before
// texts.
func (a cellKey) compare(b cellKey, ascending bool) int {
	if c := cmp.Or(boolFirst(!a.lacks, !b.lacks), boolFirst(a.number, b.number)); c != 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(a.n, b.n), strings.Compare(a.text, b.text))
	if !ascending {
		return -c
	}
	return c
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// ranked is a cell that is ordered by a number that it does not show as such.
func ranked(text string, n float64) ui.Cell { return ui.Cell{Text: text, Rank: &n} }
