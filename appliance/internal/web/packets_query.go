package web

import (
	"fmt"
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
	packetsUsual = 50  // rows of a page
	packetsMost  = 200 // rows that may be asked for
	filterValues = 100 // values of one parameter
	filterLength = 128 // bytes of one value
)

// packetsQuery is what the address of the list of packets says.
type packetsQuery struct {
	Types     []meshcore.Type
	Regions   []string
	Observers []string
	Node      string // the relay that is wanted: its key in lower-case hex; "" any
	Hash      string
	Window    string // one of packetWindows, or ""
	From, To  time.Time
	Rows      int
	After     mesh.Cursor
	Open      uint64 // number of the packet that is unfolded; 0 none
}

// packetWindows are the spans back from now that w= takes.
var packetWindows = []struct {
	word string
	span time.Duration
}{
	{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}, {"1y", 365 * 24 * time.Hour},
}

// wrongParameter says which parameter of an address makes no sense, and why.
type wrongParameter struct{ name, why string }

// Error gives both.
func (w wrongParameter) Error() string { return "parameter " + w.name + ": " + w.why }

func wrong(name, format string, args ...any) error {
	return wrongParameter{name, fmt.Sprintf(format, args...)}
}

// parsePacketsQuery reads the parameters strictly: what makes no sense is an
// error that names it, never a silent default. An empty value is no filter: a
// form without a script sends all its fields.
func parsePacketsQuery(v url.Values) (q packetsQuery, err error) {
	for _, parse := range []func(*packetsQuery, url.Values) error{
		packetsTypes, packetsRegions, packetsObservers, packetsRelay, packetsHash, packetsWindow, packetsRows, packetsAfter, packetsOpen,
	} {
		if err := parse(&q, v); err != nil {
			return packetsQuery{}, err
		}
	}
	return q, nil
}

// listed splits every value of a parameter at its commas, without repeats.
func listed(v url.Values, name string) ([]string, error) {
	var out []string
	for _, value := range v[name] {
		for _, s := range strings.Split(value, ",") {
			s = strings.TrimSpace(s)
			switch {
			case s == "" || slices.Contains(out, s):
				continue
			case len(s) > filterLength:
				return nil, wrong(name, "a value has %d bytes, at most %d make sense", len(s), filterLength)
			case len(out) == filterValues:
				return nil, wrong(name, "at most %d values", filterValues)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// single is the one value of a parameter.
func single(v url.Values, name string) (string, error) {
	all, err := listed(v, name)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", nil
	case len(all) > 1:
		return "", wrong(name, "one value, not %d", len(all))
	}
	return all[0], nil
}

func packetsTypes(q *packetsQuery, v url.Values) error {
	words, err := listed(v, "type")
	for _, s := range words {
		t, ok := packetTypeOf(s)
		if !ok {
			return wrong("type", "%q is no payload type; take 0 to 15 or a name such as ADVERT", s)
		}
		if !slices.Contains(q.Types, t) {
			q.Types = append(q.Types, t)
		}
	}
	slices.Sort(q.Types)
	return err
}

// packetTypeOf reads a number, the field's name or the word on the pages.
func packetTypeOf(s string) (meshcore.Type, bool) {
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return meshcore.Type(n), n <= 15
	}
	if t, err := meshcore.ParseType(strings.ToUpper(s)); err == nil {
		return t, true
	}
	for t := range meshcore.Type(16) {
		if strings.EqualFold(packetType(t).Word, s) {
			return t, true
		}
	}
	return 0, false
}

func packetsRegions(q *packetsQuery, v url.Values) error {
	words, err := listed(v, "region")
	for _, s := range words {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' || r == '+' || r == '#' }) {
			return wrong("region", "%q is no region code such as SEA", s)
		}
		q.Regions = append(q.Regions, strings.ToUpper(s))
	}
	return err
}

func packetsObservers(q *packetsQuery, v url.Values) error {
	words, err := listed(v, "obs")
	for _, s := range words {
		q.Observers = append(q.Observers, observerID(s))
	}
	return err
}

// observerID is the form in which an observer is known: a key in upper case,
// anything else as it is.
func observerID(s string) string {
	if _, err := meshcore.ParsePublicKey(s); err == nil {
		return strings.ToUpper(s)
	}
	return s
}

// packetsRelay reads the key of a relay.
func packetsRelay(q *packetsQuery, v url.Values) error {
	s, err := single(v, "node")
	if s == "" || err != nil {
		return err
	}
	key, err := meshcore.ParsePublicKey(strings.ToLower(s))
	if err != nil {
		return wrong("node", "%q is no key of a node: 64 hex digits", s)
	}
	q.Node = key.String()
	return nil
}

func packetsHash(q *packetsQuery, v url.Values) error {
	s, err := single(v, "hash")
	if err != nil {
		return err
	}
	if !isHashPrefix(s) && s != "" {
		return wrong("hash", "%q is not the beginning of a packet hash: 1 to 16 hex digits", s)
	}
	q.Hash = strings.ToLower(s)
	return nil
}

func isHashPrefix(s string) bool {
	digit := func(r rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", r) }
	return len(s) >= 1 && len(s) <= 16 && strings.TrimFunc(s, digit) == ""
}

func packetsWindow(q *packetsQuery, v url.Values) (err error) {
	if q.Window, err = single(v, "w"); err != nil {
		return err
	}
	if q.Window != "" && windowSpan(q.Window) == 0 {
		return wrong("w", "%q is no window; take 1h, 24h, 7d, 30d or 1y", q.Window)
	}
	if q.From, err = instant(v, "from"); err != nil {
		return err
	}
	if q.To, err = instant(v, "to"); err != nil {
		return err
	}
	switch bounded := !q.From.IsZero() || !q.To.IsZero(); {
	case bounded && q.Window != "":
		return wrong("w", "either w, or from and to")
	case !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To):
		return wrong("to", "it is not after from")
	}
	return nil
}

func windowSpan(word string) time.Duration {
	for _, w := range packetWindows {
		if w.word == word {
			return w.span
		}
	}
	return 0
}

// instant reads a time of RFC 3339. A '+' of its zone may have come as a blank.
func instant(v url.Values, name string) (time.Time, error) {
	s := strings.TrimSpace(v.Get(name))
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1))
	if err != nil || t.Year() < 1 || t.Year() > 9998 {
		return time.Time{}, wrong(name, "%q is no time like 2026-05-01T14:30:00Z", s)
	}
	if len(v[name]) > 1 {
		return time.Time{}, wrong(name, "one value, not %d", len(v[name]))
	}
	return t, nil
}

