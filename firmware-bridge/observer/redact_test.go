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
		{"t", `{"key":"8b3387e9c5cdea6ac9e5edbaa115cd72","publicKey":"AA"}`, "t", `{"key":"***","publicKey":"AA"}`},
		{"t", `{'password': 'hunt\'er2', 'a': 'b'}`, "t", `{'password': "***", 'a': 'b'}`},
		{"t", `{"config":"{\"password\":\"hunter2\",\"a\":1}"`, "t", `{"config":"{\"password\":"***",\"a\":1}"`},
		{"t", `{"passwords":["a","b"],"token":{"x":"y"},"a":1`, "t", `{"passwords":"***","token":"***","a":1`},
		{"t", `{"pass":"hunter2","passed":"yes"`, "t", `{"pass":"***","passed":"yes"`},
		{"t", "{\"password\":\"two\nlines\", 1}", "t", `{"password":"***", 1}`},
		{"t", `Authorization: Bearer abc.def`, "t", `Authorization: Bearer ***`},
		{"t", `password hunter2`, "t", `password ***`},
		{"t", `mqtts://me:pa$s!@example.org:8883/x`, "t", `mqtts://***@example.org:8883/x`},
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
