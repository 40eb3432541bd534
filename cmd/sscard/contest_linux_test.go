package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// The contest of docs/performance.md: all ways to read a card, turn by turn, so that what disturbs one disturbs all.

// The environment asks for it: the path of the C library, and of the file for the table.
const (
	contestLibrary = "SSCARD_BENCH_LIBRARY"
	contestTable   = "SSCARD_BENCH_TABLE"
)

// match is one row of readings: a card, how long it takes for a command, and whether there is a PSAM.
type match struct {
	card       string
	generation string
	slot       int
	delay      time.Duration
	psam       bool
}

func matches() (all []match) {
	for _, delay := range []time.Duration{0, 12 * time.Millisecond} {
		for _, card := range []match{
			{card: "gen1", generation: "1"}, {card: "gen2", generation: "2"}, {card: "gen2-contactless", generation: "2", slot: 2},
			{card: "gen3", generation: "3"}, {card: "gen3-contactless", generation: "3", slot: 2},
			{card: "gen1", generation: "1", psam: true}, {card: "gen2", generation: "2", psam: true}, {card: "gen3", generation: "3", psam: true},
		} {
			card.delay = delay
			all = append(all, card)
		}
	}
	return all
}

// rounds are fewer where a card takes its time.
func (m match) rounds() int {
	if m.delay > 0 {
		return 20
	}
	return 100
}

func (m match) String() string {
	name := fmt.Sprintf("%s, %d ms", m.card, m.delay.Milliseconds())
	if m.psam {
		name += ", PSAM"
	}
	return name
}

// samSlot is that of the PSAM.
const samSlot = 4

// contender reads the card once and says how long it took.
type contender struct {
	name string
	read func() time.Duration
}

// meter counts what goes over the wire to a card or a PSAM.
type meter struct {
	mu       sync.Mutex
	commands []string
	bytes    int
}

func (m *meter) metered(card softcard.Answerer) softcard.Answerer {
	return softcard.WithLog(card, func(command, response []byte) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.commands = append(m.commands, apdu.Hex(command))
		m.bytes += len(command) + len(response)
	})
}

// taken is what went over it since it was last asked.
func (m *meter) taken() (commands []string, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	commands, bytes = m.commands, m.bytes
	m.commands, m.bytes = nil, 0
	return commands, bytes
}

// count is what one call sends.
func (m *meter) count(call func() time.Duration) (commands []string, bytes int) {
	m.taken()
	call()
	return m.taken()
}

