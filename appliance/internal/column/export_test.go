package column

import "fmt"

// Sizes says how many bytes each section has for an observation.
func (h *Hour) Sizes() string {
	out := fmt.Sprintf("%d reporters, widths %v:", len(h.list), h.widths)
	for i, s := range h.where {
		out += fmt.Sprintf(" %s %.2f", sectionNames[i], float64(s.to-s.from)/float64(h.obs))
	}
	return out
}
