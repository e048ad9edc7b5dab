package module

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
)

// keyFile is the file in the data folder with the server's key. It is not in the
// database, so that the database alone neither tells secrets nor makes a log that
// holds. Who moves the server moves it too; several servers over one database need
// the same.
const keyFile = "server.key"

const keyLength = 32

// key is the server's key, from which those of its parts are derived.
type key []byte

func (k key) audit() []byte   { return k.derive("audit") }
func (k key) secrets() []byte { return k.derive("secrets") }

func (k key) derive(purpose string) []byte {
	h := hmac.New(sha256.New, k)
	_, _ = h.Write([]byte("schulhof key 1 " + purpose)) // a hash takes everything
	return h.Sum(nil)
}

// serverKey reads the key of a data folder; if there is none it makes one where create
// is set.
func serverKey(dir string, create bool) (key, error) {
	path := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		return newKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the server: %w", err)
	}
	k, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(k) != keyLength {
		return nil, fmt.Errorf("key of the server: %s does not hold one; bring it back from a backup", path)
	}
	return k, nil
}

// newKey makes a key, which is on the disk when it returns.
func newKey(path string) (key, error) {
	var k [keyLength]byte
	rand.Read(k[:])
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key of the server: %w", err)
	}
	_, err = f.WriteString(hex.EncodeToString(k[:]) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the server: %w", err)
	}
	return k[:], nil
}

// VerifyAudit goes through the log of a server, which may be running, and says how
// many entries hold, and where the chain breaks; nil when it does not.
func VerifyAudit(ctx context.Context, c config.Config) (entries int, broken *audit.Broken, err error) {
	k, err := serverKey(c.Data, false)
	if err != nil {
		return 0, nil, err
	}
	d, err := db.Open(ctx, c.DSN())
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	// To verify takes no clock.
	return audit.New(k.audit(), nil).Verify(ctx, d)
}
