package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

func open(t *testing.T, path string) *Cache {
	t.Helper()
	c, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestMigrate(t *testing.T) {
	name := "a b#%?.db" // characters that a URI has to escape
	if runtime.GOOS == "windows" {
		name = "a b#%.db" // it has no names with the other
	}
	path := filepath.Join(t.TempDir(), name)
	statements := make([]string, 0, 3)
	statements = append(statements, `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)`)
	c := open(t, path)
	for range 2 { // the second time does nothing
		if err := c.Migrate(t.Context(), "notes", statements); err != nil {
			t.Fatal(err)
		}
	}
	statements = append(statements, `ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0`, `CREATE TABLE broken (`)
	if err := c.Migrate(t.Context(), "notes", statements); err == nil {
		t.Fatal("a broken statement was taken")
	}
	if err := c.Migrate(t.Context(), "notes", statements[:2]); err != nil {
		t.Fatalf("after a migration that failed, all of it must be undone: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, path)
	err := c.Write(t.Context(), func(tx Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO note (text, pinned) VALUES (?, ?)`, "eins", true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteRollsBack(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "cache.db"))
	if err := c.Migrate(t.Context(), "n", []string{`CREATE TABLE n (v INTEGER PRIMARY KEY)`}); err != nil {
		t.Fatal(err)
	}
	own := errors.New("own")
	insert := func(tx Tx, v int) {
		if _, err := tx.Exec(t.Context(), `INSERT INTO n (v) VALUES (?)`, v); err != nil {
			t.Error(err)
		}
	}
	if err := c.Write(t.Context(), func(tx Tx) error { insert(tx, 1); return own }); !errors.Is(err, own) {
		t.Fatalf("err = %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = c.Write(t.Context(), func(tx Tx) error { insert(tx, 2); panic("own") })
	}()
	if err := c.Write(t.Context(), func(tx Tx) error { insert(tx, 3); return nil }); err != nil {
		t.Fatalf("after a panic: %v", err)
	}
	var got []int
	if err := c.Read(t.Context(), func(r Reader) error { return r.Select(t.Context(), &got, `SELECT v FROM n`) }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[3]" {
		t.Fatalf("rows = %v, want only the committed one", got)
	}
}

func TestReadersAndWriters(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "cache.db"))
	if err := c.Migrate(t.Context(), "n", []string{`CREATE TABLE n (v INTEGER NOT NULL)`}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				err := c.Write(t.Context(), func(tx Tx) error {
					return tx.Each(t.Context(), `INSERT INTO n (v) VALUES (?)`, [][]any{{w}, {i}})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for i := range 50 {
				var n int
				// More texts than are kept prepared.
				query := fmt.Sprintf(`SELECT count(*) + %d FROM n`, i*10_000*2)
				if err := c.Read(t.Context(), func(r Reader) error { return r.Get(t.Context(), &n, query) }); err != nil {
					t.Error(err)
				}
				if (n-i*20_000)%2 != 0 {
					t.Errorf("%d rows: half a transaction was seen", n)
				}
			}
		})
	}
	wg.Wait()
	var n int
	if err := c.Read(t.Context(), func(r Reader) error { return r.Get(t.Context(), &n, `SELECT count(*) FROM n`) }); err != nil {
		t.Fatal(err)
	}
	if n != 200 {
		t.Fatalf("rows = %d", n)
	}
	err := c.Read(t.Context(), func(r Reader) error { return r.Get(t.Context(), &n, `SELECT v FROM n WHERE v = 4711`) })
	if !errors.Is(err, ErrNotFound) {
		t.Fatalf("no row: %v", err)
	}
	if err := c.Read(t.Context(), func(r Reader) error {
		return r.Get(t.Context(), &n, `DELETE FROM n RETURNING v`)
	}); err == nil {
		t.Fatal("a reader wrote")
	}
}

func TestWipe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "cache.db")
	c := open(t, path)
	if err := c.Migrate(t.Context(), "n", []string{`CREATE TABLE n (v TEXT)`}); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s: mode %v, others can read it", suffix, info.Mode())
			}
		}
	}
	if err := c.Wipe(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	if err := Wipe(path); err != nil {
		t.Fatalf("nothing there: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	text := []byte("this is not a database, it is a letter to the class of 7b, long enough to be read as a header of one")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), path)
	if !errors.Is(err, ErrDamaged) {
		t.Fatalf("err = %v, want ErrDamaged", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(text) {
		t.Fatal("the damaged file was touched")
	}
}