func packetsRows(q *packetsQuery, v url.Values) error {
	q.Rows = packetsUsual
	s, err := single(v, "n")
	if s == "" || err != nil {
		return err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > packetsMost {
		return wrong("n", "%q is no number of rows from 1 to %d", s, packetsMost)
	}
	q.Rows = n
	return nil
}

func packetsAfter(q *packetsQuery, v url.Values) error {
	s, err := single(v, "after")
	if s == "" || err != nil {
		return err
	}
	first, id, ok := strings.Cut(s, "-")
	q.After.First, err = strconv.ParseInt(first, 10, 64)
	if ok && err == nil {
		q.After.ID, err = strconv.ParseUint(id, 10, 64)
	}
	if !ok || err != nil || q.After == (mesh.Cursor{}) {
		return wrong("after", "%q is no place in the list; take the link to older packets", s)
	}
	return nil
}

func packetsOpen(q *packetsQuery, v url.Values) error {
	s, err := single(v, "open")
	if s == "" || err != nil {
		return err
	}
	if q.Open, err = strconv.ParseUint(s, 10, 64); err != nil {
		return wrong("open", "%q is no number of a packet", s)
	}
	return nil
}

// values is the query as parameters, in a fixed order when encoded.
func (q packetsQuery) values() url.Values {
	v := url.Values{}
	add := func(name string, words []string) {
		if len(words) > 0 {
			v.Set(name, strings.Join(words, ","))
		}
	}
	var types []string
	for _, t := range q.Types {
		types = append(types, strconv.Itoa(int(t)))
	}
	add("type", types)
	add("region", q.Regions)
	add("obs", q.Observers)
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("node", q.Node)
	set("hash", q.Hash)
	set("w", q.Window)
	set("from", rfc(q.From))
	set("to", rfc(q.To))
	if q.Rows != packetsUsual && q.Rows != 0 {
		v.Set("n", strconv.Itoa(q.Rows))
	}
	if q.After != (mesh.Cursor{}) {
		v.Set("after", fmt.Sprintf("%d-%d", q.After.First, q.After.ID))
	}
	if q.Open != 0 {
		v.Set("open", strconv.FormatUint(q.Open, 10))
	}
	return v
}

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// at is the address of the list with this query.
func (q packetsQuery) at(path string) string {
	// A comma may stand as it is: addresses are read by people.
	s := strings.ReplaceAll(q.values().Encode(), "%2C", ",")
	if s == "" {
		return path
	}
	return path + "?" + s
}

// without is the query less one filter: "type", "region", "obs", "node", "hash", "time".
func (q packetsQuery) without(filter string) packetsQuery {
	q.After, q.Open = mesh.Cursor{}, 0
	switch filter {
	case "type":
		q.Types = nil
	case "region":
		q.Regions = nil
	case "obs":
		q.Observers = nil
	case "node":
		q.Node = ""
	case "hash":
		q.Hash = ""
	case "time":
		q.Window, q.From, q.To = "", time.Time{}, time.Time{}
	}
	return q
}

// filtered tells whether any filter is set.
func (q packetsQuery) filtered() bool {
	return len(q.Types)+len(q.Regions)+len(q.Observers) > 0 || q.Node != "" || q.Hash != "" || q.timed()
}

func (q packetsQuery) timed() bool { return q.Window != "" || !q.From.IsZero() || !q.To.IsZero() }

// query is what to ask for, at this time.
func (q packetsQuery) query(now time.Time) report.PacketQuery {
	out := report.PacketQuery{
		Types: q.Types, Regions: q.Regions, Observers: q.Observers, Hash: q.Hash, After: q.After, Limit: q.Rows, Open: q.Open,
	}
	if key, err := meshcore.ParsePublicKey(q.Node); err == nil {
		out.Relay = &key
	}
	if q.Window != "" {
		out.From = now.Add(-windowSpan(q.Window)).UnixMilli()
	}
	if !q.From.IsZero() {
		out.From = q.From.UnixMilli()
	}
	if !q.To.IsZero() {
		out.To = q.To.UnixMilli()
	}
	return out
}
