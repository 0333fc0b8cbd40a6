package meshcore

import "fmt"

// Reasons for which a frame or payload is refused. The strings are stable.
const (
	ReasonEmpty              = "empty"               // no bytes
	ReasonFrameTooLong       = "frame_too_long"      // more than a radio delivers
	ReasonUnsupportedVersion = "unsupported_version" // payload version other than 0
	ReasonReservedHashSize   = "reserved_hash_size"  // path length byte of 0xC0 and more
	ReasonPathTooLong        = "path_too_long"       // more than 64 bytes announced
	ReasonTooShort           = "too_short"           // ends before the path length byte
	ReasonTruncatedPath      = "truncated_path"      // ends within the path
	ReasonPayloadTooLong     = "payload_too_long"    // more than 184 bytes
	ReasonEmptyPayload       = "empty_payload"       // of [ParseKept] alone

	ReasonPayloadTooShort = "payload_too_short" // less than its type needs
	ReasonInnerTooShort   = "inner_too_short"   // of a MULTIPART: less than the packet in it needs
	ReasonBadSignature    = "bad_signature"     // of an ADVERT; found by [Describe], not by [ParseAdvert]
)

// FrameError says why the firmware's radio layer drops a frame.
type FrameError struct {
	Reason string // one of the Reason constants
	Offset int    // byte of the frame at which reading ended
	Detail string // numbers for a person; may be empty
}

// Error gives reason, offset and detail.
func (e *FrameError) Error() string {
	return fmt.Sprintf("frame: %s at byte %d%s", e.Reason, e.Offset, detailSuffix(e.Detail))
}

// PayloadError says why a payload cannot be what its type claims.
type PayloadError struct {
	Reason string // one of the Reason constants
	Offset int    // byte at which reading ended; of the payload, of the frame in a [Description]
	Detail string // numbers for a person; may be empty
}

// Error gives reason, offset and detail.
func (e *PayloadError) Error() string {
	return fmt.Sprintf("payload: %s at byte %d%s", e.Reason, e.Offset, detailSuffix(e.Detail))
}

func detailSuffix(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
