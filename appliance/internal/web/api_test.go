package web

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func (b *bench) json(path string, status int) map[string]any {
	b.t.Helper()
	w := b.get(path)
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != status {
		b.t.Fatalf("%s: want %d, have %d %s", path, status, w.Code, w.Body)
	}
	return v
}

func TestAPIRefusesInJSON(t *testing.T) {
	m := newMesher(t)
	m.json("/api/nothing", 404)
	m.json("/api/packets/0011223344556677", 404)
	if v := m.json("/api/packets/xyz", 400); v["parameter"] != "hash" {
		t.Errorf("have %v", v)
	}
	w := httptest.NewRecorder()
	m.s.Handler().ServeHTTP(w, formRequest("/api/stats", nil))
	if w.Code != 405 || !json.Valid(w.Body.Bytes()) {
		t.Errorf("POST: have %d %s", w.Code, w.Body)
	}
}

func TestAPIStats(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	m.hear(channelFrame("#test", "Ann", "hello"), o, 5)
	m.st.CountMalformed(mesh.Malformed{Source: "a", Reason: "bad_hex"})
	m.st.CountMalformed(mesh.Malformed{Source: "b", Reason: "bad_hex"})
	v := m.json("/api/stats", 200)
	for name, want := range map[string]float64{
		"totalTransmissions": 1, "totalObservations": 1, "totalNodes": 0, "totalObservers": 1, "packetsLastHour": 1, "packetsLast24h": 1,
	} {
		if v[name] != want {
			t.Errorf("%s: want %v, have %v", name, want, v[name])
		}
	}
	if n := v["malformed"].(map[string]any)["bad_hex"]; n != 2.0 {
		t.Errorf("malformed: have %v", v["malformed"])
	}
	if _, ok := v["processRSSMB"].(float64); !ok {
		t.Errorf("processRSSMB: have %v", v["processRSSMB"])
	}
}

func TestAPIPacket(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	frame := channelFrame("#test", "Ann", "hello", 0xA3, 0x1F)
	m.hear(frame, o, 5)
	relay := mesh.Node{Key: meshcore.PublicKey{0xA3, 1}, Role: meshcore.RoleRepeater, FirstAdvert: 1, LastAdvert: 1}
	m.indexes.PutNode(relay)
	hash := hashOf(t, frame)
	v := m.json("/api/packets/"+hash, 200)
	all := v["observations"].([]any)
	first := all[0].(map[string]any)
	if len(all) != 1 || first["path_json"] != `["A3","1F"]` || first["snr"] != 6.5 || first["rssi"] != -97.0 || first["observer_id"] != o.ID || first["observer_iata"] != "SEA" {
		t.Errorf("have %v", first)
	}
	path := first["resolved_path"].([]any)
	if len(path) != 2 || path[0] != relay.Key.String() || path[1] != nil {
		t.Errorf("resolved_path: have %v", path)
	}
	id := int64(first["transmission_id"].(float64))
	byID := m.json(fmt.Sprint("/api/packets/", id), 200)
	if byID["packet"].(map[string]any)["hash"] != hash {
		t.Errorf("by number: have %v", byID["packet"])
	}
}
