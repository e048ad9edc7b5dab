package letters_test

import (
	"net/http"
	"slices"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestSchoolTemplates keeps, replaces and deletes a template of the school's own.
func TestSchoolTemplates(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a := s.Client(t, head), s.Client(t, anna)
		find := func(c *servertest.Client, id string) (wire.Template, bool) {
			t.Helper()
			var all wire.Templates
			ok(t, c, http.MethodGet, "templates", nil, &all)
			i := slices.IndexFunc(all.Templates, func(t wire.Template) bool { return t.ID == id })
			if i < 0 {
				return wire.Template{}, false
			}
			return all.Templates[i], true
		}
		own := wire.Template{Name: " Wandertag ", Texts: map[string]wire.Text{"de": {Subject: "Wandertag", Markdown: "Am {{date}} nach {{place}}."}}, Placeholders: []string{}}
		var kept wire.Template
		ok(t, h, http.MethodPut, "templates/wander", own, &kept)
		if kept.Name != "Wandertag" || !kept.Own || !slices.Equal(kept.Placeholders, []string{"date", "place"}) {
			t.Errorf("kept: %+v", kept)
		}
		own.Texts["tr"] = wire.Text{Subject: "Gezi", Markdown: "{{date}}: {{place}}, {{amount}}"}
		ok(t, h, http.MethodPut, "templates/wander", own, &kept)
		seen, _ := find(a, "wander")
		if len(seen.Texts) != 2 || seen.Texts["tr"].Subject != "Gezi" || !slices.Equal(seen.Placeholders, []string{"amount", "date", "place"}) {
			t.Errorf("a teacher sees: %+v", seen)
		}

		for name, c := range map[string]struct {
			who  *servertest.Client
			id   string
			edit func(*wire.Template)
			code string
		}{
			"by a teacher":        {a, "wander", func(*wire.Template) {}, wire.CodeForbidden},
			"by a guardian":       {s.Client(t, erika), "wander", func(*wire.Template) {}, wire.CodeForbidden},
			"unknown placeholder": {h, "wander", func(t *wire.Template) { t.Texts = map[string]wire.Text{"de": {Subject: "a", Markdown: "{{kind}}"}} }, wire.CodeLetterPlaceholder},
			"no text":             {h, "wander", func(t *wire.Template) { t.Texts = map[string]wire.Text{"de": {Subject: "a", Markdown: " "}} }, wire.CodeLetterEmpty},
			"no name":             {h, "wander", func(t *wire.Template) { t.Name = " " }, wire.CodeInvalid},
			"no language":         {h, "wander", func(t *wire.Template) { t.Texts = map[string]wire.Text{} }, wire.CodeInvalid},
			"bad language":        {h, "wander", func(t *wire.Template) { t.Texts = map[string]wire.Text{"../de": {Subject: "a", Markdown: "b"}} }, wire.CodeInvalid},
			"the program's":       {h, "outing", func(*wire.Template) {}, wire.CodeInvalid},
		} {
			bad := own
			c.edit(&bad)
			if status, p := c.who.JSON(t, http.MethodPut, api+"templates/"+c.id, bad, nil); p.Code != c.code {
				t.Errorf("%s: %d %+v, want %s", name, status, p, c.code)
			}
		}
		if after, _ := find(h, "wander"); after.Name != "Wandertag" || len(after.Texts) != 2 {
			t.Errorf("a refused one changed it: %+v", after)
		}

		written := draft(t, a, wire.Draft{Subject: own.Texts["de"].Subject, Markdown: own.Texts["de"].Markdown, To: []wire.Target{}})
		refused(t, a, http.MethodDelete, "templates/wander", nil, wire.CodeForbidden)
		refused(t, h, http.MethodDelete, "templates/outing", nil, wire.CodeNotFound)
		ok(t, h, http.MethodDelete, "templates/wander", nil, nil)
		refused(t, h, http.MethodDelete, "templates/wander", nil, wire.CodeNotFound)
		if _, there := find(a, "wander"); there {
			t.Error("it is still there")
		}
		var d wire.Draft
		if ok(t, a, http.MethodGet, "draft?id="+written.ID, nil, &d); d.Markdown != written.Markdown {
			t.Errorf("the draft that was written with it: %+v", d)
		}
	})
}
