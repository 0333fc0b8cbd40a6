//go:build !linux

package record

// kernelSynchronised cannot be told here.
func kernelSynchronised() bool { return false }
