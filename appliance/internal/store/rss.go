package store

import (
	"fmt"
	"os"
)

// residentBytes is how much memory the process takes; 0 if the kernel does not
// say.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	var size, resident int64
	if _, serr := fmt.Sscan(string(b), &size, &resident); err != nil || serr != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
