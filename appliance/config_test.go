package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func parse(text string) (Config, error) {
	c, file, err := parseConfig(strings.NewReader(text), "hilltop.toml")
	if err == nil {
		err = c.complete(file.at)
	}
	return c, err
}

func TestConfigMistakesAreNamedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"htpp = \":8080\"", `hilltop.toml:1: unknown key "htpp"; the nearest known one is "http"`},
		{"http = \":8080\"\n\n[broker]\nlissten = \":1\"", `hilltop.toml:4: unknown key "broker.lissten"; the nearest known one is "broker.listen"`},
		{"[[source]]\nurl = \"mqtt://a\"\nusernam = \"x\"", `hilltop.toml:3: unknown key "source.usernam"; the nearest known one is "source.username"`},
		{"a=1\nhtpp=2", `hilltop.toml:2: unknown key "htpp"`},
		{"zzzzzzzzzzz = 1", `hilltop.toml:1: unknown key "zzzzzzzzzzz"`},
		{"http = 8080", `hilltop.toml:1`},
		{"http = \"8080\"", `hilltop.toml:1`},
		{"data = \"d\"\n[snapshot]\ninterval = \"soon\"", `hilltop.toml:3`},
		{"[snapshot]\ninterval = \"10ms\"", "hilltop.toml:2: snapshot.interval: want 1s or more"},
		{"[[source]]\nurl = \"http://x\"", "mqtt://, mqtts://, ws:// or wss://"},
		{"\n[[source]]\nname = \"a\"", `hilltop.toml:2: source.0: "a" has no url`},
		{"[[source]]\nname = \"a\"\nurl=\"mqtt://a\"\n[[source]]\nname = \"a\"\nurl=\"mqtt://b\"", `hilltop.toml:5: source.1.name: the name "a" stands there twice`},
		{"[[source]]\nurl=\"mqtt://a\"\nname=\"broker\"", "hilltop.toml:3: source.0.name"},
		{"[[source]]\nurl=\"mqtt://a\"\njwt_key=\"12\"", "128 hex digits"},
		{"[[source]]\nurl=\"mqtt://a\"\npassword=\"x\"", "hilltop.toml:3: source.0.password"},
		{"[[source]]\nurl=\"mqtt://a\"\nregion=\"Seattle\"", "hilltop.toml:3: source.0.region: want three letters"},
		{"[[source]]\nurl=\"mqtt://a\"\niata_filter=[\"SEA\", \"Oslo\"]", "hilltop.toml:3: source.0.iata_filter: want three letters"},
		{"[[source]]\nurl=\"mqtt://a\"\nsilence=\"1s\"", "hilltop.toml:3: source.0.silence"},
		{"[[source]]\nurl=\"mqtt://a\"\ntopics=[\"a#\"]", "hilltop.toml:3: source.0.topics"},
		{"[[source]]\nurl=\"mqtt://a\"\nca_file=\"nowhere.pem\"", "hilltop.toml:3: source.0.ca_file"},
		{"[broker]\nmax_clients = 0", "hilltop.toml:2: broker.max_clients"},
		{"[broker]\nusers = [{name = \"x\", password_hash = \"short\"}]", "hilltop.toml:2: broker.users.0.password_hash"},
		{"[broker]\n[[broker.users]]\nname = \"x\"", "hilltop.toml:2: broker.users.0"},
		{"[[broker.users]]\nname = \"x\"\npassword_hash = \"" + strings.Repeat("$2", 30) + "\"\ntopics = [\"a/b#\"]", "hilltop.toml:4: broker.users.0.topics"},
		{"[[channel]]\nname = \"Club\"", "hilltop.toml:1: channel.0: \"Club\": only a hashtag channel"},
		{"[[channel]]\nname = \"Club\"\nkey = \"xyz\"", "hilltop.toml:3"},
		{"scopes = [\"#sea\", \"two words\"]", `hilltop.toml:1: scopes: "two words" is no name of a public scope`},
		{"scopes = [\"$own\"]", "hilltop.toml:1: scopes"},
		{"scopes = [\"*\"]", "hilltop.toml:1: scopes"},
		{"site_name = \"x\"\nscopes = [\"#sea\", \"sea\"]", `hilltop.toml:2: scopes: "sea" stands there twice`},
		{"[[area]]\nname = \"sound\"", `hilltop.toml:1: area.0: "sound": it has neither polygon nor box`},
		{"[[area]]\nbox = [47, -123, 48, -122]", `hilltop.toml:1: area.0: "": the name "" stands in addresses`},
		{"[[area]]\nname = \"sound\"\nbox = [47, -123, 48, -122]\npolygon = [[47, -123], [48, -123], [48, -122]]", "it has a polygon and a box"},
		{"[[area]]\nname = \"sound\"\nbox = [47, -123, 48]", "four numbers, this has 3"},
		{"[[area]]\nname = \"sound\"\nbox = [48, -123, 47, -122]", "south 48 is not below north 47"},
		{"[[area]]\nname = \"sound\"\nbox = \"here\"", "hilltop.toml:3: area.box: want a list of numbers such as [47.6, -122.3], have a TOML string"},
		{"[[area]]\nname = \"sound\"\npolygon = [[47, -123], [48, -123]]", "3 to 1000 corners [latitude, longitude], this has 2"},
		{"[[area]]\nname = \"sound\"\npolygon = [[-123, 47], [-123, 48], [-122, 48]]", "corner 1: latitude -123: want -90 to 90, latitude first"},
		{"[[area]]\nname = \"sound\"\npolygon = [[47, -123], [48, -123], [48]]", "corner 3 of the polygon: want [latitude, longitude], have 1 number"},
		{"[[area]]\nname = \"a\"\nbox = [1, 1, 2, 2]\n[[area]]\nname = \"a\"\nbox = [1, 1, 2, 2]", `hilltop.toml:5: area.1.name: the name "a" stands there twice`},
		{"[[area]]\nname = \"a\"\nlable = \"b\"", `hilltop.toml:3: unknown key "area.lable"; the nearest known one is "area.label"`},
		{"[resolver]\nthreshold = 2.0", "hilltop.toml:2: resolver.threshold"},
		{"admin_token_hash = \"secret\"", "bcrypt"},
		{"[retention]\ndisk = \"lots\"", "hilltop.toml:2"},
		{"[retention]\ndisk = \"auto\"", "hilltop.toml:2: retention.disk"},
		{"[retention]\ndisk = \"63MB\"", "hilltop.toml:2: retention.disk: want 64 MB or more, have 63 MB"},
		{"= 3", "hilltop.toml:1"},
		{"http = 8080", "hilltop.toml:1: http: want a text in quotes, have a TOML integer"},
		{"hosts = \"x\"", `hilltop.toml:1: hosts: want a list such as ["a", "b"], have a TOML string`},
		{"[broker]\nmax_clients = \"many\"", "hilltop.toml:2: broker.max_clients: want a whole number, have a TOML string"},
		{"[[source]]\ninsecure = 1", "hilltop.toml:2: source.insecure: want true or false, have a TOML integer"},
	} {
		_, err := parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: want %q in the error, have %v", c.text, c.want, err)
		}
	}
}

