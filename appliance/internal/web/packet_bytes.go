package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

const dumpWidth = 16 // bytes of a line, in two halves

// sectionLook is how the bytes of a section are marked: one of a few styles,
// since order and captions tell them apart.
func sectionLook(s meshcore.Section) (class, name string) {
	looks := map[meshcore.Section][2]string{
		meshcore.SectionHeader:     {"header", "Header"},
		meshcore.SectionTransport:  {"transport", "Transport codes"},
		meshcore.SectionPathLen:    {"pathlen", "Path length"},
		meshcore.SectionPath:       {"path", "Path"},
		meshcore.SectionPayload:    {"payload", "Payload"},
		meshcore.SectionKey:        {"key", "Public key"},
		meshcore.SectionTimestamp:  {"time", "Timestamp"},
		meshcore.SectionSignature:  {"signature", "Signature"},
		meshcore.SectionFlags:      {"flags", "Flags"},
		meshcore.SectionPosition:   {"position", "Position"},
		meshcore.SectionFeature:    {"flags", "Features"},
		meshcore.SectionName:       {"name", "Name"},
		meshcore.SectionHash:       {"key", "Hash bytes"},
		meshcore.SectionMAC:        {"signature", "MAC"},
		meshcore.SectionCiphertext: {"payload", "Encrypted"},
		meshcore.SectionAck:        {"signature", "ACK code"},
		meshcore.SectionTag:        {"name", "Tag"},
		meshcore.SectionSNR:        {"path", "SNR"},
		meshcore.SectionText:       {"name", "Text"},
		meshcore.SectionData:       {"payload", "Data"},
		meshcore.SectionPadding:    {"unread", "Padding"},
		meshcore.SectionUnread:     {"unread", "Not read"},
	}
	look, ok := looks[s]
	if !ok {
		return "payload", string(s)
	}
	return look[0], look[1]
}

// frameView is one description of a run of bytes three ways: as a legend, as a
// dump, and as a table of fields. The prefix tells the ids of several frames on
// a page apart.
func frameView(prefix string, d meshcore.Description, frame []byte) (legend []ui.HexMark, dump []ui.HexLine, fields []ui.FieldRow) {
	last := meshcore.Section("")
	for i, f := range d.Fields {
		class, name := sectionLook(f.Section)
		row := fieldRow(f, fieldID(prefix, i), class)
		if f.Section != last {
			row.Head = name
			last = f.Section
		}
		fields = append(fields, row)
		legend = addMark(legend, class, name, f.Len)
	}
	for i := range legend {
		legend[i].Bytes = fmt.Sprintf("%s B", legend[i].Bytes)
	}
	return legend, hexDump(prefix, frame, d.Fields), fields
}

// plainFields are the fields of what was decrypted. The dump does not show
// them: their offsets are of another run of bytes.
func plainFields(d meshcore.Description) []ui.FieldRow {
	_, _, fields := frameView("", meshcore.Description{Fields: d.Plain}, d.Plaintext)
	for i := range fields {
		fields[i].ID = ""
	}
	return fields
}

// addMark counts the bytes of a section; Bytes holds the bare number.
func addMark(legend []ui.HexMark, class, name string, n int) []ui.HexMark {
	i := slices.IndexFunc(legend, func(m ui.HexMark) bool { return m.Name == name })
	if i < 0 {
		return append(legend, ui.HexMark{Class: class, Name: name, Bytes: fmt.Sprint(n)})
	}
	var have int
	fmt.Sscan(legend[i].Bytes, &have)
	legend[i].Bytes = fmt.Sprint(have + n)
	return legend
}

func fieldID(prefix string, i int) string { return fmt.Sprintf("%sf%d", prefix, i) }

