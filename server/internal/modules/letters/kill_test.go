package letters_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/auth"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/demo"
	"schulhof/server/internal/killtest"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/wire"
)

func TestMain(m *testing.M) { killtest.Main(m, serve) }

// serve is a server with the demo school until it is killed.
func serve(dir string) error {
	ctx := context.Background()
	c := config.Default()
	c.Data, c.School = dir, demo.School()
	host, err := module.NewHost(ctx, module.Options{
		Config: c, Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "test", Cost: auth.Cost{MemoryKiB: 8, Passes: 1},
		Modules: []func(module.Deps) module.Module{letters.New},
	})
	if err == nil {
		err = demo.Seed(ctx, host, true)
	}
	if err != nil {
		return err
	}
	s := httptest.NewServer(host.Handler())
	fmt.Println("ready " + s.URL)
	select {}
}

// child starts a server as a process of its own.
func child(t *testing.T, dir string) (*killtest.Child, string) {
	t.Helper()
	c := killtest.Start(t, dir)
	return c, c.Ready(t)
}

// post sends JSON; false when the server is dead.
func post(url, token, path, key string, in, out any) bool {
	body, _ := json.Marshal(in)
	req, err := http.NewRequest(http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set(wire.HeaderKey, key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK && json.NewDecoder(res.Body).Decode(out) == nil
}

// TestKill kills the server at random moments while letters are delivered, at once and
// by the clock. None is lost, none is delivered twice or in part, and each guardian
// has one mail of each. A client repeats what was not answered, with the same key.
func TestKill(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 10
	}
	dir := t.TempDir()
	var token string
	acked := map[string]bool{}
	cmd, url := child(t, dir)
	var mu sync.Mutex
	n := 0
	for round := range kills {
		if token == "" {
			var session wire.Session
			if !post(url, "", "/api/v1/session", "", wire.SignIn{Login: head, Password: demo.Password, Device: "test"}, &session) {
				t.Fatal("cannot sign in")
			}
			token = session.Token
		}
		dead, delivered := make(chan struct{}), make(chan struct{}, 1)
		go func() {
			defer close(dead)
			for {
				mu.Lock()
				key := fmt.Sprintf("letter-%d", n)
				mu.Unlock()
				d := wire.Draft{Subject: key, Markdown: "{{child}}", To: []wire.Target{{Kind: "all"}}, Ask: wire.Ask{Read: true}}
				if n%3 == 0 {
					at := time.Now().Add(50 * time.Millisecond)
					d.SendAt = &at
				}
				var made wire.Draft
				if !post(url, token, api+"drafts", "d"+key, d, &made) {
					// The same key with another time is another request: begin anew.
					mu.Lock()
					n++
					mu.Unlock()
					return
				}
				var sent wire.SentLetter
				mu.Lock()
				n++
				mu.Unlock()
				if !post(url, token, api+"drafts/"+made.ID+"/send", "s"+key, nil, &sent) {
					return
				}
				mu.Lock()
				acked[sent.ID] = true
				mu.Unlock()
				select {
				case delivered <- struct{}{}:
				default:
				}
			}
		}()
		if round%4 != 0 { // however slow the machine is, most rounds deliver something
			select {
			case <-delivered:
			case <-dead:
			}
		}
		time.Sleep(time.Duration(5+rand.IntN(150)) * time.Millisecond)
		cmd.Kill()
		<-dead
		cmd, url = child(t, dir)
	}
	time.Sleep(2 * time.Second) // the last of those with a time
	cmd.Kill()
	if sent := check(t, dir, acked); sent < kills/3 {
		t.Errorf("only %d letters were delivered", sent)
	}
}

// check counts what the killed server has left, and gives how many letters were sent.
func check(t *testing.T, dir string, acked map[string]bool) int {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+databaseIn(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var rows []struct {
		ID       string `db:"id"`
		State    string `db:"state"`
		Children int    `db:"children"`
		To       int    `db:"receivers"`
		Boxes    int    `db:"boxes"`
		Mails    int    `db:"mails"`
		Versions int    `db:"versions"`
	}
	err = d.Select(t.Context(), &rows, `
		SELECT l.id, l.state, (SELECT COUNT(*) FROM letter_row r WHERE r.letter = l.id) AS children,
			(SELECT COUNT(*) FROM letter_to t WHERE t.letter = l.id) AS receivers,
			(SELECT COUNT(*) FROM letter_box b WHERE b.letter = l.id) AS boxes,
			(SELECT COUNT(*) FROM mail m WHERE m.kind = 'letter' AND m.dedup >= l.id AND m.dedup < l.id || 'z') AS mails,
			(SELECT COUNT(*) FROM letter_version v WHERE v.letter = l.id) AS versions
		FROM letter l WHERE l.subject LIKE 'letter-%'`)
	if err != nil {
		t.Fatal(err)
	}
	var pupils, pairs, guardians int
	for dest, query := range map[*int]string{
		&pupils: `SELECT COUNT(*) FROM person WHERE role = 'student'`, &pairs: `SELECT COUNT(*) FROM guardian`,
		&guardians: `SELECT COUNT(DISTINCT guardian_id) FROM guardian`,
	} {
		if err := d.Get(t.Context(), dest, query); err != nil {
			t.Fatal(err)
		}
	}
	sent := 0
	for _, r := range rows {
		whole := r.Children == pupils && r.To == pairs && r.Boxes == guardians && r.Mails == guardians && r.Versions == 1
		none := r.Children+r.To+r.Boxes+r.Mails+r.Versions == 0
		switch {
		case r.State == "sent" && !whole, r.State != "sent" && !none:
			t.Errorf("delivered in part: %+v of %d children, %d pairs, %d guardians", r, pupils, pairs, guardians)
		case acked[r.ID] && r.State != "sent":
			t.Errorf("acknowledged, but %s", r.State)
		}
		if r.State == "sent" {
			sent++
		}
		delete(acked, r.ID)
	}
	if len(acked) > 0 {
		t.Errorf("%d acknowledged letters are lost", len(acked))
	}
	t.Logf("%d letters begun, %d delivered to %d guardians each", len(rows), sent, guardians)
	return sent
}

func databaseIn(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(found) != 1 {
		t.Fatalf("database in %s: %v %v", dir, found, err)
	}
	return found[0]
}
