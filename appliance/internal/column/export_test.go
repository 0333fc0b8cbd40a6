package column

import (
	"fmt"
	"hash/crc32"
)

// Sizes says how many bytes each section has for an observation.
func (h *Hour) Sizes() string {
	out := fmt.Sprintf("%d reporters, widths %v:", len(h.list), h.widths)
	for i, s := range h.where {
		out += fmt.Sprintf(" %s %.2f", sectionNames[i], float64(s.to-s.from)/float64(h.obs))
	}
	return out
}

// EncodeNamed is Encode with names behind the rows, as files of version 2 have them.
func EncodeNamed(hour, generation uint32, rows []Row, names string) ([]byte, error) {
	b, err := Encode(hour, generation, rows)
	if err != nil || names == "" {
		return b, err
	}
	var h head
	h.read(b)
	h.names = uint32(len(names))
	where, size := h.layout()
	b = append(b, make([]byte, int(size)-len(b))...)
	copy(b[where[secNames].from:], names)
	h.crc = crc32.Checksum(b[headSize:], castagnoli)
	h.append(b[:0])
	return b, nil
}
