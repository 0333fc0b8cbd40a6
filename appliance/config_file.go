package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// readConfig reads hilltop.toml over the defaults. Its errors name file, line
// and, for an unknown key, the nearest known one.
func readConfig(name string) (Config, error) {
	c := defaultConfig()
	f, err := os.Open(name)
	if err != nil {
		return c, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	return c, parseConfig(f, name, &c)
}

func parseConfig(r io.Reader, name string, c *Config) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("configuration %s: %w", name, err)
	}
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return explain(err, name)
	}
	lines := keyLines(text)
	var errs []error
	checkValues(reflect.ValueOf(*c), "", func(key string, err error) {
		errs = append(errs, fmt.Errorf("%s:%d: %s: %w", name, lines[key], key, err))
	})
	return errors.Join(errs...)
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
		what := strings.TrimPrefix(wrong.Error(), "toml: ")
		if k := wrong.Key(); len(k) > 0 && !strings.Contains(what, k[len(k)-1]) {
			what = strings.Join(k, ".") + ": " + what
		}
		return fmt.Errorf("%s:%d: %s", name, row, what)
	}
	return fmt.Errorf("%s: %w", name, err)
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
