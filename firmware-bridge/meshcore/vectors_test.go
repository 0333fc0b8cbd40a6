package meshcore

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"
)

// vector is a line of testdata/vectors.jsonl: a frame and what the firmware's
// own code makes of it.
type vector struct {
	Name   string          `json:"name"`
	Raw    string          `json:"raw_hex"`
	Expect json.RawMessage `json:"expect"`
	Note   string          `json:"note"`
	frame  []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	out, err := loadVectors()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// loadVectors reads the file once; nobody changes what it gives.
var loadVectors = sync.OnceValues(func() (out []vector, err error) {
	f, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var v vector
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			return nil, err
		}
		if v.frame, err = hex.DecodeString(v.Raw); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if len(out) < 900 {
		return nil, fmt.Errorf("%d vectors, want more than 900", len(out))
	}
	return out, in.Err()
})

// vectorOptions has the keys with which the vectors were made.
func vectorOptions(t testing.TB) Options {
	t.Helper()
	channels := []Channel{{"Public", PublicChannelKey()}}
	for _, name := range []string{"#bot", "#test", "#six77", "#aa", "#LongFast", "#büro", "#emoji-🌲", "#a", "#c91"} {
		channels = append(channels, Channel{name, HashtagKey(name)})
	}
	psk32, err := ParseChannelKey("0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20")
	if err != nil {
		t.Fatal(err)
	}
	var secrets []Secret
	for _, s := range []string{
		"4AEFB8954166C9E346ECEEDB93008B1E1B07B5932CE3C19BEB9052A18468FC60",
		"D78CBA0F5148D097EE9F7E1DF75462244A050013F14FAC1C2964B3DDF8B55058",
		"FA3E40C00AACDAD37C94B1BBF4DD5E34580DCF312FE676A46FF210968BEF8B30",
	} {
		k, err := ParseSecret(s)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, k)
	}
	return Options{
		Ring:    NewKeyRing(append(channels, Channel{"psk32", psk32})),
		Regions: []string{"#europe", "#ottawa", "#test", "#usa", "#sf", "#Europe", "#nl", "#de-by", "#bayarea", "#belgium", "#zürich", "#west", "#wa"},
		Secrets: secrets,
	}
}

// decodeJSON keeps numbers as they are written.
func decodeJSON(t testing.TB, b []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVectorsAgreeInEveryKey(t *testing.T) {
	opts := vectorOptions(t)
	for _, v := range vectors(t) {
		b, err := json.Marshal(Describe(v.frame, opts))
		if err != nil {
			t.Fatal(err)
		}
		got, want := decodeJSON(t, b), decodeJSON(t, v.Expect)
		if _, refused := got["partial"]; !refused {
			checkAirtime(t, v, got)
		}
		delete(got, "airtime_ms")
		delete(got, "partial")
		if e, ok := got["error"].(map[string]any); ok {
			delete(e, "offset")
		}
		for _, diff := range differences("", got, want) {
			t.Errorf("%s (%s): %s\n%s", v.Name, v.Note, diff, v.Raw)
		}
	}
}

func checkAirtime(t *testing.T, v vector, got map[string]any) {
	t.Helper()
	if len(v.frame) == 0 || len(v.frame) > MaxFrame {
		return
	}
	want := fmt.Sprint(float64(DefaultPreset().Airtime(len(v.frame)).Microseconds()) / 1000)
	if fmt.Sprint(got["airtime_ms"]) != want {
		t.Errorf("%s: airtime_ms is %v, want %s", v.Name, got["airtime_ms"], want)
	}
}

// differences names the keys in which two objects differ.
func differences(at string, got, want map[string]any) (out []string) {
	for k, w := range want {
		g, ok := got[k]
		gm, isObject := g.(map[string]any)
		wm, wantObject := w.(map[string]any)
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s%s: missing, want %v", at, k, w))
		case isObject && wantObject:
			out = append(out, differences(at+k+".", gm, wm)...)
		case !reflect.DeepEqual(g, w):
			out = append(out, fmt.Sprintf("%s%s: got %v, want %v", at, k, g, w))
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			out = append(out, fmt.Sprintf("%s%s: got %v, want none", at, k, g))
		}
	}
	return out
}
