package letters

import (
	"context"
	"fmt"

	"schulhof/server/wire"
)

// question adds the question of a letter and its options to a machine's translation.
func (m *Module) question(ctx context.Context, letter, from string, out *wire.Translation) error {
	var text string
	if err := m.db.Get(ctx, &text, `SELECT ask FROM letter WHERE id = $1`, letter); err != nil {
		return fmt.Errorf("question of letter %s: %w", letter, err)
	}
	ask, err := unjson[wire.Ask](text)
	if err != nil || ask.Choice == nil {
		return err
	}
	if out.Question, err = m.d.Tongue.Translate(ctx, ask.Choice.Question, from, out.Lang); err != nil {
		return translatorRefusal(err)
	}
	options := make([]string, len(ask.Choice.Options))
	for i, option := range ask.Choice.Options {
		if options[i], err = m.d.Tongue.Translate(ctx, option, from, out.Lang); err != nil {
			return translatorRefusal(err)
		}
	}
	out.Options = options
	return nil
}
