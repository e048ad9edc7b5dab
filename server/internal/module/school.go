package module

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"schulhof/server/internal/config"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

const (
	logoPath = "/api/v1/school/logo"
	tag      = "server"
	// healthTimeout is how long /healthz waits for the database.
	healthTimeout = 2 * time.Second
)

// routes adds the server's own routes.
func (h *Host) routes() {
	r := h.router
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/school", Access: web.Public, Summary: "Which school this is", Tag: tag}, h.getSchool)
	r.Raw(web.Op{Method: http.MethodGet, Path: logoPath, Access: web.Public, Summary: "The school's logo", Tag: tag}, http.HandlerFunc(h.getLogo))
	r.Raw(web.Op{Method: http.MethodGet, Path: "/api/v1/events", Access: web.SignedIn, Summary: "What changes, as server-sent events", Tag: tag}, h.deps.Events)
	r.Raw(web.Op{Method: http.MethodGet, Path: "/healthz", Access: web.Public, Summary: "Is the server well", Tag: tag}, http.HandlerFunc(h.getHealth))
	r.Raw(web.Op{Method: http.MethodGet, Path: "/metrics", Access: web.Public, Summary: "Numbers for Prometheus; from this machine, or with the metrics token", Tag: tag}, h.metricsHandler())
}

type schoolOut struct{ Body wire.School }

func (h *Host) getSchool(ctx context.Context, _ *struct{}) (*schoolOut, error) {
	s, err := h.deps.School.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := &schoolOut{Body: wire.School{
		Product: wire.Product, Version: h.version, Protocol: wire.Protocol,
		Name: s.Name, Place: s.Place, Imprint: s.Imprint, Login: s.Login,
	}}
	if len(h.logo) > 0 {
		out.Body.LogoPath = logoPath
	}
	return out, nil
}

func (h *Host) getLogo(w http.ResponseWriter, req *http.Request) {
	if len(h.logo) == 0 {
		web.WriteError(w, req, web.ErrNotFound)
		return
	}
	sum := sha256.Sum256(h.logo)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Content-Type", http.DetectContentType(h.logo))
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(h.logo))
}

func (h *Host) getHealth(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), healthTimeout)
	defer cancel()
	var one int
	if err := h.deps.DB.Get(ctx, &one, `SELECT 1`); err != nil {
		h.deps.Log.ErrorContext(ctx, "health", slog.Any("error", err))
		web.WriteError(w, req, web.Refuse(http.StatusServiceUnavailable, wire.CodeUnavailable, "The database does not answer."))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintln(w, "ok") // who asked may be gone
}

// metricsHandler answers this machine, and others that bring the token. Everyone
// else learns nothing, not even that it is there.
func (h *Host) metricsHandler() http.Handler {
	prom := promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{})
	want := []byte("Bearer " + h.deps.Config.MetricsToken)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		token := h.deps.Config.MetricsToken != "" &&
			subtle.ConstantTimeCompare([]byte(req.Header.Get("Authorization")), want) == 1
		here := config.Loopback(web.AddrFrom(req.Context()))
		if !h.deps.Config.BehindProxy && req.Header.Get("X-Forwarded-For") != "" {
			here = false // a proxy that nobody told us of
		}
		if !token && !here {
			web.WriteError(w, req, web.ErrNotFound)
			return
		}
		prom.ServeHTTP(w, req)
	})
}
