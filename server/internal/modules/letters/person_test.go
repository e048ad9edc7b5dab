package letters_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestRemindsByItself holds that a letter reminds those who have not answered, on the
// day that its sender chose, once, and nobody else.
func TestRemindsByItself(t *testing.T) {
	var ahead atomic.Int64
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		ahead.Store(0)
		h := s.Client(t, head)
		d := all(yesNo())
		deadline := time.Now().Add(72 * time.Hour)
		d.Ask.Deadline, d.Remind = &deadline, []int{1, 5} // five days before has passed
		sent := send(t, h, d)
		e := s.Client(t, erika)
		for _, child := range find(t, e, sent.ID).Children {
			ok(t, e, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Child: child.ID, Options: []int{0}}, nil)
		}
		before := mails(t, s, sent.ID)
		if len(before) != 2 {
			t.Fatalf("the letter's mails: %+v", before)
		}
		ahead.Store(int64(46 * time.Hour)) // the day before is 47 to 49 hours away: clocks may change
		s.Host.Deps().Jobs.Wake()
		time.Sleep(300 * time.Millisecond)
		if got := mails(t, s, sent.ID); len(got) != 2 {
			t.Fatalf("too early: %+v", got)
		}
		ahead.Store(int64(50 * time.Hour))
		s.Host.Deps().Jobs.Wake()
		clocktest.Eventually(t, "the reminder", func() bool { return len(mails(t, s, sent.ID)) > 2 })
		ahead.Store(int64(51 * time.Hour))
		s.Host.Deps().Jobs.Wake()
		time.Sleep(300 * time.Millisecond)
		got := mails(t, s, sent.ID)
		if len(got) != 3 {
			t.Fatalf("reminded more than once: %+v", got)
		}
		for _, m := range got {
			if strings.HasSuffix(m.Key, ":r1") && m.To == sabine {
				return
			}
		}
		t.Errorf("the mother who has not answered was not reminded: %+v", got)
	}, servertest.Modules(letters.New), servertest.Now(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
}

// refuser is a smart host that knows everybody but one.
func refuser(t *testing.T, unknown string) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go converse(c, unknown)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener's
}

func converse(c net.Conn, unknown string) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(time.Minute)) != nil {
		return
	}
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 test")
	data := false
	for lines := bufio.NewScanner(c); lines.Scan(); {
		line := strings.ToUpper(lines.Text())
		switch {
		case data && line != ".":
		case data:
			data = false
			say("250 taken")
		case strings.HasPrefix(line, "RCPT") && strings.Contains(line, strings.ToUpper(unknown)):
			say("550 5.1.1 no such user")
		case strings.HasPrefix(line, "DATA"):
			data = true
			say("354 go on")
		case strings.HasPrefix(line, "QUIT"):
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// TestBounce shows the sender that a mail could not be delivered.
func TestBounce(t *testing.T) {
	port := refuser(t, erika)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		h := s.Client(t, head)
		sent := send(t, h, all(yesNo()))
		var r wire.Report
		clocktest.Eventually(t, "the bounce", func() bool {
			ok(t, h, http.MethodGet, sent.ID+"/report", nil, &r)
			return r.Letter.Bounced > 0
		})
		if r.Letter.Bounced != 1 {
			t.Errorf("%d bounced", r.Letter.Bounced)
		}
		for _, row := range r.Rows {
			if hers := strings.Contains(strings.Join(row.Guardian, " "), "Erika"); hers != (row.Bounce != "") {
				t.Errorf("%s of %v: %q", row.Child.Name, row.Guardian, row.Bounce)
			}
		}
		if !has(t, s.Client(t, erika), sent.ID) {
			t.Error("the letter itself did arrive")
		}
	}, servertest.Modules(letters.New), servertest.Configure(func(c *config.Config) {
		c.Mail = config.Mail{Host: "127.0.0.1", Port: port, Security: "none", From: "schule@example.org"}
	}))
}

// papers keeps what is exported.
type papers map[string]*bytes.Buffer

func (p papers) File(name string, _ time.Time) (io.Writer, error) {
	p[name] = &bytes.Buffer{}
	return p[name], nil
}

func (p papers) JSON(name string, v any) error {
	raw, err := json.Marshal(v)
	p[name] = bytes.NewBuffer(raw)
	return err
}

// TestPerson exports what a guardian has, gives it to another, and forgets it.
func TestPerson(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		m := letters.New(s.Host.Deps())
		h, e, w := s.Client(t, head), s.Client(t, erika), s.Client(t, sabine)
		her, other, tom := s.PersonID(t, erika), s.PersonID(t, sabine), s.PersonID(t, "tom.test")
		sent := send(t, h, wire.Draft{Subject: "Nur Tom", Markdown: "**{{child}}**", To: []wire.Target{{Kind: "child", ID: tom}}, Ask: yesNo()})
		ok(t, e, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Child: tom, Options: []int{1}}, nil)

		out := papers{}
		if err := m.(module.Exporter).ExportPerson(t.Context(), her, out); err != nil {
			t.Fatal(err)
		}
		found := false
		for name, text := range out {
			if strings.Contains(name, sent.ID) {
				found = strings.HasPrefix(name, "briefe/") && strings.Contains(text.String(), "Tom Test")
			}
		}
		if !found || out["antworten.json"] == nil || !strings.Contains(out["antworten.json"].String(), tom) {
			t.Errorf("exported: %v", out)
		}
		none := papers{}
		if err := m.(module.Exporter).ExportPerson(t.Context(), other, none); err != nil {
			t.Fatal(err)
		}
		for name, text := range none {
			if strings.Contains(name+text.String(), sent.ID) || strings.Contains(text.String(), "Tom Test") {
				t.Errorf("another's export has %s: %s", name, text)
			}
		}

		tx := func(fn func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := s.DB.Tx(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		tx(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE guardian SET guardian_id = $1 WHERE guardian_id = $2 AND child_id = $3`, other, her, tom); err != nil {
				return err
			}
			return m.(module.Merger).MergePerson(ctx, tx, other, her)
		})
		if l := find(t, w, sent.ID); len(l.Children) != 1 || len(l.Answers) != 1 || !l.Answers[0].Mine || l.Open {
			t.Errorf("after the merge she has %+v", l)
		}
		if has(t, e, sent.ID) {
			t.Error("both have the letter")
		}

		tx(func(ctx context.Context, tx *db.Tx) error { return m.(module.Forgetter).ForgetPerson(ctx, tx, other) })
		if has(t, w, sent.ID) {
			t.Error("the letter is not forgotten")
		}
		for _, table := range []string{"letter_answer", "letter_to", "letter_box", "letter_notice"} {
			var n int
			if err := s.DB.Get(t.Context(), &n, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE person IN ($1, $2)`, table), her, other); err != nil || n != 0 {
				t.Errorf("%s: %d rows, %v", table, n, err)
			}
		}
		var r wire.Report
		ok(t, h, http.MethodGet, sent.ID+"/report", nil, &r)
		if r.Letter.Subject != "Nur Tom" || len(r.Rows) != 1 || len(r.Rows[0].Answers) != 1 || r.Rows[0].Answers[0].By != "" || r.Counts[1] != 1 {
			t.Errorf("letter and answer stay without the name: %+v", r)
		}
	}, servertest.Modules(letters.New))
}
