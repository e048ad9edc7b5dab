package letters

import (
	"context"
	"strings"

	"schulhof/server/wire"
)

// question adds to a translation, by a machine, what of a letter's question and its
// options the sender did not write in its language. Nothing is added to the letter's
// own language. Its errors are the translator's.
func (m *Module) question(ctx context.Context, t *rawText, out *wire.Translation) error {
	ask, err := unjson[wire.Ask](t.Ask)
	base, _, _ := strings.Cut(out.Lang, "-")
	if err != nil || ask.Choice == nil || base == t.Lang || out.Lang == t.Lang {
		return err
	}
	written := ask.Choice.In(out.Lang)
	if written.Question == "" && ask.Choice.Question != "" {
		if out.Question, err = m.d.Tongue.Translate(ctx, ask.Choice.Question, t.Lang, out.Lang); err != nil {
			return err
		}
	}
	if len(written.Options) > 0 {
		return nil
	}
	options := make([]string, len(ask.Choice.Options))
	for i, option := range ask.Choice.Options {
		if options[i], err = m.d.Tongue.Translate(ctx, option, t.Lang, out.Lang); err != nil {
			return err
		}
	}
	out.Options = options
	return nil
}
