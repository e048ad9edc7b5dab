package lang

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Size words a number of bytes: "0 Bytes", "12 kB", "3,4 MB". A kilobyte has
// 1000 bytes, as file managers and disks count.
func Size(n int64) string {
	if n < 0 {
		return ""
	}
	if n < 1000 {
		return N("size.bytes", int(n))
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		v /= 1000
		if v >= 999.5 && unit != "TB" {
			continue
		}
		if v < 9.95 && unit != "kB" {
			return Decimal(v, 1) + " " + unit
		}
		return Decimal(v, 0) + " " + unit
	}
	return ""
}

// Decimal writes v with so many digits after the language's decimal sign.
func Decimal(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if Current() == German {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Number writes n with the language's sign between thousands: "12.345", "12,345".
func Number(n int64) string {
	s, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		s, sign = s[1:], "-"
	}
	sep := "."
	if Current() == English {
		sep = ","
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// Percent writes a part of the whole, 0 to 1, as "62 %".
func Percent(part float64) string {
	part = min(max(part, 0), 1)
	if Current() == English {
		return strconv.Itoa(int(part*100)) + "%"
	}
	return strconv.Itoa(int(part*100)) + " %"
}

// Time words a moment as briefly as now allows: "gerade eben" within a minute,
// "08:15" today, "gestern 17:40", "Mo 16.11." within a week, "16.11.2025" before
// that and for what lies ahead. The zero time is "".
func Time(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(now.Location()), now.In(now.Location())
	ago := now.Sub(t)
	days := daysBetween(t, now)
	switch {
	case ago >= -time.Minute && ago < time.Minute:
		return T("time.just_now")
	case days == 0:
		return t.Format("15:04")
	case days == 1:
		return T("time.yesterday", "Time", t.Format("15:04"))
	case days > 1 && days < 7:
		return T("time.weekday", "Day", Weekday(t.Weekday()), "Date", shortDate(t))
	}
	return Date(t)
}

// Date writes the day alone: "16.11.2025", "16/11/2025".
func Date(t time.Time) string {
	if Current() == English {
		return t.Format("02/01/2006")
	}
	return t.Format("02.01.2006")
}

// FullTime writes day and time, for hovering over a short one: "Mo 16.11.2025, 17:40".
func FullTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Weekday(t.Weekday()) + " " + Date(t) + ", " + t.Format("15:04")
}

// Weekday is the short name of a day: "Mo", "Mon".
func Weekday(d time.Weekday) string {
	return T("time.day_" + strconv.Itoa(int(d)))
}

// Duration words how long something will take: "noch 5 s" says the caller, "5 s" this.
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + ":" + pad(int(d.Seconds())%60) + " min"
	}
	return strconv.Itoa(int(d.Hours())) + ":" + pad(int(d.Minutes())%60) + " h"
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func shortDate(t time.Time) string {
	if Current() == English {
		return t.Format("02/01")
	}
	return t.Format("02.01.")
}

// daysBetween counts midnights from a to b; both are in one zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}

// Sorter orders names as a German dictionary does: ä beside a, capitals beside
// small letters, 2 before 10. It is not safe for several goroutines.
type Sorter struct {
	collator *collate.Collator
	buffer   collate.Buffer
}

// NewSorter returns a sorter.
func NewSorter() *Sorter {
	return &Sorter{collator: collate.New(language.German, collate.Numeric, collate.IgnoreCase)}
}

// Compare is negative when a comes before b. Names that differ only in capitals
// keep a fixed order too.
func (s *Sorter) Compare(a, b string) int {
	if c := s.collator.CompareString(a, b); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// Key returns bytes that compare as the names do. Sorting many names by their
// keys costs far less than comparing the names themselves.
func (s *Sorter) Key(name string) []byte {
	s.buffer.Reset()
	return append([]byte(nil), s.collator.KeyFromString(&s.buffer, name)...)
}
