package module

import (
	"context"
	"fmt"
	"io"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
)

// Forgetter is a module that keeps something of people.
type Forgetter interface {
	// ForgetPerson deletes what the module keeps of a person, or takes the name off
	// what has to stay, inside of the transaction in which the person is deleted.
	ForgetPerson(ctx context.Context, tx *db.Tx, personID string) error
}

// Merger is a module that keeps something of guardians.
type Merger interface {
	// MergePerson gives what is kept of one guardian to another, who is the same
	// person, inside of the transaction in which the first is deleted.
	MergePerson(ctx context.Context, tx *db.Tx, into, from string) error
}

// Merge makes one guardian of two, with all that the modules keep of both: from is
// deleted. Who calls it writes the log, and lets Auth drop from after the commit.
func Merge(ctx context.Context, tx *db.Tx, d *Deps, into, from *people.Person) error {
	for _, m := range d.Modules() {
		if merger, ok := m.(Merger); ok {
			if err := merger.MergePerson(ctx, tx, into.ID, from.ID); err != nil {
				return fmt.Errorf("module %s: %w", m.Name(), err)
			}
		}
	}
	if err := d.Auth.Forget(ctx, tx, from.ID); err != nil {
		return err
	}
	return people.Merge(ctx, tx, into, from)
}

// Meter is a module that takes up space of people.
type Meter interface {
	// UsedBy says how many bytes a person takes up.
	UsedBy(ctx context.Context, personID string) (int64, error)
}

// Exporter is a module that keeps something of people, who may have a copy of it.
type Exporter interface {
	// ExportPerson adds what the module keeps of a person. It ends with ctx.
	ExportPerson(ctx context.Context, personID string, out Export) error
}

// Export is where an Exporter puts its files: the module's folder of a ZIP file,
// which is sent while it is written.
type Export interface {
	// File begins a file; name is its path with slashes. The zero time is now.
	File(name string, modified time.Time) (io.Writer, error)
	// JSON adds a file with v as indented JSON.
	JSON(name string, v any) error
}
