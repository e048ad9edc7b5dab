// Package translate turns Markdown of one language into another by a machine that
// the school has configured: LibreTranslate, which runs on the school's own
// server, or DeepL. Without a configuration nothing leaves the server.
//
// What is written in Markdown comes back as the same Markdown: headings, lists,
// quotes, links, code and placeholders such as {{child}} stay what and where they
// are; only the words between them are translated.
//
// Results are kept for a while by text, languages and engine, so that a letter to
// 2,500 guardians is translated once per language. When the machine is down,
// callers are told at once for a few seconds, instead of one after the other after
// a long wait.
//
// Words: an engine is a machine's HTTP interface; a unit is one line's worth of
// text as it is sent to it.
package translate

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"schulhof/server/internal/db"
)

//go:embed sql/*.sql
var migrations embed.FS

// MaxText is the longest text that is translated, in bytes.
const MaxText = 100_000

// Bounds of one translation.
const (
	timeout = 20 * time.Second // of one request
	whole   = time.Minute      // of a whole text
	downFor = 10 * time.Second // how long the machine is left alone after it failed
	atOnce  = 4                // texts under way
)

// What a translation can fail with. Callers show the original and say why.
var (
	// ErrOff says that no machine is configured.
	ErrOff = errors.New("no translator is configured")
	// ErrDown says that the machine does not answer, or not as it should.
	ErrDown = errors.New("the translator cannot be reached")
	// ErrLanguage says that the machine does not know one of the languages.
	ErrLanguage = errors.New("the translator does not know the language")
	// ErrTooLong says that the text is longer than MaxText or than the machine takes.
	ErrTooLong = errors.New("the text is too long for the translator")
	// ErrQuota says that the machine has had enough of the school for now.
	ErrQuota = errors.New("the translator's quota is used up")
)

// Language is one that a machine translates into.
type Language struct {
	Code string `json:"code"` // lower case, such as "de"
	Name string `json:"name"` // in English
}

// Translator is what the rest of the server sees of a machine.
type Translator interface {
	// Languages lists what can be translated into.
	Languages(ctx context.Context) ([]Language, error)
	// Translate returns Markdown in another language; from may be "" where it is
	// not known. Its errors are those of this package, or ctx's.
	Translate(ctx context.Context, text, from, to string) (string, error)
}

// Kinds of engines.
const (
	LibreTranslate = "libretranslate"
	DeepL          = "deepl"
)

// Config says which machine to use.
type Config struct {
	Engine string        // LibreTranslate, DeepL; "" for none
	URL    string        // of LibreTranslate; for DeepL "" chooses by the key
	Key    string        // may be "" for LibreTranslate
	MaxAge time.Duration // how long results are kept; 90 days if 0
}

// Deps is what a Service is given once.
type Deps struct {
	DB     *db.DB
	Log    *slog.Logger
	Now    func() time.Time
	Config Config
	HTTP   http.RoundTripper // nil for the usual one
}

// engine is a machine. Its results are as many as texts and in their order.
type engine interface {
	languages(ctx context.Context) ([]Language, error)
	translate(ctx context.Context, texts []string, html bool, from, to string) ([]string, error)
}

// Service is the Translator of the server.
type Service struct {
	deps     Deps
	engine   engine // nil if none is configured
	flight   singleflight.Group
	slots    chan struct{}
	patience time.Duration // with a whole text; the test of long ones has more

	mu        sync.Mutex
	downUntil time.Time
	known     []Language
	knownAt   time.Time
}

var _ Translator = (*Service)(nil)

// New checks the configuration, migrates the table and returns the translator.
func New(ctx context.Context, deps Deps) (*Service, error) {
	if deps.Config.MaxAge == 0 {
		deps.Config.MaxAge = 90 * 24 * time.Hour
	}
	s := &Service{deps: deps, slots: make(chan struct{}, atOnce), patience: whole}
	web := newCaller(deps.HTTP)
	var err error
	switch deps.Config.Engine {
	case "":
	case LibreTranslate:
		s.engine, err = newLibre(deps.Config, web)
	case DeepL:
		s.engine, err = newDeepL(deps.Config, web)
	default:
		err = fmt.Errorf("engine %q: it is libretranslate or deepl", deps.Config.Engine)
	}
	if err != nil {
		return nil, fmt.Errorf("translator: %w", err)
	}
	tables, err := fs.Sub(migrations, "sql")
	if err != nil {
		return nil, fmt.Errorf("translation table: %w", err)
	}
	if err := deps.DB.Migrate(ctx, "translate", tables); err != nil {
		return nil, fmt.Errorf("translation table: %w", err)
	}
	return s, nil
}

// On says whether a machine is configured.
func (s *Service) On() bool { return s.engine != nil }

// Languages implements Translator. The list is asked for once an hour.
func (s *Service) Languages(ctx context.Context) ([]Language, error) {
	if s.engine == nil {
		return nil, ErrOff
	}
	s.mu.Lock()
	known, fresh := s.known, s.deps.Now().Sub(s.knownAt) < time.Hour
	s.mu.Unlock()
	if known != nil && fresh {
		return known, nil
	}
	if err := s.down(); err != nil {
		return nil, err
	}
	known, err := s.engine.languages(ctx)
	if err = s.noteDown(ctx, err); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.known, s.knownAt = known, s.deps.Now()
	s.mu.Unlock()
	return known, nil
}

