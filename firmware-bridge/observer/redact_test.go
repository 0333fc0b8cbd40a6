package observer

import (
	"strings"
	"testing"
)

func TestRedactTakesSecretsOut(t *testing.T) {
	key := strings.Repeat("A1", 64)
	for _, c := range []struct{ topic, payload, wantTopic, want string }{
		{"meshrank/uplink/TOK/KEY/packets", `x`, "meshrank/uplink/***/KEY/packets", `x`},
		{"t", `{"originalTopic":"meshrank/uplink/TOK/K"}`, "t", `{"originalTopic":"meshrank/uplink/***/K"}`},
		{"t", `{"password": "hunter\"2", "a": 1}`, "t", `{"password": "***", "a": 1}`},
		{"t", `{"wifi.pwd":"x y","mqtt_token":12}`, "t", `{"wifi.pwd":"***","mqtt_token":"***"}`},
		{"t", `{"token":"cut of`, "t", `{"token":"***"`},
		{"t", `set mqtt3.password hunter2`, "t", `set mqtt3.password ***`},
		{"t", `password=hunter2; user: me`, "t", `password=***; user: me`},
		{"t", `eyJhbGciOiJFZDI1NTE5In0.eyJhIjoxfQ.00ff`, "t", `***`},
		{"t", `mail to user@example.org now`, "t", `mail to *** now`},
		{"t", `prv ` + key, "t", `prv ***`},
		{"t", `{"raw":"` + key + `"}`, "t", `{"raw":"` + key + `"}`},
		{"user@example.org/x", ``, "***/x", ``},
	} {
		topic, got := Redact(c.topic, []byte(c.payload))
		if topic != c.wantTopic || string(got) != c.want {
			t.Errorf("%s %s: got %s %s, want %s %s", c.topic, c.payload, topic, got, c.wantTopic, c.want)
		}
	}
}

func TestRedactLeavesThePayloadAlone(t *testing.T) {
	payload := []byte(`{"password":"x","raw":"00"}`)
	_, got := Redact("t", payload)
	got[0] = '!'
	if string(payload) != `{"password":"x","raw":"00"}` {
		t.Errorf("payload became %s", payload)
	}
}
