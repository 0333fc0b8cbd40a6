package web

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// fill puts something into every member of v, and now and then nothing.
func fill(r *rand.Rand, v reflect.Value) {
	texts := []string{"", "plain", `"quoted" \ and <b>&amp;`, "\x00\x1f\b\f\n\r\t\x7f", "é 中 \U0001F4E1 \u2028\u2029", "\xff broken \xc3", `{"type":"CHAN","text":"a\"b"}`}
	numbers := []float64{0, 1, -0.25, 12.75, 1e-7, -1e-7, 1e-6, 1e20, 1e21, 0.1 + 0.2, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1)}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))] + texts[r.IntN(len(texts))])
	case reflect.Int, reflect.Int16, reflect.Int64:
		v.SetInt(int64(r.IntN(1<<15)) - 1<<14)
	case reflect.Uint32:
		v.SetUint(uint64(r.Uint32()))
	case reflect.Bool:
		v.SetBool(r.IntN(2) > 0)
	case reflect.Float64:
		v.SetFloat(numbers[r.IntN(len(numbers))])
	case reflect.Pointer:
		if v.SetZero(); r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if v.SetZero(); r.IntN(4) > 0 {
			n := r.IntN(4)
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	default:
		panic(v.Kind())
	}
}

func TestRowsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var sent apiTransmission
		var seen apiObservation
		fill(r, reflect.ValueOf(&sent).Elem())
		fill(r, reflect.ValueOf(&seen).Elem())
		for _, v := range []any{sent, seen} {
			if got, want := append(appendRow(nil, v), '\n'), apiJSON(v); !bytes.Equal(got, want) {
				t.Fatalf("have %s\nwant %s", got, want)
			}
		}
	}
}

func TestPayloadsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		var d decodedPayload
		fill(r, reflect.ValueOf(&d).Elem())
		want, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.appendJSON(nil); !bytes.Equal(got, want) {
			t.Fatalf("have %s\nwant %s", got, want)
		}
	}
}

func FuzzAppendText(f *testing.F) {
	f.Add("plain")
	f.Add("\x00\"\\\u2028\xff\xe2\x80")
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := append(appendText(nil, s), '\n'), apiJSON(s); !bytes.Equal(got, want) {
			t.Errorf("have %s, want %s", got, want)
		}
	})
}
