package part

import (
	"bytes"
	"context"
	"testing"

	"github.com/a-h/templ"
)

// What is written by hand is escaped as templates escape it, whatever it is.
func FuzzMarkupText(f *testing.F) {
	for _, s := range []string{"", "plain", `<script>"a" & 'b'</script>`, "&amp;", "é\xff\x00<", `""''<<>>&&`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		if err := Written(func(m *Markup) { m.Raw("<p>").Text(s).Raw("</p>") }).Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if want := "<p>" + templ.EscapeString(s) + "</p>"; b.String() != want {
			t.Errorf("%q: got %q, want %q", s, b.String(), want)
		}
	})
}

// Who has gone is written nothing.
func TestWrittenStopsWhenTheRequestIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b bytes.Buffer
	if err := Tag("x").Render(ctx, &b); err == nil || b.Len() > 0 {
		t.Errorf("got %q, %v", b.String(), err)
	}
}
