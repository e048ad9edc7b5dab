package intake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"schulhof/server/internal/people/roster"
	"schulhof/server/wire"
)

// Kinds of changes, as in wire.ImportChange.
const (
	isNew     = "new"
	isChanged = "changed"
	isMoved   = "moved"
	isLeaving = "leaving"
	isUnclear = "unclear"
)

// maxChanges is how many changes a preview shows.
const maxChanges = 5000

// Counts says how many of each kind of change there are; a person who moves and
// changes counts as moved.
func Counts(p *roster.Preview) map[string]int {
	changed := map[string]bool{}
	for _, c := range p.Changed {
		changed[c.ID] = true
	}
	for _, m := range p.Joins {
		changed[m.ID] = true
	}
	for _, m := range p.Quits {
		changed[m.ID] = true
	}
	for _, m := range p.Leads {
		changed[m.ID] = true
	}
	for _, m := range p.Unleads {
		changed[m.ID] = true
	}
	for _, l := range p.Link {
		changed[l.Guardian] = true
	}
	for _, l := range p.Unlink {
		changed[l.Guardian] = true
	}
	for _, m := range p.Moved {
		delete(changed, m.ID)
	}
	return map[string]int{
		isNew: len(p.New), isChanged: len(changed), isMoved: len(p.Moved), isLeaving: len(p.Leaving),
		isUnclear: len(p.Unclear), "unchanged": p.Unchanged,
	}
}

// Refused is the preview of a list that was refused as a whole: it has no id.
func Refused(kind roster.Kind, err *roster.RefusedError, lang string) wire.Import {
	columns, mapped := columnsOf(err.Header, err.Columns)
	return wire.Import{
		Columns: columns, Mapped: mapped,
		Kind: string(kind), Unknown: []string{}, Changes: []wire.ImportChange{}, Counts: map[string]int{}, Groups: []string{},
		Problems: []wire.ImportBad{{Line: err.Line, Code: err.Code, Text: err.Text(lang), Args: err.Args}},
	}
}

// maxColumn is how long a name of a column may be, in bytes, to be chosen from.
const maxColumn = 200

