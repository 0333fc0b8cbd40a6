package meshcore

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

const uriScheme = "meshcore://"

// Contact is a node as apps share it.
type Contact struct {
	Name string
	Key  PublicKey
	Role Role
}

// ChannelURI is the link by which apps add a channel:
//
//	meshcore://channel/add?name=NAME&secret=HEX
//
// Whoever sees it can read the channel.
func ChannelURI(c Channel) string {
	q := url.Values{"name": {c.Name}, "secret": {c.Key.String()}}
	return uriScheme + "channel/add?" + q.Encode()
}

// ParseChannelURI reads a link of the form of [ChannelURI]. Apps since 1.47 may add a scope to it: see
// [ChannelURIScope].
func ParseChannelURI(s string) (Channel, error) {
	q, err := uriQuery(s, "channel/add")
	if err != nil {
		return Channel{}, err
	}
	k, err := ParseChannelKey(q.Get("secret"))
	return Channel{Name: q.Get("name"), Key: k}, err
}

// ChannelURIScope is the region in whose scope the app that made the link
// writes to the channel, "" if it says none.
func ChannelURIScope(s string) string {
	q, err := uriQuery(s, "channel/add")
	if err != nil {
		return ""
	}
	return q.Get("region_scope")
}

// ContactURI is the link by which apps add a node, the type being a [Role]:
//
//	meshcore://contact/add?name=NAME&public_key=HEX&type=N
func ContactURI(c Contact) string {
	q := url.Values{"name": {c.Name}, "public_key": {c.Key.String()}, "type": {strconv.Itoa(int(c.Role))}}
	return uriScheme + "contact/add?" + q.Encode()
}

// ParseContactURI reads a link of the form of [ContactURI]. The type may be
// missing.
func ParseContactURI(s string) (Contact, error) {
	q, err := uriQuery(s, "contact/add")
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Name: q.Get("name")}
	if t := q.Get("type"); t != "" {
		n, err := strconv.ParseUint(t, 10, 4)
		if err != nil {
			return c, fmt.Errorf("contact type: %w", err)
		}
		c.Role = Role(n)
	}
	c.Key, err = ParsePublicKey(q.Get("public_key"))
	return c, err
}

func uriQuery(s, path string) (url.Values, error) {
	query, ok := strings.CutPrefix(s, uriScheme+path+"?")
	if !ok {
		return nil, fmt.Errorf("link: does not begin with %s%s?", uriScheme, path)
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return q, nil
}

// CardURI is a node's business card: "meshcore://" and the frame of its advert
// in hex. A node's own has no hops; that of a contact has the path by which its
// advert came.
func CardURI(advert Packet) string { return uriScheme + upperHex(advert.AppendTo(nil)) }

// ParseCardURI reads a business card, by the rules of [ParseKept]. The signature
// is not checked: see [Advert.Verify].
func ParseCardURI(s string) (Packet, Advert, error) {
	digits, ok := strings.CutPrefix(s, uriScheme)
	if !ok {
		return Packet{}, Advert{}, fmt.Errorf("link: does not begin with %s", uriScheme)
	}
	frame, err := hex.DecodeString(digits)
	if err != nil {
		return Packet{}, Advert{}, fmt.Errorf("business card: %w", err)
	}
	p, err := ParseKept(frame)
	if err != nil {
		return p, Advert{}, fmt.Errorf("business card: %w", err)
	}
	if p.Type != TypeAdvert {
		return p, Advert{}, fmt.Errorf("business card: holds %s, not ADVERT", p.Type)
	}
	a, err := ParseAdvert(p.Payload)
	if err != nil {
		return p, a, fmt.Errorf("business card: %w", err)
	}
	return p, a, nil
}
