package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// filter is what an address says about what is wanted. Its parameters mean the
// same on every page; a page says which of them it takes, and shows those that
// it does not as chips that count for nothing.
type filter struct {
	Window     string // a word of filterWindows: that long until now; "" any time
	From, To   time.Time
	Regions    []string // upper case
	Areas      []string // keys
	Observers  []string // IDs
	Node       string   // a key, the beginning of one, or a name; "" any
	Part       report.NodePart
	Starred    bool // Node lists what the viewer has starred; addresses say that, not which
	Types      []meshcore.Type
	Routes     []meshcore.Route
	Widths     []int   // bytes a hop, ascending
	SNR        snrSpan // of a reception
	Hash       string  // lower-case beginning
	Channel    string  // a name, or "enc_" and a hash byte
	Sender     string  // of a message, a name as claimed
	Roles      []meshcore.Role
	States     []string
	NotApplied []string // parameters that are given and that the page does not take
}

// filterField is one filter: how it is read, written and lifted.
type filterField struct {
	name  string // of its main parameter, or "time"
	also  []string
	read  func(*filter, url.Values) error
	write func(filter, url.Values)
	clear func(*filter)
}

const (
	filterValues = 100 // values of one parameter
	filterLength = 128 // bytes of one value
)

// filterFields are all filters, in the order of their chips. Times without a zone
// are in this one.
func filterFields(zone *time.Location) []filterField {
	return []filterField{
		{"hash", nil, readHash, func(f filter, v url.Values) { setOne(v, "hash", f.Hash) }, func(f *filter) { f.Hash = "" }},
		{"type", nil, readTypes, func(f filter, v url.Values) { setList(v, "type", numbersOf(f.Types)) }, func(f *filter) { f.Types = nil }},
		{"route", nil, readRoutes, func(f filter, v url.Values) { setList(v, "route", numbersOf(f.Routes)) }, func(f *filter) { f.Routes = nil }},
		{"hb", nil, readWidths, func(f filter, v url.Values) { setList(v, "hb", widthWords(f.Widths)) }, func(f *filter) { f.Widths = nil }},
		{"snr", []string{"snr_from", "snr_to"}, readSNR, func(f filter, v url.Values) { f.SNR.write(v) }, func(f *filter) { f.SNR = snrSpan{} }},
		{"channel", nil, readChannel, func(f filter, v url.Values) { setOne(v, "channel", f.Channel) }, func(f *filter) { f.Channel = "" }},
		{"sender", nil, readSender, func(f filter, v url.Values) { setOne(v, "sender", f.Sender) }, func(f *filter) { f.Sender = "" }},
		{"node", []string{"via", "from_node"}, readNode, writeNode, func(f *filter) { f.Node, f.Part, f.Starred = "", report.PartAny, false }},
		{"role", nil, readRoles, func(f filter, v url.Values) { setList(v, "role", roleWords(f.Roles)) }, func(f *filter) { f.Roles = nil }},
		{"state", nil, readStates, func(f filter, v url.Values) { setList(v, "state", f.States) }, func(f *filter) { f.States = nil }},
		{"region", nil, readRegions, func(f filter, v url.Values) { setList(v, "region", f.Regions) }, func(f *filter) { f.Regions = nil }},
		{"area", nil, readAreas, func(f filter, v url.Values) { setList(v, "area", f.Areas) }, func(f *filter) { f.Areas = nil }},
		{"obs", nil, readObservers, func(f filter, v url.Values) { setList(v, "obs", f.Observers) }, func(f *filter) { f.Observers = nil }},
		{"time", []string{"w", "from", "to"}, func(f *filter, v url.Values) error { return readTimes(f, v, zone) }, writeTimes, func(f *filter) { f.Window, f.From, f.To = "", time.Time{}, time.Time{} }},
	}
}

// utcFields write and lift filters: every link of a page asks for them.
var utcFields = filterFields(time.UTC)

// readFilter reads the filters that a page takes. It is strict: what makes no
// sense is an error that names it, never a silent default. An empty value is no
// filter: a form without a script sends all its fields. Times without a zone are
// in this one.
func readFilter(v url.Values, zone *time.Location, takes ...string) (f filter, err error) {
	for _, field := range filterFields(zone) {
		if slices.Contains(takes, field.name) {
			if err := field.read(&f, v); err != nil {
				return filter{}, err
			}
			continue
		}
		for _, name := range append([]string{field.name}, field.also...) {
			if slices.ContainsFunc(v[name], func(s string) bool { return strings.TrimSpace(s) != "" }) {
				f.NotApplied = append(f.NotApplied, name)
			}
		}
	}
	return f, nil
}

