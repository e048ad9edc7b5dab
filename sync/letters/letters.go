// Package letters is the client's side of parent letters: the inbox that this PC
// keeps, what is answered and archived, with the network or without, and the calls
// of those who write letters.
//
// Its words: a letter waits when something that was done with it has not reached
// the server yet; a note is a letter's text in another language as this PC keeps it.
package letters

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/records"
	"schulhof/sync/remote"
)

// Letter is a letter as this PC shows it.
type Letter struct {
	wire.Letter

	Waiting []string      `json:"-"` // children (or "") whose answer has not reached the server
	Refused *wire.Problem `json:"-"` // why the server would not have the last answer
	Given   []Given       `json:"-"` // the answers that were refused
}

// Given is an answer as it was given.
type Given struct {
	wire.GiveAnswer
	Write records.Write
}

// NeedsAnswer tells whether an answer is missing and there is still time.
func (l Letter) NeedsAnswer(now time.Time) bool {
	return l.Open && (l.Ask.Deadline == nil || l.Ask.Deadline.After(now))
}

// Closed tells whether the time for answers is over.
func (l Letter) Closed(now time.Time) bool {
	return l.Ask.Deadline != nil && !l.Ask.Deadline.After(now)
}

// Asks tells whether the letter wants to know anything.
func (l Letter) Asks() bool { return l.Ask.Read || l.Ask.Choice != nil || l.Ask.Text }

// Own returns the own answer, or the school's from paper, for a child ("" where one
// answers per guardian).
func (l Letter) Own(child string) (wire.LetterAnswer, bool) {
	for _, a := range l.Answers {
		if a.Child == child && a.Mine {
			return a, true
		}
	}
	return wire.LetterAnswer{}, false
}

// Remote are the calls to the server; *remote.Client has them.
type Remote interface {
	JSON(ctx context.Context, method, path string, in, out any) error
	Once(ctx context.Context, key, method, path string, in, out any) error
	Send(ctx context.Context, path, contentType string, body io.Reader, out any) error
	Fetch(ctx context.Context, method, path string, in any, w io.Writer) error
}

// Letters are an account's letters. All methods may be called from any goroutine.
// Those whose comment does not say otherwise ask the server and wait for it;
// refusals are *remote.Error.
type Letters struct {
	store *records.Store
	r     Remote
	inbox *records.Collection[Letter]
	dir   string
}

var _ Remote = (*remote.Client)(nil)

const (
	module   = wire.ModuleLetters
	api      = "/api/v1/letters/"
	mostHeld = 500

	writeAnswer = "answer"
	writeFlags  = "flags"
)

// New returns the letters of a store's account. dir is the folder for attachments
// that are opened and letters that are printed; it goes with the account's data.
func New(store *records.Store, r Remote, dir string) *Letters {
	return &Letters{store: store, r: r, dir: dir, inbox: records.Open(store, records.Spec[Letter]{
		Module: module, Name: "inbox", Path: api + "inbox", Most: mostHeld,
		ID:    func(l Letter) string { return l.ID },
		Place: func(l Letter) int64 { return l.Sent.UnixMilli() },
		Words: words, Overlay: overlay,
	})}
}

func words(l Letter) []string {
	list := append([]string{l.Subject, l.Markdown}, l.From...)
	for _, c := range l.Children {
		list = append(list, c.Name, c.Class)
	}
	for _, f := range l.Files {
		list = append(list, f.Name)
	}
	return list
}

// overlay says what a write does to a letter.
func overlay(w records.Write) func(*Letter) {
	switch w.Name {
	case writeFlags:
		var f wire.Flags
		if json.Unmarshal(w.Body, &f) != nil || w.Refused != nil {
			return nil
		}
		return func(l *Letter) {
			if !slices.Contains(f.IDs, l.ID) {
				return
			}
			if f.Archived != nil {
				l.Archived = *f.Archived
			}
			switch {
			case f.Read == nil:
			case !*f.Read:
				l.Read = nil
			case l.Read == nil:
				l.Read = &w.Made
			}
		}
	case writeAnswer:
		var a struct {
			wire.GiveAnswer
		}
		if json.Unmarshal(w.Body, &a) != nil {
			return nil
		}
		return func(l *Letter) {
			if w.Slot == l.ID+"/"+a.Child {
				answered(l, w, a.GiveAnswer)
			}
		}
	}
	return nil
}

