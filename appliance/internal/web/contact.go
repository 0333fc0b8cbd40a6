package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"

	"rsc.io/qr"
)

// contactURI is the link by which apps add a node; "" while it has not said what
// it is, which they ask for.
func contactURI(n mesh.Node) string {
	if n.Role < meshcore.RoleCompanion || n.Role > meshcore.RoleSensor {
		return ""
	}
	return meshcore.ContactURI(meshcore.Contact{Name: n.Name, Key: n.Key, Role: n.Role})
}

// contactCode is that link of a node, by its whole key, as a picture for the
// camera of a phone.
func (s *Server) contactCode(w http.ResponseWriter, r *http.Request) {
	h, ok := s.held()
	if !ok {
		http.Error(w, "The nodes are being loaded.", http.StatusServiceUnavailable)
		return
	}
	key, err := meshcore.ParsePublicKey(strings.ToLower(r.PathValue("key")))
	if err != nil {
		http.Error(w, "A node is asked for by its whole key, 64 hex digits.", http.StatusBadRequest)
		return
	}
	n, ok := h.Store.Node(key)
	uri := contactURI(n)
	if !ok || uri == "" {
		http.Error(w, "This node has not said yet what it is.", http.StatusNotFound)
		return
	}
	code, err := qr.Encode(uri, qr.M)
	if err != nil {
		http.Error(w, fmt.Sprintf("Its name is too long for a picture: %v", err), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-cache")
	io.WriteString(w, codeSVG(code))
}

// quiet is the margin that readers of QR codes need, in modules.
const quiet = 4

// codeSVG draws a QR code, black on white in either theme, a path of one
// rectangle for each run of modules in a row.
func codeSVG(code *qr.Code) string {
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
		}
	}
	side := code.Size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, 6*side, 6*side, side, side, path.String())
}
