package doctor

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sscard/terminal/config"
)

// Limits of the log in a bundle.
const (
	maxLogLines = 2000
	maxLogTail  = 4 << 20 // bytes from the end
)

// WriteBundle writes a ZIP file for who is to help from afar: the report, the configuration that holds, and of a log of
// the daemon, which may be nil, the last lines. It holds no personal data: the report has none, paths below home say ~, and of
// the log only lines and attributes are taken that are this program's own (scrub.go).
func WriteBundle(w io.Writer, r Report, home string, log io.ReadSeeker) error {
	archive := zip.NewWriter(w)
	report, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	files := []struct {
		name    string
		content []byte
	}{
		{"README.txt", []byte(bundleReadme)},
		{"report.json", withoutHome(append(report, '\n'), home)},
		{"config.yaml", withoutHome(config.Encode(r.config), home)},
	}
	if log != nil {
		lines, err := lastLines(log)
		if err != nil {
			return err
		}
		files = append(files, struct {
			name    string
			content []byte
		}{"log.txt", withoutHome(lines, home)})
	}
	for _, f := range files {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: r.Time})
		if err == nil {
			_, err = entry.Write(f.content)
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

const bundleReadme = `sscard support bundle / sscard 诊断包

report.json   what sscard doctor found        sscard doctor 的检查结果
config.yaml   the configuration that holds    生效的配置
log.txt       last lines of the log           日志的最后若干行

No names, numbers or answers of cards are in it; the serial of a card is left out of its ATR.
不含姓名、号码和卡内数据；ATR 中的卡序列号已去除。
`

func withoutHome(content []byte, home string) []byte {
	const root = "/"
	if home == "" || home == root {
		return content
	}
	return bytes.ReplaceAll(content, []byte(home), []byte("~"))
}

// lastLines takes the end of a log, without what is not this program's.
func lastLines(log io.ReadSeeker) ([]byte, error) {
	size, err := log.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = log.Seek(max(0, size-maxLogTail), io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(log, maxLogTail))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	lines = lines[max(0, len(lines)-maxLogLines):]
	var b strings.Builder
	left := 0
	for _, line := range lines {
		if clean, ours := scrub(line); ours {
			b.WriteString(clean + "\n")
		} else {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "# %d lines that are not of sscard were left out\n", left)
	}
	return []byte(b.String()), nil
}
