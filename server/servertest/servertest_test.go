package servertest_test

import (
	"net/http"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

func TestStart(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		var school wire.School
		if status, p := s.Anonymous().JSON(t, http.MethodGet, "/api/v1/school", nil, &school); status != http.StatusOK || school.Product != wire.Product {
			t.Fatalf("school: %d, %+v, %+v", status, school, p)
		}
		for _, login := range []string{
			"lena.weber", "mia.test", "tom.test", "anna.schmidt", "bernd.richter", "claudia.direktor", "admin",
			"erika.musterfrau@example.org", "sabine.weber@example.org",
		} {
			c := s.Client(t, login)
			if c.Session.Person.Login != login || c.Session.MustChange != (login == "tom.test") || c.Session.Admin != (login == "admin") {
				t.Errorf("%s: %+v", login, c.Session)
			}
		}
		lena := s.Client(t, "lena.weber")
		s.Stop(t)
		s.Restart(t)
		if status, p := lena.JSON(t, http.MethodGet, "/api/v1/session", nil, nil); status != http.StatusOK {
			t.Errorf("after a restart: %d %+v", status, p)
		}
	})
}
