package admin

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// alone begins the part of a mapping that leaves a column alone.
const alone = "-="

// column is what a column of a list can give.
type column struct {
	field string // of wire.Import.Mapped
	name  string // what a mapping calls it
	label string // the key of our word for it
}

var (
	columnGiven  = column{"given", "Vorname", "admin.given"}
	columnFamily = column{"family", "Nachname", "admin.family"}
	columnID     = column{"import_id", "Import-ID", "admin.import_id"}
	columnGroups = column{"groups", "Gruppen", "admin.groups"}
	columnEmail  = column{"email", "E-Mail", "account.email"}
)

// columns are, by the kind of list, what one can say the column of.
var columns = map[string][]column{
	people.Students: {columnGiven, columnFamily, {"class", "Klasse", "admin.column_class"}, {"born", "Geburtsdatum", "admin.born"}, columnID, columnGroups, columnEmail},
	people.Teachers: {columnGiven, columnFamily, {"short", "Kürzel", "admin.column_short"}, {"leads", "Klassenleitung", "admin.column_leads"}, columnEmail, columnID, columnGroups},
	people.Guardians: {
		{"child_id", "Kind-ID", "admin.column_child"},
		columnGiven, columnFamily, columnEmail,
		{"phone", "Telefon", "admin.phone"},
		{"address", "Adresse", "admin.address"},
	},
}

// mapper asks which column of a list gives what.
type mapper struct {
	preview *wire.Import
	fields  []column
	selects []*widget.Select // one a field; the first option is that there is no column
}

func newMapper(p *wire.Import) *mapper {
	m := &mapper{preview: p, fields: columns[p.Kind]}
	options := append([]string{lang.T("admin.column_none")}, p.Columns...)
	for _, f := range m.fields {
		s := widget.NewSelect(options, nil)
		s.PlaceHolder = options[0]
		s.SetSelectedIndex(0)
		for i, name := range p.Columns {
			if name == p.Mapped[f.field] {
				s.SetSelectedIndex(i + 1)
			}
		}
		s.OnChanged = func(string) { m.chosen(s) }
		m.selects = append(m.selects, s)
	}
	return m
}

// chosen takes a column away from the field that had it before.
func (m *mapper) chosen(s *widget.Select) {
	for _, other := range m.selects {
		if other != s && s.SelectedIndex() > 0 && other.SelectedIndex() == s.SelectedIndex() {
			other.SetSelectedIndex(0)
		}
	}
}

// object is all of the fields, each with its column.
func (m *mapper) object() fyne.CanvasObject {
	rows := kit.Column(theme.Gap, kit.NewHint(lang.T("admin.columns_text")))
	for i, f := range m.fields {
		rows.Add(container.New(factLayout{}, kit.Inset(7, 0, 0, 0, kit.NewParagraph(lang.T(f.label))), m.selects[i]))
	}
	return rows
}

// mapping is what is to be said to the server. Columns that were left alone before
// stay so unless they are meant now.
func (m *mapper) mapping(before []string) []string {
	var out []string
	used := map[string]bool{}
	for i, f := range m.fields {
		if at := m.selects[i].SelectedIndex(); at > 0 {
			name := m.preview.Columns[at-1]
			used[name] = true
			out = append(out, f.name+"="+name)
		}
	}
	leave := func(name string) {
		if name != "" && !used[name] {
			used[name] = true
			out = append(out, alone+name)
		}
	}
	for _, f := range m.fields {
		leave(m.preview.Mapped[f.field])
	}
	for _, b := range before {
		if name, ok := strings.CutPrefix(b, alone); ok {
			leave(name)
		}
	}
	return out
}

// mappable tells whether it was the columns for which a list was refused: that names
// their line, and other refusals none.
func mappable(p *wire.Import) bool {
	return p.ID == "" && len(p.Columns) > 0 && len(p.Problems) > 0 && p.Problems[0].Line > 0
}

// assign is in place of the changes of a list whose columns are not understood.
func (t *importTab) assign() fyne.CanvasObject {
	m := newMapper(t.preview)
	again := kit.NewButton(lang.T("admin.columns_again"), kit.Primary, func() { t.readAs(t.file, m.mapping(t.mapping)) })
	return scrolled(kit.Column(theme.Around, kit.NewPart(lang.T("admin.columns_title"), kit.NewFrame(m.object())), kit.Row(0, again)))
}

// askColumns lets one say otherwise what the columns of a list mean.
func (t *importTab) askColumns() {
	m := newMapper(t.preview)
	t.p.form(&module.Form{
		Title: lang.T("admin.columns_title"), Body: []fyne.CanvasObject{m.object()}, Deed: lang.T("admin.columns_again"), Wide: true,
		Send: sure, Done: func() { t.readAs(t.file, m.mapping(t.mapping)) },
	})
}

// sure is what a form sends that only asks.
func sure(context.Context) error { return nil }
