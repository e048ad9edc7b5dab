package files

import (
	"context"
	"errors"
	"io/fs"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/lang"
)

// sentence words an error so that a user knows what happened and what to do.
// It never shows an error's own text, but for the server's sentence where there
// is no better one.
func sentence(err error) string {
	for _, known := range []struct {
		err error
		key string
	}{
		{remote.ErrOffline, "files.error_offline"},
		{files.ErrTaken, "files.error_taken"},
		{files.ErrName, "files.error_name"},
		{files.ErrGone, "files.error_gone"},
		{files.ErrChanged, "files.error_changed"},
		{files.ErrChecksum, "files.error_checksum"},
		{files.ErrSymlink, "files.error_link"},
		{files.ErrSpecial, "files.error_special"},
		{files.ErrUnsent, "files.error_pending"},
		{files.ErrPending, "files.error_pending"},
		{fs.ErrPermission, "files.error_unreadable"},
		{fs.ErrNotExist, "files.error_gone"},
		{context.Canceled, "files.error_canceled"},
		{context.DeadlineExceeded, "files.error_offline"},
	} {
		if errors.Is(err, known.err) {
			return lang.T(known.key)
		}
	}
	var refusal *remote.Error
	if !errors.As(err, &refusal) {
		return lang.T("files.error_other")
	}
	switch refusal.Problem.Code {
	case wire.CodeForbidden:
		return lang.T("files.error_forbidden")
	case wire.CodeNotFound:
		return lang.T("files.error_gone")
	case wire.CodeConflict:
		return lang.T("files.error_conflict")
	case wire.CodeQuota:
		return lang.T("files.error_quota")
	case wire.CodeUploads:
		return lang.T("problem.uploads")
	case wire.CodeTooLarge:
		return lang.T("files.error_too_large")
	case wire.CodeName:
		return lang.T("files.error_name")
	case wire.CodeUnavailable, wire.CodeSlowDown:
		return lang.T("files.error_busy")
	case wire.CodeInternal:
		return lang.T("files.error_server", "ID", refusal.Problem.RequestID)
	}
	if refusal.Problem.Detail != "" && lang.Current() == lang.English {
		return refusal.Problem.Detail
	}
	return lang.T("files.error_other")
}

// nameProblem says why a name cannot be given, "" if it can. The server has
// the last word; this answers while one is still looking at the field.
func nameProblem(name string) string {
	switch {
	case name == "." || name == "..":
		return lang.T("files.error_name")
	case len(name) > 255:
		return lang.T("files.error_name_long")
	}
	for _, r := range name {
		switch r {
		case '/', '\\', ':', '*', '?', '"', '<', '>', '|':
			return lang.T("files.error_name_sign", "Sign", string(r))
		}
		if r < 0x20 {
			return lang.T("files.error_name")
		}
	}
	if last := name[max(len(name)-1, 0):]; last == "." || last == " " {
		return lang.T("files.error_name_end")
	}
	return ""
}
