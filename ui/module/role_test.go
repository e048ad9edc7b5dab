package module

import (
	"testing"

	"schulhof/server/wire"
)

func TestPost(t *testing.T) {
	for _, c := range []struct {
		post Post
		want string
	}{
		{Post{Role: wire.RoleStudent}, "Schülerin/Schüler"},
		{Post{Role: wire.RoleGuardian}, "Erziehungsberechtigte"},
		{Post{Role: wire.RoleTeacher}, "Lehrkraft"},
		{Post{Role: wire.RoleTeacher, Head: true}, "Schulleitung"},
		{Post{Role: wire.RoleTeacher, Head: true, Classes: []string{"Klasse 7b"}}, "Schulleitung"},
		{Post{Role: wire.RoleTeacher, Classes: []string{"Klasse 10a", "Klasse 7b"}}, "Klassenleitung 7b, 10a"},
		{Post{Role: wire.RoleTeacher, Admin: true}, "Lehrkraft · Administration"},
		{Post{Role: wire.RoleStaff}, "Mitarbeitende"},
		{Post{Role: wire.RoleStaff, Admin: true}, "Administration"},
		{Post{Role: wire.RoleStaff, Head: true, Admin: true}, "Schulleitung · Administration"},
	} {
		if got := c.post.Words(); got != c.want {
			t.Errorf("%+v: %q, wanted %q", c.post, got, c.want)
		}
	}
}

func TestLed(t *testing.T) {
	got := Led([]wire.RootInfo{{Kind: "home", Lead: true}, {Name: "Klasse 7b", Lead: true}, {Name: "Klasse 8a"}, {Name: "Schach", Lead: true}})
	if len(got) != 1 || got[0] != "Klasse 7b" {
		t.Error(got)
	}
}
