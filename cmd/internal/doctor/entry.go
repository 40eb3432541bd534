package doctor

import (
	"maps"
	"slices"
	"strings"

	"sscard/terminal/apitype"
)

// area is what a check is about: the first part of the codes of its findings.
type area string

const (
	inConfig  area = "config"
	inService area = "service"
	inDriver  area = "driver"
	inReader  area = "reader"
	inCard    area = "card"
	inProfile area = "profile"
	inSAM     area = "sam"
	inTrust   area = "trust"
	inClock   area = "clock"
	inDaemon  area = "daemon"
	inDisk    area = "disk"
)

// exits are the exit statuses of errors, by area.
var exits = map[area]int{
	inConfig: apitype.ExitUsage, inService: apitype.ExitService, inDriver: apitype.ExitReader, inReader: apitype.ExitReader,
	inCard: apitype.ExitCard, inProfile: apitype.ExitUnsupported, inSAM: apitype.ExitAuth, inTrust: apitype.ExitNotGenuine,
	inClock: apitype.ExitOther, inDaemon: apitype.ExitOther, inDisk: apitype.ExitOther,
}

// exitOf is the exit status of an error: that of the code, where callers get the same, or else that of the area.
func exitOf(code string) int {
	if e := apitype.Code(code).Entry(); string(e.Code) == code {
		return e.Exit
	}
	of, _, _ := strings.Cut(code, ".")
	return exits[area(of)]
}

// entry is what is said of a finding. Of codes that callers get too the title and the hint are theirs.
type entry struct {
	level            Level
	title, why, hint apitype.Text
}

// finding is that of a code in the table.
func finding(code, detail string) Finding {
	e, known := entries[code]
	if !known {
		e = stuck(code)
	}
	if told := apitype.Code(code).Entry(); string(told.Code) == code {
		e.title, e.hint = told.Title, told.Hint
	}
	return Finding{Code: code, Level: e.level, Title: e.title, Detail: detail, Why: e.why, Hint: e.hint}
}

// at is the finding at another level than the table has, for what is a cause only together with something else.
func at(f Finding, level Level) Finding {
	f.Level = level
	return f
}

// stuck is what is said of a check that took too long, in whatever area.
func stuck(string) entry {
	return entry{Error,
		apitype.Text{ZH: "检查超时，没有结果", EN: "a check did not come to its end in time"},
		apitype.Text{ZH: "被检查的部件没有响应，使用它的程序也会停在那里。", EN: "What it looked at does not answer, and programs that use it wait as well."},
		apitype.Text{ZH: "重新插拔读卡器；仍然如此则重启 pcscd（systemctl restart pcscd）或计算机。", EN: "Replug the reader; if it stays so, restart pcscd (systemctl restart pcscd) or the machine."}}
}

// Codes are all codes that findings can have, sorted, but for AREA.stuck.
func Codes() []string { return slices.Sorted(maps.Keys(entries)) }

// Entry is what is said of a code, without a detail.
func Entry(code string) Finding { return finding(code, "") }

func text(zh, en string) apitype.Text { return apitype.Text{ZH: zh, EN: en} }
