// Package people asks the server about people: the own account, and for those who
// administrate the school, everybody's. Nothing of it is kept on this PC.
//
// Its words: a page is a part of a long list, with the place where the next one
// begins; a preview is what a school's list would change, until it is confirmed.
package people

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

// People are the calls, over one session. All methods may be called from any
// goroutine; refusals are *remote.Error.
type People struct{ r *remote.Client }

// New returns the calls of a client's session.
func New(r *remote.Client) *People { return &People{r} }

const api = "/api/v1/"

func path(parts ...string) string {
	safe := make([]string, len(parts))
	for i, part := range parts {
		safe[i] = url.PathEscape(part)
	}
	return api + strings.Join(safe, "/")
}

func get[T any](ctx context.Context, p *People, path string) (out T, err error) {
	err = p.r.JSON(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

func post[T any](ctx context.Context, p *People, path string, in any) (out T, err error) {
	err = p.r.JSON(ctx, http.MethodPost, path, in, &out)
	return out, err
}

func put[T any](ctx context.Context, p *People, path string, in any) (out T, err error) {
	err = p.r.JSON(ctx, http.MethodPut, path, in, &out)
	return out, err
}

func (p *People) do(ctx context.Context, method, path string, in any) error {
	return p.r.JSON(ctx, method, path, in, nil)
}

// Query chooses people. What is empty does not choose.
type Query struct {
	Text  string
	Role  wire.Role
	State wire.State
	Group string // id
	Never bool   // only those who have never signed in
	After string // wire.PeoplePage.Next of the page before
}

func (q Query) encode() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "role": string(q.Role), "state": string(q.State), "group": q.Group, "after": q.After} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Never {
		v.Set("never", "true")
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// List gives a page of those whom the query finds.
func (p *People) List(ctx context.Context, q Query) (wire.PeoplePage, error) {
	return get[wire.PeoplePage](ctx, p, path("people")+q.encode())
}

// Person gives one with all that belongs to them.
func (p *People) Person(ctx context.Context, id string) (wire.PersonDetail, error) {
	return get[wire.PersonDetail](ctx, p, path("people", id))
}

// Create makes an account; the answer holds its first code.
func (p *People) Create(ctx context.Context, in wire.NewPerson) (wire.PersonDetail, error) {
	return post[wire.PersonDetail](ctx, p, path("people"), in)
}

// Edit changes what is known of a person.
func (p *People) Edit(ctx context.Context, id string, in wire.EditPerson) (wire.PersonDetail, error) {
	return put[wire.PersonDetail](ctx, p, path("people", id), in)
}

// Reset gives a one-time code in place of the password, and ends every session.
func (p *People) Reset(ctx context.Context, id string) (wire.StartCode, error) {
	return post[wire.StartCode](ctx, p, path("people", id, "reset"), nil)
}

// LiftSlowDown lets a person try again after wrong passwords.
func (p *People) LiftSlowDown(ctx context.Context, id string) error {
	return p.do(ctx, http.MethodDelete, path("people", id, "slow-down"), nil)
}

// DropSecondStep switches a person's second step off: the phone is lost.
func (p *People) DropSecondStep(ctx context.Context, id string) error {
	return p.do(ctx, http.MethodDelete, path("people", id, "second-step"), nil)
}

// SetState locks, restricts, lets leave, or sets free.
func (p *People) SetState(ctx context.Context, id string, in wire.Lock) error {
	return p.do(ctx, http.MethodPost, path("people", id, "lock"), in)
}

// SetRights gives and takes extra rights.
func (p *People) SetRights(ctx context.Context, id string, in wire.Rights) error {
	return p.do(ctx, http.MethodPost, path("people", id, "rights"), in)
}

// Merge makes one guardian a part of another.
func (p *People) Merge(ctx context.Context, in wire.Merge) error {
	return p.do(ctx, http.MethodPost, path("people", "merge"), in)
}

// SetEmail gives a registered guardian another e-mail address to sign in with; both
// addresses get a mail. It is refused with wire.CodeEmailTaken where the address is
// somebody else's.
func (p *People) SetEmail(ctx context.Context, guardian, email string) error {
	return p.do(ctx, http.MethodPut, path("guardians", guardian, "email"), wire.NewEmail{Email: email})
}

// SetChild makes somebody the guardian of a child.
func (p *People) SetChild(ctx context.Context, guardian, child string) error {
	return p.do(ctx, http.MethodPut, path("people", guardian, "children", child), nil)
}

// EndChild ends that somebody is the guardian of a child.
func (p *People) EndChild(ctx context.Context, guardian, child string) error {
	return p.do(ctx, http.MethodDelete, path("people", guardian, "children", child), nil)
}

// Rights gives the table of what may be done by whom.
func (p *People) Rights(ctx context.Context) ([]wire.RightRow, error) {
	return get[[]wire.RightRow](ctx, p, path("rights"))
}

// Groups lists the groups; class leads get their own.
func (p *People) Groups(ctx context.Context) ([]wire.GroupRow, error) {
	return get[[]wire.GroupRow](ctx, p, path("groups"))
}

// AddGroup makes a group.
func (p *People) AddGroup(ctx context.Context, in wire.NewGroup) (wire.GroupRow, error) {
	return post[wire.GroupRow](ctx, p, path("groups"), in)
}

// RenameGroup gives a group another name.
func (p *People) RenameGroup(ctx context.Context, id string, in wire.NewGroup) error {
	return p.do(ctx, http.MethodPut, path("groups", id), in)
}

// EndGroup deletes a group; its files go to the trash.
func (p *People) EndGroup(ctx context.Context, id string) error {
	return p.do(ctx, http.MethodDelete, path("groups", id), nil)
}

// SetMember makes a person a member of a group, or its lead.
func (p *People) SetMember(ctx context.Context, group, person string, lead bool) error {
	return p.do(ctx, http.MethodPut, path("groups", group, "members", person), wire.Membership{Lead: lead})
}

// EndMember takes a person out of a group.
func (p *People) EndMember(ctx context.Context, group, person string) error {
	return p.do(ctx, http.MethodDelete, path("groups", group, "members", person), nil)
}

// Guardians says of each guardian of a class whether they have registered.
func (p *People) Guardians(ctx context.Context, group string) ([]wire.Invitation, error) {
	return get[[]wire.Invitation](ctx, p, path("groups", group, "guardians"))
}

// NewCodes gives guardians of a class, or of the whole school where group is "",
// new registration codes, and writes their letters as a PDF. Codes that were given
// them before no longer work.
func (p *People) NewCodes(ctx context.Context, group string, in wire.NewCodes, w io.Writer) error {
	at := path("guardians", "codes")
	if group != "" {
		at = path("groups", group, "codes")
	}
	return p.r.Fetch(ctx, http.MethodPost, at, in, w)
}

// Slips writes slips to print with codes that the server has just given, as a PDF.
func (p *People) Slips(ctx context.Context, codes []wire.StartCode, w io.Writer) error {
	return p.r.Fetch(ctx, http.MethodPost, path("slips"), wire.Slips{Codes: codes}, w)
}

// RenewStart gives the students of a class who have no own password yet new first ones.
func (p *People) RenewStart(ctx context.Context, group string) ([]wire.StartCode, error) {
	return post[[]wire.StartCode](ctx, p, path("groups", group, "start-codes"), nil)
}

// Kinds of lists.
const (
	Students  = "students"
	Teachers  = "teachers"
	Guardians = "guardians"
)

// Read gives the preview of a school's list. Nothing is written by it. lang is the
// language of its sentences; mapping says what columns mean that the server does not
// know by their names, each as Nachname=column, or -=column for one to leave alone.
func (p *People) Read(ctx context.Context, kind, lang string, mapping []string, file io.Reader) (wire.Import, error) {
	var out wire.Import
	err := p.r.Send(ctx, path("imports", kind)+"?"+url.Values{"lang": {lang}, "map": mapping}.Encode(), "text/csv", file, &out)
	return out, err
}

// Progress says how far the reading or writing of a list is that this person has under
// way, to be asked now and then while Read or Confirm waits. Its Doing is "" when there
// is none.
func (p *People) Progress(ctx context.Context) (wire.ImportProgress, error) {
	return get[wire.ImportProgress](ctx, p, path("imports"))
}

// Decide settles unclear lines of a preview and gives the new one.
func (p *People) Decide(ctx context.Context, id, lang string, in []wire.ImportDecision) (wire.Import, error) {
	return post[wire.Import](ctx, p, path("imports", id, "decide")+"?lang="+url.QueryEscape(lang), wire.ImportDecisions{Decisions: in})
}

// Confirm writes what a preview shows; leaving says that the many who leave are meant.
func (p *People) Confirm(ctx context.Context, id string, leaving bool) (wire.ImportDone, error) {
	at := path("imports", id, "confirm")
	if leaving {
		at += "?leaving=yes"
	}
	return post[wire.ImportDone](ctx, p, at, nil)
}

// Modules says for whom the modules are on.
func (p *People) Modules(ctx context.Context) (wire.Switches, error) {
	return get[wire.Switches](ctx, p, path("modules"))
}

// SetModules switches modules on and off.
func (p *People) SetModules(ctx context.Context, in wire.Switches) (wire.Switches, error) {
	return put[wire.Switches](ctx, p, path("modules"), in)
}

// Settings gives the school's settings.
func (p *People) Settings(ctx context.Context) (wire.Settings, error) {
	return get[wire.Settings](ctx, p, path("settings"))
}

// SetSettings changes them.
func (p *People) SetSettings(ctx context.Context, in wire.Settings) (wire.Settings, error) {
	return put[wire.Settings](ctx, p, path("settings"), in)
}

// SetTerms makes a new version of the terms of use.
func (p *People) SetTerms(ctx context.Context, markdown string) (wire.Terms, error) {
	return put[wire.Terms](ctx, p, path("terms"), wire.NewTerms{Markdown: markdown})
}

// Log reads a page of the log, which notes that it was read.
func (p *People) Log(ctx context.Context, in wire.LogQuery) (wire.LogPage, error) {
	return post[wire.LogPage](ctx, p, path("log"), in)
}

// Consents lists who has asked to read what the log says of a person.
func (p *People) Consents(ctx context.Context) ([]wire.LogConsent, error) {
	return get[[]wire.LogConsent](ctx, p, path("log", "consents"))
}

// AskConsent asks for another administrator's consent.
func (p *People) AskConsent(ctx context.Context, in wire.NewConsent) (wire.LogConsent, error) {
	return post[wire.LogConsent](ctx, p, path("log", "consents"), in)
}

// GiveConsent gives it.
func (p *People) GiveConsent(ctx context.Context, id string) error {
	return p.do(ctx, http.MethodPost, path("log", "consents", id), nil)
}

// Administrate gives the own password again, which counts for ten minutes.
func (p *People) Administrate(ctx context.Context, in wire.PasswordOnly) (wire.AdminUntil, error) {
	return post[wire.AdminUntil](ctx, p, path("session", "admin"), in)
}