func answered(l *Letter, w records.Write, a wire.GiveAnswer) {
	if w.Refused != nil {
		l.Refused = w.Refused
		l.Given = append(l.Given, Given{a, w})
		return
	}
	mine := wire.LetterAnswer{Child: a.Child, Mine: true, At: w.Made, Read: a.Read, Options: a.Options, Text: a.Text}
	at := slices.IndexFunc(l.Answers, func(b wire.LetterAnswer) bool { return b.Mine && b.Child == a.Child })
	l.Answers = slices.Clone(l.Answers)
	if at >= 0 {
		mine.By = l.Answers[at].By
		l.Answers[at] = mine
	} else {
		l.Answers = append(l.Answers, mine)
	}
	if !w.Sent {
		l.Waiting = append(l.Waiting, a.Child)
	}
	if l.Read == nil {
		l.Read = &w.Made
	}
	l.Open = l.Open && missing(l)
}

// missing tells whether a part that is required was not answered by anybody, for
// any child.
func missing(l *Letter) bool {
	if !l.Ask.PerChild || len(l.Children) == 0 {
		return !slices.ContainsFunc(l.Answers, func(a wire.LetterAnswer) bool { return a.Mine && full(l.Ask, a) })
	}
	for _, c := range l.Children {
		if !slices.ContainsFunc(l.Answers, func(a wire.LetterAnswer) bool { return a.Child == c.ID && full(l.Ask, a) }) {
			return true
		}
	}
	return false
}

func full(ask wire.Ask, a wire.LetterAnswer) bool {
	return len(Lacks(ask, a.Read, a.Options, a.Text)) == 0
}

// Parts of a question, as in wire.Ask.Must.
const (
	PartRead   = "read"
	PartChoice = "choice"
	PartText   = "text"
)

// Lacks lists the parts that are required and missing in an answer.
func Lacks(ask wire.Ask, read bool, options []int, text string) []string {
	var lacks []string
	for _, part := range ask.Must {
		there := map[string]bool{PartRead: read, PartChoice: len(options) > 0, PartText: text != ""}
		if !there[part] {
			lacks = append(lacks, part)
		}
	}
	return lacks
}

// Inbox lists the letters, the newest first, from this PC alone. text searches in
// subject, text and names; "" gives all.
func (l *Letters) Inbox(ctx context.Context, text string) ([]Letter, error) {
	if text == "" {
		return l.inbox.All(ctx)
	}
	return l.inbox.Search(ctx, text)
}

// Letter returns one from this PC; cache.ErrNotFound where it is not, or no longer.
func (l *Letters) Letter(ctx context.Context, id string) (Letter, error) { return l.inbox.Get(ctx, id) }

// State says when the inbox was last fetched (zero: never) and why the last try
// failed, from this PC.
func (l *Letters) State(ctx context.Context) (time.Time, error) { return l.inbox.State(ctx) }

// Refresh asks for the inbox again, in the background.
func (l *Letters) Refresh() { l.inbox.Refresh() }

