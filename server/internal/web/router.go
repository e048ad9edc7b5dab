package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/wire"
)

// maxJSON bounds the bodies of JSON requests.
const maxJSON = 1 << 20

// Options are what a Router needs. All but TrustedProxies, Stall, Off and
// Alive are required.
type Options struct {
	Auth           Authenticator
	Log            *slog.Logger
	Now            func() time.Time
	Version        string
	Metrics        prometheus.Registerer
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	// Stall is how long a client may pause in the middle of a body; 0 = 60 s.
	Stall time.Duration
	// Off says whether a module is switched off for a caller, the zero one standing
	// for anybody; nil = none is.
	Off func(ctx context.Context, module string, c Caller) (bool, error)
	// Alive says whether a caller who came in earlier would come in now; nil = always.
	Alive func(ctx context.Context, c Caller) bool
}

// Op is one route.
type Op struct {
	Method  string // "" = all
	Path    string // a ServeMux path: /api/v1/devices/{id}
	Access  Access
	Summary string // one line of documentation
	Tag     string // the module's name
	Module  string // that it goes off with, "" = none; set by Router.Module
	// Harmless routes are open to restricted callers whatever their method: they
	// read, or change nothing but the caller's own account.
	Harmless bool
	// Secret routes have a secret in their path: the log shows Path in its place.
	Secret bool
}

func (o *Op) door() *door { return &door{access: o.Access, module: o.Module, harmless: o.Harmless} }

// Router finds the handler of a request and holds the list of all routes. Routes
// are added before it serves the first request.
type Router struct {
	o        Options
	mux      *http.ServeMux
	api      huma.API
	mounts   []mount
	ops      []Op
	pending  Op     // the operation that huma is registering
	module   string // whose routes are being added
	metrics  metrics
	ids      requestIDs
	underway underway
	describe sync.Once // puts the last touch to the description
}

// mount is a handler of everything below a prefix.
type mount struct {
	prefix  string
	door    *door
	methods []string
	area    *area
	handler http.Handler
}

// NewRouter makes a router that knows only how to say that there is nothing, and
// /api/openapi.json.
func NewRouter(o Options) *Router {
	r := &Router{o: o, mux: http.NewServeMux(), metrics: newMetrics(o.Metrics), ids: newRequestIDs()}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Schulhof", Version: o.Version},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "the token that POST /api/v1/session gives"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{transform},
	}
	config.AllowAdditionalPropertiesByDefault = true // a newer client sends fields that this server does not know
	r.api = humago.New(humaMux{r}, config)
	r.mux.HandleFunc("/", r.nothing)
	r.Raw(Op{Method: http.MethodGet, Path: "/api/openapi.json", Access: Public, Summary: "This description", Tag: "server"},
		http.HandlerFunc(r.openAPI))
	return r
}

// Handle adds a JSON route. I and O are structs as huma wants them: path, query and
// header tags, and a field Body. A nil answer without an error is 204.
func Handle[I, O any](r *Router, op Op, h func(ctx context.Context, in *I) (*O, error)) {
	op.Module = r.module
	r.pending = op
	huma.Register(r.api, r.operation(op), func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, r.refusal(ctx, err)
		}
		return out, nil
	})
	r.ops = append(r.ops, op)
}

// Raw adds a route with a handler of its own, such as a stream or a file. The
// handler bounds what it reads.
func (r *Router) Raw(op Op, h http.Handler) {
	op.Module = r.module
	pattern := op.Path
	if op.Method != "" {
		pattern = op.Method + " " + op.Path
		doc := r.operation(op)
		r.api.OpenAPI().AddOperation(&doc)
	}
	guard := op.door()
	r.mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
		if s := stateFrom(req.Context()); s != nil && op.Secret {
			s.path = op.Path
		}
		r.guarded(w, req, guard, h.ServeHTTP)
	})
	r.ops = append(r.ops, op)
}

// Mount gives a handler everything below prefix, which ends in a slash, and the
// prefix without it, by the path as it was sent: neither cleaned nor redirected.
// methods are those that the handler knows, for the list of routes; all others are
// refused with 405. The caller may use Basic authentication.
func (r *Router) Mount(prefix string, access Access, methods []string, h http.Handler) {
	r.mounts = append(r.mounts, mount{
		prefix: prefix, door: &door{access: access, module: r.module}, methods: methods, handler: h,
		area: r.metrics.area(strings.Trim(prefix, "/")),
	})
	for _, m := range methods {
		r.ops = append(r.ops, Op{
			Method: m, Path: prefix, Access: access, Summary: "WebDAV", Tag: strings.Trim(prefix, "/"), Module: r.module,
		})
	}
}

// Module says whose routes are added from now on, until the next call: they are
// refused where the school has switched that module off. "" is the server's own.
func (r *Router) Module(name string) { r.module = name }

// Routes lists every route in the order of adding.
func (r *Router) Routes() []Op { return slices.Clone(r.ops) }

