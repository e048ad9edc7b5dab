package admin

import (
	"context"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// childDeeds are the buttons beside a guardian's child.
func (t *peopleTab) childDeeds(d *wire.PersonDetail, c wire.Child) fyne.CanvasObject {
	to := t.toPerson(c.ID)
	if to == nil {
		return nil
	}
	return kit.Row(theme.Unit, kit.NewIconButton(ftheme.DeleteIcon(), lang.T("admin.child_remove"), func() { t.removeChild(d, c) }), to)
}

// addChild asks for a student and makes the person their guardian.
func (t *peopleTab) addChild(d *wire.PersonDetail) {
	t.p.pick(lang.T("admin.child_add"), lang.T("admin.child_pick"), people.Query{Role: wire.RoleStudent}, d.ID, func(child wire.PersonRow) {
		t.p.work(module.Patience, func(ctx context.Context) error { return t.p.calls.SetChild(ctx, d.ID, child.ID) }, func(err error) {
			if err != nil {
				t.p.fail(err)
				return
			}
			t.p.toast(lang.T("admin.child_added", "Name", child.Name()))
			t.changed()
		})
	})
}

// removeChild ends that the person is the guardian of a child.
func (t *peopleTab) removeChild(d *wire.PersonDetail, c wire.Child) {
	t.p.form(&module.Form{
		Title: lang.T("admin.child_remove"), Deed: lang.T("admin.child_remove_deed"), Kind: kit.Danger,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.child_remove_text", "Guardian", d.Name(), "Child", c.Name))},
		Send: func(ctx context.Context) error { return t.p.calls.EndChild(ctx, d.ID, c.ID) },
		Done: t.changed,
	})
}
