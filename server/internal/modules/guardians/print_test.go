package guardians_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

func invitations(t *testing.T, c *servertest.Client, group string) map[string]wire.Invitation {
	t.Helper()
	var list []wire.Invitation
	if status, p := c.JSON(t, http.MethodGet, "/api/v1/groups/"+group+"/guardians", nil, &list); status != http.StatusOK {
		t.Fatalf("%d %+v", status, p)
	}
	out := map[string]wire.Invitation{}
	for _, i := range list {
		out[i.Guardian.Name()+" of "+i.Child.Name] = i
	}
	return out
}

// Who of a class has registered, who is invited, whom nothing has reached.
func TestInvitations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lead, class := w.Client(t, "anna.schmidt"), w.GroupID(t, "klasse-7b")
		w.guardian(t, "Oksana", "Weber", "lena.weber")
		invited := w.guardian(t, "Paul", "Test", "tom.test", "mia.test")
		w.code(t, invited)
		w.SignIn(t, "erika.musterfrau@example.org", "Schulhof-2026")
		state := func(name, want string) wire.Invitation {
			t.Helper()
			i, ok := invitations(t, lead, class)[name]
			if !ok || i.State != want {
				t.Errorf("%s: %q, want %q", name, i.State, want)
			}
			return i
		}
		if i := state("Erika Musterfrau of Tom Test", "registered"); i.Seen == nil || i.Guardian.Login == "" {
			t.Errorf("%+v", i)
		}
		if i := state("Sabine Weber of Lena Weber", "registered"); i.Seen != nil {
			t.Errorf("who never signed in: %+v", i)
		}
		if i := state("Oksana Weber of Lena Weber", "none"); i.Guardian.Login != "" || i.Until != nil || i.Child.Class != "7b" {
			t.Errorf("%+v", i)
		}
		if i := state("Paul Test of Tom Test", "invited"); i.Until == nil || i.Until.Sub(w.now()) < 8*7*24*time.Hour || i.Until.Sub(w.now()) > 10*7*24*time.Hour {
			t.Errorf("%+v", i)
		}
		if len(invitations(t, lead, class)) != 4 {
			t.Errorf("%+v", invitations(t, lead, class))
		}
		w.wait(9*7*24*time.Hour + 2*time.Hour)
		lead = w.Client(t, "anna.schmidt")
		state("Paul Test of Tom Test", "expired")
	})
}

// Class leads reach their own classes, administrators all, others nothing.
func TestWhoMayInvite(t *testing.T) {
	w := newWorld(t)
	w.guardian(t, "Paul", "Test", "mia.test")
	w.guardian(t, "Oksana", "Weber", "lena.weber")
	own, other := w.GroupID(t, "klasse-7b"), w.GroupID(t, "klasse-5a")
	admin := w.Client(t, "admin")
	refused := func(who string, c *servertest.Client, group string, status int, code string) {
		t.Helper()
		for _, route := range [][2]string{{http.MethodGet, "/guardians"}, {http.MethodPost, "/codes"}} {
			if got, p := c.JSON(t, route[0], "/api/v1/groups/"+group+route[1], nil, nil); got != status || p.Code != code {
				t.Errorf("%s, %s: %d %+v", who, route, got, p)
			}
		}
	}
	refused("lead of another class", w.Client(t, "anna.schmidt"), other, 403, wire.CodeForbidden)
	refused("subject teacher", w.Client(t, "bernd.richter"), own, 403, wire.CodeForbidden)
	refused("student", w.Client(t, "lena.weber"), own, 403, wire.CodeForbidden)
	refused("guardian", w.Client(t, "sabine.weber@example.org"), own, 403, wire.CodeForbidden)
	refused("administrator without the password", admin, own, 403, wire.CodeAdmin)
	lead := w.Client(t, "anna.schmidt")
	if status, p := lead.JSON(t, http.MethodPost, "/api/v1/guardians/codes", nil, nil); status != 403 {
		t.Errorf("lead, whole school: %d %+v", status, p)
	}
	mia := people.Person{}
	if err := w.DB.Get(t.Context(), &mia, `SELECT * FROM person WHERE given = 'Paul'`); err != nil {
		t.Fatal(err)
	}
	if status, p := lead.JSON(t, http.MethodPost, "/api/v1/groups/"+own+"/codes", wire.NewCodes{Guardians: []string{mia.ID}}, nil); status != 404 {
		t.Errorf("a guardian of another class: %d %+v", status, p)
	}
	admin.Confirm(t)
	if n := len(invitations(t, admin, other)); n == 0 {
		t.Error("an administrator sees nobody")
	}
	all := pages(t, pdf(t, admin, "/api/v1/guardians/codes", wire.NewCodes{Missing: true}))
	if strings.Count(all, "\f") != 2 || !strings.Contains(all, "Paul Test") || !strings.Contains(all, "Oksana Weber") {
		t.Errorf("letters: %s", all)
	}
	if status, p := admin.JSON(t, http.MethodPost, "/api/v1/guardians/codes", wire.NewCodes{Missing: true}, nil); status != 422 || p.Code != wire.CodeNobody {
		t.Errorf("nobody is missing: %d %+v", status, p)
	}
	if all := pages(t, pdf(t, admin, "/api/v1/guardians/codes", wire.NewCodes{})); strings.Count(all, "\f") != 2 {
		t.Errorf("all again: %s", all)
	}
}