// operation words op for huma and its document.
func (r *Router) operation(op Op) huma.Operation {
	schema := r.api.OpenAPI().Components.Schemas.Schema(problemSchema, true, "Problem")
	doc := huma.Operation{
		OperationID:  strings.ToLower(op.Method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(op.Path),
		Method:       op.Method,
		Path:         op.Path,
		Summary:      op.Summary,
		Tags:         []string{op.Tag},
		MaxBodyBytes: maxJSON,
		// No deadline of huma's, which outlives the body and would end the handler's
		// context: Router.paced bounds it.
		BodyReadTimeout: -1,
		Responses: map[string]*huma.Response{"default": {
			Description: "Refused", Content: map[string]*huma.MediaType{problemType: {Schema: schema}},
		}},
	}
	if op.Access != Public {
		doc.Security = []map[string][]string{{"token": {}}}
	}
	return doc
}

// refusal makes what huma may answer of a handler's error, and keeps the error for the log.
func (r *Router) refusal(ctx context.Context, err error) error {
	p := ProblemOf(ctx, err)
	if s := stateFrom(ctx); s != nil && p.Status >= http.StatusInternalServerError {
		s.failed = err
	}
	refusal := &Refusal{Problem: p}
	if p.RetryIn > 0 {
		return huma.ErrorWithHeaders(refusal, http.Header{"Retry-After": {strconv.Itoa(p.RetryIn)}})
	}
	return refusal
}

// humaMux is where huma puts its routes.
type humaMux struct{ r *Router }

// HandleFunc puts the pending operation's guard before the handler.
func (m humaMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	guard := m.r.pending.door()
	m.r.mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		m.r.guarded(w, req, guard, h)
	})
}

// ServeHTTP completes humago.Mux.
func (m humaMux) ServeHTTP(w http.ResponseWriter, req *http.Request) { m.r.ServeHTTP(w, req) }

// guarded runs h if the caller may use the route.
func (r *Router) guarded(w http.ResponseWriter, req *http.Request, d *door, h http.HandlerFunc) {
	if err := r.admit(stateFrom(req.Context()), req, d, false); err != nil {
		if ProblemOf(req.Context(), err).Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="Schulhof"`)
		}
		WriteError(w, req, err)
		return
	}
	if s := stateFrom(req.Context()); s != nil && s.caller.Person.ID != "" {
		r.underway.add(s)
		defer r.underway.remove(s)
	}
	h(w, req)
}

// route finds the handler.
func (r *Router) route(s *state, req *http.Request) {
	raw := req.URL.EscapedPath()
	for i := range r.mounts {
		m := &r.mounts[i]
		if strings.HasPrefix(raw, m.prefix) || raw == m.prefix[:len(m.prefix)-1] {
			r.serveMount(m, s, req)
			return
		}
	}
	s.area = r.metrics.api
	if unclean(req.URL.Path) { // ServeMux would redirect
		WriteError(&s.out, req, ErrNotFound)
		return
	}
	r.mux.ServeHTTP(&s.out, req)
}

func (r *Router) serveMount(m *mount, s *state, req *http.Request) {
	s.area = m.area
	if len(m.methods) > 0 && !slices.Contains(m.methods, req.Method) {
		methodNotAllowed(&s.out, req, m.methods)
		return
	}
	if err := r.admit(s, req, m.door, true); err != nil {
		if ProblemOf(req.Context(), err).Status == http.StatusUnauthorized {
			s.out.Header().Set("WWW-Authenticate", `Basic realm="Schulhof", charset="UTF-8"`)
		}
		if r, ok := errors.AsType[*Refusal](err); ok {
			s.out.Header().Set(wire.HeaderReason, r.Problem.Code)
		}
		WriteError(&s.out, req, err)
		return
	}
	if s.caller.Person.ID != "" {
		r.underway.add(s)
		defer r.underway.remove(s)
	}
	m.handler.ServeHTTP(&s.out, req)
}

// unclean says that a path has empty, "." or ".." segments.
func unclean(path string) bool {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return false
	}
	for seg := range strings.SplitSeq(strings.TrimSuffix(path[min(1, len(path)):], "/"), "/") {
		if seg == "" || seg == "." || seg == ".." {
			return true
		}
	}
	return false
}

// nothing answers where there is no route: 405 when another method has one.
func (r *Router) nothing(w http.ResponseWriter, req *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		other := *req
		other.Method = method
		if _, pattern := r.mux.Handler(&other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		methodNotAllowed(w, req, allowed)
		return
	}
	WriteError(w, req, ErrNotFound)
}

func methodNotAllowed(w http.ResponseWriter, req *http.Request, allowed []string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	WriteError(w, req, Refuse(http.StatusMethodNotAllowed, wire.CodeInvalid, "This address does not take requests of this kind."))
}

// openAPI answers the description of all routes.
func (r *Router) openAPI(w http.ResponseWriter, req *http.Request) {
	schemas := r.api.OpenAPI().Components.Schemas.Map()
	r.describe.Do(func() { // huma's own words for a refusal, which it never says here
		delete(schemas, "ErrorModel")
		delete(schemas, "ErrorDetail")
	})
	text, err := r.api.OpenAPI().MarshalJSON()
	if err != nil {
		WriteError(w, req, err)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(text))
}
