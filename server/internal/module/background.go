package module

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/config"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/translate"
)

// Kinds of the host's own jobs.
const (
	pruneMail      = "mail.prune"
	pruneTranslate = "translate.prune"
	pruneAuth      = "auth.prune"
)

// keepMail is how long the queue remembers that a mail was sent.
const keepMail = 30 * 24 * time.Hour

// background is what runs beside requests: jobs and outgoing mail.
type background struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// newBackground makes the queues and puts them into deps; nothing runs yet.
func newBackground(ctx context.Context, deps *Deps) (*background, error) {
	var err error
	if deps.Jobs, err = jobs.New(ctx, jobs.Deps{DB: deps.DB, Log: deps.Log, Now: deps.Now, ID: deps.ID}); err != nil {
		return nil, err
	}
	blobs := deps.Blobs
	deps.Mail, err = mail.New(ctx, mail.Deps{
		DB: deps.DB, Log: deps.Log, Now: deps.Now, ID: deps.ID, Config: mailConfig(&deps.Config),
		Open: func(ctx context.Context, ref string) (io.ReadCloser, error) { return blobs.Open(ctx, blob.Ref(ref)) },
	})
	if err != nil {
		return nil, err
	}
	t := deps.Config.Translate
	deps.Tongue, err = translate.New(ctx, translate.Deps{
		DB: deps.DB, Log: deps.Log, Now: deps.Now,
		Config: translate.Config{Engine: t.Engine, URL: t.URL, Key: t.Key},
	})
	if err != nil {
		return nil, err
	}
	post, tongue, now, conn := deps.Mail, deps.Tongue, deps.Now, deps.DB
	deps.Jobs.Register(pruneMail, func(ctx context.Context, _ json.RawMessage) error {
		_, err := post.Prune(ctx, conn, now().Add(-keepMail))
		return err
	}, jobs.Policy{})
	deps.Jobs.Register(pruneTranslate, func(ctx context.Context, _ json.RawMessage) error {
		_, err := tongue.Prune(ctx)
		return err
	}, jobs.Policy{})
	deps.Jobs.Every(pruneMail, 24*time.Hour)
	deps.Jobs.Every(pruneTranslate, 24*time.Hour)
	own := *deps
	deps.Jobs.Register(collectBlobs, func(ctx context.Context, _ json.RawMessage) error {
		_, err := collect(ctx, &own)
		return err
	}, jobs.Policy{})
	deps.Jobs.Every(collectBlobs, 24*time.Hour)
	deps.Jobs.Register(pruneAuth, func(ctx context.Context, _ json.RawMessage) error { return own.Auth.Prune(ctx) }, jobs.Policy{})
	deps.Jobs.Every(pruneAuth, 24*time.Hour)
	return &background{cancel: func() {}}, nil
}

// mailConfig words the settings as the queue wants them.
func mailConfig(c *config.Config) mail.Config {
	return mail.Config{
		Host: c.Mail.Host, Port: c.Mail.Port, Security: c.Mail.Security, User: c.Mail.User, Password: c.Mail.Password,
		From: mail.Address{Name: c.School.Name, Addr: c.Mail.From}, Folder: c.Mail.Folder,
	}
}

// start runs the queues until stop. All kinds of jobs are registered by then.
func (b *background) start(ctx context.Context, deps *Deps) {
	ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for name, run := range map[string]func(context.Context) error{
		"jobs": deps.Jobs.Run, "mail": deps.Mail.Run, "accounts": deps.Auth.Watch,
	} {
		b.wg.Go(func() {
			if err := run(ctx); err != nil {
				deps.Log.ErrorContext(ctx, "background work ended", slog.String("name", name), slog.Any("error", err))
			}
		})
	}
}

// stop waits until what is under way is done. It may be called on a nil background.
func (b *background) stop() {
	if b == nil {
		return
	}
	b.cancel()
	b.wg.Wait()
}
