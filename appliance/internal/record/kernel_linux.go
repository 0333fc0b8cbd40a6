package record

import "golang.org/x/sys/unix"

// kernelSynchronised asks the kernel whether something, such as an NTP client,
// keeps its clock right.
func kernelSynchronised() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
