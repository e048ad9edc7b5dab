package files

import (
	"context"

	"schulhof/server/wire"
	"schulhof/sync/files"
)

// engine is what the page needs of *files.Files.
type engine interface {
	Online() bool
	RefreshRoots()
	Roots(ctx context.Context) ([]wire.RootInfo, error)
	Folder(ctx context.Context, href string) (files.Listing, error)
	Refresh(href string)
	Watch(href string) (stop func())
	Open(ctx context.Context, e files.Entry) (string, error)
	Upload(ctx context.Context, into string, paths []string, clash func(files.Clash) files.Decision) (*files.Batch, error)
	Download(ctx context.Context, es []files.Entry, toDir string) ([]string, error)
	LocalCopies(ctx context.Context, es []files.Entry) ([]string, error)
	NewFolder(ctx context.Context, into, name string) (files.Entry, error)
	Rename(ctx context.Context, e files.Entry, name string) (files.Entry, error)
	Move(ctx context.Context, es []files.Entry, into string) ([]files.Problem, error)
	Copy(ctx context.Context, es []files.Entry, into string) ([]files.Problem, error)
	Delete(ctx context.Context, es []files.Entry) ([]files.Problem, error)
	Search(ctx context.Context, under, text string) ([]files.Entry, error)
	SearchRemote(ctx context.Context, under, text string) ([]files.Entry, bool, error)
	Transfers() []files.Transfer
	Pause(id int64)
	Resume(id int64)
	Cancel(id int64)
	Retry(id int64)
	PauseAll()
	ResumeAll()
	CancelAll()
	ClearDone()
	Settle(ctx context.Context, e files.Entry) error
}

var _ engine = (*files.Files)(nil)
