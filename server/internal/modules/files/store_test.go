package files

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// school is a server with this module alone and a few people, whose password is
// their login.
type school struct {
	t      testing.TB
	url    string
	store  *store
	db     *db.DB
	blobs  *blob.Store
	people map[string]*people.Person

	mu     sync.Mutex
	events []string
}

var ids atomic.Int64

func init() { ids.Store(time.Now().UnixNano()) } // a server that starts again goes on

func testID() string { return fmt.Sprintf("%026d", ids.Add(1)) }

// Root implements events.
func (s *school) Root(rootID string, seq int64, to []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, fmt.Sprint(rootID, " ", seq, " ", len(to)))
}

// ByToken implements web.Authenticator.
func (s *school) ByToken(ctx context.Context, token string) (web.Caller, error) {
	return s.ByBasic(ctx, token, token, "")
}

// ByBasic implements web.Authenticator.
func (s *school) ByBasic(_ context.Context, login, password, _ string) (web.Caller, error) {
	p := s.people[login]
	if p == nil || password != login {
		return web.Caller{}, web.Refuse(http.StatusUnauthorized, wire.CodeSignInFailed, "No.")
	}
	return web.Caller{Person: p.Wire(), Restricted: p.State == people.Restricted}, nil
}

// newSchool starts a school on a database.
func newSchool(t testing.TB, d *db.DB, opts ...func(*store)) *school {
	t.Helper()
	s := newStoreSchool(t, d, opts...)
	router := web.NewRouter(s.routerOptions())
	s.store.mount(router)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.NewServer(router)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	s.url = "http://" + listener.Addr().String()
	return s
}

func (s *school) routerOptions() web.Options {
	return web.Options{Auth: s, Log: slog.New(slog.DiscardHandler), Now: time.Now, Metrics: prometheus.NewRegistry()}
}

func newStoreSchool(t testing.TB, d *db.DB, opts ...func(*store)) *school {
	t.Helper()
	ctx := context.Background()
	s := &school{t: t, db: d, people: map[string]*people.Person{}}
	if err := d.Migrate(ctx, "people", people.Migrations()); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(ctx, "files", (&Module{}).Migrations()); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.blobs, err = blob.Open(t.TempDir(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.blobs.Close() })
	s.store = newStore(d, s.blobs, s)
	for _, o := range opts {
		o(s.store)
	}
	s.fill()
	return s
}

func newStore(d *db.DB, blobs *blob.Store, e events) *store {
	return &store{
		db: d, blobs: blobs, events: e, log: slog.New(slog.DiscardHandler), now: time.Now, id: testID,
		quotas: quotas{student: 1 << 30, teacher: 5 << 30, group: 10 << 30}, trees: newTrees(d), homes: newHomesFor(d), names: map[string]knownName{},
	}
}

// fill makes class 7b: anna leads it, lena, tom and another Lena Weber are in it;
// mia and the guardian erika are not.
func (s *school) fill() {
	s.t.Helper()
	ctx := context.Background()
	err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		g := people.Group{ID: "g7b", Slug: "7b", Name: "Klasse 7b", Kind: people.KindClass}
		if err := people.CreateGroup(ctx, tx, &g); err != nil {
			return err
		}
		for _, p := range []struct {
			login, given, family string
			role                 wire.Role
			member, lead         bool
			state                people.State
		}{
			{"anna", "Anna", "Schmidt", wire.RoleTeacher, true, true, people.Active},
			{"lena", "Lena", "Weber", wire.RoleStudent, true, false, people.Active},
			{"lena2", "Lena", "Weber", wire.RoleStudent, true, false, people.Active},
			{"tom", "Tom", "Test", wire.RoleStudent, true, false, people.Active},
			{"jonas", "Jonas", "Groß", wire.RoleStudent, true, false, people.Restricted},
			{"mia", "Mia", "Test", wire.RoleStudent, false, false, people.Active},
			{"erika", "Erika", "Musterfrau", wire.RoleGuardian, true, false, people.Active},
		} {
			person := &people.Person{ID: "p-" + p.login, Login: p.login, Given: p.given, Family: p.family, Role: p.role, State: p.state}
			s.people[p.login] = person
			if err := people.Create(ctx, tx, person); err != nil {
				return err
			}
			if p.member {
				if err := people.AddMember(ctx, tx, g.ID, person.ID, p.lead); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// answer is what a request came back with.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request as somebody. headers are name, value pairs.
func (s *school) do(who, method, path, body string, headers ...string) answer {
	s.t.Helper()
	var content io.Reader
	if body != "" || method == "PUT" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, s.url+path, content)
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(who, who)
	for i := 0; i+1 < len(headers); i += 2 {
		value := headers[i+1]
		if headers[i] == "Destination" && strings.HasPrefix(value, "/") {
			value = s.url + value
		}
		req.Header.Set(headers[i], value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// want sends a request and demands a status.
func (s *school) want(status int, who, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.do(who, method, path, body, headers...)
	if a.status != status {
		s.t.Errorf("%s %s %.100s %v: %d, want %d\n%.600s", who, method, path, headers, a.status, status, a.body)
	}
	return a
}

// sees demands the content of a file, "" when there must be none.
func (s *school) sees(who, path, content string) {
	s.t.Helper()
	a := s.do(who, "GET", path, "")
	if content == "" && a.status != http.StatusNotFound || content != "" && (a.status != http.StatusOK || a.body != content) {
		s.t.Errorf("%s GET %s: %d %.200q, want %q", who, path, a.status, a.body, content)
	}
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, fn func(t *testing.T, s *school), opts ...func(*store)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newSchool(t, d, opts...)) })
}

func onSQLite(t testing.TB, opts ...func(*store)) *school {
	t.Helper()
	d, err := db.Open(context.Background(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return newSchool(t, d, opts...)
}
