package web

import (
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/wire"
)

// problemSchema is the type of every refusal's body.
var problemSchema = reflect.TypeFor[wire.Problem]()

// metrics counts requests by area: the API, and each mount.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	api      *area
}

// area holds one area's counters, found once.
type area struct {
	byClass [6]prometheus.Counter // by the first digit of the status
	seconds prometheus.Observer
}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "schulhof_http_requests_total", Help: "Requests answered, by area and class of the status.",
		}, []string{"area", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "schulhof_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"area"}),
	}
	reg.MustRegister(m.requests, m.seconds)
	m.api = m.area("api")
	return m
}

func (m *metrics) area(name string) *area {
	a := &area{seconds: m.seconds.WithLabelValues(name)}
	for i := range a.byClass {
		a.byClass[i] = m.requests.WithLabelValues(name, strconv.Itoa(i)+"xx")
	}
	return a
}

func (a *area) count(status int, took time.Duration) {
	a.byClass[min(status/100, 5)].Inc()
	a.seconds.Observe(took.Seconds())
}

// Bounds of a connection.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// NewServer gives an http.Server with the bounds that protect it: 64 KiB of headers
// (more is answered 431), ten seconds to send them, two minutes between requests.
// Bodies and answers have no bound in time, since they may be large files and
// streams; a Router sees to it that they go on.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
	}
}
