package naming

import (
	"cmp"
	"encoding/binary"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
)

// modelVersion is the first byte of a kept model, and of its log.
const modelVersion = 2

// modelLog is what the model was told, packed:
//
//	0: an observer: uvarint number, byte whether it says that it relays
//	1, 2: a transmission, 2 a verified advert: varint id, less that of the one
//	   before, varint hour, less that before, uvarint observations
//
// after the version. What was told is in the store.
type modelLog struct {
	b    []byte
	any  bool // the version is written
	id   uint64
	hour uint32
}

func (l *modelLog) head() {
	if !l.any {
		l.b = append(l.b, modelVersion)
		l.any = true
	}
}

func (l *modelLog) met(num uint32, repeat mesh.Tri) {
	l.head()
	l.b = append(binary.AppendUvarint(append(l.b, 0), uint64(num)), byte(repeat))
}

func (l *modelLog) took(id uint64, hour uint32, in int, verified bool) {
	l.head()
	kind := byte(1)
	if verified {
		kind = 2
	}
	l.b = binary.AppendVarint(append(l.b, kind), int64(id-l.id))
	l.b = binary.AppendVarint(l.b, int64(hour)-int64(l.hour))
	l.b = binary.AppendUvarint(l.b, uint64(in))
	l.id, l.hour = id, hour
}

// reset is called when the store has what is in the log so far.
func (l *modelLog) reset() { l.b = l.b[:0] }

// restart is called when the store has the model, and no log.
func (l *modelLog) restart() { *l = modelLog{b: l.b[:0]} }

// saying is a line of the log.
type saying struct {
	kind   byte
	id     uint64 // or the observer's number
	hour   uint32
	in     int
	repeat mesh.Tri
}

// readLog takes a log apart, up to its end or damage.
func readLog(packed string) (list []saying, log modelLog) {
	r := reader{b: packed}
	if r.byte() != modelVersion {
		return nil, log
	}
	log.any = true
	for r.at < len(packed) {
		s := saying{kind: r.byte()}
		switch s.kind {
		case 0:
			s.id, s.repeat = r.uvarint(), mesh.Tri(r.byte())
		case 1, 2:
			s.id = log.id + uint64(r.varint())
			s.hour = uint32(int64(log.hour) + r.varint())
			s.in = r.number()
		default:
			r.bad = true
		}
		if r.bad {
			break
		}
		if s.kind != 0 {
			log.id, log.hour = s.id, s.hour
		}
		list = append(list, s)
	}
	return list, log
}

// readModel makes the model as it was when the last names were decided: the one
// that was kept, told once more what the log says. A model that cannot be read
// begins anew, with the nodes that are known.
func (n *Namer) readModel() {
	kept, log := n.store.Model()
	n.model = resolve.New()
	switch m, err := loadModel(kept); {
	case kept == "":
	case err != nil:
		n.o.Log.Warn("what was learned for naming hops cannot be read and is learned anew", "err", err)
		n.knowNodes()
		n.keepModel0()
		return
	default:
		n.model = m
	}
	list, state := readLog(log)
	n.log = state
	n.repeat(list)
}

func loadModel(kept string) (*resolve.Model, error) {
	if kept == "" {
		return nil, nil
	}
	if kept[0] != modelVersion {
		return nil, resolve.ErrModel
	}
	return resolve.Load([]byte(kept[1:]))
}

// keepModel0 has the log of a model that is lost begin anew.
func (n *Namer) keepModel0() {
	n.store.PutModel(packModel(n.model))
	n.log.restart()
}

func packModel(m *resolve.Model) string { return string(m.AppendTo([]byte{modelVersion})) }

// knowNodes tells a model that begins anew of the nodes that are known.
func (n *Namer) knowNodes() {
	nodes := n.store.Nodes()
	slices.SortFunc(nodes, func(a, b mesh.Node) int {
		return cmp.Or(cmp.Compare(a.LastAdvert, b.LastAdvert), slices.Compare(a.Key[:], b.Key[:]))
	})
	for _, node := range nodes {
		n.model.Node(node)
	}
}

// repeat tells the model once more what the log says. What is not held any more
// is left out.
func (n *Namer) repeat(list []saying) {
	var into resolve.Naming
	for _, s := range list {
		if s.kind == 0 {
			if o, ok := n.store.ObserverByNum(uint32(s.id)); ok {
				n.tellObserver(o.Num, o.ID, s.repeat)
				n.heard[o.Num] = s.repeat
			}
			continue
		}
		if tx, ok := n.store.PacketByID(s.id); ok {
			in := min(s.in, len(tx.Observations))
			n.tell(&tx, in, n.tree.build(&tx, in, n.o.Keys), s.kind == 2, &into)
			n.told += int64(in)
		}
	}
}
