package module

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

// TestCollectKeepsWhatIsNamed: a content stays that any table names in any way.
func TestCollectKeepsWhatIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, dir := context.Background(), t.TempDir()
		log := slog.New(slog.DiscardHandler)
		blobs, err := blob.Open(dir, log)
		if err != nil {
			t.Fatal(err)
		}
		defer blobs.Close()
		put := func(seed int) blob.Ref {
			t.Helper()
			info, err := blobs.Put(ctx, bytes.NewReader(bytes.Repeat(fmt.Appendf(nil, "%4d", seed), 20_000)), blob.PutOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return info.Ref
		}
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := d.Exec(ctx, query, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`CREATE TABLE some_module ("order" INTEGER NOT NULL, ref TEXT, data TEXT)`)
		named, json, inside, unnamed, young := put(1), put(2), put(3), put(4), put(5)
		exec(`INSERT INTO some_module ("order", ref, data) VALUES (1, $1, NULL)`, string(named))
		exec(`INSERT INTO some_module ("order", ref, data) VALUES (2, '', $1)`, `{"files":[{"ref":"`+string(json)+`"}]}`)
		exec(`INSERT INTO some_module ("order", ref, data) VALUES (3, NULL, $1)`, "abc"+string(inside)+"0")
		old := time.Now().Add(-25 * time.Hour)
		err = filepath.WalkDir(filepath.Join(dir, "large"), func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && e.Name() != string(young) {
				err = os.Chtimes(path, old, old)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(ctx, &Deps{DB: d, Blobs: blobs, Log: log})
		if err != nil || got.Seen != 4 || got.Removed != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		for ref, want := range map[blob.Ref]bool{named: true, json: true, inside: true, unnamed: false, young: true} {
			if there, err := blobs.Has(ctx, ref); err != nil || there != want {
				t.Errorf("%.8s is there: %v, want %v; %v", ref, there, want, err)
			}
		}
	})
}
