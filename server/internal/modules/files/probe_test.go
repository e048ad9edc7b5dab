package files

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
)

const home = "/dav/home/"

// TestProbe holds what other servers get wrong and sync clients rely on.
func TestProbe(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.want(201, "lena", "PUT", home+"a.txt", "one", "If-None-Match", "*")
		s.want(412, "lena", "PUT", home+"a.txt", "two", "If-None-Match", "*")
		s.want(412, "lena", "PUT", home+"a.txt", "two", "If-Match", `"wrong"`)
		s.want(412, "lena", "PUT", home+"new.txt", "two", "If-Match", "*")
		s.want(412, "lena", "DELETE", home+"a.txt", "", "If-Match", `"wrong"`)
		s.want(412, "lena", "MOVE", home+"a.txt", "", "If-Match", `"wrong"`, "Destination", home+"b.txt")
		s.sees("lena", home+"a.txt", "one")

		put := s.want(204, "lena", "PUT", home+"a.txt", "0123456789")
		get := s.want(200, "lena", "GET", home+"a.txt", "")
		etag := get.header.Get("ETag")
		if etag == "" || strings.HasPrefix(etag, "W/") || put.header.Get("ETag") != etag {
			t.Errorf("ETag of PUT %q, of GET %q", put.header.Get("ETag"), etag)
		}
		if put.header.Get(wire.HeaderFileID) == "" {
			t.Error("no id in the answer to PUT")
		}
		s.want(204, "lena", "PUT", home+"a.txt", "9876543210", "If-Match", etag)
		if s.do("lena", "HEAD", home+"a.txt", "").header.Get("ETag") == etag {
			t.Error("the ETag stayed with other content")
		}
		s.want(400, "lena", "PUT", home+"a.txt", "xx", "Content-Range", "bytes 0-1/10")
		part := s.want(206, "lena", "GET", home+"a.txt", "", "Range", "bytes=2-4")
		if part.body != "765" {
			t.Errorf("range: %q", part.body)
		}
		etag = part.header.Get("ETag")
		s.want(206, "lena", "GET", home+"a.txt", "", "Range", "bytes=2-4", "If-Range", etag)
		s.want(200, "lena", "GET", home+"a.txt", "", "Range", "bytes=2-4", "If-Range", `"old"`)
		s.want(416, "lena", "GET", home+"a.txt", "", "Range", "bytes=90-")
		s.want(304, "lena", "GET", home+"a.txt", "", "If-None-Match", etag)
		s.want(412, "lena", "GET", home+"a.txt", "", "If-Match", `"old"`)

		list := s.want(207, "lena", "PROPFIND", home, `<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/><getetag/><sync-token/></prop></propfind>`, "Depth", "0")
		for _, want := range []string{"<D:quota-used-bytes>10<", "<D:quota-available-bytes>1073741814<", "<D:getetag>\"", "<D:sync-token>https://"} {
			if !strings.Contains(list.body, want) {
				t.Errorf("no %s in %s", want, list.body)
			}
		}
		s.want(207, "lena", "REPORT", home, `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`)
		patch := s.want(207, "lena", "PROPPATCH", home+"a.txt", `<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>
			<Z:Win32CreationTime>Sat, 01 Aug 2020 10:00:00 GMT</Z:Win32CreationTime><Z:Win32LastModifiedTime>Sun, 02 Aug 2020 10:00:00 GMT</Z:Win32LastModifiedTime>
			<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>`)
		if !strings.Contains(patch.body, "200 OK") || strings.Contains(patch.body, "403") {
			t.Errorf("Win32 times: %s", patch.body)
		}
		if got := s.do("lena", "HEAD", home+"a.txt", "").header.Get("Last-Modified"); got != "Sun, 02 Aug 2020 10:00:00 GMT" {
			t.Errorf("Last-Modified %s", got)
		}

		s.want(201, "lena", "PUT", home+"keep.txt", "keep")
		s.want(404, "lena", "MOVE", home+"missing", "", "Destination", home+"keep.txt")
		s.sees("lena", home+"keep.txt", "keep")
		s.want(403, "lena", "MOVE", home+"keep.txt", "", "Destination", home+"keep.txt")
		s.sees("lena", home+"keep.txt", "keep")
		s.want(403, "lena", "COPY", home+"keep.txt", "", "Destination", home+"keep.txt")
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.want(405, "lena", "MKCOL", home+"d", "")
		s.want(201, "lena", "PUT", home+"d/in.txt", "in")
		s.want(403, "lena", "COPY", home+"d", "", "Destination", home+"d/x")
		s.want(403, "lena", "MOVE", home+"d", "", "Destination", home+"d/x")
		s.want(403, "lena", "MOVE", home+"d/in.txt", "", "Destination", home+"d")
		s.sees("lena", home+"d/in.txt", "in")
		s.want(204, "lena", "MOVE", home+"d/in.txt", "", "Destination", home+"keep.txt")
		s.sees("lena", home+"keep.txt", "in")
		s.want(403, "lena", "DELETE", home, "")
		s.want(400, "lena", "DELETE", home+"d", "", "Depth", "0")
		s.sees("lena", home+"keep.txt", "in")
		s.want(201, "lena", "MOVE", home+"keep.txt", "", "Destination", home+"KEEP.txt")
		if !strings.Contains(s.want(207, "lena", "PROPFIND", home, "", "Depth", "1").body, "/KEEP.txt<") {
			t.Error("a name cannot be respelled")
		}
	})
}

