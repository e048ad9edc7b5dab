package letters

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

var errFileTooLarge = web.Refuse(http.StatusRequestEntityTooLarge, wire.CodeTooLarge,
	"An attachment has at most 25 MB. The draft is kept as it was.", "limit", "25")

// attach adds a file to a draft. The body is the file.
func (m *Module) attach(w http.ResponseWriter, r *http.Request) {
	file, err := m.attached(w, r)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(tojson(file))) //nolint:gosec // JSON
}

func (m *Module) attached(w http.ResponseWriter, r *http.Request) (wire.LetterFile, error) {
	ctx, id := r.Context(), r.PathValue("id")
	a, err := writerOf(ctx)
	if err != nil {
		return wire.LetterFile{}, err
	}
	name, err := fileName(r.URL.Query().Get("name"))
	if err != nil {
		return wire.LetterFile{}, err
	}
	if !anID.MatchString(id) {
		return wire.LetterFile{}, web.ErrNotFound
	}
	if err := m.roomFor(ctx, m.db, id, a.ID); err != nil {
		return wire.LetterFile{}, err
	}
	if r.ContentLength > wire.MaxLetterFile {
		return wire.LetterFile{}, errFileTooLarge
	}
	info, err := m.d.Blobs.Put(ctx, http.MaxBytesReader(w, r.Body, wire.MaxLetterFile+1), blob.PutOptions{Max: wire.MaxLetterFile})
	if _, long := errors.AsType[*http.MaxBytesError](err); long || errors.Is(err, blob.ErrTooLarge) {
		return wire.LetterFile{}, errFileTooLarge
	}
	if err != nil {
		return wire.LetterFile{}, fmt.Errorf("attachment of %s: %w", id, err)
	}
	file := fileRow{ID: strings.ToLower(rand.Text()), Name: name, Type: typeOf(name), Size: info.Size, Ref: string(info.Ref)}
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		// The row is held, so that two at once do not both find the last room.
		if _, err := tx.Exec(ctx, `UPDATE letter SET saved = $2 WHERE id = $1`, id, m.d.Now().UnixMilli()); err != nil {
			return fmt.Errorf("draft %s: %w", id, err)
		}
		if err := m.roomFor(ctx, tx, id, a.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO letter_file (id, letter, name, type, size, ref, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			file.ID, id, file.Name, file.Type, file.Size, file.Ref, m.d.Now().UnixMilli())
		return err
	})
	return file.wire(), err
}

// roomFor refuses where a draft can take no further attachment.
func (m *Module) roomFor(ctx context.Context, c db.Conn, id, author string) error {
	l, err := own(ctx, c, id, author)
	if err != nil {
		return err
	}
	if l.State != stateDraft {
		return web.Refuse(http.StatusConflict, wire.CodeLetterState, "The letter waits to be sent: take it back first to change it.")
	}
	var n int
	if err := c.Get(ctx, &n, `SELECT COUNT(*) FROM letter_file WHERE letter = $1`, id); err != nil {
		return fmt.Errorf("attachments of %s: %w", id, err)
	}
	if n >= wire.MaxLetterFiles {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterFiles, "A letter has at most 20 attachments.")
	}
	return nil
}

// fileName gives a name that can stand in a header and in any folder.
func fileName(name string) (string, error) {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*`, r) || r >= 0x202a && r <= 0x202e || r == utf8.RuneError {
			return -1
		}
		return r
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	name = strings.TrimSpace(strings.TrimRight(name, ". "))
	if name == "" || name == "/" || len(name) > 200 {
		return "", web.Refuse(http.StatusUnprocessableEntity, wire.CodeName, "An attachment needs a name of at most 200 characters.", "reason", "name")
	}
	return name, nil
}

var media = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)

// typeOf gives the media type by a file's name, without parameters.
func typeOf(name string) string {
	t, _, err := mime.ParseMediaType(mime.TypeByExtension(strings.ToLower(path.Ext(name))))
	if err != nil || !media.MatchString(t) {
		return "application/octet-stream"
	}
	return t
}

type fileInput struct {
	OfLetter
	File string `path:"file" maxLength:"60" pattern:"^[A-Za-z0-9_-]+$"`
}

func (m *Module) detach(ctx context.Context, in *fileInput) (*struct{}, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	n, err := m.db.Exec(ctx, `
		DELETE FROM letter_file WHERE id = $1 AND letter = $2 AND EXISTS (
			SELECT 1 FROM letter l WHERE l.id = letter_file.letter AND l.author = $3 AND l.state = 'draft')`, in.File, in.ID, a.ID)
	if err == nil && n == 0 {
		err = web.ErrNotFound
	}
	return nil, err
}

// serveFile sends an attachment to those who may read the letter, or its report.
func (m *Module) serveFile(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	a := askerOf(ctx)
	letter, file := r.PathValue("id"), r.PathValue("file")
	if !anID.MatchString(letter) || !anID.MatchString(file) {
		web.WriteError(w, r, web.ErrNotFound)
		return
	}
	list := args{letter, file, a.ID}
	var f fileRow
	err := m.db.Get(ctx, &f, `
		SELECT f.id, f.letter, f.name, f.type, f.size, f.ref FROM letter_file f JOIN letter l ON l.id = f.letter
		WHERE f.letter = $1 AND f.id = $2 AND (
			l.author = $3
			OR EXISTS (SELECT 1 FROM letter_box b WHERE b.letter = l.id AND b.person = $3 AND `+mayRead+`)
			OR l.state = 'sent' AND EXISTS (SELECT 1 FROM letter_row r WHERE r.letter = l.id AND `+seesRow(a, &list)+`))`, list...)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	content, err := m.d.Blobs.Open(ctx, blob.Ref(f.Ref))
	if err != nil {
		web.WriteError(w, r, fmt.Errorf("attachment %s: %w", f.ID, err))
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+f.Ref[:min(32, len(f.Ref))]+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}
