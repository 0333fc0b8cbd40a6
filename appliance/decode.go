package main

import (
	"bufio"
	"fmt"
	"io"
)

// readLine reads one line, or all there is before the end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReaderSize(r, 4096).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return line, nil
}
