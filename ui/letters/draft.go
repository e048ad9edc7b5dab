package letters

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// placeholder matches a template's fields, as {{date}}.
var placeholder = regexp.MustCompile(`\{\{\s*([a-z_]+)\s*\}\}`)

// filled are the placeholders that the server fills by itself.
var filled = []string{"child", "class", "school", "teacher", "deadline"}

// toFill lists the placeholders of a draft that its author fills, as they come.
func toFill(d wire.Draft) []string {
	texts := make([]string, 0, 2+2*len(d.Versions))
	texts = append(texts, d.Subject, d.Markdown)
	for _, code := range slices.Sorted(maps.Keys(d.Versions)) {
		texts = append(texts, d.Versions[code].Subject, d.Versions[code].Markdown)
	}
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		if !slices.Contains(names, m[1]) && !slices.Contains(filled, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// copyOf gives a draft that stays as it is while one writes on: what is kept and sent
// elsewhere.
func copyOf(d wire.Draft) wire.Draft {
	d.Versions, d.Values, d.Ask.Must = maps.Clone(d.Versions), maps.Clone(d.Values), slices.Clone(d.Ask.Must)
	if d.Ask.Choice != nil {
		c := *d.Ask.Choice
		c.Versions = maps.Clone(c.Versions)
		d.Ask.Choice = &c
	}
	return d
}

// placeholderName words a placeholder; one that the program has no word for is
// shown as it is.
func placeholderName(name string) string {
	if key := "letters.field_" + name; lang.Has(key) {
		return lang.T(key)
	}
	return name
}

// parseDay reads a day as people write it, "3.12.2026" or "3.12.", with or without
// a time; without one it is the day's end. A day without a year is the next such.
func parseDay(s string, now time.Time) (time.Time, bool) {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), " ")
	date, clock, timed := strings.Cut(s, " ")
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '.' || r == '/' })
	if len(parts) < 2 || len(parts) > 3 {
		return time.Time{}, false
	}
	numbers := []int{0, 0, now.Year()}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return time.Time{}, false
		}
		numbers[i] = n
	}
	if numbers[2] < 100 {
		numbers[2] += 2000
	}
	hour, minute := 23, 59
	if timed {
		t, err := time.Parse("15:04", strings.TrimSuffix(strings.TrimSpace(clock), " Uhr"))
		if err != nil {
			return time.Time{}, false
		}
		hour, minute = t.Hour(), t.Minute()
	}
	t := time.Date(numbers[2], time.Month(numbers[1]), numbers[0], hour, minute, 0, 0, now.Location())
	if t.Day() != numbers[0] || int(t.Month()) != numbers[1] {
		return time.Time{}, false // the 31st of February
	}
	if len(parts) == 2 && t.Before(now) {
		t = t.AddDate(1, 0, 0)
	}
	return t, true
}

// dayText writes a moment so that parseDay reads it again.
func dayText(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	at := t.In(now.Location())
	if at.Hour() == 23 && at.Minute() == 59 {
		return lang.Date(at)
	}
	return lang.Date(at) + " " + at.Format("15:04")
}

// parseDays reads the days before a deadline on which to remind: "3, 1".
func parseDays(s string) ([]int, bool) {
	days := []int{}
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 60 {
			return nil, false
		}
		if !slices.Contains(days, n) {
			days = append(days, n)
		}
	}
	return days, len(days) <= 10
}

func daysText(days []int) string {
	list := make([]string, len(days))
	for i, d := range days {
		list[i] = strconv.Itoa(d)
	}
	return strings.Join(list, ", ")
}

// toggle adds a word to a list, or takes it out.
func toggle(list []string, word string, on bool) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(w string) bool { return w == word })
	if on {
		list = append(list, word)
	}
	return list
}

// sendWords names the deed of the button that sends.
func sendWords(r wire.Reach, known, later bool) string {
	switch {
	case !known || r.Guardians+r.Staff == 0:
		return lang.T("letters.send")
	case later:
		return lang.N("letters.send_later", r.Guardians+r.Staff)
	case r.Staff == 0:
		return lang.N("letters.send_to", r.Guardians)
	}
	return lang.N("letters.send_people", r.Guardians+r.Staff)
}

// reachWords says whom a draft reaches.
func reachWords(r wire.Reach) string {
	var words []string
	if r.Children > 0 || r.Staff == 0 { // those who are missed are named beside it
		words = append(words, lang.T("letters.reach", "Guardians", lang.N("letters.guardians", r.Guardians), "Children", lang.N("letters.children", r.Children-r.Missed)))
	}
	if r.Staff > 0 {
		words = append(words, lang.N("letters.staff", r.Staff))
	}
	return strings.Join(words, " · ")
}

// problem words why a draft could not be saved or sent, naming what is wrong in it.
func problem(err error, now time.Time) string {
	if refused, ok := errors.AsType[*remote.Error](err); ok {
		args := refused.Problem.Args
		switch refused.Problem.Code {
		case wire.CodeLetterPlaceholder:
			return lang.T("letters.wrong_placeholder", "Name", args["name"])
		case wire.CodeLetterValue:
			return lang.T("letters.wrong_value", "Name", placeholderName(args["name"]))
		case wire.CodeLetterTarget:
			return lang.T("letters.wrong_target", "Names", args["names"])
		case wire.CodeLetterAsk:
			if args["reason"] == "languages" {
				return lang.T("letters.wrong_choices", "Language", languageName(args["language"]))
			}
		case wire.CodeTooLarge:
			return lang.T("letters.wrong_large")
		}
	}
	return module.Sentence(err, now)
}