// TestCutUpload sends half of a file and closes the connection.
func TestCutUpload(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.want(201, "lena", "PUT", home+"a.txt", "old")
		for _, head := range []string{"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1000\r\n"} {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "PUT /dav/home/a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer lena\r\n%s%s", head, strings.Repeat("n", 1000))
			time.Sleep(30 * time.Millisecond)
			_ = conn.(*net.TCPConn).CloseWrite()
			if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
				if resp.StatusCode < 400 {
					t.Errorf("half a file: %s", resp.Status)
				}
				_ = resp.Body.Close()
			}
			_ = conn.Close()
		}
		s.sees("lena", home+"a.txt", "old")
	})
}

// TestExtendedHeaders holds X-OC-Mtime and OC-Checksum.
func TestExtendedHeaders(t *testing.T) {
	s := onSQLite(t)
	a := s.want(201, "lena", "PUT", home+"a.txt", "abc", "X-OC-Mtime", "1500000000.7",
		"OC-Checksum", "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
	if a.header.Get("X-OC-Mtime") != "accepted" {
		t.Error("X-OC-Mtime was not accepted")
	}
	if got := s.do("lena", "HEAD", home+"a.txt", "").header.Get("Last-Modified"); got != "Fri, 14 Jul 2017 02:40:00 GMT" {
		t.Errorf("Last-Modified %s", got)
	}
	s.want(204, "lena", "PUT", home+"a.txt", "abc", "OC-Checksum", "MD5:900150983cd24fb0d6963f7d28e17f72")
	s.want(204, "lena", "PUT", home+"a.txt", "abc", "OC-Checksum", "SHA1:A9993E364706816ABA3E25717850C26C9CD0D89D")
	s.want(400, "lena", "PUT", home+"a.txt", "abd", "OC-Checksum", "SHA1:a9993e364706816aba3e25717850c26c9cd0d89d")
	s.want(400, "lena", "PUT", home+"b.txt", strings.Repeat("x", 200000), "OC-Checksum", "MD5:900150983cd24fb0d6963f7d28e17f72")
	s.want(400, "lena", "PUT", home+"b.txt", "", "OC-Checksum", "MD5:900150983cd24fb0d6963f7d28e17f72")
	s.sees("lena", home+"a.txt", "abc")
	s.sees("lena", home+"b.txt", "")
}

// TestOptions holds what Windows and Finder look for.
func TestOptions(t *testing.T) {
	s := onSQLite(t)
	for _, path := range []string{"/dav/", "/dav/home/", "/dav/groups/", "/dav/home/none", "/"} {
		a := s.want(200, "lena", "OPTIONS", path, "")
		if a.header.Get("DAV") != "1, 2, 3" || a.header.Get("MS-Author-Via") != "DAV" || !strings.Contains(a.header.Get("Allow"), "LOCK") {
			t.Errorf("%s: %v", path, a.header)
		}
	}
	s.want(201, "lena", "PUT", home+"._x.txt", "finder")
	s.sees("lena", home+"._x.txt", "finder")
	s.want(201, "lena", "PUT", home+"x.html", "<script>alert(1)</script>")
	page := s.want(200, "lena", "GET", home+"x.html", "")
	if page.header.Get("Content-Disposition") != "attachment" || page.header.Get("X-Content-Type-Options") != "nosniff" ||
		page.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
		t.Errorf("a page may run: %v", page.header)
	}
	if all := s.want(207, "lena", "PROPFIND", "/dav/", "", "Depth", "1").body; !strings.Contains(all, "<D:href>/dav/home/<") || !strings.Contains(all, "<D:href>/dav/groups/<") {
		t.Errorf("/dav/: %s", all)
	}
	if all := s.want(207, "lena", "PROPFIND", "/dav/groups/", "", "Depth", "1").body; !strings.Contains(all, "<D:href>/dav/groups/7b/<") || !strings.Contains(all, "Klasse 7b") {
		t.Errorf("/dav/groups/: %s", all)
	}
}
