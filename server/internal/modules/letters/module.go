package letters

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/module"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

//go:embed migrations
var migrations embed.FS

// Kinds of jobs, and of mails.
const (
	jobSend   = "letters.send"
	jobRemind = "letters.remind"
	jobDigest = "letters.digest"
	jobGerman = "letters.german"
	jobPrune  = "letters.prune"
	mailKind  = "letter"
)

// unsubscribePath is where the token of a mail leads.
const unsubscribePath = "/api/v1/unsubscribe/letters/"

// Module is the letters module of a server.
type Module struct {
	d  module.Deps
	db *db.DB
}

// New makes the module.
func New(d module.Deps) module.Module { return &Module{d: d, db: d.DB} }

// Name implements module.Module.
func (m *Module) Name() string { return wire.ModuleLetters }

// Migrations implements module.Module.
func (m *Module) Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Visible implements module.Visible: students get no letters.
func (m *Module) Visible(c web.Caller) bool { return c.Person.Role != wire.RoleStudent }

// Mount implements module.Module.
func (m *Module) Mount(_ context.Context, r *web.Router) error {
	m.d.Jobs.Register(jobSend, m.sendDue, jobs.Policy{})
	m.d.Jobs.Register(jobRemind, m.remindDue, jobs.Policy{})
	m.d.Jobs.Register(jobDigest, m.digestDue, jobs.Policy{})
	m.d.Jobs.Register(jobGerman, m.germanDue, jobs.Policy{})
	m.d.Jobs.Register(jobPrune, m.prune, jobs.Policy{})
	m.d.Jobs.Every(jobPrune, 24*time.Hour)
	m.d.Mail.OnBounce(mailKind, m.bounced)
	m.readerRoutes(r)
	m.writerRoutes(r)
	m.reportRoutes(r)
	return nil
}

// op is a route for those who are signed in.
func op(method, path, summary string) web.Op {
	return web.Op{Method: method, Path: "/api/v1/letters/" + path, Access: web.SignedIn, Summary: summary, Tag: wire.ModuleLetters}
}

func (m *Module) readerRoutes(r *web.Router) {
	web.Handle(r, op(http.MethodGet, "inbox", "Letters to the caller that changed"), m.inbox)
	web.Handle(r, op(http.MethodPost, "flags", "Mark letters as read, archive and restore them"), m.flags)
	web.Handle(r, op(http.MethodPost, "{id}/answer", "Answer a letter"), m.answer)
	web.Handle(r, op(http.MethodGet, "{id}/text", "A letter in a language that the sender wrote"), m.ownText)
	translate := op(http.MethodPost, "{id}/translate", "A letter in another language")
	translate.Harmless = true
	web.Handle(r, translate, m.translate)
	web.Handle(r, op(http.MethodGet, "{id}/versions", "What a letter said before corrections"), m.versions)
	r.Raw(op(http.MethodGet, "{id}/files/{file}", "An attachment"), http.HandlerFunc(m.serveFile))
	web.Handle(r, op(http.MethodGet, "languages", "What letters can be translated into"), m.languages)
	web.Handle(r, op(http.MethodGet, "notice", "How the caller hears of letters by mail"), m.notice)
	notice := op(http.MethodPut, "notice", "Choose how to hear of letters by mail")
	notice.Harmless = true
	web.Handle(r, notice, m.setNotice)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		off := op(method, "", "No more mails about letters")
		off.Path, off.Access, off.Secret = unsubscribePath+"{token}", web.Public, true
		r.Raw(off, http.HandlerFunc(m.unsubscribe))
	}
}

