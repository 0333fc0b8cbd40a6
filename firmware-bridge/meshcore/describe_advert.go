package meshcore

import (
	"fmt"
	"strconv"
)

func (d *describer) advert() (Object, error) {
	a, err := parseAdvert(&d.r)
	if err != nil {
		return nil, err
	}
	valid := a.Verify()
	o := Object{{"public_key", upperHex(a.Key[:])}, {"timestamp", a.Timestamp}, {"signature", upperHex(a.Signature[:])},
		{"signature_valid", valid}, {"app_data", upperHex(a.AppData)}}
	if len(a.AppData) > 0 {
		advertFlags(&o, a)
	}
	o.set("app_data_valid", a.AppDataValid)
	if a.AppDataValid {
		advertFields(&o, a)
	}
	d.noteAdvert(a, valid)
	if !valid {
		return o, &PayloadError{Reason: ReasonBadSignature, Offset: len(d.r.b) - len(d.Packet.Payload) + 36, Detail: "not by this key over this content"}
	}
	return o, nil
}

func advertFlags(o *Object, a Advert) {
	o.set("flags", a.Flags)
	o.set("role", a.Role.firmwareName())
	o.set("role_type", byte(a.Role))
	o.set("has_location", a.HasPosition)
	o.set("has_feat1", a.HasFeat1)
	o.set("has_feat2", a.HasFeat2)
	o.set("has_name", a.HasName)
}

func advertFields(o *Object, a Advert) {
	if a.HasPosition {
		o.set("lat_e6", a.LatE6)
		o.set("lon_e6", a.LonE6)
	}
	if a.HasFeat1 {
		o.set("feat1", a.Feat1)
	}
	if a.HasFeat2 {
		o.set("feat2", a.Feat2)
	}
	if a.HasName {
		o.text("name", a.Name)
	}
}

func (d *describer) noteAdvert(a Advert, valid bool) {
	d.noteTime("timestamp", a.Timestamp)
	d.rec.note("signature", "", map[bool]string{true: "valid", false: "not valid"}[valid])
	note := a.Role.String()
	if !a.AppDataValid {
		note += "; the app data is shorter than the flags require and counts for nothing"
	}
	d.rec.note("flags", "", note, Part{"role", 0x0F, a.Role.String()},
		Part{"position", advertHasPosition, strconv.FormatBool(a.HasPosition)},
		Part{"feature 1", advertHasFeat1, strconv.FormatBool(a.HasFeat1)},
		Part{"feature 2", advertHasFeat2, strconv.FormatBool(a.HasFeat2)},
		Part{"name", advertHasName, strconv.FormatBool(a.HasName)})
	if a.AppDataValid {
		d.rec.note("latitude", fmt.Sprintf("%.6f°", a.Lat()), "")
		d.rec.note("longitude", fmt.Sprintf("%.6f°", a.Lon()), "")
		d.rec.note("name", ValidText(a.Name), "")
	}
}
