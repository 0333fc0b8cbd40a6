package meshcore

import "fmt"

// Limits of the firmware, in bytes (MeshCore.h).
const (
	MaxFrame   = 255 // what a radio delivers; the largest legal frame is 254
	MaxPath    = 64  // path
	MaxPayload = 184 // payload
	MaxAppData = 32  // app data of an advert that is signed and read
	MaxHops    = 63  // count that fits the path length byte
)

// Route is how a packet travels: bits 0-1 of the header byte.
type Route byte

// The four routes. Transport means that two scope codes follow the header.
const (
	TransportFlood  Route = 0
	Flood           Route = 1
	Direct          Route = 2
	TransportDirect Route = 3
)

var routeNames = [4]string{"TRANSPORT_FLOOD", "FLOOD", "DIRECT", "TRANSPORT_DIRECT"}

// String is the field's name of the route, "FLOOD" for example.
func (r Route) String() string { return routeNames[r&3] }

// HasTransport reports whether the frame carries the two transport codes.
func (r Route) HasTransport() bool { return r&3 == TransportFlood || r&3 == TransportDirect }

// IsFlood reports whether every relay repeats the packet and appends itself to
// the path. Otherwise the path is the route still to go.
func (r Route) IsFlood() bool { return r&3 == TransportFlood || r&3 == Flood }

func (r Route) withoutTransport() Route {
	if r.IsFlood() {
		return Flood
	}
	return Direct
}

// Type is what the payload holds: bits 2-5 of the header byte.
type Type byte

// The payload types. 12, 13 and 14 are not assigned.
const (
	TypeReq       Type = 0  // request to a server, encrypted
	TypeResponse  Type = 1  // its answer, encrypted
	TypeTxtMsg    Type = 2  // direct text message, encrypted
	TypeAck       Type = 3  // acknowledgement
	TypeAdvert    Type = 4  // signed self-description of a node
	TypeGrpTxt    Type = 5  // text in a channel
	TypeGrpData   Type = 6  // data in a channel
	TypeAnonReq   Type = 7  // request that carries the sender's key, such as a login
	TypePath      Type = 8  // returned path, encrypted
	TypeTrace     Type = 9  // collects the SNR of each hop of a route
	TypeMultipart Type = 10 // one of several packets
	TypeControl   Type = 11 // discovery of neighbours
	TypeRawCustom Type = 15 // bytes of an application
)

var typeNames = [16]string{
	"REQ", "RESPONSE", "TXT_MSG", "ACK", "ADVERT", "GRP_TXT", "GRP_DATA", "ANON_REQ", "PATH", "TRACE",
	"MULTIPART", "CONTROL", "RESERVED_0C", "RESERVED_0D", "RESERVED_0E", "RAW_CUSTOM",
}

// String is the field's name of the type, "GRP_TXT" for example.
func (t Type) String() string { return typeNames[t&15] }

// ParseType is the inverse of [Type.String].
func ParseType(s string) (Type, error) {
	for i, name := range typeNames {
		if s == name {
			return Type(i), nil
		}
	}
	return 0, fmt.Errorf("payload type %q: unknown", s)
}

// Role is what a node says it is: the low four bits of an advert's flags.
type Role byte

// The roles in use. 5 to 15 are not assigned.
const (
	RoleNone      Role = 0
	RoleCompanion Role = 1 // a person's radio; "chat" in the firmware
	RoleRepeater  Role = 2
	RoleRoom      Role = 3 // room server
	RoleSensor    Role = 4
)

var roleNames = [5]string{"none", "companion", "repeater", "room", "sensor"}

// String is the word that people use: "companion" where the firmware says
// "chat". A role that is not assigned reads "type-5".
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("type-%d", byte(r))
}

// firmwareName is the role's name in the firmware.
func (r Role) firmwareName() string {
	if r == RoleCompanion {
		return "chat"
	}
	return r.String()
}
