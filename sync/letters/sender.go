package letters

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

// once sends a write that is safe to repeat: a connection that breaks is tried
// once more under the same key, so that nothing is sent twice.
func once[T any](ctx context.Context, l *Letters, method, path string, in any) (out T, err error) {
	key := rand.Text()
	err = l.r.Once(ctx, key, method, path, in, &out)
	if errors.Is(err, remote.ErrOffline) && ctx.Err() == nil {
		err = l.r.Once(ctx, key, method, path, in, &out)
	}
	return out, err
}

// Targets lists whom one may address, but single children.
func (l *Letters) Targets(ctx context.Context) ([]wire.Target, error) {
	out, err := get[wire.Targets](ctx, l, api+"targets")
	return out.Targets, err
}

// Children finds children whom one may address.
func (l *Letters) Children(ctx context.Context, text string) ([]wire.Target, error) {
	out, err := get[wire.Targets](ctx, l, api+"targets/children?q="+url.QueryEscape(text))
	return out.Targets, err
}

// Senders finds people who may be co-senders.
func (l *Letters) Senders(ctx context.Context, text string) ([]wire.Target, error) {
	out, err := get[wire.Targets](ctx, l, api+"targets/senders?q="+url.QueryEscape(text))
	return out.Targets, err
}

// Reach says whom targets reach.
func (l *Letters) Reach(ctx context.Context, to []wire.Target) (wire.Reach, error) {
	var out wire.Reach
	err := l.r.JSON(ctx, http.MethodPost, api+"reach", wire.ReachOf{To: to}, &out)
	return out, err
}

// Templates lists the templates of the program and of the school.
func (l *Letters) Templates(ctx context.Context) ([]wire.Template, error) {
	out, err := get[wire.Templates](ctx, l, api+"templates")
	return out.Templates, err
}

// KeepTemplate stores a template of the school's own, in place of the one with its ID.
// Those who may write to all may do that.
func (l *Letters) KeepTemplate(ctx context.Context, t wire.Template) error {
	if t.ID == "" {
		t.ID = rand.Text()
	}
	if t.Placeholders == nil {
		t.Placeholders = []string{}
	}
	_, err := once[wire.Template](ctx, l, http.MethodPut, api+"templates/"+url.PathEscape(t.ID), t)
	return err
}

// DropTemplate deletes a template of the school's own.
func (l *Letters) DropTemplate(ctx context.Context, id string) error {
	_, err := once[any](ctx, l, http.MethodDelete, api+"templates/"+url.PathEscape(id), nil)
	return err
}

// School gives the school's settings for letters, which the head and administrators see.
func (l *Letters) School(ctx context.Context) (wire.LetterSettings, error) {
	return get[wire.LetterSettings](ctx, l, api+"settings")
}

// SetSchool changes the school's settings; of the people only the ids count.
func (l *Letters) SetSchool(ctx context.Context, s wire.LetterSettings) error {
	if s.Wide == nil {
		s.Wide = []wire.Person{}
	}
	_, err := once[wire.LetterSettings](ctx, l, http.MethodPut, api+"settings", s)
	return err
}

// Drafts lists the drafts that the server has, the last saved first.
func (l *Letters) Drafts(ctx context.Context) ([]wire.Draft, error) {
	out, err := get[wire.Drafts](ctx, l, api+"drafts")
	return out.Drafts, err
}

// Draft gives one.
func (l *Letters) Draft(ctx context.Context, id string) (wire.Draft, error) {
	return get[wire.Draft](ctx, l, api+"draft?id="+url.QueryEscape(id))
}

// Save stores a draft on the server, a new one where it has no ID. A draft that
// changed elsewhere since Rev is refused as a conflict.
func (l *Letters) Save(ctx context.Context, d wire.Draft) (wire.Draft, error) {
	if d.To == nil {
		d.To = []wire.Target{}
	}
	if d.ID == "" {
		return once[wire.Draft](ctx, l, http.MethodPost, api+"drafts", d)
	}
	return once[wire.Draft](ctx, l, http.MethodPut, api+"drafts/"+url.PathEscape(d.ID), d)
}

// DeleteDraft deletes a draft for good.
func (l *Letters) DeleteDraft(ctx context.Context, id string) error {
	_, err := once[any](ctx, l, http.MethodDelete, api+"drafts/"+url.PathEscape(id), nil)
	return err
}

// Attach adds a file to a draft.
func (l *Letters) Attach(ctx context.Context, draft, name string, body io.Reader) (wire.LetterFile, error) {
	var out wire.LetterFile
	err := l.r.Send(ctx, api+"drafts/"+url.PathEscape(draft)+"/files?name="+url.QueryEscape(name), "application/octet-stream", body, &out)
	return out, err
}

