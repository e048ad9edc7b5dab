package files

import (
	"slices"
	"strings"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/lang"
)

// start is the place where the roots are listed.
const start = ""

// crumb is one step of the way to a place.
type crumb struct {
	Name string
	Href string
}

// rootOf returns the root that a href lies in, false for the start.
func rootOf(href string, roots []wire.RootInfo) (wire.RootInfo, bool) {
	best := -1
	for i, r := range roots {
		if href != start && remote.Within(href, r.Href) && (best < 0 || len(r.Href) > len(roots[best].Href)) {
			best = i
		}
	}
	if best < 0 {
		return wire.RootInfo{}, false
	}
	return roots[best], true
}

// rootName words a root: one's own has no name from the server.
func rootName(r wire.RootInfo) string {
	if r.Kind == "home" || r.Name == "" {
		return lang.T("files.home")
	}
	return r.Name
}

// way returns the steps from the start to a place, both included.
func way(href string, roots []wire.RootInfo) []crumb {
	steps := []crumb{{lang.T("files.start"), start}}
	if href == start {
		return steps
	}
	top := "/"
	if r, ok := rootOf(href, roots); ok {
		steps = append(steps, crumb{rootName(r), r.Href})
		top = r.Href
	}
	var below []crumb
	for at := href; at != top && at != "/" && len(at) >= len(top); at = remote.Parent(at) {
		below = append(below, crumb{remote.Base(at), at})
	}
	slices.Reverse(below)
	return append(steps, below...)
}

// up returns the place above, false at the start.
func up(href string, roots []wire.RootInfo) (string, bool) {
	steps := way(href, roots)
	if len(steps) < 2 {
		return start, false
	}
	return steps[len(steps)-2].Href, true
}

// rootID begins the ids of the roots shown as entries.
const rootID = "root-"

func isRoot(e files.Entry) bool { return strings.HasPrefix(e.ID, rootID) }

// asEntries shows roots as folders in the table of the start.
func asEntries(roots []wire.RootInfo) []files.Entry {
	out := make([]files.Entry, 0, len(roots))
	for _, r := range roots {
		out = append(out, files.Entry{ID: rootID + r.ID, Href: r.Href, Name: rootName(r), Folder: true, Size: r.Used})
	}
	return out
}

// whereOf words where a found entry lies, from the place that was searched.
func whereOf(e files.Entry, under string, roots []wire.RootInfo) string {
	parent := remote.Parent(e.Href)
	var names []string
	for _, s := range way(parent, roots) {
		if s.Href == start || under != start && remote.Within(under, s.Href) {
			continue
		}
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return lang.T("files.here")
	}
	return strings.Join(names, " › ")
}

// history is where one has been, for back and forward.
type history struct {
	been []string
	at   int
}

// Go notes a new place; what lay ahead is forgotten. The list is kept short.
func (h *history) Go(href string) {
	if len(h.been) > 0 && h.been[h.at] == href {
		return
	}
	h.been = append(h.been[:min(h.at+1, len(h.been))], href)
	if len(h.been) > 100 {
		h.been = h.been[len(h.been)-100:]
	}
	h.at = len(h.been) - 1
}

// Move goes so many places forward (or back, negative) and returns where that is.
func (h *history) Move(by int) (string, bool) {
	to := h.at + by
	if to < 0 || to >= len(h.been) {
		return start, false
	}
	h.at = to
	return h.been[to], true
}

// Can says whether Move would go anywhere.
func (h *history) Can(by int) bool { return h.at+by >= 0 && h.at+by < len(h.been) }
