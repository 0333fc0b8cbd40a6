package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// exportWorld has some packets, nodes and messages, some with names that a
// spreadsheet would run.
func exportWorld(t *testing.T) *world {
	w := newWorld(t)
	w.node("aa01", "=HYPERLINK(\"http://x\")", meshcore.RoleRepeater, w.ago(time.Hour))
	w.node("bb01", "+1, \"two\"", meshcore.RoleCompanion, w.ago(2*time.Hour))
	w.node("cc01", "plain", meshcore.RoleRepeater, w.ago(3*time.Hour))
	sea, yvr := w.observer("SEA1", "@Beacon", "SEA"), w.observer("YVR1", "Harbour", "YVR")
	for i := range 5 {
		p := w.text("Public", i, "-Ann", "=1+1")
		w.hear(p, sea, w.ago(time.Duration(10+i)*time.Minute), -30)
		if i < 2 {
			w.hear(p, yvr, w.ago(time.Duration(10+i)*time.Minute)+400, mesh.NoSNR)
		}
	}
	w.open()
	return w
}

func csvOf(t *testing.T, w *world, path string) [][]string {
	t.Helper()
	got := w.get(path)
	if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/csv") || !strings.Contains(got.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("%s: %d %v", path, got.Code, got.Header())
	}
	rows, err := csv.NewReader(got.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestListsAreFiles(t *testing.T) {
	w := exportWorld(t)
	for path, rows := range map[string]int{
		"nodes": 3, "nodes?role=repeater": 2, "nodes?n=1&page=2": 3, "nodes?q=none": 0,
		"packets": 5, "packets?region=YVR": 2, "packets?n=1": 5, "packets?type=ADVERT": 0, "observers": 2, "observers?region=SEA": 1, "channels?show=readable": 2, "channels?show=locked": 0, "channels?region=YVR": 1, "messages?channel=Public": 5, "messages": 5, "messages?q=nothing": 0,
	} {
		list, query, _ := strings.Cut(path, "?")
		table := csvOf(t, w, "/export/"+list+".csv?"+query)
		if len(table)-1 != rows {
			t.Errorf("%s: %d rows as CSV, not %d", path, len(table)-1, rows)
		}
		for _, row := range table[1:] {
			for i, cell := range row {
				if cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
					t.Errorf("%s: %s is %q", path, table[0][i], cell)
				}
			}
		}
		got := w.get("/export/" + list + ".json?" + query)
		var all struct {
			Total int
			Rows  []map[string]any
		}
		if err := json.Unmarshal(got.Body.Bytes(), &all); err != nil {
			t.Fatalf("%s: %v: %s", path, err, got.Body)
		}
		if all.Total != rows || len(all.Rows) != rows {
			t.Errorf("%s: %d of %d rows as JSON, not %d", path, len(all.Rows), all.Total, rows)
		}
		for i, row := range all.Rows {
			for k, name := range table[0] {
				v, ok := row[name]
				if text, isText := v.(string); !ok || isText && strings.TrimPrefix(table[i+1][k], "'") != strings.ReplaceAll(text, "\r\n", "\n") {
					t.Errorf("%s: %s is %v as JSON, %q as CSV", path, name, v, table[i+1][k])
				}
			}
		}
	}
}

func TestExportsKeepTheOrder(t *testing.T) {
	w := exportWorld(t)
	table := csvOf(t, w, "/export/nodes.csv?sort=name")
	if table[1][1] != "plain" || table[3][1] != "'+1, \"two\"" {
		t.Errorf("by name, descending: %v", table[1:])
	}
	if first := csvOf(t, w, "/export/packets.csv")[1]; first[6] != "2" || first[13] != "-7.5" || first[17] != "'=1+1" || first[16] != "'-Ann" {
		t.Errorf("newest packet: %v", first)
	}
}