// Detach takes a file from a draft.
func (l *Letters) Detach(ctx context.Context, draft, file string) error {
	_, err := once[any](ctx, l, http.MethodDelete, api+"drafts/"+url.PathEscape(draft)+"/files/"+url.PathEscape(file), nil)
	return err
}

// Preview gives a draft as a guardian would read it.
func (l *Letters) Preview(ctx context.Context, draft, lang string) (wire.LetterPreview, error) {
	return once[wire.LetterPreview](ctx, l, http.MethodPost, api+"drafts/"+url.PathEscape(draft)+"/preview?lang="+url.QueryEscape(lang), nil)
}

// SendDraft sends a draft, at its time where it has one.
func (l *Letters) SendDraft(ctx context.Context, id string) (wire.SentLetter, error) {
	return once[wire.SentLetter](ctx, l, http.MethodPost, api+"drafts/"+url.PathEscape(id)+"/send", nil)
}

// Sent lists the letters whose report one sees: own ones, or with all the others' too.
func (l *Letters) Sent(ctx context.Context, all bool) ([]wire.SentLetter, error) {
	scope := "own"
	if all {
		scope = "seen"
	}
	out, err := get[wire.SentList](ctx, l, api+"sent?scope="+scope)
	return out.Letters, err
}

// Report gives who answered what.
func (l *Letters) Report(ctx context.Context, id string) (wire.Report, error) {
	return get[wire.Report](ctx, l, path(id, "report"))
}

// Kinds of reports to take away.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// Export writes the report as a table.
func (l *Letters) Export(ctx context.Context, id, kind string, w io.Writer) error {
	return l.r.Fetch(ctx, http.MethodGet, path(id, "report."+kind), nil, w)
}

// Whom a print run is for.
const (
	PrintUnreached = "unreached"
	PrintMissing   = "missing"
	PrintAll       = "all"
)

// Print writes one letter for each child, with a slip to answer on, as a PDF.
func (l *Letters) Print(ctx context.Context, id, who string, w io.Writer) error {
	return l.r.Fetch(ctx, http.MethodGet, path(id, "print.pdf")+"?who="+url.QueryEscape(who), nil, w)
}

// Paper enters an answer that came on paper.
func (l *Letters) Paper(ctx context.Context, id string, a wire.PaperAnswer) (wire.Report, error) {
	a.Text = strings.TrimSpace(a.Text)
	return once[wire.Report](ctx, l, http.MethodPost, path(id, "paper"), a)
}

// Remind reminds those who have not answered, and says how many people that were.
func (l *Letters) Remind(ctx context.Context, id string) (int, error) {
	out, err := once[wire.Reminded](ctx, l, http.MethodPost, path(id, "remind"), nil)
	return out.People, err
}

// Recall takes a letter back that nobody has read; one that waits for its time
// becomes a draft again.
func (l *Letters) Recall(ctx context.Context, id string) (wire.SentLetter, error) {
	return once[wire.SentLetter](ctx, l, http.MethodPost, path(id, "recall"), nil)
}

// Correct gives a letter a new version.
func (l *Letters) Correct(ctx context.Context, id string, c wire.Correction) (wire.SentLetter, error) {
	return once[wire.SentLetter](ctx, l, http.MethodPost, path(id, "correct"), c)
}

// KeepDraft keeps a text that is being written on this PC; nil forgets it.
func (l *Letters) KeepDraft(ctx context.Context, name string, d *wire.Draft) error {
	if d == nil {
		return l.store.Keep(ctx, module, "draft/"+name, nil)
	}
	return l.store.Keep(ctx, module, "draft/"+name, d)
}

// KeptDrafts lists the texts that are kept on this PC, by name.
func (l *Letters) KeptDrafts(ctx context.Context) (map[string]wire.Draft, error) {
	names, err := l.store.KeptIDs(ctx, module, "draft/")
	if err != nil {
		return nil, err
	}
	out := map[string]wire.Draft{}
	for _, name := range names {
		var d wire.Draft
		if known, err := l.store.Kept(ctx, module, name, &d); err == nil && known {
			out[strings.TrimPrefix(name, "draft/")] = d
		}
	}
	return out, nil
}

// Flush gives the server the texts that only this PC keeps, and returns how many it
// could not take. One that was changed elsewhere becomes a draft of its own, so that
// neither is lost.
func (l *Letters) Flush(ctx context.Context) (int, error) {
	kept, err := l.KeptDrafts(ctx)
	if err != nil {
		return 0, err
	}
	left := 0
	for name, d := range kept {
		_, err := l.Save(ctx, d)
		if code := remote.Code(err); code == wire.CodeConflict || code == wire.CodeNotFound {
			d.ID, d.Rev, d.Files = "", 0, nil
			_, err = l.Save(ctx, d)
		}
		if err == nil {
			err = l.KeepDraft(ctx, name, nil)
		}
		if err != nil {
			left++
		}
	}
	return left, nil
}
