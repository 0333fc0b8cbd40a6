package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// configFile is where the keys of a configuration stand. The zero value is
// that of one which came from no file.
type configFile struct {
	name  string
	lines map[string]int // by key, as checkValues spells them
}

// at is "FILE:LINE: " of a key, or of the table that lacks it; "" if neither
// is in the file.
func (f configFile) at(key string) string {
	for ; key != ""; key = key[:max(strings.LastIndexByte(key, '.'), 0)] {
		if line := f.lines[key]; line > 0 {
			return fmt.Sprintf("%s:%d: ", f.name, line)
		}
	}
	return ""
}

// readConfig reads hilltop.toml over the defaults. Its errors name file, line
// and, for an unknown key, the nearest known one.
func readConfig(name string) (Config, configFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return defaultConfig(), configFile{}, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	return parseConfig(f, name)
}

func parseConfig(r io.Reader, name string) (Config, configFile, error) {
	c, file := defaultConfig(), configFile{name: name}
	text, err := io.ReadAll(r)
	if err != nil {
		return c, file, fmt.Errorf("configuration %s: %w", name, err)
	}
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, file, explain(err, name)
	}
	file.lines = keyLines(text)
	var errs []error
	checkValues(reflect.ValueOf(c), "", func(key string, err error) {
		errs = append(errs, fmt.Errorf("%s%s: %w", file.at(key), key, err))
	})
	return c, file, errors.Join(errs...)
}

// explain gives an error of the decoder its line.
func explain(err error, name string) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var errs []error
		for _, e := range strict.Errors {
			row, _ := e.Position()
			errs = append(errs, unknownKey(name, row, e.Key()))
		}
		return errors.Join(errs...)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		what := plainly(strings.TrimPrefix(wrong.Error(), "toml: "))
		if k := wrong.Key(); len(k) > 0 && !strings.Contains(what, k[len(k)-1]) {
			what = strings.Join(k, ".") + ": " + what
		}
		return fmt.Errorf("%s:%d: %s", name, row, what)
	}
	return fmt.Errorf("%s: %w", name, err)
}

var mismatch = regexp.MustCompile(`^cannot decode TOML (\w+) into (?:.* of type |a Go value of type )?(\S+)$`)

// plainly puts what the decoder says of a value of another type into words.
func plainly(what string) string {
	m := mismatch.FindStringSubmatch(what)
	if m == nil {
		return what
	}
	want := "a text in quotes"
	switch goType := m[2]; {
	case strings.HasPrefix(goType, "[]main."), strings.HasSuffix(goType, "Config"):
		want = "a table"
	case strings.HasPrefix(goType, "[]") && strings.HasSuffix(goType, "float64"):
		want = "a list of numbers such as [47.6, -122.3]"
	case strings.HasPrefix(goType, "[]"):
		want = `a list such as ["a", "b"]`
	case goType == "int":
		want = "a whole number"
	case goType == "float64":
		want = "a number"
	case goType == "bool":
		want = "true or false"
	}
	return fmt.Sprintf("want %s, have a TOML %s", want, m[1])
}

// checkValues has every value of a table check itself. Keys of array tables
// carry their index: source.0.url.
func checkValues(v reflect.Value, prefix string, wrong func(key string, err error)) {
	for i := range v.NumField() {
		f, key := v.Field(i), prefix+v.Type().Field(i).Tag.Get("toml")
		if c, ok := f.Interface().(interface{ check() error }); ok {
			if err := c.check(); err != nil {
				wrong(key, err)
			}
		}
		switch {
		case f.Kind() == reflect.Struct:
			checkValues(f, key+".", wrong)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Len() {
				checkValues(f.Index(j), fmt.Sprintf("%s.%d.", key, j), wrong)
			}
		}
	}
}

// keyLines finds the line of each key, as checkValues spells them, in a text
// that has been decoded.
func keyLines(text []byte) map[string]int {
	lines := make(map[string]int)
	count := make(map[string]int)
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		key, line := "", 0
		for it := e.Key(); it.Next(); {
			if line == 0 {
				line = p.Shape(it.Node().Raw).Start.Line
			}
			key += string(it.Node().Data) + "."
		}
		switch e.Kind {
		case unstable.Table:
			table = key
		case unstable.ArrayTable:
			table = fmt.Sprintf("%s%d.", key, count[key])
			lines[strings.TrimSuffix(table, ".")] = line
			count[key]++
		case unstable.KeyValue:
			lines[table+strings.TrimSuffix(key, ".")] = line
		}
	}
	return lines
}

// unknownKey says which known key was probably meant.
func unknownKey(file string, row int, key []string) error {
	full := strings.Join(key, ".")
	known := knownKeys(reflect.TypeFor[Config](), "")
	best, least := "", len(full)/2+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(full, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		// A key that only stands in the wrong table.
		last := key[len(key)-1]
		for _, k := range known {
			if k[strings.LastIndexByte(k, '.')+1:] == last {
				best = k
				break
			}
		}
	}
	if best == "" {
		return fmt.Errorf("%s:%d: unknown key %q (hilltop config lists all that there are)", file, row, full)
	}
	return fmt.Errorf("%s:%d: unknown key %q; the nearest known one is %q", file, row, full, best)
}

// knownKeys lists every key of a table, with those of its parts, in order.
func knownKeys(t reflect.Type, prefix string) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("toml")
		keys = append(keys, key)
		ft := f.Type
		if ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct {
			keys = append(keys, knownKeys(ft, key+".")...)
		}
	}
	slices.Sort(keys)
	return keys
}

// mask stands for a secret until its line is commented out.
const mask = "********"

// writeConfig prints a configuration as commented TOML. Secrets are masked:
// their lines are comments, so that what is printed is never read as one.
func writeConfig(w io.Writer, c Config) error {
	c.Sources = slices.Clone(c.Sources)
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Password, s.JWTKey = masked(s.Password), masked(s.JWTKey)
	}
	c.Channels = slices.Clone(c.Channels)
	for i := range c.Channels {
		c.Channels[i].Key = masked(c.Channels[i].Key)
	}
	c.AdminTokenHash = masked(c.AdminTokenHash)
	c.Broker.Users = slices.Clone(c.Broker.Users)
	for i := range c.Broker.Users {
		c.Broker.Users[i].PasswordHash = masked(c.Broker.Users[i].PasswordHash)
	}
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	enc.SetIndentTables(false)
	if err := enc.Encode(c); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	for line := range strings.Lines(b.String()) {
		if key, ok := strings.CutSuffix(strings.TrimRight(line, "\n"), " = '"+mask+"'"); ok {
			line = "# " + key + " = (set, not shown)\n"
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

func masked[T ~string](secret T) T {
	if secret == "" {
		return ""
	}
	return mask
}
