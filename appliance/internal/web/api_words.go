package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// apiTime is a time, Unix ms, as the API writes it.
func apiTime(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// apiTimeOr is nil for a time that never was.
func apiTimeOr(ms int64) *string {
	if ms == 0 {
		return nil
	}
	return new(apiTime(ms))
}

// textOr is nil for an empty text.
func textOr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// apiLimit reads limit: usual if it is not given, at most most.
func apiLimit(v url.Values, usual, most int) (int, error) {
	s, err := single(v, "limit")
	if s == "" || err != nil {
		return usual, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, wrong("limit", "%q is no number of rows from 1 on", s)
	}
	return min(n, most), nil
}

// apiDays reads days: usual if it is not given, from 1 to most.
func apiDays(v url.Values, usual, most int) (int, error) {
	s, err := single(v, "days")
	if s == "" || err != nil {
		return usual, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, wrong("days", "%q is no number from 1 to %d", s, most)
	}
	return n, nil
}

// apiOffset reads offset: rows to be left out.
func apiOffset(v url.Values) (int, error) {
	s, err := single(v, "offset")
	if s == "" || err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, wrong("offset", "%q is no number of rows to leave out", s)
	}
	return int(n), nil
}

// apiFlag reads a yes or no; no is what it says nothing of.
func apiFlag(v url.Values, name string) (bool, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return false, err
	}
	switch strings.ToLower(s) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, wrong(name, "%q is neither true nor false", s)
}

// apiChoice reads one of some words; "" if the parameter is not given.
func apiChoice(v url.Values, name string, words ...string) (string, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return "", err
	}
	for _, w := range words {
		if strings.EqualFold(w, s) {
			return w, nil
		}
	}
	return "", wrong(name, "%q is none of %s", s, strings.Join(words, ", "))
}

// apiRegions reads region: codes in upper case. None, and "All", are any.
func apiRegions(v url.Values) ([]string, error) {
	var f filter
	if err := readRegions(&f, v); err != nil {
		return nil, err
	}
	for _, r := range f.Regions {
		if r == "ALL" {
			return nil, nil
		}
	}
	return f.Regions, nil
}

// apiInstant reads a time, Unix ms; 0 if it is not given.
func apiInstant(v url.Values, name string) (int64, error) {
	t, err := instant(v, name)
	if t.IsZero() || err != nil {
		return 0, err
	}
	return t.UnixMilli(), nil
}

// apiBody reads a JSON object. Members that are not known are left alone.
func apiBody(r *http.Request, into any, parameter string) error {
	dec := json.NewDecoder(r.Body)
	err := dec.Decode(into)
	if large, ok := err.(*http.MaxBytesError); ok {
		return large
	}
	if err != nil {
		return wrong(parameter, "want a JSON object with the member %q", parameter)
	}
	return nil
}

// anyCase finds an observer by its ID in whatever case a client writes it.
func anyCase(st *store.Store, id string) (mesh.Observer, bool) {
	for _, form := range []string{id, strings.ToUpper(id)} {
		if o, ok := st.Observer(form); ok {
			return o, true
		}
	}
	if _, err := meshcore.ParsePublicKey(id); err == nil {
		return mesh.Observer{}, false
	}
	for _, o := range st.Observers() {
		if strings.EqualFold(o.ID, id) {
			return o, true
		}
	}
	return mesh.Observer{}, false
}
