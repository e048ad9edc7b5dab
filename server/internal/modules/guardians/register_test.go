package guardians_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

const password = "Apfelkuchen-77"

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// From the printed letter to the sign-in in the client, as a guardian goes.
func TestRegister(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lead, b := w.Client(t, "anna.schmidt"), w.browser(t)
		id := w.guardian(t, "Oksana", "Weber", "lena.weber")
		code := w.letter(t, lead, id)

		page := b.get(t, "/eltern?code="+strings.ToLower(strings.ReplaceAll(code, "-", " "))[:4]+"&sprache=de")
		page.says(t, http.StatusOK, "Zugang für Eltern einrichten", "Musterschule")
		page = b.get(t, "/eltern?code="+code+"&sprache=de")
		if !strings.Contains(page.body, `value="`+code+`"`) {
			t.Error("the code is not filled in")
		}
		page = b.send(t, page, "/eltern", "code", strings.ToLower(code), "email", " Oksana.Weber@Example.org ")
		page.says(t, http.StatusOK, "oksana.weber@example.org", "48 Stunden")

		mail := w.post.next(t, "oksana.weber@example.org", 1)
		if !strings.Contains(mail.subject, "Musterschule") || !strings.Contains(mail.text, "Guten Tag Oksana Weber") || strings.Contains(mail.text, "{") {
			t.Errorf("mail: %+v", mail)
		}
		link := mail.link(t)
		b.get(t, link).says(t, http.StatusOK, "Passwort wählen", "Oksana Weber")
		b.choose(t, link, "kurz", "kurz").says(t, http.StatusUnprocessableEntity, "zu leicht zu erraten")
		b.choose(t, link, "Oksana.Weber@example.org1", "Oksana.Weber@example.org1").says(t, http.StatusUnprocessableEntity, "zu leicht zu erraten")
		b.choose(t, link, password, password+"x").says(t, http.StatusUnprocessableEntity, "verschieden")
		if status, _ := w.Anonymous().JSON(t, http.MethodPost, "/api/v1/session", wire.SignIn{Login: "oksana.weber@example.org", Password: password, Device: "x"}, nil); status != http.StatusUnauthorized {
			t.Errorf("signed in before the password was chosen: %d", status)
		}
		b.choose(t, link, password, password).says(t, http.StatusOK, "Ihr Zugang ist eingerichtet", "oksana.weber@example.org", strings.TrimPrefix(w.URL, "http://"))
		b.get(t, link).says(t, http.StatusGone, "schon benutzt", "Melden Sie sich")
		b.choose(t, link, password, password).says(t, http.StatusGone, "schon benutzt")
		b.start(t, code, "oksana2@example.org").says(t, http.StatusUnprocessableEntity, "schon benutzt")

		c := w.SignIn(t, "oksana.weber@example.org", password)
		var account wire.Account
		if status, p := c.JSON(t, http.MethodGet, "/api/v1/account", nil, &account); status != http.StatusOK || len(account.Children) != 1 || account.Email != "oksana.weber@example.org" || account.Language != "" && account.Language != "de" {
			t.Errorf("account: %d %+v %+v", status, p, account)
		}
		if log := w.Log.String(); strings.Contains(log, code) || strings.Contains(log, tokenOf(link)) || strings.Contains(log, password) {
			t.Error("the log holds a secret")
		}
		if n, broken, err := w.Host.Deps().Audit.Verify(t.Context(), w.DB); n == 0 || broken != nil || err != nil {
			t.Errorf("log: %d %v %v", n, broken, err)
		}
	})
}

