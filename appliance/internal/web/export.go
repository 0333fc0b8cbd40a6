package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/ui"
)

// sheet is a list as a file: everything that its filter lets through.
type sheet struct {
	name    string // of the file, without its end
	columns []string
	// rows calls begin with how many rows match, then row with each of them until
	// that is false. A cell is a string, an int64, a float64, a bool, a time.Time,
	// or nil for what is not known.
	rows func(ctx context.Context, begin func(matching int), row func([]any) bool) error
}

// sheetFunc makes a sheet of what a request asks for.
type sheetFunc func(held, *http.Request) (sheet, error)

// sheets are the lists that there are as files.
func (s *Server) sheets() map[string]sheetFunc {
	return map[string]sheetFunc{"packets": s.packetsSheet, "nodes": s.nodesSheet, "observers": s.observersSheet, "channels": s.channelsSheet, "messages": s.messagesSheet}
}

// exportRoutes are the files of lists. Their parameters are those of the lists.
func (s *Server) exportRoutes(mux *http.ServeMux) {
	file := func(name, kind string, make sheetFunc) {
		mux.HandleFunc("GET /export/"+name+"."+kind, s.export(kind, make))
	}
	for name, make := range s.sheets() {
		file(name, "csv", make)
		file(name, "json", make)
	}
	file("messages", "txt", s.messagesHistory)
	file("messages", "html", s.messagesHistory)
}

// exportsMost is how many files are made at once: one may read all that is held.
const exportsMost = 2

func (s *Server) export(kind string, make sheetFunc) http.HandlerFunc {
	problem := func(err error) http.HandlerFunc {
		return s.page(func(*http.Request) (view, error) { return view{}, err })
	}
	return func(w http.ResponseWriter, r *http.Request) {
		h, ok := s.held()
		if !ok || h.Index == nil {
			w.Header().Set("Retry-After", "5")
			problem(wrongRequest{http.StatusServiceUnavailable, "Not ready yet", "What is held is still being read.", "", waysSystem()})(w, r)
			return
		}
		sheet, err := make(h, r)
		if err != nil {
			problem(err)(w, r)
			return
		}
		select {
		case s.exports <- struct{}{}:
			defer func() { <-s.exports }()
		default:
			w.Header().Set("Retry-After", "10")
			problem(wrongRequest{http.StatusServiceUnavailable, "Other files are being made", fmt.Sprintf("This machine makes %d at a time. Try again in a moment.", exportsMost), "", waysSystem()})(w, r)
			return
		}
		s.send(w, r, kind, sheet)
	}
}

// send streams a sheet. What breaks off shows as a connection that does.
func (s *Server) send(w http.ResponseWriter, r *http.Request, kind string, list sheet) {
	out := bufio.NewWriterSize(&slowWriter{w: w, c: http.NewResponseController(w)}, 64<<10)
	history := textHistory{out, s.now(r).Location()}
	format := map[string]sheetFormat{"csv": csvSheet{csv.NewWriter(out)}, "json": jsonSheet{out}, "txt": history, "html": pageHistory{history}}[kind]
	begin := func(matching int) {
		head := w.Header()
		head.Set("Content-Type", format.mime())
		head.Set("Content-Disposition", `attachment; filename="`+list.name+"-"+s.Now().UTC().Format("2006-01-02-150405")+"."+kind+`"`)
		head.Set("Cache-Control", "no-store")
		head.Set("X-Total-Count", strconv.Itoa(matching))
		format.begin(list.columns, matching)
	}
	if r.Method == http.MethodHead {
		list.rows(r.Context(), begin, func([]any) bool { return false })
		return
	}
	n := 0
	err := list.rows(r.Context(), begin, func(row []any) bool {
		n++
		return format.row(list.columns, row, n == 1) == nil
	})
	if err == nil {
		err = format.end()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		if r.Context().Err() == nil {
			s.Log.Warn("export", "file", list.name+"."+kind, "err", err)
		}
		panic(http.ErrAbortHandler) // so that the client sees that it is not whole
	}
}

// sheetFormat writes a sheet.
type sheetFormat interface {
	mime() string
	begin(columns []string, matching int) error
	row(columns []string, row []any, first bool) error
	end() error
}

// csvSheet is RFC 4180 with a head. Of texts, a cell that a spreadsheet would
// read as a formula begins with an apostrophe.
type csvSheet struct{ w *csv.Writer }

func (csvSheet) mime() string { return "text/csv; charset=utf-8" }

func (c csvSheet) begin(columns []string, _ int) error { return c.w.Write(columns) }

func (c csvSheet) row(_ []string, row []any, _ bool) error {
	texts := make([]string, len(row))
	for i, v := range row {
		texts[i] = csvCell(v)
	}
	return c.w.Write(texts)
}

func (c csvSheet) end() error {
	c.w.Flush()
	return c.w.Error()
}

func csvCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return harmless(v)
	case time.Time:
		return v.UTC().Format(sheetTime)
	}
	return fmt.Sprint(v)
}

const sheetTime = "2006-01-02T15:04:05.000Z"

// harmless is a text that no spreadsheet takes for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// jsonSheet is an object with how many rows match, and the rows as objects.
type jsonSheet struct{ w *bufio.Writer }

func (jsonSheet) mime() string { return "application/json; charset=utf-8" }

func (j jsonSheet) begin(_ []string, matching int) error {
	_, err := fmt.Fprintf(j.w, `{"total":%d,"rows":[`, matching)
	return err
}

func (j jsonSheet) row(columns []string, row []any, first bool) error {
	b := []byte(",\n{")
	if first {
		b = []byte("\n{")
	}
	for i, v := range row {
		if t, ok := v.(time.Time); ok {
			v = t.UTC().Format(sheetTime)
		}
		cell, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendQuote(b, columns[i]), ':'), cell...)
	}
	_, err := j.w.Write(append(b, '}'))
	return err
}

func (j jsonSheet) end() error {
	_, err := j.w.WriteString("\n]}\n")
	return err
}

// exportLinks lead to the files of a list, with its filter and its order.
func exportLinks(name string, v url.Values, matching int, one, many string) *ui.Export {
	for _, where := range []string{"n", "page", "after", "before", "open"} {
		v.Del(where)
	}
	say := "All " + countText(int64(matching)) + " " + many + " that match, as a file:"
	if matching == 1 {
		say = "The one " + one + " that matches, as a file:"
	}
	return &ui.Export{
		Say: say,
		CSV: address("/export/"+name+".csv", v), JSON: address("/export/"+name+".json", v),
	}
}

// since1970 is a time given in Unix ms; nil for 0.
func since1970(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms)
}

// orNil is a text, nil for none.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