// Unread counts the letters that nobody here has read and that are not in the
// archive, from this PC.
func (l *Letters) Unread(ctx context.Context) (int, error) {
	list, err := l.inbox.All(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, letter := range list {
		if letter.Read == nil && !letter.Archived {
			n++
		}
	}
	return n, nil
}

// Answer puts an answer into the outbox. An answer to the same question that has
// not gone out yet is replaced.
func (l *Letters) Answer(ctx context.Context, letter string, a wire.GiveAnswer) error {
	return l.store.Put(ctx, records.Write{
		Module: module, Name: writeAnswer, Slot: letter + "/" + a.Child, Method: http.MethodPost, Path: path(letter, "answer"),
	}, a)
}

// DropAnswer forgets an answer that the server refused.
func (l *Letters) DropAnswer(ctx context.Context, g Given) error { return l.store.Drop(ctx, g.Write) }

// SetRead puts into the outbox that letters were read.
func (l *Letters) SetRead(ctx context.Context, read bool, ids ...string) error {
	return l.flags(ctx, wire.Flags{IDs: ids, Read: &read})
}

// SetArchived puts letters into the archive or takes them out, by the outbox.
func (l *Letters) SetArchived(ctx context.Context, archived bool, ids ...string) error {
	return l.flags(ctx, wire.Flags{IDs: ids, Archived: &archived})
}

func (l *Letters) flags(ctx context.Context, f wire.Flags) error {
	if len(f.IDs) == 0 {
		return nil
	}
	return l.store.Put(ctx, records.Write{Module: module, Name: writeFlags, Method: http.MethodPost, Path: api + "flags"}, f)
}

// News returns unread letters that have come since News was called last on this
// PC, the newest first; none on the first call.
func (l *Letters) News(ctx context.Context) ([]Letter, error) {
	list, err := l.inbox.All(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var mark struct{ Sent time.Time }
	known, err := l.store.Kept(ctx, module, "news", &mark)
	if err != nil {
		return nil, err
	}
	var news []Letter
	for _, letter := range list {
		if known && letter.Sent.After(mark.Sent) && letter.Read == nil {
			news = append(news, letter)
		}
	}
	if !known || list[0].Sent.After(mark.Sent) {
		mark.Sent = list[0].Sent
		err = l.store.Keep(ctx, module, "news", mark)
	}
	return news, err
}

func path(id string, parts ...string) string {
	escaped := make([]string, 0, 1+len(parts))
	escaped = append(escaped, url.PathEscape(id))
	for _, part := range parts {
		escaped = append(escaped, url.PathEscape(part))
	}
	return api + strings.Join(escaped, "/")
}

func get[T any](ctx context.Context, l *Letters, path string) (out T, err error) {
	err = l.r.JSON(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

// Translate gives a letter's text in a language: the sender's own version where
// there is one, else a machine's. A text that was shown before comes from this PC.
func (l *Letters) Translate(ctx context.Context, letter Letter, lang string) (wire.Translation, error) {
	var t wire.Translation
	if known, err := l.store.Kept(ctx, module, textName(letter, lang), &t); err == nil && known {
		return t, nil
	}
	return l.TranslateAgain(ctx, letter, lang)
}

func textName(letter Letter, lang string) string {
	return fmt.Sprintf("text/%s/%d/%s", letter.ID, letter.Version, lang)
}

// TranslateAgain does so without looking at what this PC has, and keeps what comes.
func (l *Letters) TranslateAgain(ctx context.Context, letter Letter, lang string) (wire.Translation, error) {
	var t wire.Translation
	method, at := http.MethodPost, path(letter.ID, "translate")
	if slices.Contains(letter.Langs, lang) {
		method, at = http.MethodGet, path(letter.ID, "text")
	}
	if err := l.r.JSON(ctx, method, at+"?lang="+url.QueryEscape(lang), nil, &t); err != nil {
		return wire.Translation{}, err
	}
	return t, l.store.Keep(ctx, module, textName(letter, lang), t)
}

// Whole tells whether a text has the letter's question with it, by the sender or by a
// machine. A machine that was down may translate it later.
func (l Letter) Whole(t wire.Translation) bool {
	return l.Ask.Choice == nil || len(t.Options) > 0 || len(l.Ask.Choice.In(t.Lang).Options) > 0
}

// Language returns the language in which letters are to be shown, "" for the
// original, from this PC.
func (l *Letters) Language(ctx context.Context) (string, error) {
	var code string
	_, err := l.store.Kept(ctx, module, "language", &code)
	return code, err
}

// SetLanguage remembers the language on this PC.
func (l *Letters) SetLanguage(ctx context.Context, code string) error {
	return l.store.Keep(ctx, module, "language", code)
}

// Languages says what can be translated into. The last answer is kept for times
// without the server.
func (l *Letters) Languages(ctx context.Context) (wire.LetterLanguages, error) {
	out, err := get[wire.LetterLanguages](ctx, l, api+"languages")
	if err != nil {
		if known, kept := l.store.Kept(ctx, module, "languages", &out); kept == nil && known {
			return out, nil
		}
		return out, err
	}
	return out, l.store.Keep(ctx, module, "languages", out)
}

// Versions gives what a letter said before corrections, the newest first.
func (l *Letters) Versions(ctx context.Context, id string) (wire.LetterVersions, error) {
	return get[wire.LetterVersions](ctx, l, path(id, "versions"))
}

// File writes an attachment to w.
func (l *Letters) File(ctx context.Context, letter, file string, w io.Writer) error {
	return l.r.Fetch(ctx, http.MethodGet, path(letter, "files", file), nil, w)
}

// Local gives the path of an attachment on this PC, fetched the first time.
func (l *Letters) Local(ctx context.Context, letter string, f wire.LetterFile) (string, error) {
	dir := filepath.Join(l.dir, filepath.Base("f-"+f.ID))
	if have, err := os.ReadDir(dir); err == nil && len(have) == 1 {
		return filepath.Join(dir, have[0].Name()), nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("folder of an attachment: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("folder of an attachment: %w", err)
	}
	return people.Save(dir, f.Name, func(w io.Writer) error { return l.File(ctx, letter, f.ID, w) })
}

// Page writes something to be printed to a file of this PC and returns its path.
func (l *Letters) Page(name string, write func(w io.Writer) error) (string, error) {
	dir := filepath.Join(l.dir, "print")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("folder to print from: %w", err)
	}
	return people.Save(dir, name, write)
}

// Notice gives how one hears of letters by e-mail.
func (l *Letters) Notice(ctx context.Context) (wire.LetterNotice, error) {
	return get[wire.LetterNotice](ctx, l, api+"notice")
}

// SetNotice changes it.
func (l *Letters) SetNotice(ctx context.Context, n wire.LetterNotice) error {
	return l.r.JSON(ctx, http.MethodPut, api+"notice", n, nil)
}
