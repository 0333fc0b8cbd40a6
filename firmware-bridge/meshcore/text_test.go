package meshcore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestFrameFromText(t *testing.T) {
	want := unhex(t, "0D01B8BB40BA70")
	for _, s := range []string{
		"0D01B8BB40BA70", "0d01b8bb40ba70", "  0D 01 B8\tBB 40 BA 70\r\n", "0 D01 B8BB40BA7 0",
		"meshcore://0D01B8BB40BA70", " MeshCore://0d01 b8bb40ba70 ",
	} {
		if got, err := FrameFromText(s); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: got %X %v", s, got, err)
		}
	}
	if got, err := FrameFromText(" "); err != nil || len(got) != 0 {
		t.Errorf("blanks: got %X %v", got, err)
	}
}

func TestFrameFromTextSaysWhere(t *testing.T) {
	for s, want := range map[string]InputError{
		"0D0":                     {ReasonOddDigits, 1, 3},
		" 0D 0 ":                  {ReasonOddDigits, 1, 5},
		"0D0G":                    {ReasonNotHex, 1, 4},
		"é0D":                     {ReasonNotHex, 0, 1},
		"0Dé0":                    {ReasonNotHex, 1, 3},
		"0D\x00":                  {ReasonNotHex, 1, 3},
		"meshcore://0D0x":         {ReasonNotHex, 1, 15},
		" meshcore://channel/add": {ReasonLink, 0, 2},
		"meshcore://contact?name": {ReasonLink, 0, 1},
		"0x0D":                    {ReasonNotHex, 0, 2},
	} {
		var got *InputError
		if _, err := FrameFromText(s); !errors.As(err, &got) || *got != want {
			t.Errorf("%q: got %v, want %v", s, err, &want)
		}
	}
}

func TestKeysAsLinks(t *testing.T) {
	c := Channel{"my friends", HashtagKey("#x")}
	o, err := NewOptions(nil, []string{ChannelURI(c)}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if all := o.Ring.Channels(); all[len(all)-1] != c {
		t.Errorf("got %v", all)
	}
	const secret = "c2VjcmV0IHNlY3JldA"
	for _, bad := range []string{secret, "name=" + secret, "meshcore://channel/add?secret=" + secret, "meshcore://channel/add?%zz" + secret, "%" + secret} {
		if _, err := NewOptions(nil, []string{bad}, nil, ""); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}