func tokenOf(link string) string {
	path, _, _ := strings.Cut(link, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// Each way in which it goes wrong has a sentence of its own, and says what to do next.
func TestRegisterRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lead, b := w.Client(t, "anna.schmidt"), w.browser(t)
		id := w.guardian(t, "Paul", "Weber", "lena.weber")
		old := w.letter(t, lead, id)
		code := w.letter(t, lead, id)
		b.start(t, "AAAA-BBBB-CCCC", "paul@example.org").says(t, 422, "Diesen Code gibt es nicht", "Zeichen für Zeichen")
		b.start(t, "<script>", "paul@example.org").says(t, 422, "Diesen Code gibt es nicht")
		b.start(t, old, "paul@example.org").says(t, 422, "neueren Brief", "Klassenleitung")
		for _, bad := range []string{"", "paul", "paul@", "@example.org", "paul@example", "a b@example.org", "a@example.org, b@example.org", "<a@example.org>", "a@exa\u202emple.org", strings.Repeat("a", 250) + "@example.org"} {
			b.start(t, code, bad).says(t, 422, "keine E-Mail-Adresse", "name@example.org")
		}
		b.start(t, code, "erika.musterfrau@example.org").says(t, 409, "schon einen Zugang", "Mein Konto", "andere Adresse")
		if got := w.post.all(); len(got) > 0 {
			t.Fatalf("mails went out: %+v", got)
		}

		b.start(t, code, "typo@example.org").says(t, 200, "typo@example.org")
		wrong := w.post.next(t, "typo@example.org", 1).link(t)
		b.start(t, code, "paul@example.org").says(t, 200, "paul@example.org")
		link := w.post.next(t, "paul@example.org", 1).link(t)
		if p := b.choose(t, wrong, password, password); p.status < 400 {
			t.Errorf("the link to the mistyped address still works: %s", p.text())
		}
		b.get(t, "/eltern/aktivieren/"+strings.Repeat("A", 43)).says(t, 404, "Diesen Link gibt es nicht", "neuesten E-Mail")
		b.get(t, strings.Replace(link, "/aktivieren/", "/passwort/", 1)).says(t, 404, "Diesen Link gibt es nicht")

		w.wait(48*time.Hour + time.Minute)
		expired := b.get(t, link)
		expired.says(t, 410, "abgelaufen", "Neuen Link schicken")
		b.choose(t, link, password, password).says(t, 410, "abgelaufen")
		b.send(t, expired, "/eltern/neu").says(t, 200, "paul@example.org")
		link = w.post.next(t, "paul@example.org", 2).link(t)

		// A letter printed anew takes the links of the one before with it.
		newest := w.letter(t, w.Client(t, "anna.schmidt"), id)
		b.choose(t, link, password, password).says(t, 422, "neueren Brief")
		w.wait(9*7*24*time.Hour + 2*time.Hour)
		b.start(t, newest, "paul@example.org").says(t, 422, "abgelaufen", "Klassenleitung")
	})
}

func TestRegisterTakenMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser(t)
		one := w.code(t, w.guardian(t, "Anna", "Weber", "lena.weber"))
		two := w.code(t, w.guardian(t, "Bert", "Weber", "lena.weber"))
		b.start(t, one, "familie@example.org").says(t, 200)
		b.start(t, two, "familie@example.org").says(t, 200)
		first, second := w.post.next(t, "familie@example.org", 1).link(t), w.post.next(t, "familie@example.org", 2).link(t)
		b.choose(t, first, password, password).says(t, 200, "eingerichtet")
		b.choose(t, second, password, password).says(t, 409, "schon einen Zugang")
		b.start(t, two, "bert@example.org").says(t, 200, "bert@example.org")
	})
}

