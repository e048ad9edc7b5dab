package guardians

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

const (
	cookieName = "eltern"
	maxForm    = 16 << 10
	policy     = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

// page is what a template shows.
type page struct {
	say       *tongue
	Languages []choice
	School    string
	Place     string
	Title     string // key of the heading
	Mark      string // stands in the form, and in the cookie
	Problem   string // what is wrong, "" = nothing
	Next      string // what to do about it
	Field     string // that is wrong: code, email, password
	Path      string // where the form goes
	Values    map[string]string
	Rules     []ruleLine
	Lines     []string // paragraphs
	Steps     []string
	Button    string // key; "" = none
	Token     string // of a link that the form names
}

// choice is a language that one can switch to.
type choice struct {
	Tag, Name, Link string
	On              bool
}

// ruleLine is a demand on the password.
type ruleLine struct {
	Text    string
	Missing bool
}

// T gives a text of the page's language with the page's values.
func (p *page) T(key string) string { return p.say.text(key, p.pairs()...) }

// Lang is the page's language.
func (p *page) Lang() string { return p.say.tag }

// Dir is the direction in which it is written.
func (p *page) Dir() string {
	if p.say.tag == "ar" || p.say.tag == "fa" {
		return "rtl"
	}
	return "ltr"
}

func (p *page) pairs() []string {
	out := make([]string, 0, 2*len(p.Values))
	for name, value := range p.Values {
		out = append(out, name, value)
	}
	return out
}

// handler answers a page. An error that is a refusal becomes a page of its own.
type handler func(w http.ResponseWriter, r *http.Request, p *page) error

// handle gives a handler its page, and checks that a form comes from one.
func (m *Module) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		parsed := r.ParseForm()
		p, err := m.newPage(w, r)
		if err == nil && r.Method == http.MethodPost {
			err = m.checkForm(r, p, parsed)
		}
		if err == nil {
			err = h(w, r, p)
		}
		if err != nil {
			m.refuse(w, r, p, err)
		}
	})
}

// newPage makes a page in the reader's language.
func (m *Module) newPage(w http.ResponseWriter, r *http.Request) (*page, error) {
	tag := r.URL.Query().Get("sprache")
	if r.Method == http.MethodPost {
		tag = r.PostForm.Get("sprache")
	}
	if m.pages.tongues[tag] == nil {
		tag = m.pages.best(r.Header.Get("Accept-Language"))
	}
	p := &page{say: m.pages.in(tag), Path: r.URL.Path, Values: map[string]string{"server": m.host()}, Mark: m.mark(w, r)}
	for _, other := range languages {
		q := url.Values{"sprache": {other}}
		if typed := r.URL.Query().Get("code"); typed != "" && len(typed) < 100 {
			q.Set("code", typed)
		}
		p.Languages = append(p.Languages, choice{
			Tag: other, Name: m.pages.in(other).text("language"), Link: r.URL.EscapedPath() + "?" + q.Encode(), On: other == tag,
		})
	}
	state, err := m.School.Now(r.Context())
	if err != nil {
		return p, err
	}
	p.School, p.Place = state.Name, state.Place
	return p, nil
}

// mark gives what proves that a form comes from a page of ours: it stands in a cookie
// that other sites' forms do not bring, and in the form.
func (m *Module) mark(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) == len(newToken()) && !strings.ContainsAny(c.Value, `<>"'&`) {
		return c.Value
	}
	value := newToken()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the server is reached by https
		Name: cookieName, Value: value, Path: "/eltern", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(m.Config.Address(), "https://"),
	})
	return value
}

var (
	errForm    = web.Refuse(http.StatusForbidden, codeForm, "The page was too old, or the browser takes no cookies. Load the page again.")
	errTooLong = web.Refuse(http.StatusRequestEntityTooLarge, wire.CodeTooLarge, "What was typed is too long.")
)

// checkForm refuses a form that does not come from a page of ours. parsed is how
// reading it went.
func (m *Module) checkForm(r *http.Request, p *page, parsed error) error {
	if _, tooLong := errors.AsType[*http.MaxBytesError](parsed); tooLong {
		return errTooLong
	}
	if parsed != nil {
		return errForm
	}
	c, err := r.Cookie(cookieName)
	if err != nil || subtle.ConstantTimeCompare([]byte(c.Value), []byte(r.PostForm.Get("mark"))) != 1 || p.Mark != c.Value {
		return errForm
	}
	if err := m.guard.Check(r); err != nil {
		return errForm
	}
	return nil
}

// show answers a page.
func (m *Module) show(w http.ResponseWriter, status int, name string, p *page) error {
	var out bytes.Buffer
	if err := m.pages.html[name].ExecuteTemplate(&out, "layout", p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(out.Bytes())
	if err != nil {
		return nil //nolint:nilerr // the reader has gone away
	}
	return nil
}

// explain puts what is wrong, and what to do next, on a page. It gives false for an
// error that is none of the reader's business.
func (p *page) explain(err error) (status int, ok bool) {
	r, ok := errors.AsType[*web.Refusal](err)
	if !ok || r.Problem.Status >= http.StatusInternalServerError {
		return http.StatusInternalServerError, false
	}
	key := r.Problem.Code
	if key == wire.CodeSlowDown {
		p.Values["wait"] = strconv.Itoa((r.Problem.RetryIn + 59) / 60)
		if r.Problem.RetryIn > 3600 {
			key = "mails"
		}
	}
	if p.say.text("err_"+key) == "" {
		key = codeForm
	}
	p.Problem, p.Next = p.T("err_"+key), p.T("next_"+key)
	switch key {
	case wire.CodeCodeWrong, wire.CodeCodeUsed, wire.CodeCodeExpired, wire.CodeCodeReplaced:
		p.Field = "code"
	case codeEmail, wire.CodeEmailTaken:
		p.Field = "email"
	case codeDiffer, wire.CodePasswordWeak:
		p.Field = "password"
	}
	return r.Problem.Status, true
}

// refuse answers a page that says nothing but what is wrong.
func (m *Module) refuse(w http.ResponseWriter, r *http.Request, p *page, err error) {
	status, ok := p.explain(err)
	if !ok {
		m.Log.ErrorContext(r.Context(), "page for guardians", slog.String("request", web.RequestID(r.Context())), slog.Any("error", err))
		p.Values["request"] = web.RequestID(r.Context())
		p.Problem, p.Next = p.T("err_internal"), p.T("next_internal")
	}
	p.Title, p.Lines, p.Steps, p.Button = "oops", nil, nil, ""
	if codeOfRefusal(err) == codeLinkExpired && p.Values["resend"] != "" {
		p.Button, p.Path = "resend", "/eltern/neu"
	}
	if err := m.show(w, status, "message", p); err != nil {
		m.Log.ErrorContext(context.WithoutCancel(r.Context()), "page for guardians", slog.Any("error", err))
	}
}
