package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// said is an index of random texts, and the same texts by themselves, newest
// first.
func said(r *rand.Rand, n int) (*Channels, []mesh.Message) {
	x := NewChannels(meshcore.NewKeyRing(nil))
	channels, senders := []string{"Public", "#ferry"}, []string{"Ada", "Bob", "ÅSA", ""}
	words := []string{"rain", "Rain", "STRAẞE", "straße", "ferry late", "кот", "КОТ", "🐢", "a\nb"}
	var all []mesh.Message
	for i := range n {
		hour := uint32(490_000 + i*6/n)
		first := mesh.HourStart(hour) + r.Int64N(mesh.HourMS+lateFirst) - lateFirst
		m := mesh.Message{Channel: channels[r.IntN(2)], Sender: senders[r.IntN(4)], Text: words[r.IntN(len(words))] + " " + words[r.IntN(len(words))],
			Tx: uint64(i + 1), First: first, Copies: 1}
		x.apply(&Event{Hour: hour, Tx: m.Tx, Type: meshcore.TypeGrpTxt, Payload: []byte{1}, First: first, Was: first, New: true,
			Text: &Text{Channel: m.Channel, Sender: m.Sender, Text: m.Text}})
		all = append(all, m)
	}
	slices.SortFunc(all, newer)
	return x, all
}

// What is found is what looking at every text finds, page for page.
func TestFindAgreesWithEveryText(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	x, all := said(r, 600)
	at := func(i int) mesh.Cursor { return mesh.Cursor{First: all[i].First, ID: all[i].Tx} }
	for n := range 400 {
		q := TextQuery{Limit: 1 + r.IntN(30)}
		if r.IntN(2) == 0 {
			q.Channel = "Public"
		}
		if r.IntN(3) == 0 {
			q.Sender = "ÅSA"
		}
		q.Words = [][]string{nil, {"RAIN"}, {"straße"}, {"кот", "rain"}, {"åsa"}, {"ferry late"}, {"nowhere"}, {""}}[r.IntN(8)]
		if r.IntN(3) == 0 {
			q.From = all[r.IntN(len(all))].First
		}
		if r.IntN(3) == 0 {
			q.To = all[r.IntN(len(all))].First
		}
		switch r.IntN(3) {
		case 0:
			q.Before = at(r.IntN(len(all)))
		case 1:
			q.After = at(r.IntN(len(all)))
		}
		want := plainFind(all, q)
		if got := x.Find(q); !reflect.DeepEqual(got, want) {
			t.Fatalf("query %d, %+v:\ngot  %+v\nwant %+v", n, q, got, want)
		}
	}
}

func plainFind(all []mesh.Message, q TextQuery) (out TextsFound) {
	var wanted []mesh.Message
	for _, m := range all {
		ok := (q.Channel == "" || m.Channel == q.Channel) && (q.Sender == "" || m.Sender == q.Sender) && (q.From == 0 || m.First >= q.From) && (q.To == 0 || m.First < q.To)
		for _, w := range q.Words {
			ok = ok && strings.Contains(strings.ToLower(m.Text+"\n"+m.Sender), strings.ToLower(w))
		}
		if ok {
			wanted = append(wanted, m)
		}
	}
	out.Total = len(wanted)
	is := func(m mesh.Message, c mesh.Cursor) int { return newer(m, mesh.Message{First: c.First, Tx: c.ID}) }
	switch {
	case q.Before != (mesh.Cursor{}):
		for out.Newer < len(wanted) && is(wanted[out.Newer], q.Before) <= 0 {
			out.Newer++
		}
	case q.After != (mesh.Cursor{}):
		n := 0
		for n < len(wanted) && is(wanted[n], q.After) < 0 {
			n++
		}
		wanted = wanted[:n]
		out.Newer = max(0, n-q.Limit)
	}
	if rows := wanted[out.Newer:]; len(rows) > 0 {
		out.Rows = rows[:min(len(rows), q.Limit)]
	}
	return out
}

