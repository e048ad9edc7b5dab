package guardians

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

// mountPages adds the pages.
func (m *Module) mountPages(r *web.Router) {
	for _, route := range []struct {
		op     string
		h      handler
		secret bool
	}{
		{"GET /eltern", m.getStart, false},
		{"POST /eltern", m.postStart, false},
		{"GET /eltern/aktivieren/{token}", m.getActivate, true},
		{"POST /eltern/aktivieren/{token}", m.postActivate, true},
		{"POST /eltern/neu", m.postAgain, false},
		{"GET /eltern/passwort", m.getForgot, false},
		{"POST /eltern/passwort", m.postForgot, false},
		{"GET /eltern/passwort/{token}", m.getReset, true},
		{"POST /eltern/passwort/{token}", m.postReset, true},
		{"GET /eltern/adresse/{token}", m.getAgree, true},
		{"POST /eltern/adresse/{token}", m.postAgree, true},
	} {
		method, path, _ := strings.Cut(route.op, " ")
		r.Raw(web.Op{
			Method: method, Path: path, Access: web.Public, Summary: "A page for guardians", Tag: m.Name(), Secret: route.secret,
		}, m.handle(route.h))
	}
	r.Raw(web.Op{Method: http.MethodGet, Path: "/eltern/stil.css", Access: web.Public, Summary: "How the pages look", Tag: m.Name()},
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Header().Set("Cache-Control", "max-age=3600")
			_, _ = w.Write(m.pages.style) // the reader may have gone away
		}))
}

func (m *Module) getStart(w http.ResponseWriter, r *http.Request, p *page) error {
	typed := r.URL.Query().Get("code")
	if code, ok := codes.Normalize(typed); ok {
		typed = code
	}
	p.Values["code"] = typed[:min(len(typed), 40)]
	return m.start(w, http.StatusOK, p)
}

func (m *Module) start(w http.ResponseWriter, status int, p *page) error {
	p.Title, p.Button = "start", "next"
	return m.show(w, status, "start", p)
}

func (m *Module) postStart(w http.ResponseWriter, r *http.Request, p *page) error {
	p.Values["code"], p.Values["email"] = r.PostForm.Get("code"), r.PostForm.Get("email")
	email, err := m.begin(r.Context(), p.Values["code"], p.Values["email"], p.Lang())
	if err != nil {
		status, ok := p.explain(err)
		if !ok {
			return err
		}
		return m.start(w, status, p)
	}
	return m.sent(w, p, email)
}

// sent says that a mail is on its way.
func (m *Module) sent(w http.ResponseWriter, p *page, email string) error {
	p.Values["email"], p.Values["until"] = email, m.moment(m.Now().Add(activateFor))
	p.Title, p.Lines = "sent", []string{p.T("sent_text"), p.T("sent_until"), p.T("sent_spam")}
	return m.show(w, http.StatusOK, "message", p)
}

func (m *Module) postAgain(w http.ResponseWriter, r *http.Request, p *page) error {
	email, err := m.again(r.Context(), r.PostForm.Get("link"), p.Lang())
	if err != nil {
		return err
	}
	return m.sent(w, p, email)
}

// follow gives the link behind a page, and whose it is.
func (m *Module) follow(r *http.Request, p *page, kinds ...string) (link, people.Person, error) {
	p.Token = r.PathValue("token")
	l, err := m.linkBy(r.Context(), m.DB, p.Token, kinds...)
	if l.Kind == linkActivate && l.About != "" {
		p.Values["resend"] = "yes"
	}
	switch code := codeOfRefusal(err); {
	case code == codeLinkUsed && l.Kind != linkActivate && l.Kind != linkReset:
		return l, people.Person{}, errAgreeUsed
	case code == codeLinkExpired && l.Kind != linkActivate && l.Kind != linkReset:
		return l, people.Person{}, errAgreeOver
	case err != nil:
		return l, people.Person{}, err
	}
	who, err := people.ByID(r.Context(), m.DB, l.PersonID)
	p.Values["name"] = who.Wire().Name()
	return l, who, err
}

func (m *Module) getActivate(w http.ResponseWriter, r *http.Request, p *page) error {
	l, _, err := m.follow(r, p, linkActivate)
	if err != nil {
		return err
	}
	return m.password(r.Context(), w, p, "choose", l.Email, nil)
}

func (m *Module) postActivate(w http.ResponseWriter, r *http.Request, p *page) error {
	l, _, err := m.follow(r, p, linkActivate)
	if err != nil {
		return err
	}
	if err = twice(r); err == nil {
		err = m.activate(r.Context(), &l, r.PostForm.Get("password"), p.Lang())
	}
	if err != nil {
		return m.passwordAgain(w, r, p, err, "choose", l.Email)
	}
	return m.done(w, p, "done", l.Email)
}

