package ui

import (
	"testing"

	"schulhof/server/servertest"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// The side bar says what one is at the school, also what only the server knows.
func TestPostInTheSideBar(t *testing.T) {
	srv := servertest.Start(t)
	for login, want := range map[string]string{
		"claudia.direktor": "Schulleitung", "anna.schmidt": "Klassenleitung 7b", "bernd.richter": "Lehrkraft",
		"admin": "Administration", "lena.weber": "Schülerin/Schüler", "erika.musterfrau@example.org": "Erziehungsberechtigte",
	} {
		w := uitest.Open(t, uitest.Large, theme.Settings{})
		d := inSession(t, w, srv, login)
		d.Session.Modules = []string{"files"}
		s := New(d, nil)
		t.Cleanup(s.Close)
		s.Go(pageAbout)
		w.Queue.Wait(t, login+": "+want, func() bool { return s.side.person.role == want && w.Sees(want) })
	}
}
