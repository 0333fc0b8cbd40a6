package ui

import "hilltop/ui/part"

// LinksPage is whom a node hears and who hears it. All strings are ready to
// print.
type LinksPage struct {
	Name    string // hostile
	Role    part.RoleMark
	Node    string // URL of its page
	Figures []part.Figure
	Basis   []string // on what all of it rests, a sentence each
	Why     *Panel   // why its hops do not tell it from others; nil if they do
	Picks   []Pick
	Wait    *part.Progress // in place of all links, while the index is built or failed

	Certain    Panel
	Nothing    *PacketsNothing // in place of Certain's rows, which the filters removed
	Believed   Panel
	Impossible Panel // without rows it is left out
}