// columnsOf are the columns that one can choose from, and which of them gave what.
func columnsOf(header []string, by map[roster.Field]string) (columns []string, mapped map[string]string) {
	mapped = map[string]string{}
	for _, name := range header {
		if name != "" && len(name) <= maxColumn && !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	for field, name := range by {
		if slices.Contains(columns, name) {
			mapped[string(field)] = name
		}
	}
	return columns, mapped
}

// Wire is the preview with its sentences in German ("de") or English.
func (p *Preview) Wire(lang string) wire.Import {
	w := words{lang: lang, byID: map[string]*roster.Person{}}
	for n := range p.school.People {
		w.byID[p.school.People[n].ID] = &p.school.People[n]
	}
	out := wire.Import{
		ID: p.ID, Kind: string(p.List.Kind), Encoding: p.List.Encoding, Rows: len(p.List.Rows), Unknown: []string{},
		Counts: Counts(&p.Plan), Groups: w.groups(&p.Plan), Problems: []wire.ImportBad{}, ManyLeave: p.Plan.Confirm,
	}
	out.Columns, out.Mapped = columnsOf(p.List.Header, p.List.Columns)
	out.Unknown = append(out.Unknown, p.List.Unknown...)
	if column := p.List.Columns[roster.FieldPassword]; column != "" && !slices.ContainsFunc(p.List.Rows, func(r roster.Row) bool { return r.Born != "" }) {
		out.Unknown = append(out.Unknown, column) // first passwords are the date of birth or our codes
	}
	for n := range p.Plan.Problems {
		bad := &p.Plan.Problems[n]
		out.Problems = append(out.Problems, wire.ImportBad{Line: bad.Line, Code: bad.Code, Text: bad.Text(lang), Args: bad.Args})
	}
	for _, d := range p.Plan.Doubtful {
		out.Doubtful = append(out.Doubtful, wire.ImportDoubt{
			Name: d.Name, Other: d.Other, Line: d.Line, Line2: d.Line2, Person: d.Person, Why: d.Why,
		})
	}
	if p.Plan.Confirm {
		out.Why = w.say("why_" + p.Plan.ConfirmWhy)
	}
	out.Changes = w.changes(&p.Plan)
	out.Changes = out.Changes[:min(len(out.Changes), maxChanges)]
	return out
}

// words says what a plan does.
type words struct {
	lang string
	byID map[string]*roster.Person
}

// changes lists what becomes of whom: first what somebody has to look at.
func (w *words) changes(p *roster.Preview) []wire.ImportChange {
	out := make([]wire.ImportChange, 0, len(p.New)+len(p.Changed)+len(p.Moved)+len(p.Leaving)+len(p.Unclear))
	for n := range p.Unclear {
		out = append(out, w.unclear(&p.Unclear[n]))
	}
	for _, l := range p.Leaving {
		c := w.of(isLeaving, l.ID, l.Name, 0)
		c.Class = l.Class
		out = append(out, c)
	}
	out = append(out, w.known(p)...)
	notes := map[int]string{}
	for n := range p.Notes {
		note := p.Notes[n]
		note.Line, note.Column = 0, ""
		notes[p.Notes[n].Line] = note.Text(w.lang)
	}
	for n := range p.New {
		fresh := &p.New[n]
		c := wire.ImportChange{
			What: isNew, Name: fresh.Row.Name(), Login: fresh.Login, Class: fresh.Row.Class, Line: fresh.Row.Line, Detail: notes[fresh.Row.Line],
		}
		for _, class := range fresh.Row.Leads {
			c.Detail = joined(c.Detail, w.say("leads", "name", class))
		}
		for _, child := range fresh.Children {
			c.Detail = joined(c.Detail, w.say("child", "name", w.name(child)))
		}
		out = append(out, c)
	}
	return out
}

func (w *words) of(what, id, name string, line int) wire.ImportChange {
	c := wire.ImportChange{What: what, Name: name, Line: line}
	if p := w.byID[id]; p != nil {
		c.Login, c.Class = p.Login, p.Class
	}
	return c
}

func (w *words) unclear(u *roster.Unclear) wire.ImportChange {
	problem := u.Problem
	problem.Line = 0
	c := wire.ImportChange{What: isUnclear, Name: u.Args["name"], Line: u.Line, Detail: problem.Text(w.lang)}
	for _, id := range u.People {
		if p := w.byID[id]; p != nil {
			c.People = append(c.People, wire.ImportCandidate{ID: id, Name: p.Name(), Class: p.Class, Born: p.Born})
		}
	}
	return c
}

// known lists the people known already who change, each once: those who move first.
func (w *words) known(p *roster.Preview) []wire.ImportChange {
	found := map[string]*wire.ImportChange{}
	var order []string
	at := func(id, name string, line int) *wire.ImportChange {
		c, ok := found[id]
		if !ok {
			fresh := w.of(isChanged, id, name, line)
			c = &fresh
			found[id] = c
			order = append(order, id)
		}
		c.Line = max(c.Line, line)
		return c
	}
	for _, m := range p.Moved {
		c := at(m.ID, m.Name, m.Line)
		c.What = isMoved
		if m.FromClass != m.ToClass {
			c.Class = m.ToClass
			c.Detail = joined(c.Detail, w.arrow("class", m.FromClass, m.ToClass))
		}
		if m.FromYear != m.ToYear {
			c.Detail = joined(c.Detail, w.arrow("year", m.FromYear, m.ToYear))
		}
	}
	for _, change := range p.Changed {
		c := at(change.ID, change.Name, change.Line)
		if change.Back {
			c.Detail = joined(c.Detail, w.say("back"))
		}
		for _, f := range change.Fields {
			if f.Field == roster.FieldManaged {
				c.Detail = joined(c.Detail, w.say("managed"))
				continue
			}
			c.Detail = joined(c.Detail, w.arrow(string(f.Field), f.From, f.To))
		}
	}
	add := func(id, name, key, value string, line int) {
		c := at(id, name, line)
		c.Detail = joined(c.Detail, w.say(key, "name", value))
	}
	for _, group := range []struct {
		key  string
		list []roster.Member
	}{{"joins", p.Joins}, {"quits", p.Quits}, {"leads", p.Leads}, {"unleads", p.Unleads}} {
		for _, m := range group.list {
			add(m.ID, m.Name, group.key, m.Group, 0)
		}
	}
	for _, l := range p.Link {
		add(l.Guardian, l.Name, "child", w.name(l.Child), l.Line)
	}
	for _, l := range p.Unlink {
		add(l.Guardian, l.Name, "unlink", w.name(l.Child), 0)
	}
	out := make([]wire.ImportChange, len(order))
	for n, id := range order {
		out[n] = *found[id]
	}
	slices.SortStableFunc(out, func(a, b wire.ImportChange) int {
		return cmp.Compare(b.What, a.What) // moved, then changed
	})
	return out
}

func (w *words) name(id string) string {
	if p := w.byID[id]; p != nil {
		return p.Name()
	}
	return "?"
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// groups says what becomes of groups.
func (w *words) groups(p *roster.Preview) []string {
	out := make([]string, 0, len(p.Rename)+len(p.Create)+len(p.End))
	for _, r := range p.Rename {
		out = append(out, w.say("rename", "from", r.From, "to", r.To))
	}
	for _, g := range p.Create {
		out = append(out, w.say("create", "name", g.Name))
	}
	for _, g := range p.End {
		out = append(out, w.say("end", "name", g.Name))
	}
	return out
}

// arrow says that a value becomes another one.
func (w *words) arrow(key, from, to string) string {
	none := w.say("none")
	return w.say(key) + ": " + cmp.Or(from, none) + " → " + cmp.Or(to, none)
}

// say gives a sentence with values in the places named by keys.
func (w *words) say(key string, pairs ...string) string {
	pair, ok := sentences[key]
	if !ok {
		return key
	}
	text := pair[1]
	if w.lang == "de" {
		text = pair[0]
	}
	for n := 0; n+1 < len(pairs); n += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[n]+"}", pairs[n+1])
	}
	return text
}

