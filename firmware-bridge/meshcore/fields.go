package meshcore

import "strconv"

// Section groups the fields of a frame for colours and headings.
type Section string

// The sections. Those from SectionText on occur in plaintexts too.
const (
	SectionHeader     Section = "header"
	SectionTransport  Section = "transport"
	SectionPathLen    Section = "pathlen"
	SectionPath       Section = "path"
	SectionPayload    Section = "payload" // not taken apart
	SectionKey        Section = "key"
	SectionTimestamp  Section = "timestamp"
	SectionSignature  Section = "signature"
	SectionFlags      Section = "flags"
	SectionPosition   Section = "position"
	SectionFeature    Section = "feature"
	SectionName       Section = "name"
	SectionHash       Section = "hash" // first byte of a key
	SectionMAC        Section = "mac"
	SectionCiphertext Section = "ciphertext"
	SectionAck        Section = "ack"
	SectionTag        Section = "tag"
	SectionSNR        Section = "snr"
	SectionText       Section = "text"
	SectionData       Section = "data"
	SectionPadding    Section = "padding"
	SectionUnread     Section = "unread" // beyond what the firmware reads
)

// Field is a run of bytes that means one thing. The fields of a description
// cover every byte, in order, without overlap.
type Field struct {
	Name    string
	Offset  int // of the first byte
	Len     int // bytes
	Section Section
	Value   string // for a person; bytes are upper-case hex
	Note    string // what the value means; may be empty
	Parts   []Part // of a byte that holds several values
}

// Part is some bits of a one-byte field.
type Part struct {
	Name  string
	Mask  byte
	Value string
}

// recorder collects the fields that a reader gives out.
type recorder struct{ fields []Field }

func (c *recorder) add(name string, s Section, offset int, b []byte) {
	c.fields = append(c.fields, Field{Name: name, Offset: offset, Len: len(b), Section: s, Value: upperHex(b)})
}

// number sets the value of the last field.
func (c *recorder) number(v uint64) {
	if n := len(c.fields); n > 0 {
		c.fields[n-1].Value = strconv.FormatUint(v, 10)
	}
}

// note explains the last field of that name, if there is one. A nil recorder
// ignores it.
func (c *recorder) note(name, value, note string, parts ...Part) {
	if c == nil {
		return
	}
	for i := len(c.fields) - 1; i >= 0; i-- {
		if f := &c.fields[i]; f.Name == name {
			if value != "" {
				f.Value = value
			}
			f.Note, f.Parts = note, parts
			return
		}
	}
}
