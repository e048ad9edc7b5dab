package admin

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// leastReason is how many letters a reason has at least.
const leastReason = 5

type logTab struct {
	plain
	p        *Page
	box      *fyne.Container
	reason   string
	person   *wire.Person // whom to read about; nil = everybody, without names
	consent  string
	entries  []wire.LogEntry
	next     int64
	read     bool
	consents []wire.LogConsent
	asked    *fyne.Container // shows the consents
	enough   func() bool     // whether the reason is long enough, which it says
	rows     *rows

	consentNews follower
}

// newLog is the tab with the log.
func (p *Page) newLog() tab {
	t := &logTab{p: p, box: container.NewStack(), asked: container.NewStack()}
	t.rows = newRows(func() int { return len(t.entries) }, func(i int) line { return t.line(&t.entries[i]) }, func(i int) { t.open(i) })
	t.draw()
	return t
}

func (t *logTab) object() fyne.CanvasObject { return t.box }

// shown asks for the consents; the log itself is read only with a reason.
func (t *logTab) shown() {
	var list []wire.LogConsent
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		list, err = t.p.calls.Consents(ctx)
		return err
	}, func(err error) {
		if err != nil {
			t.box.Objects = []fyne.CanvasObject{t.p.failed(err, t.shown)}
			t.box.Refresh()
			return
		}
		t.consents = list
		t.draw()
	})
}

// news shows consents that were asked for or given. The log itself is not read by
// itself: each reading leaves an entry.
func (t *logTab) news() {
	var list []wire.LogConsent
	t.consentNews.run(t.p.d, t.news, func(ctx context.Context) (err error) {
		list, err = t.p.calls.Consents(ctx)
		return err
	}, func() {
		t.consents = list
		t.drawConsents()
	})
}

func (t *logTab) line(e *wire.LogEntry) line {
	who := e.Actor
	if lang.Has("role." + who) {
		who = lang.T("role." + who)
	}
	if who == "" {
		who = lang.T("admin.log_server")
	}
	subject := e.Subject
	if lang.Has("role." + subject) {
		subject = lang.T("role." + subject)
	}
	l := line{title: action(e.Action), below: who, mark: lang.Time(e.At, t.p.d.Now())}
	if subject != "" && subject != who {
		l.below += " › " + subject
	}
	if details := detail(e); details != "" {
		l.below += " · " + arrows(details)
	}
	return l
}

func action(name string) string {
	if key := "admin.action_" + strings.ReplaceAll(name, ".", "_"); lang.Has(key) {
		return lang.T(key)
	}
	return name
}

// detail words what an entry says beside who and what.
func detail(e *wire.LogEntry) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
		name := key
		if named := "admin.detail_" + key; lang.Has(named) {
			name = lang.T(named)
		}
		parts = append(parts, name+": "+value(key, e.Detail[key]))
	}
	if e.Addr != "" {
		parts = append(parts, e.Addr)
	}
	return strings.Join(parts, ", ")
}

// coded are the details whose values are codes of the server's and no texts of people's.
var coded = []string{"admin", "by", "head", "kind", "lead", "moderator", "role", "state", "what", "wholeText", "wrong"}

// value words what a detail holds.
func value(key, s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil && key == "until" {
		return lang.FullTime(t.Local())
	}
	if !slices.Contains(coded, key) {
		return s
	}
	code := strings.ReplaceAll(s, " ", "_")
	for _, word := range []string{"admin.value_" + code, "admin.state_" + code, "admin.import_" + code, "role." + code} {
		if lang.Has(word) {
			return lang.T(word)
		}
	}
	return s
}

// open shows an entry whole.
func (t *logTab) open(i int) {
	e := &t.entries[i]
	l := t.line(e)
	t.rows.forget()
	kit.Tell(t.p.d.Window, l.title, lang.FullTime(e.At.In(t.p.d.Now().Location()))+"\n"+strings.ReplaceAll(l.below, " · ", "\n"), lang.T("form.close"))
}

// fetch reads a page of the log, from the newest entry or from where the last page ended.
func (t *logTab) fetch(from int64) {
	q := wire.LogQuery{Reason: t.reason, From: from, Consent: t.consent}
	if t.person != nil {
		q.Person = t.person.ID
	}
	var page wire.LogPage
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		page, err = t.p.calls.Log(ctx, q)
		return err
	}, func(err error) {
		if err != nil {
			t.p.fail(err)
			return
		}
		if from == 0 {
			t.entries = nil
		}
		t.entries, t.next, t.read = append(t.entries, page.Entries...), page.Next, true
		t.draw()
	})
}

func (t *logTab) draw() {
	in := t.ask()
	if t.read {
		in = t.list()
	}
	t.box.Objects = []fyne.CanvasObject{in}
	t.box.Refresh()
}

