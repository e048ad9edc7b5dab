package admin

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// getExport sends a ZIP file of all that the school holds on the caller. It is
// written while it is read, so that its size does not matter; when something fails
// half-way the connection is cut, so that nobody takes the rest for the whole.
func (m *Module) getExport(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	c := web.CallerFrom(ctx)
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		return m.log(ctx, tx, audit.Export, by, nil, by)
	})
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	own, err := m.ownData(ctx, c.Person.ID)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="schulhof-`+m.d.Now().Format(time.DateOnly)+`.zip"`)
	w.Header().Set("Cache-Control", "no-store")
	z := zip.NewWriter(w)
	out := &export{z: z, now: m.d.Now()}
	if err := m.export(ctx, out, own, c.Person.ID); err != nil {
		m.d.Log.ErrorContext(ctx, "own data not sent whole", slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
}

// ownFile is one file of the export that is not a module's.
type ownFile struct {
	name  string
	value any
}

// ownData gathers what the server itself holds on a person.
func (m *Module) ownData(ctx context.Context, id string) ([]ownFile, error) {
	account, err := m.d.Auth.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	detail, err := m.detail(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range detail.Body.Guardians { // what they told the school of themselves is theirs
		detail.Body.Guardians[i] = wire.PersonRow{Person: detail.Body.Guardians[i].Person, State: detail.Body.Guardians[i].State}
	}
	devices, err := m.d.Auth.Devices(ctx, id)
	if err != nil {
		return nil, err
	}
	log, err := m.ownLog(ctx, id)
	if err != nil {
		return nil, err
	}
	return []ownFile{{"konto.json", account}, {"person.json", detail.Body}, {"geraete.json", devices}, {"protokoll.json", log}}, nil
}

// ownLog gives what the log says of a person. Others who did something are named by
// their role, unless they are administrators.
func (m *Module) ownLog(ctx context.Context, id string) ([]wire.LogEntry, error) {
	out := []wire.LogEntry{}
	names := names{m: m, person: id, known: map[string]people.Person{}}
	for before := int64(0); ; {
		entries, err := m.d.Audit.Read(ctx, m.d.DB, audit.Filter{Person: id, Before: before})
		if err != nil {
			return nil, err
		}
		for i := range entries {
			e, err := names.entry(ctx, &entries[i])
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		if len(entries) < audit.MaxRead || len(out) >= maxOwnLog {
			return out, nil
		}
		before = entries[len(entries)-1].Seq
	}
}

// maxOwnLog bounds the log in an export.
const maxOwnLog = 50_000

func (m *Module) export(ctx context.Context, out *export, own []ownFile, id string) error {
	for _, f := range own {
		if err := out.JSON(f.name, f.value); err != nil {
			return err
		}
	}
	for _, mod := range m.d.Modules() {
		e, ok := mod.(module.Exporter)
		if !ok {
			continue
		}
		out.folder = mod.Name()
		if err := e.ExportPerson(ctx, id, out); err != nil {
			return fmt.Errorf("module %s: %w", mod.Name(), err)
		}
	}
	return out.z.Close()
}

// export implements module.Export.
type export struct {
	z      *zip.Writer
	folder string
	now    time.Time
}

var errName = errors.New("a name that leads out of the folder")

// File implements module.Export.
func (e *export) File(name string, modified time.Time) (io.Writer, error) {
	if name == "" || strings.Contains(name, `\`) || path.Clean("/"+name) != "/"+name {
		return nil, fmt.Errorf("file %q of the export: %w", name, errName)
	}
	if modified.IsZero() {
		modified = e.now
	}
	w, err := e.z.CreateHeader(&zip.FileHeader{Name: path.Join(e.folder, name), Method: zip.Deflate, Modified: modified.UTC()})
	if err != nil {
		return nil, fmt.Errorf("file %q of the export: %w", name, err)
	}
	return w, nil
}

// JSON implements module.Export.
func (e *export) JSON(name string, v any) error {
	w, err := e.File(name, time.Time{})
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("file %q of the export: %w", name, err)
	}
	return nil
}
