package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// order is the direction of data through the appliance's rooms: each may
// import those before it, none after it.
var order = []string{"gate", "mesh", "resolve", "health", "graph", "column", "store", "figure", "index", "naming", "survey", "live", "record", "report", "web"}

// doors names the only packages that may import a library.
var doors = map[string][]string{
	"github.com/tidwall/buntdb":                     {"hilltop/appliance/internal/store"},
	"github.com/eclipse/paho.mqtt.golang":           {"hilltop/firmware-bridge/mqtt"},
	"github.com/mochi-mqtt/server/v2":               {"hilltop/appliance/internal/broker"},
	"github.com/alecthomas/kong":                    {"hilltop/appliance"},
	"github.com/pelletier/go-toml/v2":               {"hilltop/appliance"},
	"github.com/a-h/templ":                          {"hilltop/ui", "hilltop/ui/part", "hilltop/ui/sample", "hilltop/appliance/internal/web"},
	"github.com/paulmach/orb":                       {"hilltop/appliance/internal/health"},
	"github.com/paulmach/orb/planar":                {"hilltop/appliance/internal/health"},
	"hilltop":                                       {"hilltop/appliance"},
	"hilltop/appliance/internal/broker":             {"hilltop/appliance"},
	"hilltop/firmware-bridge/mqtt":                  {"hilltop/appliance", "hilltop/appliance/bench"},
	"hilltop/firmware-bridge/replay":                {"hilltop/appliance", "hilltop/appliance/bench"},
	"hilltop/firmware-bridge/simmesh":               {"hilltop/appliance", "hilltop/appliance/bench"},
	"hilltop/firmware-bridge/observer":              {"hilltop/appliance", "hilltop/appliance/internal/record", "hilltop/appliance/internal/broker", "hilltop/firmware-bridge/mqtt", "hilltop/firmware-bridge/replay", "hilltop/firmware-bridge/node"},
	"hilltop/appliance/internal/web":                {"hilltop/appliance"},
	"net/http":                                      {"hilltop/appliance", "hilltop/appliance/bench", "hilltop/appliance/internal/web", "hilltop/appliance/internal/broker"},
	"hilltop/firmware-bridge/simmesh/internal/wire": {"hilltop/firmware-bridge/simmesh"},
}

type room struct {
	ImportPath string
	Imports    []string
}

func rooms(t *testing.T) []room {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "hilltop/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []room
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var r room
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	const internal = "hilltop/appliance/internal/"
	for _, r := range rooms(t) {
		for _, imp := range r.Imports {
			if why := forbidden(r.ImportPath, imp, internal); why != "" {
				t.Errorf("%s imports %s: %s", r.ImportPath, imp, why)
			}
		}
	}
}

func forbidden(from, imp, internal string) string {
	if allowed, ok := doors[imp]; ok && !slices.Contains(allowed, from) {
		return "it has one door: " + strings.Join(allowed, ", ")
	}
	leaf := func(root string) bool { return strings.HasPrefix(from, root) }
	ours := strings.HasPrefix(imp, "hilltop/") || imp == "hilltop"
	switch {
	case leaf("hilltop/ui") && ours && !strings.HasPrefix(imp, "hilltop/ui"):
		return "ui imports nothing of ours"
	case leaf("hilltop/firmware-bridge") && ours && !strings.HasPrefix(imp, "hilltop/firmware-bridge"):
		return "firmware-bridge imports nothing of ours"
	case leaf(internal) && strings.HasPrefix(imp, internal):
		here := slices.Index(order, strings.TrimPrefix(from, internal))
		there := slices.Index(order, strings.TrimPrefix(imp, internal))
		if there < 0 || here >= 0 && there >= here {
			return "data flows " + strings.Join(order, ", ")
		}
	}
	return ""
}

// A check that finds nothing because it looks at nothing would pass for ever.
func TestForbiddenFindsViolations(t *testing.T) {
	const internal = "hilltop/appliance/internal/"
	for _, c := range []struct{ from, imp string }{
		{internal + "store", internal + "web"},
		{internal + "web", "github.com/tidwall/buntdb"},
		{"hilltop/ui", "net/http"},
		{"hilltop/ui", internal + "mesh"},
		{"hilltop/firmware-bridge/meshcore", "hilltop/ui"},
	} {
		if forbidden(c.from, c.imp, internal) == "" {
			t.Errorf("%s importing %s is not found", c.from, c.imp)
		}
	}
	if n := len(rooms(t)); n < 10 {
		t.Errorf("go list names %d packages, want the whole house", n)
	}
}