// ask is the form for the reason, and the consents.
func (t *logTab) ask() fyne.CanvasObject {
	reason := kit.NewField(lang.T("admin.log_reason"), "", lang.T("admin.log_reason_hint"))
	reason.Entry.SetText(t.reason)
	reason.Entry.OnChanged = func(s string) { t.reason = strings.TrimSpace(s); reason.SetError("") }
	enough := func() bool {
		if len([]rune(t.reason)) < leastReason {
			reason.SetError(lang.T("admin.log_reason_short"))
			t.p.d.Window.Canvas().Focus(reason.Entry)
			return false
		}
		return true
	}
	t.enough = enough
	all := func() {
		if enough() {
			t.person, t.consent = nil, ""
			t.fetch(0)
		}
	}
	reason.Entry.OnSubmitted = func(string) { all() }
	one := func() {
		if enough() {
			t.p.pick(lang.T("admin.log_person"), lang.T("admin.log_person_hint"), people.Query{}, "", t.askConsent)
		}
	}
	column := kit.Column(theme.Around, kit.NewParagraph(lang.T("admin.log_text")), reason,
		kit.Flow(theme.Gap, kit.NewButton(lang.T("admin.log_read"), kit.Primary, all), kit.NewButton(lang.T("admin.log_person"), kit.Normal, one)))
	column.Add(t.asked)
	t.drawConsents()
	return scrolled(column)
}

// drawConsents lists who has asked for a consent, and who has given it.
func (t *logTab) drawConsents() {
	t.asked.Objects = nil
	if len(t.consents) > 0 {
		rows := kit.Column(6)
		for i := range t.consents {
			rows.Add(t.consentRow(&t.consents[i]))
		}
		t.asked.Objects = []fyne.CanvasObject{kit.NewPart(lang.T("admin.consents"), rows)}
	}
	t.asked.Refresh()
	t.box.Refresh()
}

func (t *logTab) consentRow(c *wire.LogConsent) fyne.CanvasObject {
	below := lang.T("admin.consent_asked", "Name", c.Asker.Name(), "Time", lang.Time(c.Asked, t.p.d.Now()), "Reason", c.Reason)
	icon := ftheme.QuestionIcon()
	var right fyne.CanvasObject
	switch {
	case c.Giver != nil:
		icon = ftheme.ConfirmIcon()
		below += "\n" + lang.T("admin.consent_given", "Name", c.Giver.Name(), "Time", t.p.day(c.Until))
		if c.Mine && c.Until != nil && c.Until.After(t.p.d.Now()) {
			right = kit.NewButton(lang.T("account.terms_read"), kit.Normal, func() {
				if t.enough() {
					t.person, t.consent = &c.Person, c.ID
					t.fetch(0)
				}
			})
		}
	case c.Mine:
		below += "\n" + lang.T("admin.consent_waits")
	default:
		right = kit.NewButton(lang.T("admin.consent_give"), kit.Normal, func() { t.give(c) })
	}
	return kit.NewItem(icon, c.Person.Name(), below, right)
}

// askConsent asks a second administrator.
func (t *logTab) askConsent(r wire.PersonRow) {
	reason := t.reason
	t.p.form(&module.Form{
		Title: lang.T("admin.consent_title", "Name", r.Name()), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.consent_text", "Reason", t.reason))}, Deed: lang.T("admin.consent_ask"),
		Send: func(ctx context.Context) error {
			_, err := t.p.calls.AskConsent(ctx, wire.NewConsent{Person: r.ID, Reason: reason})
			return err
		},
		Done: t.shown,
	})
}

func (t *logTab) give(c *wire.LogConsent) {
	t.p.form(&module.Form{
		Title: lang.T("admin.consent_give"), Deed: lang.T("admin.consent_give"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.consent_give_text", "Asker", c.Asker.Name(), "Name", c.Person.Name(), "Reason", c.Reason))},
		Send: func(ctx context.Context) error { return t.p.calls.GiveConsent(ctx, c.ID) },
		Done: t.shown,
	})
}

// list shows the entries that were read.
func (t *logTab) list() fyne.CanvasObject {
	what := lang.T("admin.log_all")
	if t.person != nil {
		what = lang.T("admin.log_of", "Name", t.person.Name())
	}
	back := kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("admin.back"), kit.Quiet, func() {
		t.read, t.entries = false, nil
		t.draw()
	})
	head := kit.Inset(0, theme.Gap, theme.Gap, theme.Around, container.NewBorder(nil, nil, back, nil, kit.NewMuted(what)))
	foot := kit.Row(theme.Gap, kit.NewWhole(lang.N("admin.log_count", len(t.entries))), layout.NewSpacer())
	if t.next > 0 {
		foot.Add(kit.NewButton(lang.T("admin.log_more"), kit.Normal, func() { t.fetch(t.next) }))
	}
	t.rows.Refresh()
	return container.NewBorder(head, kit.Column(0, kit.NewLine(), kit.Inset(theme.Unit, theme.Unit, theme.Around, theme.Around, foot)), nil, nil, t.rows)
}
