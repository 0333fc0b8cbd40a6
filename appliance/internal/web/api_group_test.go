package web

import (
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// Who has the key reads what the API gives of a hash byte, part by part.
func TestAPIChannelPacketsOpenWithTheKey(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	key := meshcore.HashtagKey("#unknown")
	for i := range 5 {
		text := meshcore.NewGroupText(uint32(i), "Ann", string(rune('a'+i)))
		w.hear(meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(text.Seal(key))), near, w.ago(time.Duration(i)*time.Minute), 4)
	}
	w.open()
	path, said := "/api/channels/enc_"+hex.EncodeToString([]byte{key.HashByte()})+"/packets?limit=2", ""
	for next := "first"; next != ""; {
		var got apiGroupPackets
		from := path
		if next != "first" {
			from += "&before=" + next
		}
		if err := json.Unmarshal(w.get(from).Body.Bytes(), &got); err != nil || got.Total != 5 {
			t.Fatalf("%s: %+v, %v", from, got, err)
		}
		for _, p := range got.Packets {
			plain, err := key.Open(must(hex.DecodeString(p.Payload)))
			if err != nil {
				t.Fatal(err)
			}
			said += must(meshcore.ParseGroupText(plain)).Message
			if p.Copies != 1 || p.Observers != 1 || *p.Hops != 0 || *p.SNR != 1 {
				t.Errorf("%+v", p)
			}
		}
		next = got.Next
	}
	if said != "abcde" {
		t.Errorf("read %q", said)
	}
	for _, bad := range []string{"zz", "enc_1", "Public", "enc_111"} {
		if got := w.get("/api/channels/" + bad + "/packets"); got.Code != 400 {
			t.Errorf("%s: status %d", bad, got.Code)
		}
	}
}
