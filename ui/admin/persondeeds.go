package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

const germanDay = "02.01.2006"

// dateOf words a day of the protocol as the school writes it.
func dateOf(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return lang.Date(t)
}

// readDay reads a day as people write it, TT.MM.JJJJ or the protocol's own.
func readDay(s string, zone *time.Location) (time.Time, bool) {
	for _, form := range []string{germanDay, "2.1.2006", "02/01/2006", time.DateOnly} {
		if t, err := time.ParseInLocation(form, strings.TrimSpace(s), zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// lock asks how, why and until when.
func (t *peopleTab) lock(d *wire.PersonDetail) {
	reason := kit.NewField(lang.T("admin.lock_reason"), "", lang.T("admin.lock_reason_hint"))
	until := kit.NewField(lang.T("admin.lock_until"), lang.T("admin.day_form"), lang.T("admin.lock_until_hint"))
	until.Entry.OnChanged = func(string) { until.SetError("") }
	kinds := []wire.State{wire.StateLocked, wire.StateRestricted}
	in := wire.Lock{State: wire.StateLocked}
	how := kit.NewChoice([]string{lang.T("admin.lock_whole"), lang.T("admin.lock_read")}, 0, func(i int) { in.State = kinds[i] })
	t.p.form(&module.Form{
		Title: lang.T("admin.lock_title", "Name", d.Name()), First: reason.Entry, Deed: lang.T("admin.lock_deed"), Kind: kit.Danger,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.lock_text")), how, reason, until},
		Check: func() bool {
			in.Reason, in.Until = strings.TrimSpace(reason.Entry.Text), nil
			if strings.TrimSpace(until.Entry.Text) == "" {
				return true
			}
			now := t.p.d.Now()
			day, ok := readDay(until.Entry.Text, now.Location())
			if end := day.AddDate(0, 0, 1).Add(-time.Minute); ok && end.After(now) {
				in.Until = &end
				return true
			}
			until.SetError(lang.T("admin.day_wrong"))
			return false
		},
		Send: func(ctx context.Context) error { return t.p.calls.SetState(ctx, d.ID, in) },
		Done: t.changed,
	})
}

// edit changes what is known of a person.
func (t *peopleTab) edit(d *wire.PersonDetail) {
	given, family := kit.NewField(lang.T("admin.given"), "", ""), kit.NewField(lang.T("admin.family"), "", "")
	email, born := kit.NewField(lang.T("account.email"), "", ""), kit.NewField(lang.T("admin.born"), lang.T("admin.day_form"), "")
	phone, address := kit.NewField(lang.T("admin.phone"), "", ""), kit.NewField(lang.T("admin.address"), "", "")
	quota := kit.NewField(lang.T("admin.quota"), "", lang.T("admin.quota_hint"))
	language := kit.NewField(lang.T("admin.language"), "de", lang.T("admin.language_hint"))
	for f, text := range map[*kit.Field]string{
		given: d.Given, family: d.Family, email: d.Email, born: dayField(d.Born), phone: d.Phone, address: d.Address, language: d.Language, quota: quotaField(d.Quota),
	} {
		f.Entry.SetText(text)
		f.Entry.OnChanged = func(string) { f.SetError("") }
	}
	in := wire.EditPerson{}
	body := []fyne.CanvasObject{given, family, email, born, phone, address, language, quota}
	if signsInByMail(d) {
		email.Entry.Disable() // it is the login, and changed as that
		email.SetHint(lang.T("admin.move_hint"))
	}
	if d.Managed {
		body = append([]fyne.CanvasObject{kit.NewHint(lang.T("admin.managed"))}, body...)
	}
	t.p.form(&module.Form{
		Title: lang.T("admin.edit_title", "Name", d.Name()), First: given.Entry, Deed: lang.T("admin.save"), Body: body,
		Check: func() bool {
			in = wire.EditPerson{Given: text(given), Family: text(family), Email: text(email), Phone: text(phone), Address: text(address), Language: text(language)}
			if text(born) != "" {
				day, ok := readDay(text(born), time.UTC)
				if !ok {
					born.SetError(lang.T("admin.day_wrong"))
					return false
				}
				in.Born = day.Format(time.DateOnly)
			}
			bytes, ok := readQuota(text(quota))
			if !ok {
				quota.SetError(lang.T("admin.quota_wrong"))
				return false
			}
			in.Quota = bytes
			return filled(family, "admin.family_missing")
		},
		Send: func(ctx context.Context) error {
			_, err := t.p.calls.Edit(ctx, d.ID, in)
			return err
		},
		Done: t.changed,
	})
}

// signsInByMail tells of a guardian who has registered: the login is the address.
func signsInByMail(d *wire.PersonDetail) bool {
	return d.Role == wire.RoleGuardian && strings.Contains(d.Login, "@")
}

// moveAddress gives a registered guardian another e-mail address to sign in with.
func (t *peopleTab) moveAddress(d *wire.PersonDetail) {
	email := kit.NewField(lang.T("account.email_new"), "name@example.org", "")
	email.Entry.OnChanged = func(string) { email.SetError("") }
	var typed string
	t.p.form(&module.Form{
		Title: lang.T("admin.move_title", "Name", d.Name()), First: email.Entry, Deed: lang.T("admin.move_deed"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.move_text", "Email", d.Login)), email, kit.NewNote(lang.T("admin.move_note"))},
		Check: func() bool {
			typed = text(email)
			switch {
			case !mailAddress(typed):
				email.SetError(lang.T("account.email_wrong"))
			case strings.EqualFold(typed, d.Login):
				email.SetError(lang.T("admin.move_same"))
			default:
				return true
			}
			return false
		},
		Send: func(ctx context.Context) error { return t.p.calls.SetEmail(ctx, d.ID, typed) },
		Wrong: func(err error) bool {
			switch remote.Code(err) {
			case wire.CodeEmailTaken:
				email.SetError(lang.T("admin.move_taken"))
			case wire.CodeInvalid:
				email.SetError(lang.T("account.email_wrong"))
			default:
				return false
			}
			return true
		},
		Done: func() {
			t.p.toast(lang.T("admin.move_done", "Name", d.Name(), "Email", typed))
			t.changed()
		},
	})
}

// mailAddress tells what may be an e-mail address from what is none.
func mailAddress(s string) bool {
	at := strings.LastIndex(s, "@")
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " ,;")
}

func text(f *kit.Field) string { return strings.TrimSpace(f.Entry.Text) }

func dayField(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format(germanDay)
}

// rights gives and takes extra rights.
func (t *peopleTab) rights(d *wire.PersonDetail) {
	in := wire.Rights{Admin: d.Admin, Head: d.Head, Moderator: d.Moderator}
	body := append(make([]fyne.CanvasObject, 0, 4), kit.NewParagraph(lang.T("admin.rights_text")))
	for _, r := range []struct {
		key string
		on  *bool
	}{{"admin.is_admin", &in.Admin}, {"admin.is_head", &in.Head}, {"admin.is_moderator", &in.Moderator}} {
		check := widget.NewCheck(lang.T(r.key), func(on bool) { *r.on = on })
		check.SetChecked(*r.on)
		body = append(body, check)
	}
	t.p.form(&module.Form{
		Title: lang.T("admin.rights_title", "Name", d.Name()), Body: body, Deed: lang.T("admin.save"),
		Send: func(ctx context.Context) error { return t.p.calls.SetRights(ctx, d.ID, in) },
		Done: t.changed,
	})
}

// merge makes one guardian of two.
func (t *peopleTab) merge(d *wire.PersonDetail) {
	t.p.pick(lang.T("admin.merge_title", "Name", d.Name()), lang.T("admin.merge_pick"), people.Query{Role: wire.RoleGuardian}, d.ID, func(other wire.PersonRow) {
		t.p.form(&module.Form{
			Title: lang.T("admin.merge"), Deed: lang.T("admin.merge_deed"), Kind: kit.Danger,
			Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.merge_text", "From", other.Name()+" "+other.Email, "Into", d.Name()+" "+d.Email))},
			Send: func(ctx context.Context) error { return t.p.calls.Merge(ctx, wire.Merge{Into: d.ID, From: other.ID}) },
			Done: t.changed,
		})
	})
}

// pick asks for a person: one types, and chooses among those who are found.
func (p *Page) pick(title, hint string, q people.Query, not string, then func(wire.PersonRow)) {
	field := kit.NewSearchEntry(lang.T("admin.search"))
	var found []wire.PersonRow
	var f *module.Form
	list := newRows(func() int { return len(found) }, func(i int) line { return personLine(&found[i]) }, func(i int) {
		row := found[i]
		f.Shut()
		then(row)
	})
	turn := 0
	look := func() {
		turn++
		mine := turn
		q.Text = field.Text
		var page wire.PeoplePage
		p.d.Work(module.Patience, func(ctx context.Context) (err error) {
			page, err = p.calls.List(ctx, q)
			return err
		}, func(err error) {
			if mine != turn || !f.Open() {
				return
			}
			if err != nil {
				p.fail(err)
				return
			}
			found = slices.DeleteFunc(page.People, func(r wire.PersonRow) bool { return r.ID == not })
			list.Refresh()
		})
	}
	field.OnChanged = func(string) { look() }
	field.OnSubmitted = func(string) {
		if len(found) > 0 {
			list.Select(0)
		}
	}
	room := &fyne.Container{Layout: pickRoom{}, Objects: []fyne.CanvasObject{list}}
	f = (&module.Form{Title: title, Body: []fyne.CanvasObject{kit.NewHint(hint), field, room}, First: field}).Show(p.d)
	look()
}

// pickRoom gives the found people a fixed height.
type pickRoom struct{}

func (pickRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 240) }

func (pickRoom) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

// add makes a new person.
func (t *peopleTab) add() {
	given, family := kit.NewField(lang.T("admin.given"), "", ""), kit.NewField(lang.T("admin.family"), "", "")
	email, born := kit.NewField(lang.T("account.email"), "", ""), kit.NewField(lang.T("admin.born"), lang.T("admin.day_form"), "")
	for _, f := range []*kit.Field{given, family, email, born} {
		f.Entry.OnChanged = func(string) { f.SetError("") }
	}
	names := make([]string, 0, len(roles)-1)
	for _, r := range roles[1:] {
		names = append(names, lang.T("role."+string(r)))
	}
	in := wire.NewPerson{Role: wire.RoleStudent}
	role := widget.NewSelect(names, nil)
	role.SetSelectedIndex(0)
	label := kit.NewStrong(lang.T("admin.role"))
	var made wire.PersonDetail
	t.p.form(&module.Form{
		Title: lang.T("admin.person_new"), First: given.Entry, Deed: lang.T("admin.person_make"),
		Body: []fyne.CanvasObject{kit.Column(theme.Unit, label, role), given, family, email, born},
		Check: func() bool {
			in = wire.NewPerson{Given: text(given), Family: text(family), Email: text(email), Role: roles[1+max(role.SelectedIndex(), 0)]}
			if text(born) != "" {
				day, ok := readDay(text(born), time.UTC)
				if !ok {
					born.SetError(lang.T("admin.day_wrong"))
					return false
				}
				in.Born = day.Format(time.DateOnly)
			}
			return filled(family, "admin.family_missing")
		},
		Send: func(ctx context.Context) (err error) {
			made, err = t.p.calls.Create(ctx, in)
			return err
		},
		Done: func() {
			t.rows.forget()
			t.search()
			t.open(made.ID, &made)
			if made.Code != nil {
				code := *made.Code
				code.ID, code.Name, code.Class = made.ID, made.Name(), made.Class
				t.p.showCode(code)
			}
		},
	})
}
