package mail_test

import (
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"

	"schulhof/server/internal/mail"
)

// checkMessage holds that a received message says what was queued.
func checkMessage(t *testing.T, raw string, want mail.Message) {
	t.Helper()
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > 126 || r < ' ' && r != '\t' }) {
			t.Errorf("the line %q", line)
		}
	}
	m := parse(t, raw)
	var words mime.WordDecoder
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != want.Subject {
		t.Errorf("subject %q: %v", subject, err)
	}
	for header, address := range map[string]mail.Address{
		"From": {Name: "Schillerschule – Büro", Addr: "schule@schule.example"}, "To": want.To, "Reply-To": want.ReplyTo,
	} {
		list, err := m.Header.AddressList(header)
		if err != nil || len(list) != 1 || *list[0] != (netmail.Address{Name: address.Name, Address: address.Addr}) {
			t.Errorf("%s: %v: %v", header, list, err)
		}
	}
	for header, value := range map[string]string{
		"List-Unsubscribe": "<" + want.Unsubscribe + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"X-Schulhof-Letter": "42", "Auto-Submitted": "auto-generated",
	} {
		if m.Header.Get(header) != value {
			t.Errorf("%s: %q, want %q", header, m.Header.Get(header), value)
		}
	}
	if id := m.Header.Get("Message-Id"); !strings.HasPrefix(id, "<m0") || !strings.HasSuffix(id, "@schule.example>") {
		t.Errorf("Message-ID %q", id)
	}
	got := parts(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	text := strings.ReplaceAll(got["text/plain; charset=UTF-8 quoted-printable"], "\r\n", "\n")
	if strings.TrimSpace(text) != strings.TrimSpace(want.Text) {
		t.Errorf("text %q of %v", text, got)
	}
	if html := got["text/html; charset=UTF-8 quoted-printable"]; strings.TrimSpace(html) != want.HTML {
		t.Errorf("HTML %q of %v", html, got)
	}
	found := false
	for name, content := range got {
		if strings.HasPrefix(name, "application/pdf") {
			found = true
			if content != "content of aabb" || !strings.Contains(name, "base64") {
				t.Errorf("attachment %s: %q", name, content)
			}
		}
	}
	if !found {
		t.Errorf("no attachment in %v", got)
	}
}

// parts returns the decoded leaves of a MIME tree by media type and encoding.
func parts(t *testing.T, contentType, encoding string, body io.Reader) map[string]string {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("%q: %v", contentType, err)
	}
	all := map[string]string{}
	if strings.HasPrefix(media, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			part, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(all, parts(t, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part))
		}
	}
	switch encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	default:
		t.Fatalf("encoding %q", encoding)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	all[contentType+" "+encoding] = string(content)
	return all
}
