package simmesh

// Fault is what is wrong with a message.
type Fault uint8

const (
	Sound          Fault = iota // nothing
	RawTruncated                // the frame is cut off in the middle of a byte
	RawNotHex                   // a character of the frame is no hex digit
	RawMissing                  // no frame at all
	RawBitFlipped               // one bit of the frame's payload differs: decodes, but a signature or MAC may fail
	RawPathLength               // the frame has the reserved size of hops
	SignalUnknown               // SNR and RSSI are the word "Unknown"; the frame is fine
	PayloadNotJSON              // the MQTT payload breaks off
	PayloadEmpty                // the MQTT payload is {}
	faultKinds
)

var faultNames = [faultKinds]string{"sound", "raw_truncated", "raw_not_hex", "raw_missing", "raw_bit_flipped",
	"raw_reserved_path_len", "signal_unknown", "payload_not_json", "payload_empty"}

// String is the fault's name in the lines of paths.
func (f Fault) String() string {
	if f < faultKinds {
		return faultNames[f]
	}
	return "unknown"
}

// Faults lists every fault there is.
func Faults() []Fault {
	list := make([]Fault, 0, faultKinds-1)
	for f := Sound + 1; f < faultKinds; f++ {
		list = append(list, f)
	}
	return list
}
