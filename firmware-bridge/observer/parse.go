package observer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tidwall/gjson"
)

// Parse understands one message. It never fails: what cannot be used comes
// back as malformed or ignored, with the reason. It keeps nothing of the
// payload's memory, holds no state and may run in any number of goroutines.
func Parse(e Envelope, o Options) (m Message) {
	m.Retained, m.Time = e.Retained, receiptTime(e.Arrived)
	t := parseTopic(e.Topic)
	switch {
	case t.form == formBad:
		m.malformed(BadTopic)
	case t.form == formIgnored:
		m.ignore(t.reason)
	case len(e.Payload) > maxPayload:
		m.malformed(TooLarge)
	default:
		parseBody(&m, t, e, o)
	}
	return m
}

// parseBody opens the payload and hands it to the reader of its form.
func parseBody(m *Message, t topic, e Envelope, o Options) {
	object, repaired, reason := openObject(e.Payload)
	switch {
	case reason == EmptyPayload:
		m.ignore(EmptyPayload)
		return
	case reason != "" && t.form == formText:
		m.ignore(BridgeEvent)
		return
	case reason != "" && t.bridge:
		m.ignore(BridgeStatus)
		return
	case reason != "":
		m.malformed(reason)
		return
	}
	if repaired {
		m.warn(WarnJSONRepaired)
	}
	switch t.form {
	case formClient:
		parseClient(m, t, object, e, o)
	case formText:
		parseText(m, t, object)
	default:
		parseFeed(m, t, object, e, o)
	}
}

// parseFeed reads an observer's message.
func parseFeed(m *Message, t topic, object string, e Envelope, o Options) {
	switch {
	case t.kind == feedPackets && e.Retained:
		m.ignore(RetainedPacket)
	case t.kind == feedNeighbors && e.Retained:
		m.ignore(ReplayedSnapshot)
	case t.kind == feedPackets:
		parsePacket(m, t, object, e, o)
	case t.kind == feedStatus:
		parseStatus(m, t, object, e, o)
	default:
		parseNeighbors(m, t, object, e, o)
	}
}

// head is what every observer's message may hold.
type head struct {
	origin, originID, name, region member
	timestamp, clock, date         member
	first, second                  string // names of the first two members, which give the dialect away
	n                              int
}

// take notes a member of the object; it reports whether it was one of its own.
// Of a name that occurs twice the last counts.
func (h *head) take(key string, v member) bool {
	switch h.n++; h.n {
	case 1:
		h.first = key
	case 2:
		h.second = key
	}
	switch key {
	case "origin":
		h.origin = v
	case "origin_id":
		h.originID = v
	case "name":
		h.name = v
	case "region":
		h.region = v
	case "timestamp":
		h.timestamp = v
	case "time":
		h.clock = v
	case "date":
		h.date = v
	default:
		return false
	}
	return true
}

// identify sets observer, region and name. It is false, with the message
// ended, if there is no observer that can be believed.
func (h *head) identify(m *Message, t topic, e Envelope, o Options) bool {
	h.place(m, t, o)
	name, bad := clean(str(either(h.origin, h.name)), maxName)
	m.Name = keep(name)
	if bad {
		m.warn(WarnBadUTF8)
	}
	claimed := trimBlanks(str(h.originID))
	switch {
	case isKey(t.id):
		m.Observer = upper(t.id)
		if !isKey(claimed) || strings.EqualFold(claimed, t.id) {
			break
		}
		if o.OwnBroker {
			m.malformed(OriginMismatch)
			return false
		}
		m.warn(WarnOriginMismatch)
	case isKey(claimed):
		m.Observer = upper(claimed)
		m.warn(WarnObserverFromBody)
		if isNameHash(m.Observer, str(h.origin)) {
			m.warn(WarnObserverIsNameHash)
		}
	case o.Trust && freeForm(t.id) != "":
		m.Observer = keep(freeForm(t.id))
	case o.Trust && freeForm(claimed) != "":
		m.Observer = keep(freeForm(claimed))
		m.warn(WarnObserverFromBody)
	case t.none && claimed == "":
		m.ignore(NoObserverIdentity)
		return false
	default:
		m.malformed(BadObserverID)
		return false
	}
	if o.OwnBroker && isKey(e.Login) && isKey(m.Observer) && !strings.EqualFold(e.Login, m.Observer) {
		m.malformed(OriginMismatch)
		return false
	}
	return true
}

// place sets the region: the topic's, else the source's, else what the payload
// claims, which nothing vouches for.
func (h *head) place(m *Message, t topic, o Options) {
	region, w := parseRegion(t.region)
	if w != "" {
		m.warn(w)
	}
	claimed, _ := parseRegion(str(h.region))
	if claimed != "" {
		m.warn(WarnRegionInPayload)
	}
	switch {
	case region != "":
	case o.DefaultRegion != "":
		region = o.DefaultRegion
	case !o.OwnBroker:
		region = claimed
	}
	m.Region = keep(region)
}

func (h *head) claim(d Dialect) claim {
	return claim{stamp: content(h.timestamp), clock: str(h.clock), date: str(h.date), dialect: d}
}

// freeForm is an observer id that is no key, cleaned; "" if it is one of the
// placeholders that many share.
func freeForm(id string) string {
	id, _ = clean(id, maxName)
	switch strings.ToUpper(id) {
	case "UNKNOWN", "DEVICE":
		return ""
	}
	return id
}

// isNameHash recognises the substitute for an unknown key: SHA-256 of the name.
func isNameHash(id, name string) bool {
	sum := sha256.Sum256([]byte(name))
	var want [32]byte
	n, err := hex.Decode(want[:], []byte(id))
	return err == nil && n == len(want) && sum == want
}

// upper is an upper-case copy.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 0x20
		}
	}
	return string(b)
}

// eachMember calls fn for every member of a valid object, in order.
func eachMember(object string, fn func(key string, v member)) {
	gjson.Parse(object).ForEach(func(k, v member) bool {
		fn(k.Str, v)
		return true
	})
}