// write puts the filters into parameters, each in one form.
func (f filter) write(v url.Values) {
	for _, field := range utcFields {
		field.write(f, v)
	}
}

// lift takes one filter away; "" all of them.
func (f *filter) lift(name string) {
	for _, field := range utcFields {
		if name == "" || name == field.name {
			field.clear(f)
		}
	}
	f.NotApplied = nil
}

// carried is what links to other lists take along: where and when.
func (f filter) carried() filter {
	return filter{Regions: f.Regions, Areas: f.Areas, Window: f.Window, From: f.From, To: f.To}
}

// filtered tells whether any filter is set.
func (f filter) filtered() bool {
	v := url.Values{}
	f.write(v)
	return len(v) > 0
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

// wholeValue is the one value of a parameter that may have commas in it.
func wholeValue(v url.Values, name string) (string, error) {
	s := ""
	for _, value := range v[name] {
		switch value = strings.TrimSpace(value); {
		case value == "" || value == s:
		case s != "":
			return "", wrong(name, "one value, not %d", len(v[name]))
		case len(value) > filterLength:
			return "", wrong(name, "it has %d bytes, at most %d make sense", len(value), filterLength)
		default:
			s = value
		}
	}
	return s, nil
}

func readTypes(f *filter, v url.Values) error {
	words, err := listed(v, "type")
	for _, s := range words {
		t, ok := packetTypeOf(s)
		if !ok {
			return wrong("type", "%q is no payload type; take 0 to 15 or a name such as ADVERT", s)
		}
		f.Types = add(f.Types, t)
	}
	return err
}

// add puts a value in its place among sorted ones, once.
func add[T ~uint8](list []T, x T) []T {
	i, found := slices.BinarySearch(list, x)
	if found {
		return list
	}
	return slices.Insert(list, i, x)
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

// readRoutes takes the numbers of the field, or flood and direct: each with
// scope and without.
func readRoutes(f *filter, v url.Values) error {
	words, err := listed(v, "route")
	for _, s := range words {
		switch n, err := strconv.ParseUint(s, 10, 8); {
		case err == nil && n <= 3:
			f.Routes = add(f.Routes, meshcore.Route(n))
		case strings.EqualFold(s, "flood"):
			f.Routes = add(add(f.Routes, meshcore.Flood), meshcore.TransportFlood)
		case strings.EqualFold(s, "direct"):
			f.Routes = add(add(f.Routes, meshcore.Direct), meshcore.TransportDirect)
		default:
			return wrong("route", "%q is no route type: 0 to 3, flood or direct", s)
		}
	}
	return err
}

func readRegions(f *filter, v url.Values) error {
	words, err := listed(v, "region")
	for _, s := range words {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' || r == '+' || r == '#' }) {
			return wrong("region", "%q is no region code such as SEA", s)
		}
		if code := strings.ToUpper(s); !slices.Contains(f.Regions, code) {
			f.Regions = append(f.Regions, code)
		}
	}
	return err
}

func readObservers(f *filter, v url.Values) error {
	words, err := listed(v, "obs")
	for _, s := range words {
		if id := observerID(s); !slices.Contains(f.Observers, id) {
			f.Observers = append(f.Observers, id)
		}
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

// nodeParts are the parameters that name a node, by the part that it has.
func nodeParts() []string { return []string{"node", "via", "from_node"} }

func readNode(f *filter, v url.Values) error {
	for part, name := range nodeParts() {
		s, err := nodeValue(v, name)
		switch {
		case err != nil:
			return err
		case s == "":
			continue
		case f.Node != "":
			return wrong(name, "only one of node, via and from_node")
		}
		f.Node, f.Part = nodeText(s), report.NodePart(part)
	}
	return nil
}

// nodeValue is the one value of a parameter that names a node, or lists beginnings
// of keys: such a list may be longer than a name.
func nodeValue(v url.Values, name string) (string, error) {
	s := keysGiven(v.Get(name))
	switch {
	case s == "":
		return wholeValue(v, name)
	case len(v[name]) > 1:
		return "", wrong(name, "one list of keys, not %d values", len(v[name]))
	}
	return s, nil
}

// keyList parts several beginnings of keys, with commas between; nil if it is
// anything else.
func keyList(s string) []string {
	list := strings.Split(s, ",")
	if len(list) < 2 || len(list) > starsMost || slices.ContainsFunc(list, func(k string) bool { return !isHex(k) || len(k) < leastKey || len(k) > 64 }) {
		return nil
	}
	return list
}

// keysGiven is a list of beginnings of keys as addresses have it; "" if it is
// none.
func keysGiven(s string) string { return strings.ToLower(strings.Join(keyList(s), ",")) }

// nodeText is what names a node, a key in lower case.
func nodeText(s string) string {
	if isHex(s) && len(s) >= leastKey && len(s) <= 64 {
		return strings.ToLower(s)
	}
	return s
}

func writeNode(f filter, v url.Values) { setOne(v, nodeParts()[f.Part], f.nodeWord()) }

// starredWord stands in an address for the nodes that the viewer has starred.
const starredWord = "starred"

// nodeWord is how addresses and forms name the node or the nodes.
func (f filter) nodeWord() string {
	if f.Starred {
		return starredWord
	}
	return f.Node
}

// meant has a filter for starred nodes mean those of a viewer.
func (f *filter) meant(stars []string) error {
	if f.Node != starredWord {
		return nil
	}
	if len(stars) == 0 {
		return wrong(nodeParts()[f.Part], "the address asks for the nodes that you have starred, and in this browser there are none: star some on their pages or in the list of nodes")
	}
	f.Node, f.Starred = strings.Join(stars, ","), true
	return nil
}

func readHash(f *filter, v url.Values) error {
	s, err := single(v, "hash")
	if err != nil {
		return err
	}
	if s != "" && (!isHex(s) || len(s) > 16) {
		return wrong("hash", "%q is not the beginning of a packet hash: 1 to 16 hex digits", s)
	}
	f.Hash = strings.ToLower(s)
	return nil
}

// isHex tells whether a text has hex digits alone.
func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

func readChannel(f *filter, v url.Values) (err error) {
	if f.Channel, err = wholeValue(v, "channel"); err != nil {
		return err
	}
	if strings.HasPrefix(f.Channel, "enc_") {
		if _, ok := report.LockedRef(f.Channel); !ok {
			return wrong("channel", "%q is not enc_ and a hash byte in two hex digits", f.Channel)
		}
	}
	return nil
}

const senderMost = 80 // bytes of a sender's name: more than a packet holds for one

// readSender takes a name as it was sent, with its blanks.
func readSender(f *filter, v url.Values) error {
	f.Sender = ""
	for _, s := range v["sender"] {
		switch {
		case strings.TrimSpace(s) == "" || s == f.Sender:
		case f.Sender != "":
			return wrong("sender", "one value, not %d", len(v["sender"]))
		case len(s) > senderMost:
			return wrong("sender", "no name is longer than %d bytes", senderMost)
		default:
			f.Sender = s
		}
	}
	return nil
}

func nodeRoles() []meshcore.Role {
	return []meshcore.Role{meshcore.RoleRepeater, meshcore.RoleRoom, meshcore.RoleCompanion, meshcore.RoleSensor, meshcore.RoleNone}
}

func readRoles(f *filter, v url.Values) error {
	words, err := listed(v, "role")
	for _, word := range words {
		i := slices.IndexFunc(nodeRoles(), func(r meshcore.Role) bool { return strings.EqualFold(r.String(), word) })
		if i < 0 {
			return wrong("role", "%q is no role; take repeater, room, companion, sensor or none", word)
		}
		if r := nodeRoles()[i]; !slices.Contains(f.Roles, r) {
			f.Roles = append(f.Roles, r)
		}
	}
	return err
}

// readStates leaves it to the page which states there are.
func readStates(f *filter, v url.Values) error {
	words, err := listed(v, "state")
	for _, w := range words {
		f.States = append(f.States, strings.ToLower(w))
	}
	return err
}

// statesOf are the states that a filter wants, of those that there are.
func statesOf[S ~string](f filter, known []S) (out []S, err error) {
	for _, word := range f.States {
		if !slices.Contains(known, S(word)) {
			var words []string
			for _, s := range known {
				words = append(words, string(s))
			}
			last := len(words) - 1
			return nil, wrong("state", "%q is no state; take %s or %s", word, strings.Join(words[:last], ", "), words[last])
		}
		out = append(out, S(word))
	}
	return out, nil
}

func setList(v url.Values, name string, words []string) {
	if len(words) > 0 {
		v.Set(name, strings.Join(words, ","))
	}
}

func setOne(v url.Values, name, word string) {
	if word != "" {
		v.Set(name, word)
	}
}

func numbersOf[T ~uint8](list []T) (out []string) {
	for _, x := range list {
		out = append(out, strconv.Itoa(int(x)))
	}
	return out
}

func roleWords(list []meshcore.Role) (out []string) {
	for _, r := range list {
		out = append(out, r.String())
	}
	return out
}