func TestForms(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	page := b.get(t, "/eltern")
	if csp := page.header.Get("Content-Security-Policy"); csp != "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'" {
		t.Errorf("policy %q", csp)
	}
	if strings.Contains(page.body, "<script") || strings.Contains(page.body, "style=") || !strings.Contains(page.header.Get("Set-Cookie"), "HttpOnly; SameSite=Lax") {
		t.Errorf("page %s, cookie %q", page.body, page.header.Get("Set-Cookie"))
	}
	// Without the mark, with another one, or from another site nothing is taken.
	b.send(t, page, "/eltern", "mark", "").says(t, 403, "neu")
	b.send(t, page, "/eltern", "mark", strings.Repeat("A", 43)).says(t, 403)
	w.browser(t).send(t, page, "/eltern").says(t, 403)
	form := url.Values{"mark": {hidden.FindStringSubmatch(page.body)[2]}, "code": {"AAAA-BBBB-CCCC"}, "email": {"a@example.org"}}
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://boese.example"}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/eltern", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(header[0], header[1])
		if p := b.do(t, req); p.status != http.StatusForbidden {
			t.Errorf("%v: %d", header, p.status)
		}
	}
	b.send(t, page, "/eltern", "code", strings.Repeat("x", 20<<10)).says(t, 413)
	evil := b.send(t, page, "/eltern", "code", `"><script>alert(1)</script>`, "email", `"><img src=x>`)
	if strings.Contains(evil.body, "<script") || strings.Contains(evil.body, "<img") {
		t.Errorf("what was typed stands in the page as it is: %s", evil.body)
	}
}

func TestGuessing(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	id := w.guardian(t, "Paul", "Weber", "lena.weber")
	code := w.code(t, id)
	page := b.get(t, "/eltern?sprache=de")
	for range 25 {
		b.send(t, page, "/eltern", "code", "AAAA-BBBB-CCCC", "email", "a@example.org")
	}
	b.send(t, page, "/eltern", "code", code, "email", "a@example.org").says(t, 429, "zu viele Versuche", "Min.")
	w.wait(10 * time.Minute)
	for range 6 {
		b.send(t, page, "/eltern", "code", code, "email", "a@example.org").says(t, 200)
	}
	b.send(t, page, "/eltern", "code", code, "email", "a@example.org").says(t, 429, "Spam-Ordner", "Morgen")
}

func TestLanguages(t *testing.T) {
	w := newWorld(t)
	for tag, want := range map[string]string{
		"de": "Zugang für Eltern einrichten", "en": "Set up access for parents", "tr": "Kod", "ar": `dir="rtl"`, "fa": `dir="rtl"`, "xx": "Zugang",
	} {
		if page := w.browser(t).get(t, "/eltern?sprache="+tag); !strings.Contains(page.body, want) {
			t.Errorf("%s: no %q in %s", tag, want, page.text())
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/eltern", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en-GB,en;q=0.9,de;q=0.5")
	w.browser(t).do(t, req).says(t, 200, "Set up access for parents")
}

func TestReset(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const erika = "erika.musterfrau@example.org"
		c, b := w.Client(t, erika), w.browser(t)
		answers := make([]string, 0, 3)
		for _, email := range []string{erika, "niemand@example.org", "lena.weber@example.org"} {
			page := b.send(t, b.get(t, "/eltern/passwort?sprache=de"), "/eltern/passwort", "email", email)
			page.says(t, 200, "Wenn es einen Zugang")
			answers = append(answers, strings.ReplaceAll(page.text(), email, "X"))
		}
		if answers[0] != answers[1] || answers[1] != answers[2] {
			t.Errorf("the answers differ: %q", answers)
		}
		link := w.post.next(t, erika, 1).link(t)
		if status, _ := c.JSON(t, http.MethodGet, "/api/v1/session", nil, nil); status != 200 {
			t.Errorf("to ask for a link ended the session: %d", status)
		}
		b.choose(t, link, "kurz", "kurz").says(t, 422, "zu leicht")
		b.choose(t, link, password, password).says(t, 200, "Ihr neues Passwort gilt", erika)
		b.choose(t, link, password, password).says(t, 410, "schon benutzt")
		if status, _ := c.JSON(t, http.MethodGet, "/api/v1/session", nil, nil); status != 401 {
			t.Errorf("the old session goes on: %d", status)
		}
		w.SignIn(t, erika, password)
		if got := w.post.all(); len(got) != 1 {
			t.Errorf("mails: %+v", got)
		}
		b.send(t, b.get(t, "/eltern/passwort?sprache=de"), "/eltern/passwort", "email", erika).says(t, 200)
		late := w.post.next(t, erika, 2).link(t)
		w.wait(3 * time.Hour)
		b.get(t, late).says(t, 410, "abgelaufen")
	})
}

func TestAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const old, next = "erika.musterfrau@example.org", "erika@neu.example.org"
		c, b := w.Client(t, old), w.browser(t)
		refused := func(email, pass string, status int, code string) {
			t.Helper()
			if got, p := c.JSON(t, http.MethodPost, "/api/v1/account/email", wire.EmailChange{Email: email, Password: pass}, nil); got != status || p.Code != code {
				t.Errorf("%s: %d %+v", email, got, p)
			}
		}
		refused(next, "falsch", 403, wire.CodeSignInFailed)
		refused("nix", "Schulhof-2026", 422, wire.CodeInvalid)
		refused(old, "Schulhof-2026", 422, wire.CodeInvalid)
		refused("sabine.weber@example.org", "Schulhof-2026", 409, wire.CodeEmailTaken)
		if status, p := w.Client(t, "lena.weber").JSON(t, http.MethodPost, "/api/v1/account/email", wire.EmailChange{Email: next, Password: "Schulhof-2026"}, nil); status != 403 {
			t.Errorf("a student: %d %+v", status, p)
		}
		if status, p := c.JSON(t, http.MethodPost, "/api/v1/account/email", wire.EmailChange{Email: next, Password: "Schulhof-2026"}, nil); status != 204 {
			t.Fatalf("%d %+v", status, p)
		}
		account := func() (a wire.Account) {
			if status, p := c.JSON(t, http.MethodGet, "/api/v1/account", nil, &a); status != 200 {
				t.Fatalf("%d %+v", status, p)
			}
			return a
		}
		if a := account(); a.NewEmail != next || a.Email != old {
			t.Errorf("account %+v", a)
		}
		first, second := w.post.next(t, old, 1), w.post.next(t, next, 1)
		page := b.get(t, second.link(t))
		page.says(t, 200, old, next, "Beide Adressen")
		path, _, _ := strings.Cut(second.link(t), "?")
		b.send(t, page, path).says(t, 200, "fehlt noch die Zustimmung")
		b.send(t, page, path).says(t, 410, "schon zugestimmt")
		if a := account(); a.NewEmail != next || a.Email != old {
			t.Errorf("after one: %+v", a)
		}
		page = b.get(t, first.link(t))
		path, _, _ = strings.Cut(first.link(t), "?")
		b.send(t, page, path).says(t, 200, "Beide Adressen haben zugestimmt", next)
		c = w.SignIn(t, next, "Schulhof-2026")
		if a := account(); a.NewEmail != "" || a.Email != next || a.Person.Login != next {
			t.Errorf("after both: %+v", a)
		}
		if status, _ := w.Anonymous().JSON(t, http.MethodPost, "/api/v1/session", wire.SignIn{Login: old, Password: "Schulhof-2026", Device: "x"}, nil); status != 401 {
			t.Errorf("the old address still signs in: %d", status)
		}
	})
}

