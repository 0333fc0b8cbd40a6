package simmesh

// A session is one thing somebody does with the mesh; it may cause several
// transmissions over the following minutes, which wait in the job queue.
type session struct {
	weight float64
	start  func(*traffic, int64)
}

var sessions = []session{
	{30, (*traffic).floodAdvert},
	{30, (*traffic).localAdvert},
	{36, (*traffic).groupText},
	{11, (*traffic).directChat},
	{8, (*traffic).administer},
	{14, (*traffic).traceRoute},
	{7, (*traffic).discover},
	{1.5, (*traffic).groupData},
	{1.5, (*traffic).rawCustom},
	{4, (*traffic).floodRequest},
}