// Lines that have a word are found as they are when each is looked through, at
// their beginnings and ends and in words that would go over both.
func TestLinesHavingAWord(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	some := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aAbBzZ@[1 "[r.IntN(10)]
		}
		return b
	}
	found := 0
	for range 3000 {
		lines := make([][]byte, r.IntN(20))
		for i := range lines {
			lines[i] = some(r.IntN(12))
		}
		f := fold(len(lines), 0, func(dst []byte, i int) []byte { return appendFolded(dst, lines[i]) })
		word := appendFolded(nil, some(1+r.IntN(4)))
		if r.IntN(8) == 0 {
			word[r.IntN(len(word))] = foldedEnd
		}
		var got, want []int
		f.having(word, func(i int) { got = append(got, i) })
		for i, line := range lines {
			if strings.Contains(strings.ToLower(string(line)), string(word)) {
				want = append(want, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q in %q: got %v, want %v", word, lines, got, want)
		}
		found += len(want)
	}
	if found < 1000 {
		t.Errorf("only %d were in", found)
	}
}

// What comes in after a search is found by the next one, and by nothing else.
func TestWordsFollowWhatComesIn(t *testing.T) {
	x := NewChannels(meshcore.NewKeyRing(nil))
	for i := range 200 {
		hour := uint32(490_000 + i%3)
		say := func(tx int, isNew bool) {
			x.apply(&Event{Hour: hour, Tx: uint64(tx), Type: meshcore.TypeGrpTxt, Payload: []byte{1}, First: mesh.HourStart(hour), Was: mesh.HourStart(hour), New: isNew,
				Text: &Text{Channel: "Public", Sender: fmt.Sprintf("Ann %d", tx), Text: fmt.Sprintf("Number %d.", tx)}})
		}
		say(i, true)
		say(i/2, false) // a copy of another
		for _, words := range [][]string{{fmt.Sprintf("number %d.", i)}, {fmt.Sprintf("ANN %d", i), fmt.Sprint(i, ".")}} {
			if got := x.Find(TextQuery{Words: words, Limit: 2}); got.Total != 1 || len(got.Rows) != 1 || got.Rows[0].Tx != uint64(i) {
				t.Fatalf("%q after text %d: got %+v", words, i, got)
			}
		}
	}
	if got := x.Find(TextQuery{Words: []string{"number"}}).Total; got != 200 {
		t.Errorf("got %d", got)
	}
}

func TestTextsSince(t *testing.T) {
	x, all := said(rand.New(rand.NewPCG(8, 8)), 300)
	times := map[string]int64{"Public": all[40].First, "#ferry": all[299].First - 1, "unheard": 5}
	want := map[string]int{}
	for _, m := range all {
		if m.First > times[m.Channel] {
			want[m.Channel]++
		}
	}
	if got := x.Since(times); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := x.Since(nil); len(got) != 0 {
		t.Errorf("of no channel: got %v", got)
	}
}

// What is given of a hash byte is every packet of it, opened or not.
func TestPacketsOfAHashByte(t *testing.T) {
	key, locked := meshcore.HashtagKey("#open"), meshcore.ChannelKey{}
	for n := 0; locked.IsZero() || locked.HashByte() != key.HashByte(); n++ {
		locked = must(meshcore.NewChannelKey([]byte(fmt.Sprintf("%016d", n))))
	}
	x := NewChannels(meshcore.NewKeyRing([]meshcore.Channel{{Name: "#open", Key: key}, {Name: "Public", Key: meshcore.PublicChannelKey()}}))
	r := rand.New(rand.NewPCG(3, 3))
	var want []mesh.Message
	for i := range 90 {
		k := []meshcore.ChannelKey{key, locked, meshcore.PublicChannelKey()}[i%3]
		p := groupText(k, "Ada", fmt.Sprint(i))
		e := copyOf(uint64(i+1), p, int64(i/30)*mesh.HourMS+r.Int64N(mesh.HourMS))
		x.apply(&e)
		if i%3 < 2 {
			want = append(want, mesh.Message{Tx: e.Tx, First: e.First})
		}
	}
	slices.SortFunc(want, newer)
	var c mesh.Cursor
	for n := 0; n < len(want); {
		ids, total := x.OfByte(key.HashByte(), c, 7)
		if total != len(want) || len(ids) != min(7, len(want)-n) {
			t.Fatalf("after %d: %d of %d", n, len(ids), total)
		}
		for _, id := range ids {
			if id != want[n].Tx {
				t.Fatalf("packet %d: got %d, want %d", n, id, want[n].Tx)
			}
			c = mesh.Cursor{First: want[n].First, ID: id}
			n++
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", "  rain  again ": `["rain" "again"]`, `x "ferry late" y`: `["x" "ferry late" "y"]`, `"open phrase`: `["open phrase"]`, `""`: "[]",
	} {
		if got := fmt.Sprintf("%q", Words(text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	x, _ := said(rand.New(rand.NewPCG(9, 9)), 100_000)
	for b.Loop() {
		x.Find(TextQuery{Words: []string{"кот", "rain"}, Limit: 50})
	}
}

func BenchmarkFindPlain(b *testing.B) {
	x := NewChannels(meshcore.NewKeyRing(nil))
	for i := range 40_000 {
		hour := uint32(490_000 + i/240)
		x.apply(&Event{Hour: hour, Tx: uint64(i + 1), Type: meshcore.TypeGrpTxt, Payload: []byte{1}, First: mesh.HourStart(hour), Was: mesh.HourStart(hour), New: true,
			Text: &Text{Channel: "Public", Sender: fmt.Sprint("Sender ", i%300), Text: "Anybody hear the repeater on the Hill today? Nothing since noon here."}})
	}
	b.ReportAllocs()
	for b.Loop() {
		x.Find(TextQuery{Words: []string{"Poulsbo", "R2"}, Limit: 6})
	}
}

// newer orders messages as lists show them: newest first.
func newer(a, b mesh.Message) int {
	return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.Tx, a.Tx))
}
