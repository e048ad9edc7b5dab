package files

import (
	"context"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/remote"
)

// school is the server of a test.
type school struct{ *servertest.Server }

func startServer(t testing.TB) school {
	t.Helper()
	return school{servertest.Start(t)}
}

// Addr is the server's own address, before any net.
func (s school) Addr() string { return strings.TrimPrefix(s.URL, "http://") }

// Token signs somebody in.
func (s school) Token(t testing.TB, login string) string {
	t.Helper()
	found, err := remote.Probe(context.Background(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: found.Base})
	defer c.Close()
	session, err := c.SignIn(context.Background(), wire.SignIn{Login: login, Password: servertest.Password, Device: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return session.Token
}