var code = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Za-z]{2,4})?$`)

// Translate implements Translator. Callers who want the same at the same time
// share one request.
func (s *Service) Translate(ctx context.Context, text, from, to string) (string, error) {
	switch {
	case s.engine == nil:
		return "", ErrOff
	case !code.MatchString(to) || from != "" && !code.MatchString(from):
		return "", fmt.Errorf("%w: from %q to %q", ErrLanguage, from, to)
	case len(text) > MaxText:
		return "", fmt.Errorf("%w: %d bytes, %d are allowed", ErrTooLong, len(text), MaxText)
	case from == to || strings.TrimSpace(text) == "":
		return text, nil
	}
	text = clean(text)
	sum := sha256.Sum256([]byte(text))
	k := key{hash: hex.EncodeToString(sum[:]), from: from, to: to}
	if result, err := s.kept(ctx, k); !errors.Is(err, db.ErrNotFound) {
		return result, err
	}
	if err := s.down(); err != nil {
		return "", err
	}
	answer := s.flight.DoChan(k.hash+" "+from+" "+to, func() (any, error) {
		// One who goes away must not cost the others their translation.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience)
		defer cancel()
		// It may have been kept since: by those who asked together just before.
		if result, err := s.kept(ctx, k); !errors.Is(err, db.ErrNotFound) {
			return result, err
		}
		return s.fetch(ctx, text, k)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-answer:
		if r.Err != nil {
			return "", r.Err
		}
		result, ok := r.Val.(string)
		if !ok {
			return "", ErrDown
		}
		return result, nil
	}
}

// fetch asks the machine and keeps what it answers.
func (s *Service) fetch(ctx context.Context, text string, k key) (string, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("%w: it is too busy", ErrDown)
	}
	result, err := markdown(ctx, text, func(ctx context.Context, units []string, html bool) ([]string, error) {
		return inBatches(ctx, units, func(ctx context.Context, batch []string) ([]string, error) {
			return s.engine.translate(ctx, batch, html, k.from, k.to)
		})
	})
	if err = s.noteDown(ctx, err); err != nil {
		return "", err
	}
	if err := s.keep(ctx, k, result); err != nil {
		s.deps.Log.ErrorContext(ctx, "translation not kept", slog.Any("error", err))
	}
	return result, nil
}

// down returns ErrDown while the machine is left alone.
func (s *Service) down() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deps.Now().Before(s.downUntil) {
		return ErrDown
	}
	return nil
}

// noteDown returns an error of this package for err, and leaves the machine alone
// for a while if it is down.
func (s *Service) noteDown(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrLanguage), errors.Is(err, ErrTooLong), errors.Is(err, ErrQuota), errors.Is(err, context.Canceled):
		return err
	case !errors.Is(err, ErrDown):
		err = fmt.Errorf("%w: %w", ErrDown, err)
	}
	s.mu.Lock()
	s.downUntil = s.deps.Now().Add(downFor)
	s.mu.Unlock()
	s.deps.Log.WarnContext(ctx, "translator is down", slog.String("engine", s.deps.Config.Engine), slog.Any("error", err))
	return err
}

// key names a translation.
type key struct {
	hash, from, to string
}

// kept returns a translation that was made before; db.ErrNotFound if there is none.
func (s *Service) kept(ctx context.Context, k key) (string, error) {
	var result string
	if err := s.deps.DB.Get(ctx, &result, `
		SELECT result FROM translation WHERE hash = $1 AND source = $2 AND target = $3 AND engine = $4 AND at > $5`,
		k.hash, k.from, k.to, s.deps.Config.Engine, s.deps.Now().Add(-s.deps.Config.MaxAge).UnixMilli()); err != nil {
		return "", fmt.Errorf("kept translation: %w", err)
	}
	return result, nil
}

func (s *Service) keep(ctx context.Context, k key, result string) error {
	if _, err := s.deps.DB.Exec(ctx, `
		INSERT INTO translation (hash, source, target, engine, result, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash, source, target, engine) DO UPDATE SET result = excluded.result, at = excluded.at`,
		k.hash, k.from, k.to, s.deps.Config.Engine, result, s.deps.Now().UnixMilli()); err != nil {
		return fmt.Errorf("keep translation: %w", err)
	}
	return nil
}

// Prune forgets the translations that are too old to be used.
func (s *Service) Prune(ctx context.Context) (int64, error) {
	n, err := s.deps.DB.Exec(ctx, `DELETE FROM translation WHERE at <= $1`, s.deps.Now().Add(-s.deps.Config.MaxAge).UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("prune translations: %w", err)
	}
	return n, nil
}

// clean returns text that both databases and JSON hold.
func clean(text string) string {
	return strings.NewReplacer("\x00", "", "\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}
