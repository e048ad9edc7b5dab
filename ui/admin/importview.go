package admin

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// draw shows the step that the import is at.
func (t *importTab) draw() {
	var in fyne.CanvasObject
	switch {
	case t.busy != "":
		in = t.working()
	case t.done != nil:
		in = t.finished()
	case t.preview != nil:
		in = t.previewed()
	default:
		in = t.start()
	}
	if t.busy == "" && t.bar != nil {
		t.bar.stop()
		t.bar = nil
	}
	t.box.Objects = []fyne.CanvasObject{in}
	t.box.Refresh()
}

// working says what is being done, and how far it is.
func (t *importTab) working() fyne.CanvasObject {
	text := kit.NewParagraph(t.busy)
	text.Align = fyne.TextAlignCenter
	column := kit.Column(theme.Around, text, t.bar.object)
	if t.stop != nil {
		column.Add(container.NewCenter(kit.NewButton(lang.T("form.cancel"), kit.Normal, t.halt)))
	} else {
		column.Add(container.NewCenter(kit.NewHint(lang.T("admin.import_writing_text"))))
	}
	return container.NewCenter(column)
}

// start asks what kind of list it is, and for the file.
func (t *importTab) start() fyne.CanvasObject {
	names := make([]string, 0, len(importKinds))
	for _, k := range importKinds {
		names = append(names, lang.T("admin.import_"+k))
	}
	kind := kit.NewChoice(names, t.kind, func(i int) {
		t.kind = i
		t.draw()
	})
	file := kit.NewIconTextButton(ftheme.FolderOpenIcon(), lang.T("admin.import_file"), kit.Primary, func() {
		t.p.d.PickFiles(func(paths []string) {
			if len(paths) > 0 {
				t.read(paths[0])
			}
		})
	})
	column := kit.Column(theme.Around, kit.NewParagraph(lang.T("admin.import_text")))
	if t.err != nil {
		b := kit.NewBanner()
		b.Say(kit.Trouble, module.Sentence(t.err, t.p.d.Now()), nil)
		column.Add(b)
	}
	column.Add(kit.NewPart(lang.T("admin.import_kind"), kind, kit.NewHint(lang.T("admin.import_columns_"+importKinds[t.kind]))))
	column.Add(kit.NewFrame(kit.Column(theme.Gap, kit.NewHint(lang.T("admin.import_drop")), kit.Row(0, file, layout.NewSpacer()))))
	return scrolled(column)
}

// previewed shows what would change.
func (t *importTab) previewed() fyne.CanvasObject {
	p := t.preview
	head := kit.Column(theme.Gap, container.NewBorder(nil, nil, nil, kit.NewButton(lang.T("admin.import_other"), kit.Normal, t.reset), kit.NewStrong(filepath.Base(t.file))))
	if p.ID != "" {
		head.Add(kit.NewHint(lang.N("admin.import_rows", p.Rows, "Encoding", p.Encoding) + " " + counts(p.Counts) + "."))
	}
	if p.ManyLeave {
		b := kit.NewBanner()
		b.Say(kit.Warning, p.Why, nil)
		head.Add(b)
	}
	t.aside(head)
	notes := kit.Column(theme.Unit)
	for i, bad := range p.Problems {
		if i == 100 {
			notes.Add(kit.NewNote(lang.N("admin.import_more", len(p.Problems)-i)))
			break
		}
		row := kit.NewParagraph(bad.Text)
		row.Color = theme.ColorDanger
		notes.Add(row)
	}
	for _, g := range p.Groups {
		notes.Add(kit.NewHint(g))
	}
	for _, d := range p.Doubtful {
		notes.Add(kit.NewHint(lang.T("admin.import_doubt", "Name", d.Name, "Other", d.Other)))
	}
	if len(notes.Objects) > 0 {
		room := t.p.d.Window.Canvas().Size().Height
		head.Add(kit.Capped(kit.Inset(0, 0, 0, theme.Around, notes), func() float32 { return room * 0.22 }))
	}
	head.Add(t.filters())
	confirm := kit.NewButton(t.deed(), kit.Primary, t.confirm)
	if p.ID == "" || changes(p.Counts) == 0 {
		confirm.Disable()
	}
	foot := kit.Inset(theme.Gap, theme.Gap, theme.Around, theme.Around, kit.Row(theme.Gap, layout.NewSpacer(), confirm))
	var middle fyne.CanvasObject = t.rows
	switch {
	case mappable(p):
		middle = t.assign()
	case p.ID == "":
		middle = kit.NewEmptyState(ftheme.ErrorIcon(), lang.T("admin.import_refused"), lang.T("admin.import_refused_text"), kit.NewButton(lang.T("admin.import_other"), kit.Primary, t.reset))
	case len(p.Changes) == 0:
		middle = kit.NewEmptyState(ftheme.ConfirmIcon(), lang.T("admin.import_same"), lang.T("admin.import_same_text"))
	}
	top, bottom := kit.Inset(theme.Unit, theme.Gap, theme.Around, theme.Around, head), kit.Column(0, kit.NewLine(), foot)
	if t.p.d.Window.Canvas().Size().Height < 640*t.scale() {
		low := container.New(listRoom{}, middle)
		return container.NewBorder(nil, bottom, nil, nil, kit.Scrolled(container.NewVBox(top, low)))
	}
	return container.NewBorder(top, bottom, nil, nil, middle)
}

