package letters

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/wire"
)

// States of a letter.
const (
	stateDraft     = "draft"
	stateScheduled = "scheduled"
	stateSent      = "sent"
	stateRecalled  = "recalled"
)

// letter is a row of the table.
type letter struct {
	ID        string `db:"id"`
	Author    string `db:"author"`
	State     string `db:"state"`
	Subject   string `db:"subject"`
	Markdown  string `db:"markdown"`
	Lang      string `db:"lang"`
	Versions  string `db:"versions"`
	Targets   string `db:"targets"`
	Ask       string `db:"ask"`
	Remind    string `db:"remind"`
	Fill      string `db:"fill"`
	Important bool   `db:"important"`
	Deadline  int64  `db:"deadline"`
	SendAt    int64  `db:"send_at"`
	Sent      int64  `db:"sent"`
	Version   int    `db:"version"`
	Rev       int    `db:"rev"`
	Saved     int64  `db:"saved"`
	Problem   string `db:"problem"`
	quiet     bool   // without mails
}

func (l *letter) text() wire.Text { return wire.Text{Subject: l.Subject, Markdown: l.Markdown} }

// unjson reads what this module has written.
func unjson[T any](text string) (T, error) {
	var v T
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("stored %T: %w", v, err)
	}
	return v, nil
}

// tojson is the counterpart of unjson; the types that it is given cannot fail.
func tojson(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and times of the wire's types
	}
	return string(text)
}

// senderRow is one of the senders of a letter.
type senderRow struct {
	Letter string `db:"letter"`
	Person string `db:"person"`
	Pos    int    `db:"pos"`
	Name   string `db:"name"`
}

// sendersOf gives the senders of letters, the author first.
func sendersOf(ctx context.Context, c db.Conn, letters []string) (map[string][]senderRow, error) {
	var list args
	var rows []senderRow
	if err := c.Select(ctx, &rows, `SELECT letter, person, pos, name FROM letter_sender WHERE letter IN `+list.in(letters)+
		` ORDER BY letter, pos, name`, list...); err != nil {
		return nil, fmt.Errorf("senders of letters: %w", err)
	}
	by := map[string][]senderRow{}
	for _, r := range rows {
		by[r.Letter] = append(by[r.Letter], r)
	}
	return by, nil
}

func namesOf(rows []senderRow) []string {
	names := make([]string, 0, len(rows))
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}

// fileRow is an attachment.
type fileRow struct {
	ID     string `db:"id"`
	Letter string `db:"letter"`
	Name   string `db:"name"`
	Type   string `db:"type"`
	Size   int64  `db:"size"`
	Ref    string `db:"ref"`
}

func (f *fileRow) wire() wire.LetterFile {
	return wire.LetterFile{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size}
}

// filesOf gives the attachments of letters in the order in which they were added.
func filesOf(ctx context.Context, c db.Conn, letters []string) (map[string][]fileRow, error) {
	var list args
	var rows []fileRow
	if err := c.Select(ctx, &rows, `SELECT id, letter, name, type, size, ref FROM letter_file WHERE letter IN `+list.in(letters)+
		` ORDER BY letter, created, id`, list...); err != nil {
		return nil, fmt.Errorf("attachments of letters: %w", err)
	}
	by := map[string][]fileRow{}
	for _, r := range rows {
		by[r.Letter] = append(by[r.Letter], r)
	}
	return by, nil
}

func wireFiles(rows []fileRow) []wire.LetterFile {
	files := make([]wire.LetterFile, 0, len(rows))
	for i := range rows {
		files = append(files, rows[i].wire())
	}
	return files
}

// moment gives the time of milliseconds; nil for 0.
func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	return &t
}

// millis is the counterpart of moment.
func millis(t *time.Time) int64 {
	if t == nil || t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