func (m *Module) writerRoutes(r *web.Router) {
	web.Handle(r, op(http.MethodGet, "targets", "Whom the caller may address"), m.targets)
	web.Handle(r, op(http.MethodGet, "targets/children", "Children whose guardians the caller may address"), m.targetChildren)
	web.Handle(r, op(http.MethodGet, "targets/senders", "Possible co-senders"), m.targetSenders)
	web.Handle(r, op(http.MethodPost, "reach", "Whom a letter would reach"), m.reach)
	web.Handle(r, op(http.MethodGet, "templates", "Templates of letters"), m.templates)
	web.Handle(r, op(http.MethodPut, "templates/{id}", "Keep a template of the school's own"), m.putTemplate)
	web.Handle(r, op(http.MethodDelete, "templates/{id}", "Delete a template of the school's own"), m.deleteTemplate)
	web.Handle(r, op(http.MethodGet, "drafts", "Letters that the caller writes"), m.drafts)
	web.Handle(r, op(http.MethodPost, "drafts", "Begin a letter"), m.newDraft)
	web.Handle(r, op(http.MethodGet, "draft", "A letter that the caller writes"), m.draft)
	web.Handle(r, op(http.MethodPut, "drafts/{id}", "Save a letter"), m.putDraft)
	web.Handle(r, op(http.MethodDelete, "drafts/{id}", "Throw a draft away"), m.deleteDraft)
	r.Raw(op(http.MethodPost, "drafts/{id}/files", "Attach a file"), http.HandlerFunc(m.attach))
	web.Handle(r, op(http.MethodDelete, "drafts/{id}/files/{file}", "Take an attachment away"), m.detach)
	preview := op(http.MethodPost, "drafts/{id}/preview", "A draft as a guardian would read it")
	preview.Harmless = true
	web.Handle(r, preview, m.preview)
	web.Handle(r, op(http.MethodPost, "drafts/{id}/send", "Send a letter, now or at its time"), m.send)
	web.Handle(r, op(http.MethodPost, "{id}/recall", "Take a letter back that nobody has read"), m.recall)
	web.Handle(r, op(http.MethodPost, "{id}/correct", "Correct a letter"), m.correct)
	web.Handle(r, op(http.MethodGet, "settings", "The school's settings for letters"), m.settings)
	web.Handle(r, op(http.MethodPut, "settings", "Change the school's settings for letters"), m.putSettings)
}

func (m *Module) reportRoutes(r *web.Router) {
	web.Handle(r, op(http.MethodGet, "sent", "Letters that were sent"), m.sent)
	web.Handle(r, op(http.MethodGet, "{id}/report", "Who has read and answered"), m.report)
	r.Raw(op(http.MethodGet, "{id}/report.csv", "The report as a table"), http.HandlerFunc(m.reportCSV))
	r.Raw(op(http.MethodGet, "{id}/report.xlsx", "The report as a workbook"), http.HandlerFunc(m.reportXLSX))
	r.Raw(op(http.MethodGet, "{id}/print.pdf", "Letters to print, with reply slips"), http.HandlerFunc(m.print))
	web.Handle(r, op(http.MethodPost, "{id}/paper", "Enter an answer that came on paper"), m.paper)
	web.Handle(r, op(http.MethodPost, "{id}/remind", "Remind those who have not answered"), m.remind)
}

// count takes n numbers off the counter and gives the first. Transactions that count
// wait for one another until they end.
func count(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	var last int64
	if err := tx.Get(ctx, &last, `UPDATE letter_counter SET seq = seq + $1 WHERE id = 1 RETURNING seq`, n); err != nil {
		return 0, fmt.Errorf("counter of letters: %w", err)
	}
	return last - int64(n) + 1, nil
}

// changed tells readers that their inbox changed, after the commit.
func (m *Module) changed(people []string) {
	m.d.Events.Publish(wire.Event{Kind: wire.EventModule, Module: wire.ModuleLetters}, people)
}

// reported tells those who see a letter's report that it changed, after the commit.
func (m *Module) reported(letter string, people []string) {
	m.d.Events.Publish(wire.Event{Kind: wire.EventModule, Module: wire.ModuleLetters, Root: letter}, people)
}
