package web

import (
	"net/http"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

func (s *Server) helpRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /help", s.page(s.help))
}

// help explains words and signs, by the tables that the pages are made from.
func (s *Server) help(*http.Request) (view, error) {
	var p ui.HelpPage
	for _, t := range legendOrder() {
		p.Types = append(p.Types, packetType(t))
	}
	for _, r := range []meshcore.Role{meshcore.RoleRepeater, meshcore.RoleRoom, meshcore.RoleCompanion, meshcore.RoleSensor} {
		p.Roles = append(p.Roles, roleMark(r))
	}
	means := map[mesh.NodeState]string{
		mesh.NodeActive: "heard within its own usual time, learned from its adverts, or of its role while that is not known",
		mesh.NodeQuiet:  "not heard for longer than that: twice its usual gap, or half longer than nine of ten of its gaps. Time in which this machine received nothing does not count",
		mesh.NodeSilent: "not heard for three times as long",
	}
	for _, st := range nodeStates() {
		p.Nodes = append(p.Nodes, ui.Meaning{State: nodeState(st), Means: means[st]})
	}
	for _, st := range observerStates() {
		p.Observers = append(p.Observers, ui.Meaning{State: observerState(st), Means: observerMeans(st)})
	}
	return view{Title: "Help", Section: "/help", Body: ui.Help(p)}, nil
}
