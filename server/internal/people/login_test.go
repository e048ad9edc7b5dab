package people_test

import (
	"testing"

	"schulhof/server/internal/people"
)

func TestLoginFor(t *testing.T) {
	for _, c := range []struct{ given, family, want string }{
		{"Lena", "Weber", "lena.weber"},
		{"Jörg", "Weiß-Müller", "joerg.weiss-mueller"},
		{"Jo\u0308rg", "Maß", "joerg.mass"},
		{"Łukasz", "Wójcik", "lukasz.wojcik"},
		{"Yağmur", "Yıldız", "yagmur.yildiz"},
		{"İlker", "Şahin", "ilker.sahin"},
		{"Anna Maria", "von der Heide", "anna.maria.von.der.heide"},
		{"Zoë", "D'Angelo", "zoe.dangelo"},
		{"", "Administrator", "administrator"},
		{"Олена", "Коваленко", ""},
		{" . ", "-", ""},
	} {
		if got := people.LoginFor(c.given, c.family); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.given, c.family, got, c.want)
		}
	}
}
