// Package hilltop carries the files that are built into the appliance.
package hilltop

import (
	"embed"
	"io/fs"
)

//go:embed ui/static
var files embed.FS

// Static returns the files served below /static/: style sheets, scripts, icons.
func Static() fs.FS {
	static, err := fs.Sub(files, "ui/static")
	if err != nil {
		panic(err) // the directory is named above
	}
	return static
}
