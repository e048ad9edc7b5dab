package files

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"schulhof/server/internal/web"
)

// benchRouter is the whole way of a request but the network.
func benchRouter(b *testing.B) (*web.Router, func(method, path, body string, header ...string) *httptest.ResponseRecorder) {
	b.Helper()
	s := onSQLite(b)
	router := web.NewRouter(s.routerOptions())
	s.store.mount(router)
	return router, func(method, path, body string, header ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer lena")
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, req)
		return w
	}
}

var page = strings.Repeat("0123456789abcdef", 256)

func BenchmarkPut(b *testing.B) {
	_, do := benchRouter(b)
	do("MKCOL", home+"many", "")
	var n atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if w := do("PUT", fmt.Sprintf("%smany/f%07d.txt", home, i), strconv.FormatInt(i, 10)+page); w.Code != http.StatusCreated {
				b.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	_, do := benchRouter(b)
	do("PUT", home+"a.txt", page)
	b.ReportAllocs()
	for b.Loop() {
		if w := do("GET", home+"a.txt", ""); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkPropfind2000(b *testing.B) {
	_, do := benchRouter(b)
	for i := range 2000 {
		do("PUT", fmt.Sprintf("%sf%07d.txt", home, i), "")
	}
	const ask = `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/><D:getcontenttype/></D:prop></D:propfind>`
	b.ReportAllocs()
	for b.Loop() {
		if w := do("PROPFIND", home, ask, "Depth", "1"); w.Code != http.StatusMultiStatus {
			b.Fatal(w.Code)
		}
	}
}