var errDiffer = web.Refuse(http.StatusUnprocessableEntity, codeDiffer, "Both passwords must be the same.")

// twice refuses a password that was not typed twice the same.
func twice(r *http.Request) error {
	if r.PostForm.Get("password") != r.PostForm.Get("password2") {
		return errDiffer
	}
	return nil
}

// password shows the form for a password, with what is wrong about the last one.
func (m *Module) password(ctx context.Context, w http.ResponseWriter, p *page, title, email string, wrong error) error {
	state, err := m.School.Now(ctx)
	if err != nil {
		return err
	}
	status, missing := http.StatusOK, []string{}
	if r, ok := errors.AsType[*web.Refusal](wrong); ok {
		status, _ = p.explain(wrong)
		missing = strings.Split(r.Problem.Args["missing"], ",")
	}
	demands := state.Demands()
	p.Title, p.Button, p.Values["email"] = title, "save", email
	for _, rule := range demands.Rules() {
		p.Rules = append(p.Rules, ruleLine{
			Text:    p.say.text("rule_"+string(rule), "n", strconv.Itoa(max(demands.Length, rules.MinLength))),
			Missing: slices.Contains(missing, string(rule)),
		})
	}
	return m.show(w, status, "password", p)
}

// passwordAgain shows the form again where the password is what is wrong.
func (m *Module) passwordAgain(w http.ResponseWriter, r *http.Request, p *page, err error, title, email string) error {
	switch codeOfRefusal(err) {
	case codeDiffer, wire.CodePasswordWeak:
	default:
		return err
	}
	return m.password(r.Context(), w, p, title, email, err)
}

// done says how to go on in the program.
func (m *Module) done(w http.ResponseWriter, p *page, title, email string) error {
	p.Values["email"] = email
	p.Title, p.Lines, p.Steps = title, []string{p.T(title + "_text")}, []string{p.T("step_open"), p.T("step_server"), p.T("step_sign_in")}
	return m.show(w, http.StatusOK, "message", p)
}

func (m *Module) getForgot(w http.ResponseWriter, _ *http.Request, p *page) error {
	return m.forgot(w, http.StatusOK, p)
}

func (m *Module) forgot(w http.ResponseWriter, status int, p *page) error {
	p.Title, p.Button = "forgot", "send"
	return m.show(w, status, "forgot", p)
}

func (m *Module) postForgot(w http.ResponseWriter, r *http.Request, p *page) error {
	p.Values["email"] = r.PostForm.Get("email")
	if err := m.askReset(r.Context(), p.Values["email"], p.Lang()); err != nil {
		status, ok := p.explain(err)
		if !ok {
			return err
		}
		return m.forgot(w, status, p)
	}
	p.Title, p.Lines = "asked", []string{p.T("asked_text"), p.T("asked_hours"), p.T("sent_spam")}
	return m.show(w, http.StatusOK, "message", p)
}

func (m *Module) getReset(w http.ResponseWriter, r *http.Request, p *page) error {
	_, who, err := m.follow(r, p, linkReset)
	if err != nil {
		return err
	}
	return m.password(r.Context(), w, p, "renew", who.Email, nil)
}

func (m *Module) postReset(w http.ResponseWriter, r *http.Request, p *page) error {
	l, who, err := m.follow(r, p, linkReset)
	if err != nil {
		return err
	}
	if err = twice(r); err == nil {
		err = m.reset(r.Context(), &l, r.PostForm.Get("password"))
	}
	if err != nil {
		return m.passwordAgain(w, r, p, err, "renew", who.Email)
	}
	return m.done(w, p, "renewed", who.Email)
}

func (m *Module) getAgree(w http.ResponseWriter, r *http.Request, p *page) error {
	l, who, err := m.follow(r, p, linkOld, linkNew)
	if err != nil {
		return err
	}
	p.Values["old"], p.Values["email"] = who.Email, l.Email
	p.Title, p.Lines, p.Button = "agree", []string{p.T("agree_text")}, "agree_button"
	return m.show(w, http.StatusOK, "message", p)
}

func (m *Module) postAgree(w http.ResponseWriter, r *http.Request, p *page) error {
	l, _, err := m.follow(r, p, linkOld, linkNew)
	if err != nil {
		return err
	}
	done, err := m.agree(r.Context(), &l)
	if err != nil {
		return err
	}
	p.Values["email"] = l.Email
	p.Title = "agreed"
	p.Lines = []string{p.T("agreed_wait")}
	if done {
		p.Lines = []string{p.T("agreed_done")}
	}
	return m.show(w, http.StatusOK, "message", p)
}
