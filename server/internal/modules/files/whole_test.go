package files_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"net/url"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestLitmus runs the WebDAV test program litmus, all of its five suites, against
// a whole server.
func TestLitmus(t *testing.T) {
	program, err := exec.LookPath("litmus")
	if err != nil {
		t.Fatal("litmus is not installed; make test installs it")
	}
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		cmd := exec.CommandContext(t.Context(), program, "-k", s.URL+"/dav/home/", "lena.weber", servertest.Password)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		text := string(out)
		if err != nil {
			t.Errorf("litmus: %v", err)
		}
		run, passed := 0, 0
		for _, m := range regexp.MustCompile("summary for `[a-z]+': of (\\d+) tests run: (\\d+) passed").FindAllStringSubmatch(text, -1) {
			r, _ := strconv.Atoi(m[1])
			p, _ := strconv.Atoi(m[2])
			run, passed = run+r, passed+p
		}
		if run != 104 || passed != 104 || strings.Contains(text, "WARNING") || strings.Contains(text, "skipped") {
			t.Errorf("litmus: %d of %d tests passed, want 104 of 104 without a warning\n%s", passed, run, text)
		}
	})
}

var hrefs = regexp.MustCompile(`<D:href>([^<]*)</D:href>`)

// TestDemo opens every file of every account that the documentation names.
func TestDemo(t *testing.T) {
	start := time.Now()
	s := servertest.Start(t, servertest.Full())
	t.Logf("the whole demo school was there after %v", time.Since(start).Round(time.Millisecond))
	opened := map[string]bool{}
	for _, login := range []string{
		"lena.weber", "mia.test", "anna.schmidt", "bernd.richter", "claudia.direktor",
		"erika.musterfrau@example.org", "sabine.weber@example.org", "admin",
	} {
		c := s.Client(t, login)
		var roots wire.Roots
		if status, p := c.JSON(t, http.MethodGet, "/api/v1/files/roots", nil, &roots); status != http.StatusOK {
			t.Fatal(login, status, p)
		}
		for _, r := range roots.Roots {
			resp, body := c.Do(t, "PROPFIND", r.Href, "", "Depth", "infinity")
			if resp.StatusCode != http.StatusMultiStatus {
				t.Fatal(login, r.Href, resp.Status, body)
			}
			files, deep := 0, 0
			for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
				if strings.HasSuffix(m[1], "/") {
					continue
				}
				files++
				if strings.Count(strings.TrimPrefix(m[1], r.Href), "/") > 1 {
					deep++
				}
				resp, content := c.Do(t, http.MethodGet, m[1], "")
				if resp.StatusCode != http.StatusOK {
					t.Errorf("%s: %s %s", login, m[1], resp.Status)
				}
				if err := readable(m[1], []byte(content)); err != nil {
					t.Errorf("%s: %v", m[1], err)
				}
				opened[path.Ext(m[1])] = true
			}
			if r.Kind == "home" && (files < 5 || deep == 0) {
				t.Errorf("%s has %d files at home, %d of them deep", login, files, deep)
			}
			if r.Kind == "group" && files < 3 {
				t.Errorf("%s sees %d files in %s", login, files, r.Name)
			}
			if r.Kind == "home" && r.Used == 0 {
				t.Errorf("%s uses nothing", login)
			}
		}
	}
	for _, ext := range []string{".odt", ".docx", ".ods", ".csv", ".txt", ".md", ".png", ".jpg", ".pdf"} {
		if !opened[ext] {
			t.Errorf("nobody has a %s file", ext)
		}
	}
	var wrong int
	err := s.DB.Get(context.Background(), &wrong, `SELECT count(*) FROM files_root r WHERE used <> (SELECT coalesce(sum(size), 0) FROM files_node n WHERE n.root = r.id)`)
	if err != nil || wrong > 0 {
		t.Errorf("%d roots count wrong, %v", wrong, err)
	}
}

// readable says what is wrong with a document.
func readable(href string, content []byte) error {
	switch path.Ext(href) {
	case ".png", ".jpg":
		_, _, err := image.Decode(bytes.NewReader(content))
		return err
	case ".odt", ".ods", ".docx":
		z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err == nil && len(z.File) < 3 {
			err = fmt.Errorf("an archive of %d files", len(z.File))
		}
		return err
	case ".pdf":
		if !bytes.HasPrefix(content, []byte("%PDF-")) || !bytes.HasSuffix(content, []byte("%%EOF\n")) {
			return errors.New("no PDF")
		}
	}
	if len(content) == 0 {
		return errors.New("empty")
	}
	return nil
}

// TestWholeServer holds what needs more than this module: who is let in at all, and
// that the others hear of a change.
func TestWholeServer(t *testing.T) {
	s := servertest.Start(t)
	lena, anna := s.Client(t, "lena.weber"), s.Client(t, "anna.schmidt")
	if resp, _ := s.Anonymous().Do(t, http.MethodGet, "/dav/home/", ""); resp.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("nobody: %s %v", resp.Status, resp.Header)
	}
	if resp, _ := s.Anonymous().Do(t, http.MethodOptions, "/", ""); resp.StatusCode != http.StatusOK || resp.Header.Get("DAV") != "1, 2, 3" {
		t.Errorf("OPTIONS /: %s", resp.Status)
	}
	var group string
	var roots wire.Roots
	anna.JSON(t, http.MethodGet, "/api/v1/files/roots", nil, &roots)
	for _, r := range roots.Roots {
		if r.Lead && strings.Contains(r.Name, "7b") {
			group = r.Href
		}
	}
	if group == "" {
		t.Fatalf("anna leads no class: %+v", roots)
	}
	events, stop := anna.Events(t, "")
	defer stop()
	if resp, body := lena.Do(t, http.MethodPut, group+"Austausch/"+url.PathEscape("Frage zu Nr. 3.txt"), "Was ist 2/3?"); resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status, body)
	}
	timeout := time.After(time.Minute)
	for told := false; !told; {
		select {
		case e := <-events:
			told = e.Event.Kind == wire.EventRoot
		case <-timeout:
			t.Fatal("anna was not told of the change")
		}
	}
	s.Lock(t, "lena.weber", "test")
	if resp, _ := lena.Do(t, http.MethodGet, "/dav/home/", ""); resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		t.Errorf("a locked account: %s", resp.Status)
	}
	if resp, body := lena.Do(t, http.MethodPut, "/dav/home/x", "x", "X-Long", strings.Repeat("x", 10<<20)); resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("10 MB of headers: %s %s", resp.Status, body)
	}
}