func TestConfigPrintsWhatItReads(t *testing.T) {
	c, err := parse(`
site_name = "Ridge"
hosts = ["hilltop.lan"]
scopes = ["sea", "#pnw"]
[[area]]
name = "sound"
polygon = [[47, -123], [48.5, -123], [48.5, -122]]
[[area]]
name = "date"
label = "Date line"
box = [-20, 170, -10, -170]
[[source]]
url = "wss://mqtt.example.org/mqtt"
username = "me"
password = "top secret"
iata_filter = ["sea"]
[[channel]]
name = "Club"
key = "8b3387e9c5cdea6ac9e5edbaa115cd72"
[retention]
max_age = "30d"
`)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeConfig(&out, c); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"top secret", "8b3387e9"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the printed configuration holds %q", secret)
		}
	}
	for _, want := range []string{`name = 'mqtt.example.org'`, `max_age = '30d'`, `silence = '5m'`, "# Address of the pages", "SEA", `scopes = ['#sea', '#pnw']`, `label = 'sound'`, "polygon = [[47.0, -123.0], [48.5, -123.0]", "box = [-20.0, 170.0, -10.0, -170.0]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in:\n%s", want, out.String())
		}
	}
	// It reads back, but for what is masked.
	text := strings.Replace(out.String(), "# key = (set, not shown)", "key = '8b3387e9c5cdea6ac9e5edbaa115cd72'", 1)
	text = strings.Replace(text, "# password = (set, not shown)", "password = 'top secret'", 1)
	if _, err := parse(text); err != nil {
		t.Errorf("the printed configuration does not read back: %v\n%s", err, text)
	}
}