// counterDaemon is a daemon with what the software cards' authority certified, and maybe a PSAM.
func counterDaemon(t testing.TB, psam bool) (*daemon, config.Config) {
	dir := t.TempDir()
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	var err error
	cfg.Trust, err = demoTrust(dir)
	require.NoError(t, err)
	if psam {
		cfg.Readers = []config.Reader{{Match: stack.Readers()[samSlot].Name, Role: string(reader.RoleSAM)}}
	}
	s, err := startDaemon(context.Background(), cfg, pcsc.New(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.wait(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	return s, cfg
}

func TestContest(t *testing.T) {
	library := os.Getenv(contestLibrary)
	if library == "" {
		t.Skip("make bench")
	}
	needStack(t)
	var report strings.Builder
	fmt.Fprintf(&report, "%s, %s, load %s\n\n", machine(), runtime.Version(), load())
	report.WriteString("| card | way | exchanges, + PSAM | bytes | median ms | p99 ms | over C |\n|---|---|--:|--:|--:|--:|--:|\n")
	floor := compiled(t, "floor")
	caller := compiled(t, "library")
	for _, m := range matches() {
		t.Run(m.String(), func(t *testing.T) {
			m.play(t, &report, floor, caller, library)
		})
	}
	report.WriteString("\n| what | median | p99 |\n|---|--:|--:|\n")
	t.Run("verify", func(t *testing.T) { verifications(t, &report) })
	t.Run("start", func(t *testing.T) { starts(t, &report) })
	insertion := testing.Benchmark(BenchmarkInsertion)
	fmt.Fprintf(&report, "| insertion: PC/SC told a C program → event at a client | %.2f ms | |\n", insertion.Extra["ms/event"])
	require.NoError(t, os.WriteFile(os.Getenv(contestTable), []byte(report.String()), 0o644))
}

// play measures all contenders in turns and writes a row for each.
func (m match) play(t *testing.T, report *strings.Builder, floor, caller, library string) {
	s, cfg := counterDaemon(t, m.psam)
	slot := stack.Readers()[m.slot]
	fault := ""
	if m.delay > 0 {
		fault = "slow@1:" + m.delay.String()
	}
	var wire, sam meter
	insert := func(at vpcd.Reader, name, fault string, to *meter) {
		card, err := softwareCard{name: name, fault: fault}.make()
		require.NoError(t, err)
		t.Cleanup(put(t, s.Equipment, at, to.metered(card)))
	}
	if m.psam {
		insert(stack.Readers()[samSlot], "psam", "", &sam)
	}
	insert(slot, m.card, fault, &wire)

	all := m.ours(t, s, slot)
	if m.psam {
		all = append(all, m.libraries(t, s, cfg, caller, library)...)
	} else {
		all[0].read() // the model is not known yet
		commands, _ := wire.count(all[0].read)
		all = slices.Insert(all, 0, contender{"C, same commands", startFloor(t, floor, slot.Name, commands)})
		all = append(all, m.recordwise(t, slot, &wire)...)
	}
	times := make([][]time.Duration, len(all))
	for range m.rounds() {
		for i, c := range all {
			times[i] = append(times[i], c.read())
		}
	}
	for i, c := range all {
		sam.taken()
		commands, bytes := wire.count(c.read)
		exchanges, over := fmt.Sprint(len(commands)), "–"
		if m.psam {
			toPSAM, _ := sam.taken()
			exchanges += fmt.Sprintf(" + %d", len(toPSAM))
		} else if i > 0 {
			over = fmt.Sprintf("%+.1f %%", 100*(milliseconds(times[i])/milliseconds(times[0])-1))
		}
		fmt.Fprintf(report, "| %s | %s | %s | %d | %.2f | %.2f | %s |\n", m, c.name, exchanges, bytes,
			milliseconds(times[i]), worst(times[i]), over)
	}
}

// ours are the terminal in this process and the same one over HTTP.
func (m match) ours(t *testing.T, s *daemon, slot vpcd.Reader) []contender {
	c := client.Client{BaseURL: s.url, Token: s.token}
	return []contender{
		{"Go", func() time.Duration {
			start := time.Now()
			_, err := s.Terminal.Read(t.Context(), terminal.ReadRequest{Reader: slot.Name, Interface: reader.Unknown})
			require.NoError(t, err)
			return time.Since(start)
		}},
		{"HTTP", func() time.Duration {
			start := time.Now()
			_, err := c.Read(t.Context(), apitype.ReadRequest{Reader: slot.Name})
			require.NoError(t, err)
			return time.Since(start)
		}},
	}
}

// libraries are the C library's two ways: at the daemon, and by itself.
func (m match) libraries(t *testing.T, s *daemon, cfg config.Config, caller, library string) []contender {
	file := filepath.Join(t.TempDir(), "config.yaml")
	content := fmt.Sprintf("listen: 127.0.0.1:9\nreaders: [{match: %q, role: sam}]\n", cfg.Readers[0].Match)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	call := func(env ...string) func() time.Duration {
		c := exec.Command(caller, library, "3")
		c.Env, c.Stderr = append(os.Environ(), env...), t.Output()
		return stopwatch(t, c)
	}
	return []contender{
		{"C library at the daemon", call("SSCARD_URL="+s.url, "SSCARD_TOKEN="+s.token)},
		{"C library by itself", call("SSCARD_CONFIG=" + file)},
	}
}

// recordwise are programs that read as those at counters do, by the packages of Debian: another Python does not see them.
func (m match) recordwise(t *testing.T, slot vpcd.Reader, wire *meter) (there []contender) {
	script := exec.Command("/usr/bin/python3", "testdata/recordwise.py", slot.Name, m.generation)
	script.Stderr = t.Output()
	pyscard := contender{"pyscard, record by record", stopwatch(t, script)}
	commands, _ := wire.count(pyscard.read)
	args := []string{"--reader", slot.Name, "--card-driver", "default"}
	for _, command := range commands {
		args = append(args, "--send-apdu", command)
	}
	return []contender{pyscard, {"opensc-tool, the same, its start included", func() time.Duration {
		start := time.Now()
		out, err := exec.Command("opensc-tool", args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return time.Since(start)
	}}}
}

func verifications(t *testing.T, report *strings.Builder) {
	for _, delay := range []string{"", "slow@1:12ms"} {
		t.Run(delay, func(t *testing.T) {
			s, _ := counterDaemon(t, false)
			card, err := softwareCard{name: "gen3", fault: delay}.make()
			require.NoError(t, err)
			timed := &timedCard{Answerer: card}
			defer put(t, s.Equipment, stack.Readers()[0], timed)()
			c := client.Client{BaseURL: s.url, Token: s.token}
			var all, share []time.Duration
			for range 50 {
				timed.spent.Store(0)
				start := time.Now()
				v, err := c.Verify(t.Context(), apitype.VerifyRequest{Nonce: strings.Repeat("00", 16)})
				require.NoError(t, err)
				require.Equal(t, "genuine", v.Result)
				all = append(all, time.Since(start))
				share = append(share, all[len(all)-1]-time.Duration(timed.spent.Load()))
			}
			name := strings.TrimPrefix(delay, "slow@1:")
			if name == "" {
				name = "0ms"
			}
			fmt.Fprintf(report, "| POST /v1/verify, SM2, %s a command | %.1f ms | %.1f ms |\n", name, milliseconds(all), worst(all))
			fmt.Fprintf(report, "| – of it not in the card | %.1f ms | %.1f ms |\n", milliseconds(share), worst(share))
		})
	}
}

// starts runs the real program, from its start to its word that it listens, and looks at its memory.
func starts(t *testing.T, report *strings.Builder) {
	program := filepath.Join(t.TempDir(), "sscard")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	var ready []time.Duration
	var memory int
	for range 20 {
		c := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--state-dir", t.TempDir(), "--lang", "en")
		said, err := c.StderrPipe()
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, c.Start())
		lines := bufio.NewScanner(said)
		for lines.Scan() && !strings.Contains(lines.Text(), "listening on") {
		}
		ready = append(ready, time.Since(start))
		memory = max(memory, resident(t, c.Process.Pid))
		require.NoError(t, c.Process.Signal(os.Interrupt))
		for lines.Scan() {
		}
		require.NoError(t, c.Wait())
	}
	fmt.Fprintf(report, "| start of the program → it listens, 12 slots | %.0f ms | %.0f ms |\n", milliseconds(ready), worst(ready))
	fmt.Fprintf(report, "| idle memory (resident, the most of 20) | %.1f MiB | |\n", float64(memory)/1024)
}

// resident is the memory of a process, in KiB.
func resident(t testing.TB, pid int) (kib int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib
		}
	}
	require.Fail(t, "no VmRSS")
	return 0
}

// worst is the 99th of 100, and of fewer the last.
func worst(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[(len(times)*99+99)/100-1]) / float64(time.Millisecond)
}

func machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, model, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return fmt.Sprintf("%s, %d cores", strings.TrimSpace(model), runtime.NumCPU())
		}
	}
	return fmt.Sprintf("%s, %d cores", runtime.GOARCH, runtime.NumCPU())
}

func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
