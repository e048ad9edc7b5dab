package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/intake"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// maxMapping bounds the columns that a request maps.
const maxMapping = 50

// language is the language of sentences: German unless English is asked for.
func language(asked string) string {
	if asked == "en" {
		return "en"
	}
	return "de"
}

// postImport reads a list. One that is refused as a whole is answered as a preview
// without an id, with the reason.
func (m *Module) postImport(w http.ResponseWriter, r *http.Request) {
	kind := roster.Kind(r.PathValue("kind"))
	if kind != roster.Students && kind != roster.Teachers && kind != roster.Guardians {
		web.WriteError(w, r, web.ErrNotFound)
		return
	}
	query := r.URL.Query()
	mapping, err := Mapping(kind, query["map"])
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	body := http.MaxBytesReader(w, r.Body, roster.MaxBytes+1)
	lang := language(query.Get("lang"))
	p, err := m.intake.Read(r.Context(), web.CallerFrom(r.Context()).Person.ID, kind, body, mapping)
	var out wire.Import
	if refused, ok := errors.AsType[*roster.RefusedError](err); ok {
		out = intake.Refused(kind, refused, lang)
	} else if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		out = intake.Refused(kind, intake.TooBig(), lang)
	} else if err != nil {
		web.WriteError(w, r, err)
		return
	} else {
		out = p.Wire(lang)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(out) // who asked may be gone
}

// Mapping reads a mapping such as Nachname=Familienname: what Schulhof calls it, and
// the column of the list. An empty name leaves the column.
func Mapping(kind roster.Kind, pairs []string) (map[string]roster.Field, error) {
	if len(pairs) > maxMapping {
		return nil, invalid("There are too many columns.", "map")
	}
	out := map[string]roster.Field{}
	for _, pair := range pairs {
		name, column, ok := strings.Cut(pair, "=")
		field, known := roster.FieldNamed(kind, name)
		if !ok || !known || strings.TrimSpace(column) == "" {
			return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid,
				"A mapping is the name of a field, an equals sign, and a column of the list.", "field", "map", "value", pair)
		}
		out[column] = field
	}
	return out, nil
}

// ImportIn is a request that names a preview, and the language of its sentences.
type ImportIn struct {
	ByID
	Lang string `query:"lang" enum:"de,en" default:"de"`
}

type importOut struct{ Body wire.Import }

type progressOut struct{ Body wire.ImportProgress }

func (m *Module) getProgress(ctx context.Context, _ *none) (*progressOut, error) {
	return &progressOut{Body: m.intake.Progress(web.CallerFrom(ctx).Person.ID)}, nil
}

func (m *Module) getImport(ctx context.Context, in *ImportIn) (*importOut, error) {
	p, err := m.intake.Get(web.CallerFrom(ctx).Person.ID, in.ID)
	if err != nil {
		return nil, refusal(err)
	}
	return &importOut{Body: p.Wire(language(in.Lang))}, nil
}

func (m *Module) postDecide(ctx context.Context, in *struct {
	ImportIn
	Body wire.ImportDecisions
},
) (*importOut, error) {
	decisions := make(map[int]roster.Decision, len(in.Body.Decisions))
	for _, d := range in.Body.Decisions {
		if d.Line <= 0 || d.New == (d.As != "") {
			return nil, invalid("A decision names a line, and a person or somebody new.", "decisions")
		}
		decisions[d.Line] = roster.Decision{As: d.As, New: d.New}
	}
	p, err := m.intake.Decide(ctx, web.CallerFrom(ctx).Person.ID, in.ID, decisions)
	if err != nil {
		return nil, refusal(err)
	}
	return &importOut{Body: p.Wire(language(in.Lang))}, nil
}

type doneOut struct{ Body wire.ImportDone }

func (m *Module) postConfirm(ctx context.Context, in *struct {
	ByID
	Leaving string `query:"leaving" enum:"yes,no" default:"no"`
},
) (*doneOut, error) {
	done, err := m.intake.Confirm(ctx, web.CallerFrom(ctx).Person.ID, in.ID, web.AddrFrom(ctx), in.Leaving == "yes")
	if err != nil {
		return nil, refusal(err)
	}
	for _, id := range done.Left {
		m.d.Auth.DropPerson(id)
	}
	m.changed(ctx, done.Touched...)
	return &doneOut{Body: done.Wire()}, nil
}

func (m *Module) deleteImport(ctx context.Context, in *ByID) (*none, error) {
	m.intake.Drop(web.CallerFrom(ctx).Person.ID, in.ID)
	return nil, nil //nolint:nilnil // 204
}

// refusal words why a preview cannot be used.
func refusal(err error) error {
	switch {
	case errors.Is(err, intake.ErrGone):
		return web.Refuse(http.StatusNotFound, wire.CodeNotFound, "This preview is no longer kept. Read the list once more.")
	case errors.Is(err, intake.ErrChanged):
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "The school has changed in between. Look at the preview once more.", "why", "changed")
	case errors.Is(err, intake.ErrAsk):
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "Many would leave the school. Confirm that the list is complete.", "why", "leaving")
	case errors.Is(err, intake.ErrLastAdmin):
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "The last administrator does not stand in the list. Give somebody else the right first.", "why", "admin")
	case errors.Is(err, db.ErrExists):
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "Somebody else has just taken a login of this list. Read it once more.", "why", "changed")
	}
	return err
}