// The letters as they are printed: one page each, code, address, steps in the family's language.
func TestLetters(t *testing.T) {
	w := newWorld(t)
	id := w.guardian(t, "Олена", "Weber-Mustermann", "lena.weber", "mia.test")
	if _, err := w.DB.Exec(t.Context(), `UPDATE person SET language = 'uk-UA' WHERE id = $1`, id); err != nil {
		t.Fatal(err)
	}
	arabic := w.guardian(t, "Ahmad", "Haddad", "tom.test")
	if _, err := w.DB.Exec(t.Context(), `UPDATE person SET language = 'ar' WHERE id = $1`, arabic); err != nil {
		t.Fatal(err)
	}
	content := w.print(t, w.Client(t, "anna.schmidt"), wire.NewCodes{})
	text := pages(t, content)
	for _, want := range []string{"Олена Weber-Mustermann", "Lindenweg 4", "12345 Musterstadt", "Lena Weber (7b)", "Mia Test (5a)", w.URL + "/eltern", "Gültig bis", "Відкрийте"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letters lack %q: %s", want, text)
		}
	}
	if n := len(printed.FindAllString(text, -1)); n != 2 || strings.Count(text, "\f") != 2 {
		t.Errorf("%d codes: %s", n, text)
	}
	path := picture(t, "eltern-brief.pdf", []byte(content))
	if out, err := exec.Command("pdftoppm", "-r", "60", "-png", path, strings.TrimSuffix(path, ".pdf")).CombinedOutput(); err != nil {
		t.Errorf("pdftoppm (package poppler-utils): %v %s", err, out)
	}
}

func TestSlips(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lead := w.Client(t, "anna.schmidt")
		lena, tom := w.PersonID(t, "lena.weber"), w.PersonID(t, "tom.test")
		var reset wire.StartCode
		if status, p := lead.JSON(t, http.MethodPost, "/api/v1/people/"+lena+"/reset", nil, &reset); status != 200 {
			t.Fatalf("%d %+v", status, p)
		}
		reset.ID = lena
		text := pages(t, pdf(t, lead, "/api/v1/slips", wire.Slips{Codes: []wire.StartCode{reset}}))
		for _, want := range []string{"Lena Weber", reset.Code, "lena.weber", "Anna Schmidt", "7b"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q on the slip: %s", want, text)
			}
		}
		bad := func(c *servertest.Client, in wire.StartCode, status int) {
			t.Helper()
			if got, p := c.JSON(t, http.MethodPost, "/api/v1/slips", wire.Slips{Codes: []wire.StartCode{in}}, nil); got != status {
				t.Errorf("%+v: %d %+v", in, got, p)
			}
		}
		bad(lead, wire.StartCode{ID: lena, Code: "AAAA-BBBB-CCCC"}, 409)
		bad(lead, wire.StartCode{ID: tom, Code: "AAAA-BBBB-CCCC"}, 409)
		bad(lead, wire.StartCode{ID: w.PersonID(t, "mia.test"), Code: reset.Code}, 403)
		bad(w.Client(t, "bernd.richter"), reset, 403)
		bad(w.Client(t, "sabine.weber@example.org"), reset, 403)
		if lena := w.SignIn(t, "lena.weber", reset.Code); !lena.Session.MustChange {
			t.Errorf("%+v", lena.Session)
		}
	})
}
