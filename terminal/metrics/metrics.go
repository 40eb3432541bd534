// Package metrics counts what the daemon does, for Prometheus. Its metrics have a registry of their own, and nothing in
// them tells of persons or cards: labels are names of ours, ids of readers, and codes.
//
// What happens is told to a [Metrics] by whoever does it: the layers know functions and interfaces of theirs, and none
// of them knows Prometheus. What others count already is read when it is asked for (collector.go).
//
// A Metrics is safe for concurrent use.
package metrics

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// outcomeOK is the code of what did not fail.
const outcomeOK = "ok"

// Metrics counts.
type Metrics struct {
	registry *prometheus.Registry

	operations, opened, requests, reloads *prometheus.CounterVec
	phases, answers                       *prometheus.HistogramVec
	lastReload                            prometheus.Gauge
}

// New returns metrics of a daemon of this version, with those of the process.
func New(v apitype.Version) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		operations: counter("sscard_operations_total", "Operations with a card, by use case, name that was called, and code (ok: done).",
			"operation", "function", "outcome"),
		opened: counter("sscard_cards_opened_total", "Times that a card's application was opened, by its generation and interface.",
			"generation", "interface"),
		requests: counter("sscard_http_requests_total", "Answered requests, by path and code (ok: no problem).", "path", "code"),
		reloads:  counter("sscard_config_reloads_total", "Times that the configuration was read anew, by what came of it.", "result"),
		phases: histogram("sscard_phase_duration_seconds", "Time that an operation spent in a phase.", "phase",
			.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
		answers: histogram("sscard_http_request_duration_seconds", "Time from a request to the end of its answer.", "path",
			.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60),
		lastReload: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sscard_config_last_reload_successful", Help: "Whether the configuration that was read last is in force.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sscard_build_info", Help: "Always 1: the program's version.",
		ConstLabels: prometheus.Labels{"version": v.Version, "commit": v.Commit, "go": v.Go, "os": v.OS, "arch": v.Arch},
	})
	build.Set(1)
	m.lastReload.Set(1)
	m.registry.MustRegister(m.operations, m.opened, m.requests, m.reloads, m.phases, m.answers, m.lastReload, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help, label string, buckets ...float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{label})
}

// Handler gives the metrics in the text form of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Took is told how long an operation spent in a phase; it is that of reader.Config.
func (m *Metrics) Took(phase string, d time.Duration) {
	m.phases.WithLabelValues(phase).Observe(d.Seconds())
}

// Opened is told of each card that a use case opens.
func (m *Metrics) Opened(in reader.Reader, generation int) {
	m.opened.WithLabelValues(strconv.Itoa(generation), string(in.Interface)).Inc()
}

// Answered is told of each request: its path as the routes have it, and the code of the problem that it was answered
// with, or none.
func (m *Metrics) Answered(path string, code apitype.Code, took time.Duration) {
	m.requests.WithLabelValues(path, cmp.Or(string(code), outcomeOK)).Inc()
	m.answers.WithLabelValues(path).Observe(took.Seconds())
}

// Reloaded is told of each time that the configuration was read anew.
func (m *Metrics) Reloaded(err error) {
	if err != nil {
		m.reloads.WithLabelValues("refused").Inc()
		m.lastReload.Set(0)
		return
	}
	m.reloads.WithLabelValues(outcomeOK).Inc()
	m.lastReload.Set(1)
}
