package meshcore

import "fmt"

// Reasons for which a frame or payload is refused. The strings are stable.
const (
	ReasonEmpty              = "empty"
	ReasonFrameTooLong       = "frame_too_long"
	ReasonUnsupportedVersion = "unsupported_version"
	ReasonReservedHashSize   = "reserved_hash_size"
	ReasonPathTooLong        = "path_too_long"
	ReasonTooShort           = "too_short"
	ReasonTruncatedPath      = "truncated_path"
	ReasonPayloadTooLong     = "payload_too_long"
	ReasonEmptyPayload       = "empty_payload" // of [ParseKept] alone

	ReasonPayloadTooShort = "payload_too_short"
	ReasonInnerTooShort   = "inner_too_short"
	ReasonBadSignature    = "bad_signature"
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