// An administrator gives a guardian who has lost the mailbox another address.
func TestMoveAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const old, next = "erika.musterfrau@example.org", "erika@neu.example.org"
		admin, c, b := w.Client(t, "admin"), w.Client(t, old), w.browser(t)
		id := w.PersonID(t, old)
		move := func(id, email string) (int, string) {
			t.Helper()
			status, p := admin.JSON(t, http.MethodPut, "/api/v1/guardians/"+id+"/email", wire.NewEmail{Email: email}, nil)
			return status, p.Code
		}
		if status, code := move(id, next); status != 403 || code != wire.CodeAdmin {
			t.Errorf("without the password: %d %s", status, code)
		}
		admin.Confirm(t)
		unregistered := w.guardian(t, "Neu", "Neumann", "tom.test")
		for name, try := range map[string]struct {
			id, email string
			status    int
			code      string
		}{
			"no address":     {id, "nix", 422, wire.CodeInvalid},
			"in use":         {id, "Sabine.Weber@example.org", 409, wire.CodeEmailTaken},
			"a login":        {id, "anna.schmidt@musterschule.example", 409, wire.CodeEmailTaken},
			"not registered": {unregistered, next, 409, wire.CodeConflict},
			"a student":      {w.PersonID(t, "lena.weber"), next, 404, wire.CodeNotFound},
			"nobody":         {"nobody", next, 404, wire.CodeNotFound},
		} {
			if status, code := move(try.id, try.email); status != try.status || code != try.code {
				t.Errorf("%s: %d %s", name, status, code)
			}
		}
		if status, _ := move(id, old); status != 204 || len(w.post.all()) != 0 {
			t.Errorf("the same address: %d, %d mails", status, len(w.post.all()))
		}
		b.send(t, b.get(t, "/eltern/passwort?sprache=de"), "/eltern/passwort", "email", old).says(t, 200)
		reset := w.post.next(t, old, 1).link(t)
		if status, code := move(id, " Erika@Neu.example.org"); status != 204 {
			t.Fatal(status, code)
		}
		if text := w.post.next(t, old, 2).text; !strings.Contains(text, next) || !strings.Contains(text, "an die Schule") {
			t.Error(text)
		}
		if text := w.post.next(t, next, 1).text; !strings.Contains(text, next) || strings.Contains(text, old) {
			t.Error(text)
		}
		b.get(t, reset).says(t, 410, "abgelaufen")
		var a wire.Account
		if status, p := c.JSON(t, http.MethodGet, "/api/v1/account", nil, &a); status != 200 || a.Email != next || a.Person.Login != next {
			t.Errorf("the session: %d %+v %+v", status, p, a)
		}
		w.SignIn(t, next, "Schulhof-2026")
		if status, _ := w.Anonymous().JSON(t, http.MethodPost, "/api/v1/session", wire.SignIn{Login: old, Password: "Schulhof-2026", Device: "x"}, nil); status != 401 {
			t.Errorf("the old address still signs in: %d", status)
		}
		var n int
		err := w.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit WHERE action = 'guardians.address' AND actor = $1 AND subject = $2`, w.PersonID(t, "admin"), id)
		if err != nil || n != 1 {
			t.Errorf("%d entries in the log, %v", n, err)
		}
	})
}

func TestSecondChild(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const sabine = "sabine.weber@example.org"
		lead, c := w.Client(t, "anna.schmidt"), w.Client(t, sabine)
		other := w.guardian(t, "Sabine", "Weber", "tom.test")
		code := w.code(t, other)
		add := func(c interface {
			JSON(t testing.TB, method, path string, in, out any) (int, wire.Problem)
		}, code string, out any,
		) (int, string) {
			status, p := c.JSON(t, http.MethodPost, "/api/v1/account/children", wire.ChildCode{Code: code}, out)
			return status, p.Code
		}
		if status, reason := add(c, "AAAA-BBBB-CCCC", nil); status != 422 || reason != wire.CodeCodeWrong {
			t.Errorf("wrong: %d %s", status, reason)
		}
		if status, reason := add(lead, code, nil); status != 403 || reason != wire.CodeForbidden {
			t.Errorf("a teacher: %d %s", status, reason)
		}
		var children []wire.Child
		if status, reason := add(c, code, &children); status != 200 || len(children) != 2 || children[0].Class != "7b" {
			t.Fatalf("%d %s %+v", status, reason, children)
		}
		if status, reason := add(c, code, nil); status != 422 || reason != wire.CodeCodeUsed {
			t.Errorf("again: %d %s", status, reason)
		}
		if _, err := people.ByID(t.Context(), w.DB, other); err == nil {
			t.Error("the second row is still there")
		}
		for range 25 {
			add(c, "AAAA-BBBB-CCCC", nil)
		}
		if status, reason := add(c, code, nil); status != 429 || reason != wire.CodeSlowDown {
			t.Errorf("guessing: %d %s", status, reason)
		}
		b := w.browser(t)
		b.start(t, code, "x@example.org").says(t, 422, "schon benutzt")
	})
}