// sentences are in German and in English.
var sentences = map[string][2]string{
	"rename":      {"{from} wird {to}", "{from} becomes {to}"},
	"create":      {"{name} wird angelegt", "{name} is made"},
	"end":         {"{name} endet", "{name} ends"},
	"class":       {"Klasse", "Class"},
	"year":        {"Jahrgang", "Year"},
	"none":        {"keine", "none"},
	"back":        {"kommt zurück", "comes back"},
	"managed":     {"wird ab jetzt von der Liste geführt", "is kept by the list from now on"},
	"joins":       {"kommt in „{name}“", "joins “{name}”"},
	"quits":       {"verlässt „{name}“", "leaves “{name}”"},
	"leads":       {"leitet „{name}“", "leads “{name}”"},
	"unleads":     {"leitet „{name}“ nicht mehr", "no longer leads “{name}”"},
	"child":       {"Kind: {name}", "child: {name}"},
	"unlink":      {"nicht mehr für {name}", "no longer for {name}"},
	"import_id":   {"Import-ID", "Import ID"},
	"given":       {"Vorname", "Given name"},
	"family":      {"Nachname", "Family name"},
	"born":        {"Geburtsdatum", "Date of birth"},
	"email":       {"E-Mail", "E-mail"},
	"short":       {"Kürzel", "Letters"},
	"phone":       {"Telefon", "Phone"},
	"address":     {"Adresse", "Address"},
	"language":    {"Sprache", "Language"},
	"why_leaving": {"Ungewöhnlich viele Personen würden die Schule verlassen. Ist es die vollständige Liste?", "Unusually many people would leave the school. Is the list complete?"},
	"why_unread":  {"Einige Zeilen konnten nicht gelesen werden; wer dort steht, gilt sonst als abgegangen.", "Some lines could not be read; who stands there would count as having left."},
}

// TooBig is the refusal of a list that is not even read.
func TooBig() *roster.RefusedError {
	return &roster.RefusedError{Problem: roster.Problem{Code: roster.CodeTooBig, Args: map[string]string{"max": strconv.Itoa(roster.MaxBytes >> 20)}}}
}

// Wire is what was done, with the first passwords.
func (d *Done) Wire() wire.ImportDone {
	out := wire.ImportDone{Counts: d.Counts, Start: make([]wire.StartCode, len(d.Created))}
	for n, s := range d.Created {
		fresh := d.Persons[s.ID]
		out.Start[n] = wire.StartCode{
			Login: s.Login, Code: s.Code, Until: d.Until.UTC(), ID: s.ID, Name: fresh.Row.Name(), Class: fresh.Row.Class, Born: s.Code == "",
		}
	}
	return out
}