// command runs one command line in this process.
func command(t *testing.T, stdin string, args ...string) (status int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	status = execute(context.Background(), args, streams{strings.NewReader(stdin), &o, &e})
	return status, o.String(), e.String()
}

func TestCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	status, out, _ := command(t, "", "--version")
	if status != exitGood || !strings.HasPrefix(out, "hilltop ") {
		t.Errorf("--version: %d %q", status, out)
	}
	for _, args := range [][]string{{"sevre"}, {"serve", "--nonsense"}, {"serve", "--log-level", "loud"}, {"serve", "--http", "nowhere"},
		{"config", "--config", "missing.toml"}} {
		if status, _, errOut := command(t, "", args...); status != exitUsage || errOut == "" {
			t.Errorf("%v: status %d, want 2, and words; have %q", args, status, errOut)
		}
	}
	if err := os.WriteFile("a file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"a file", filepath.Join("a file", "below")} {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute) // otherwise it would serve
		var errOut bytes.Buffer
		status := execute(ctx, []string{"serve", "--data", dir, "--http", "127.0.0.1:0", "--broker", "off"}, streams{strings.NewReader(""), io.Discard, &errOut})
		if stop(); status != exitUsage || !strings.Contains(errOut.String(), "--data") {
			t.Errorf("--data %q: status %d, want 2, and words; have %q", dir, status, errOut.String())
		}
	}
	if status, _, _ := command(t, "", "hash"); status != exitUsage {
		t.Errorf("hash of nothing: status %d, want 2", status)
	}
	status, out, _ = command(t, "my token\n", "hash")
	if status != exitGood || !strings.HasPrefix(out, "$2") {
		t.Errorf("hash: %d %q", status, out)
	}
}

func TestFlagWinsOverVariableOverFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("hilltop.toml", []byte("http = \":1\"\ndata = \"filed\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	effective := func(args ...string) string {
		status, out, errOut := command(t, "", append([]string{"config"}, args...)...)
		if status != exitGood {
			t.Fatal(errOut)
		}
		return out
	}
	if out := effective(); !strings.Contains(out, "http = ':1'") || !strings.Contains(out, "data = 'filed'") {
		t.Errorf("file: %s", out)
	}
	t.Setenv("HILLTOP_HTTP", ":2")
	if out := effective(); !strings.Contains(out, "http = ':2'") {
		t.Errorf("variable: %s", out)
	}
	if out := effective("--http", ":3"); !strings.Contains(out, "http = ':3'") {
		t.Errorf("flag: %s", out)
	}
	other := filepath.Join(t.TempDir(), "other.toml")
	if err := os.WriteFile(other, []byte("data = \"named\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := effective("--config", other); !strings.Contains(out, "data = 'named'") {
		t.Errorf("--config: %s", out)
	}
}