// aside adds what there is to say of the columns, and what went wrong.
func (t *importTab) aside(head *fyne.Container) {
	p := t.preview
	if t.err != nil {
		b := kit.NewBanner()
		b.Say(kit.Trouble, module.Sentence(t.err, t.p.d.Now()), nil)
		head.Add(b)
	}
	row := container.NewHBox()
	if p.ID != "" && len(p.Columns) > 0 {
		row.Add(kit.NewButton(lang.T("admin.columns_ask"), kit.Normal, t.askColumns))
	}
	if len(p.Unknown) > 0 {
		head.Add(kit.NewNote(lang.T("admin.import_unknown", "Columns", strings.Join(p.Unknown, ", "))))
	}
	if len(row.Objects) > 0 {
		head.Add(row)
	}
}

// listRoom is the height of the list where all of the preview scrolls.
type listRoom struct{}

func (listRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 320) }

func (listRoom) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

func (*importTab) scale() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText) / 14
}

// filters are the buttons that show one kind of changes.
func (t *importTab) filters() fyne.CanvasObject {
	row := kit.Flow(theme.Unit)
	add := func(what, label string) {
		b := kit.NewButton(label, kit.Normal, func() { t.filter(what) })
		b.Chosen = t.what == what
		row.Add(b)
	}
	add("", lang.T("admin.what_all"))
	for _, what := range whats {
		if n := t.preview.Counts[what]; n > 0 {
			add(what, lang.N("admin.n_"+what, n))
		}
	}
	if len(row.Objects) < 3 {
		row.Objects = nil
	}
	return row
}

func (t *importTab) reset() {
	t.preview, t.done, t.err = nil, nil, nil
	t.draw()
}

// finished says what was done, and offers the first passwords to print.
func (t *importTab) finished() fyne.CanvasObject {
	column := kit.Column(theme.Around, kit.NewPart(lang.T("admin.import_done"), kit.NewParagraph(counts(t.done.Counts)+".")))
	if codes := t.done.Start; len(codes) > 0 {
		b := kit.NewBanner()
		b.Say(kit.Warning, lang.N("admin.import_codes", len(codes)), nil)
		column.Add(b)
		column.Add(kit.Row(0, kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.slips"), kit.Primary, func() {
			t.p.printSlips(codes, lang.T("admin.import_"+importKinds[t.kind]))
		}), layout.NewSpacer()))
	}
	column.Add(kit.Row(0, kit.NewButton(lang.T("admin.import_next"), kit.Normal, t.reset), layout.NewSpacer()))
	return scrolled(column)
}
