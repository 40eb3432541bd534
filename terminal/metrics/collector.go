package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/audit"
	"sscard/terminal/door"
	"sscard/terminal/event"
)

// Sources count for themselves.
type Sources struct {
	Pool     *reader.Pool
	Terminal *terminal.Terminal
	Events   *event.Hub
	Door     *door.Door
	Audit    *audit.Log
}

// Watch has the metrics include what the sources count.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(collector{s}) }

// collector asks the sources each time that it is asked.
type collector struct{ Sources }

// Describe implements [prometheus.Collector]. It describes nothing: which readers and codes there will be is not known.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	to := sink(out)
	c.readers(to)
	c.pool(to)
	c.door(to)
	c.events(to)
	c.audit(to)
	c.terminal(to)
}

// readers are told one by one by the labels they share: their ids stand with what waits for them only.
func (c collector) readers(to sink) {
	now := c.Pool.Snapshot()
	type kind struct {
		role  reader.Role
		is    reader.Interface
		state reader.State
	}
	readers, cards := make(map[kind]int), make(map[reader.Interface]int)
	for _, r := range now.Readers {
		readers[kind{r.Role, r.Interface, r.State}]++
		if r.Card != nil && r.Role != reader.RoleSAM {
			cards[r.Interface]++
		}
	}
	to.gauge("sscard_service_up", "Whether the PC/SC service is there.", truth(now.Err == nil))
	for k, n := range readers {
		to.gauge("sscard_readers", "Readers.", float64(n), "role", string(k.role), "interface", string(k.is), "state", string(k.state))
	}
	for is, n := range cards {
		to.gauge("sscard_cards", "Cards in the readers.", float64(n), "interface", string(is))
	}
}

func (c collector) pool(to sink) {
	s := c.Pool.Stats()
	for id, n := range s.Waiting {
		to.gauge("sscard_queue_length", "Operations that wait for a reader, by its id.", float64(n), "reader", id)
	}
	to.gauge("sscard_hanging_calls", "Abandoned calls of the PC/SC service that have not come back.", float64(s.Hanging))
	to.counter("sscard_abandoned_calls_total", "Calls of the PC/SC service that were left behind at the end of their time.", s.Abandoned)
	to.counter("sscard_leases_total", "Connections that were made to a card.", s.Leases)
	to.counter("sscard_card_resets_total", "Cards that another program reset under an operation.", s.Resets)
	to.counter("sscard_service_lost_total", "Times that the PC/SC service went, or was not there.", s.ServiceLost)
	to.counter("sscard_service_found_total", "Times that the PC/SC service came back.", s.ServiceFound)
}

func (c collector) door(to sink) {
	n := c.Door.Counts()
	to.counter("sscard_door_admitted_total", "Requests that the door let in.", n.Admitted)
	for code, refused := range n.Refused {
		to.counter("sscard_door_refused_total", "Requests that the door turned away, by code.", refused, "code", string(code))
	}
	to.gauge("sscard_connections", "Open connections.", float64(n.Connections))
	const closed = "Connections closed for want of room: one that gave way to another, or that none gave way to."
	to.counter("sscard_connections_closed_total", closed, n.GaveWay, "why", "gave_way")
	to.counter("sscard_connections_closed_total", closed, n.TurnedAway, "why", "turned_away")
}

func (c collector) events(to sink) {
	s := c.Events.Stats()
	to.counter("sscard_events_total", "Events at the readers.", s.Events)
	to.gauge("sscard_event_subscribers", "Subscribers of events.", float64(s.Subscribers))
	to.counter("sscard_event_subscribers_dropped_total", "Subscribers that were too slow.", s.Dropped)
}

func (c collector) audit(to sink) {
	s := c.Audit.Stats()
	to.gauge("sscard_audit_up", "Whether the audit log can be written.", truth(s.Err == nil))
	to.counter("sscard_audit_lines_total", "Lines written to the audit log.", s.Written)
	to.counter("sscard_audit_failures_total", "Times that the audit log could not be written.", s.Failures)
}

func (c collector) terminal(to sink) {
	s := c.Terminal.Stats()
	to.gauge("sscard_held_sessions", "Cards that are held between two steps.", float64(s.Held))
	to.counter("sscard_shared_readings_total", "Requests to read that joined a reading which another was waiting for.", s.Shared)
}

// sink takes what is collected.
type sink chan<- prometheus.Metric

func (to sink) counter(name, help string, n uint64, labels ...string) {
	to.put(prometheus.CounterValue, name, help, float64(n), labels)
}

func (to sink) gauge(name, help string, v float64, labels ...string) {
	to.put(prometheus.GaugeValue, name, help, v, labels)
}

// put takes labels as name, value, name, value.
func (to sink) put(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, v, values...)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