func TestExportsRefuseWhatMakesNoSense(t *testing.T) {
	w := exportWorld(t)
	for _, path := range []string{"packets.csv?type=x", "nodes.json?role=king", "messages.csv?n=0", "channels.csv?show=x", "observers.csv?state=well"} {
		w.has("/export/"+path, 400, "The parameter")
	}
	w.has("/export/packets.xls", 404)
	w.s.exports <- struct{}{}
	w.s.exports <- struct{}{}
	w.has("/export/nodes.csv", 503, "Other files are being made")
}

func TestListsLeadToTheirFiles(t *testing.T) {
	w := exportWorld(t)
	w.has("/nodes?role=repeater&n=1", 200, "All 2 nodes that match", `href="/export/nodes.csv?role=repeater"`)
	w.has("/packets?region=YVR", 200, "All 2 packets that match", `href="/export/packets.json?region=YVR"`)
	w.has("/observers", 200, "All 2 observers that match", `href="/export/observers.csv"`)
	w.has("/channels?show=readable&region=YVR", 200, "The one channel that matches", `href="/export/channels.csv?region=YVR&amp;show=readable"`)
	w.has("/channels?q=1", 200, "!/export/channels")
	w.has("/channels/Public", 200, "All 5 messages that match", `href="/export/messages.csv?channel=Public"`)
	w.has("/nodes?role=room", 200, "!as a file")
}

// A channel that cannot be read has its hash byte and why, and no words.
func TestLockedChannelsAreInTheFile(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	w.hear(w.text("Public", 1, "Ann", "hello"), near, w.ago(time.Minute), 4)
	w.hear(meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(1, "x", "secret").Seal(meshcore.HashtagKey("#unknown")))), near, w.ago(time.Minute), 4)
	w.open()
	var readable, locked []string
	for _, row := range csvOf(t, w, "/export/channels.csv")[1:] {
		if row[2] == "" {
			readable = append(readable, strings.Join([]string{row[0], row[1], row[3], row[4], row[9], row[10]}, " "))
		} else {
			locked = append(locked, strings.Join([]string{row[0], row[1], row[2], row[6], row[9], row[10]}, "|"))
		}
	}
	if want := fmt.Sprintf("|%02X|no key|1||", meshcore.HashtagKey("#unknown").HashByte()); len(locked) != 1 || locked[0] != want {
		t.Errorf("locked %q, not %q", locked, want)
	}
	if len(readable) == 0 || readable[0] != "Public 11 1 1 Ann hello" {
		t.Errorf("readable %q", readable)
	}
}

// A history reads downwards, in the viewer's zone, by the filters of its page; what
// strangers wrote is text.
func TestMessagesAreHistories(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	w.hear(w.text("Public", 1, evil, "later\n"+evil), near, w.ago(time.Minute), 4)
	w.hear(w.text("Public", 2, "Ann", "earlier"), near, w.ago(time.Hour), 4)
	w.hear(w.text("#a/b c", 3, "", "elsewhere"), near, w.ago(time.Hour), 4)
	w.open()
	text := w.get("/export/messages.txt?channel=Public")
	if !strings.HasPrefix(text.Header().Get("Content-Type"), "text/plain") || strings.ContainsAny(text.Body.String(), "\u202e\x07") || strings.Contains(text.Body.String(), "elsewhere") {
		t.Errorf("%v: %q", text.Header(), text.Body)
	}
	inOrder(t, text.Body.String(), "2 messages, times in UTC", "Public  Ann: earlier\n", "later\n    ")
	body := w.has("/export/messages.html?w=24h", 200, "3 messages", "<bdi>#a/b c</bdi>", "&lt;script&gt;", "!<script>", "</html>")
	inOrder(t, body, "earlier", "later")
	w.has("/export/messages.html?region=PDX", 200, "0 messages", "!earlier")
	w.has("/export/messages.txt?w=x", 400, "The parameter")
	for _, path := range []string{"/export/messages.txt", "/export/messages.html"} {
		if head := w.get(path).Header(); !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s opens in the page's origin: %v", path, head)
		}
	}
	w.has("/channels/Public?region=SEA", 200, "/export/messages.html?channel=Public&amp;region=SEA")
}