func fieldRow(f meshcore.Field, id, class string) ui.FieldRow {
	row := ui.FieldRow{
		ID: id, Class: class, Offset: fmt.Sprint(f.Offset), Length: fmt.Sprintf("%d B", f.Len),
		Name: f.Name, Value: clean(f.Value, 400), Note: clean(f.Note, 400),
	}
	row.Code = f.Len > 0 && isHexOf(f.Value, f.Len)
	if n, err := strconv.ParseUint(f.Value, 10, 32); f.Section == meshcore.SectionTag && f.Note == "" && err == nil {
		row.Note = fmt.Sprintf("%08X in hex", n)
	}
	b, err := strconv.ParseUint(f.Value, 16, 8)
	for _, p := range f.Parts {
		if err == nil {
			row.Bits = append(row.Bits, ui.BitRow{Bits: bitsOf(byte(b), p.Mask), Name: p.Name, Value: p.Value})
		}
	}
	return row
}

// isHexOf tells that a value is the bytes themselves.
func isHexOf(s string, n int) bool {
	return len(s) == 2*n && strings.Trim(s, "0123456789ABCDEF") == ""
}

// bitsOf draws the bits of a byte that a value takes, and a dot for each other
// one: "..0101.." reads from bit 7 down.
func bitsOf(value, mask byte) string {
	var b strings.Builder
	for i := 7; i >= 0; i-- {
		switch bit := byte(1 << i); {
		case mask&bit == 0:
			b.WriteByte('.')
		case value&bit == 0:
			b.WriteByte('0')
		default:
			b.WriteByte('1')
		}
	}
	return b.String()
}

// hexDump marks every byte with the field it belongs to.
func hexDump(prefix string, frame []byte, fields []meshcore.Field) (lines []ui.HexLine) {
	owner := make([]int, len(frame))
	for i := range owner {
		owner[i] = -1
	}
	for i, f := range fields {
		for at := max(f.Offset, 0); at < min(f.Offset+f.Len, len(frame)); at++ {
			owner[at] = i
		}
	}
	for start := 0; start < len(frame); start += dumpWidth {
		end := min(start+dumpWidth, len(frame))
		line := ui.HexLine{Offset: fmt.Sprintf("%04X", start), ASCII: asciiOf(frame[start:end])}
		for at := start; at < end; {
			to := at + 1
			for to < end && owner[to] == owner[at] && to != start+dumpWidth/2 {
				to++
			}
			run := hexRun(prefix, frame[at:to], owner[at], fields)
			run.Half = at == start+dumpWidth/2
			line.Cells = append(line.Cells, run)
			at = to
		}
		lines = append(lines, line)
	}
	return lines
}

func hexRun(prefix string, b []byte, owner int, fields []meshcore.Field) ui.HexRun {
	words := make([]string, len(b))
	for i, v := range b {
		words[i] = fmt.Sprintf("%02X", v)
	}
	run := ui.HexRun{Class: "unread", Bytes: strings.Join(words, " ")}
	if owner >= 0 {
		f := fields[owner]
		run.Class, _ = sectionLook(f.Section)
		run.Title, run.Field = f.Name, fieldID(prefix, owner)
	}
	return run
}

func asciiOf(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if out[i] = '.'; c >= 0x20 && c < 0x7f {
			out[i] = c
		}
	}
	return string(out)
}

// describedJSON is the description as the decode command prints it, indented.
// Keys and secrets are left out: a page is shown to others.
func describedJSON(d meshcore.Description) string {
	raw, err := withoutKeys(d.Object()).MarshalJSON()
	if err != nil {
		return ""
	}
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return ""
	}
	return escaped(out.String())
}

// escaped writes the signs that turn text around, and the controls that JSON
// leaves as they are, as its escapes.
func escaped(s string) string {
	unfit := func(r rune) bool { return turnsText(r) || unicode.IsControl(r) && r != '\n' }
	if !strings.ContainsFunc(s, unfit) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unfit(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func withoutKeys(o meshcore.Object) (out meshcore.Object) {
	for _, m := range o {
		if m.Key == "key" || m.Key == "secret" {
			continue
		}
		if inner, ok := m.Value.(meshcore.Object); ok {
			m.Value = withoutKeys(inner)
		}
		out = append(out, m)
	}
	return out
}
