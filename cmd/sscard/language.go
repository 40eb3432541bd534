package main

import "strings"

// message is a sentence of the program's own; errors have theirs in apitype.
type message int

const (
	sayRoot message = iota
	sayHelp
	sayReaders
	sayRead
	sayVerify
	sayEvidenceGroup
	sayEvidenceCheck
	sayServe
	sayCard
	sayDemo
	sayVersion
	sayNoReader
	sayEmpty
	sayMute
	sayWaiting
	sayReader
	sayInterface
	sayContact
	sayContactless
	sayUnknown
	sayGeneration
	sayMissing
	sayWarning
	sayAuthenticity
	sayUnchecked
	sayGenuine
	sayNotGenuine
	sayExchanges
	sayListening
	sayCardIn
	sayDemoPage
	sayDemoAgain
	sayDemoStays
	sayDemoPCSC
	sayDemoMemory
	sayStopped
	sayPortTaken
	sayPassed
	sayFailed
	sayUncheckedStep
	sayNotReached
	sayComma
	sayNonce
	sayEvidence
	sayValid
	sayCardNumber
	sayCardID
	sayTime
	sayRoleCard
	sayRoleSAM
	sayAudit
	sayAuditVerify
	sayAuditFails
	sayAuditLines
	sayAuditNone
	sayAuditLast
	sayAuditIntact
	sayAuditTampered
	sayAuditHint
	sayAuditChanged
	sayAuditMissing
	sayAuditMisplaced
	sayAuditMalformed
	sayAuditNoAnchor
	sayAuditTorn
	sayAuditGap
	sayAuditClock
	sayAuditUnknown
	sayAuditRotated
	sayWatch
	sayWatchDaemon
	sayWatchSelf
	sayWatchLost
	sayWatchMissed
	sayOnPresent
	sayOnLost
	sayOnRestored
	sayOnAdded
	sayOnRemoved
	sayOnInserted
	sayOnIdentified
	sayOnTakenOut
	sayAlsoAt
	sayHoldsCard
	sayOrigin
	sayOriginList
	sayOriginAllow
	sayOriginDeny
	sayOriginAllowed
	sayOriginDenied
	sayNoOrigin
	sayAllowed
	sayRefused
	sayEveryField
	sayNoField
	sayNoDaemon
	sayToken
	sayTokenPath
	sayTokenRotate
	sayTokenRotated
	sayConsole
	sayConsoleOpened
	sayConsoleOnce
	sayConsoleAway
	sayTLS
	sayTLSShow
	sayTrust
	sayNoTLS
	sayPermission
	sayConfig
	sayConfigCheck
	sayConfigShow
	sayConfigReload
	sayConfigGood
	sayConfigInForce
	sayConfigRestart
	sayConfigLoaded
	sayATR
	sayDirect
	sayInverse
	sayT0
	sayRates
	sayReserved
	sayTB1
	sayTC1
	sayTA2
	sayTC2
	sayTD
	sayIFSC
	sayWaiting1
	sayErrorCode
	sayClockClass
	saySPU
	sayOfProtocol
	sayProtocols
	sayHistorical
	sayOtherCard
	sayChipMaker
	saySystem
	sayCardMaker
	sayRegion
	saySerialHidden
	saySerialShown
	sayTCKRight
	sayTCKNone
	sayTCKWrong
	sayHelpVerb
	sayCompletion
	sayMan
	sayUsageTitle
	sayExamplesTitle
	sayVerbsTitle
	sayFlagsTitle
	sayGlobalFlagsTitle
	sayVerbMark
	sayFlagsMark
	sayDefault
	sayManName
	sayManSynopsis
	sayManVerbs
	sayManFlags
	sayManGlobal
	sayManExamples
	sayManSee
	sayNoVerb
	sayArguments
	sayNoFlag
	sayFlagNeedsValue
	sayFlagValue
	sayOneOf
	sayForge
	sayNotHex
	sayWantNonce
	sayNoSuchField
	sayNameless
	sayAPDU
	sayCostsTry
	sayChanges
	sayDangerous
	sayRefusedCommand
	sayGiveCommands
	sayNoCommand
	sayBadCommand
	sayBadLine
	sayTooManyCommands
	sayFiles
	sayThere
	sayAbsent
	sayBlockedState
	sayUnclear
	sayLocked
	sayWants
	sayBytes
	sayReadable

	sayTrace
	sayTraceRecord
	sayTraceRedact
	sayTraceReplay
	sayTraceShow
	sayTraceDiff
	sayGiveVerb
	sayRawFirst
	sayRawSecond
	sayRawRefused
	sayRecorded
	sayRecordFull
	sayForceUnknown
	sayNotAsRecorded
	sayAtLine
	sayDoctor
	sayToDo
	sayHealthy
	sayLogForBundle
	sayBundle
)

var sentences = map[message][2]string{ // Chinese, English
	sayRoot:          {"社会保障卡读卡终端", "card terminal for Chinese social security cards"},
	sayHelp:          {"用法见 sscard --help", "see sscard --help"},
	sayReaders:       {"列出读卡器和其中的卡", "list the card readers and the cards in them"},
	sayRead:          {"读取社会保障卡的基本信息", "read the basic data of a social security card"},
	sayVerify:        {"证明卡的真伪", "have the card prove itself genuine"},
	sayEvidenceGroup: {"卡的真伪凭据", "what cards signed, for back ends"},
	sayEvidenceCheck: {"核验凭据：不需要读卡器和卡", "check evidence: no reader and no card is needed"},
	sayServe:         {"运行本机服务，供柜台软件调用", "run the daemon that counter software on this machine calls"},
	sayCard:          {"把一张软件卡放入 vpcd 虚拟读卡器", "put a software card into a vpcd virtual reader"},
	sayDemo:          {"用软件卡演示：启动服务并读取各代卡", "demonstration: run the daemon and read software cards of every generation"},
	sayVersion:       {"显示版本", "show the version"},
	sayNoReader:      {"没有读卡器", "no card reader"},
	sayEmpty:         {"无卡", "empty"},
	sayMute:          {"卡无应答", "card does not answer"},
	sayWaiting:       {"等待放卡……", "waiting for a card…"},
	sayReader:        {"读卡器", "Reader"},
	sayInterface:     {"接口", "Interface"},
	sayContact:       {"接触", "contact"},
	sayContactless:   {"非接触", "contactless"},
	sayUnknown:       {"未知", "unknown"},
	sayGeneration:    {"卡", "Card"},
	sayMissing:       {"未读到", "Missing"},
	sayWarning:       {"注意", "Warning"},
	sayAuthenticity:  {"真伪", "Authenticity"},
	sayUnchecked:     {"未验证", "unchecked"},
	sayGenuine:       {"真卡", "genuine"},
	sayNotGenuine:    {"不是真卡", "NOT genuine"},
	sayExchanges:     {"交互", "Exchanges"},
	sayListening:     {"服务地址 %s，令牌在 %s", "listening on %s, token in %s"},
	sayCardIn:        {"软件卡 %s 用于 %s 的虚拟读卡器，按 Ctrl-C 取出", "software card %s for the virtual reader at %s; Ctrl-C takes it out"},
	sayDemoPage:      {"网页：%s", "page: %s"},
	sayDemoAgain:     {"地址只能用一次，24 小时内有效；再打开一次：sscard console --state-dir %s --listen %s", "the address is good once, for 24 hours; for another: sscard console --state-dir %s --listen %s"},
	sayDemoStays:     {"服务继续运行，按 Ctrl-C 结束", "the daemon stays up; Ctrl-C ends it"},
	sayDemoPCSC:      {"真实的 pcscd（独立套接字），虚拟读卡器，软件卡；以下经 HTTP 读取：", "a real pcscd on a socket of its own, virtual readers, software cards; read over HTTP:"},
	sayDemoMemory:    {"内存中的虚拟读卡器，软件卡；以下经 HTTP 读取：", "virtual readers in memory, software cards; read over HTTP:"},
	sayStopped:       {"已停止", "stopped"},
	sayPortTaken:     {"该端口已被其他程序（或另一个 sscard）占用，请结束它或用 --listen 换一个端口", "another program, or another sscard, has that port: end it, or name another with --listen"},
	sayPassed:        {"已通过", "Passed"},
	sayFailed:        {"未通过", "Failed"},
	sayUncheckedStep: {"无从核对", "Not checked"},
	sayNotReached:    {"未进行到", "Not reached"},
	sayComma:         {"、", ", "},
	sayNonce:         {"随机数", "Nonce"},
	sayEvidence:      {"凭据", "Evidence"},
	sayValid:         {"有效", "valid"},
	sayCardNumber:    {"卡号", "Card number"},
	sayCardID:        {"卡识别码", "Card identifier"},
	sayTime:          {"时间", "Time"},
	sayRoleCard:      {"用户卡", "card"},
	sayRoleSAM:       {"PSAM", "sam"},

	sayAudit:          {"审计日志", "the audit log"},
	sayAuditVerify:    {"检查审计日志是否被改动", "find out whether the audit log was tampered with"},
	sayAuditFails:     {"警告：审计日志 %s 无法写入：%v", "WARNING: the audit log %s cannot be written: %v"},
	sayAuditLines:     {"%d 行，第 %d 号至第 %d 号，%s 至 %s", "%d lines, numbers %d to %d, from %s to %s"},
	sayAuditNone:      {"没有记录", "no lines"},
	sayAuditLast:      {"最后一行的 SM3：%s", "SM3 of the last line: %s"},
	sayAuditIntact:    {"未发现改动", "intact"},
	sayAuditTampered:  {"审计日志被改动，共 %d 处", "the audit log was tampered with (findings: %d)"},
	sayAuditHint:      {"请保全这些文件并报告管理员，参见 docs/zh/audit.md。", "Keep the files as they are and tell the administrator; see docs/audit.md."},
	sayAuditChanged:   {"该行被修改", "the line was changed"},
	sayAuditMissing:   {"此行之前缺少第 %d 号至第 %d 号", "before this line numbers %d to %d are missing"},
	sayAuditMisplaced: {"该行是插入的，或不在原位", "the line was put in, or moved"},
	sayAuditMalformed: {"不是审计记录", "not a line of an audit log"},
	sayAuditNoAnchor:  {"到此为止没有 SM3 为 --last 的行：结尾被删去或修改", "up to here no line has the SM3 of --last: the end was cut off or changed"},
	sayAuditTorn:      {"断电或崩溃留下的半行", "half a line, left by a crash or a power cut"},
	sayAuditGap:       {"自 %s 起无法写入：补记 %d 行，丢失 %d 行，拒绝 %d 次操作", "from %s on it could not be written: %d lines late, %d lost, %d operations refused"},
	sayAuditClock:     {"时间早于上一行：时钟被拨回", "earlier than the line before: the clock was set back"},
	sayAuditUnknown:   {"第 %d 号至第 %d 号不在这些文件中", "numbers %d to %d are not in these files"},
	sayAuditRotated:   {"第 %d 号至第 %d 号已随旧文件按期删除", "numbers %d to %d went with old files whose time was over"},
	sayWatch:          {"显示读卡器和卡的事件，按 Ctrl-C 结束", "show what happens at the readers until Ctrl-C"},
	sayWatchDaemon:    {"由 %s 的服务告知；按 Ctrl-C 结束", "told by the daemon at %s; Ctrl-C ends it"},
	sayWatchSelf:      {"没有运行中的服务，直接查看读卡器；按 Ctrl-C 结束", "looking at the readers directly, without a daemon; Ctrl-C ends it"},
	sayWatchLost:      {"与服务的连接中断，正在重连：%v", "the daemon is lost, connecting again: %v"},
	sayWatchMissed:    {"期间有事件未收到，以下为当前状态", "events were missed; this is how it is now"},
	sayOnPresent:      {"现状", "now"},
	sayOnLost:         {"智能卡服务中断", "service lost"},
	sayOnRestored:     {"智能卡服务恢复", "service restored"},
	sayOnAdded:        {"接入读卡器", "reader added"},
	sayOnRemoved:      {"移除读卡器", "reader removed"},
	sayOnInserted:     {"放入卡", "card inserted"},
	sayOnIdentified:   {"识别卡", "card identified"},
	sayOnTakenOut:     {"取出卡", "card removed"},
	sayAlsoAt:         {"与 %s 上的是同一张卡", "the same card as at %s"},
	sayHoldsCard:      {"有卡", "card"},
	sayOrigin:         {"管理可以调用的网页来源", "which web origins may call"},
	sayOriginList:     {"列出允许的和被拒绝过的来源", "list the origins that may call, and those that were refused"},
	sayOriginAllow:    {"允许一个来源，立即生效", "allow an origin, at once"},
	sayOriginDeny:     {"撤销允许的来源", "take back what was allowed"},
	sayOriginAllowed:  {"已允许 %s（%s）", "%s may call (%s)"},
	sayOriginDenied:   {"%s 不再允许调用", "%s may not call any more"},
	sayNoOrigin:       {"没有允许的来源，也没有被拒绝的来源", "no origin may call, and none was refused"},
	sayAllowed:        {"允许", "allowed"},
	sayRefused:        {"被拒绝", "refused"},
	sayEveryField:     {"全部字段", "all fields"},
	sayNoField:        {"不能读任何字段", "no fields"},
	sayNoDaemon:       {"%s 没有使用该目录的服务；直接使用 %s，改动在服务启动时生效", "no daemon of that directory at %s: using %s directly; changes hold from its next start"},
	sayToken:          {"管理本机程序的令牌", "the token of programs on this machine"},
	sayTokenPath:      {"显示令牌文件的位置", "print where the token is"},
	sayTokenRotate:    {"换新令牌，旧令牌立即失效", "make a new token; the old one is good for nothing at once"},
	sayTokenRotated:   {"新令牌在 %s", "the new token is in %s"},
	sayConsole:        {"在浏览器中打开管理网页", "open the daemon's page in the browser"},
	sayConsoleOpened:  {"正在浏览器中打开网页；如未打开，请执行 sscard console --no-browser", "the page opens in the browser; if it does not: sscard console --no-browser"},
	sayConsoleOnce:    {"请在 %s 前用浏览器打开下面的地址，只能用一次：", "open this address in a browser before %s; it is good once:"},
	sayConsoleAway:    {"%s 没有使用目录 %s 的服务；请先启动服务，或用 --listen 和 --state-dir 指明", "no daemon answers at %s with the state directory %s: start it, or say with --listen and --state-dir where it is"},
	sayTLS:            {"本机 HTTPS 证书", "the certificate of HTTPS on this machine"},
	sayTLSShow:        {"显示证书及如何信任它", "show the certificate and how to trust it"},
	sayTrust:          {trustZH, trustEN},
	sayNoTLS:          {"在配置中设置 tls: {mode: local} 并重启服务，证书在服务启动时生成", "set tls: {mode: local} in the configuration and restart: the daemon makes the certificate when it starts"},
	sayPermission:     {"请以运行服务的用户或管理员（sudo）执行", "run it as the daemon's user, or as root (sudo)"},
	sayConfig:         {"检查、显示、重新加载配置", "check, show and load again the configuration"},
	sayConfigCheck:    {"检查配置文件，一次报出全部问题及所在行", "check a configuration file: every problem at once, with its line"},
	sayConfigShow:     {"显示生效的配置，包括默认值", "show the values that hold, defaults included"},
	sayConfigReload:   {"让运行中的服务重新加载配置，不中断正在进行的操作", "have the running daemon load its configuration again; nothing under way is ended"},
	sayConfigGood:     {"%s 可用", "%s is good"},
	sayConfigInForce:  {"%s：已生效", "%s: in force"},
	sayConfigRestart:  {"%s：重启服务后生效", "%s: from the next start"},
	sayConfigLoaded:   {"配置已重新加载", "the configuration is loaded"},

	sayATR:          {"拆解复位应答（ATR）：给出的，或读卡器中卡的", "take an answer to reset apart: the one given, or that of the card in the reader"},
	sayDirect:       {"正向约定", "direct convention"},
	sayInverse:      {"反向约定", "inverse convention"},
	sayT0:           {"后有接口字节，%d 个历史字节", "interface bytes follow as announced, and %d historical bytes"},
	sayRates:        {"最高速率：F=%d，D=%d", "fastest rates: F=%d, D=%d"},
	sayReserved:     {"保留值", "reserved value"},
	sayTB1:          {"编程电压（已废止）", "programming voltage (no longer used)"},
	sayTC1:          {"额外保护时间", "extra guard time"},
	sayTA2:          {"专用模式：速率固定，不协商", "specific mode: the rates are fixed"},
	sayTC2:          {"T=0 的等待时间", "waiting time of T=0"},
	sayTD:           {"协议 T=%d，其后的接口字节", "protocol T=%d, and which interface bytes follow"},
	sayIFSC:         {"T=1：卡的信息域长度", "T=1: how much the card takes in one block"},
	sayWaiting1:     {"T=1：等待时间", "T=1: waiting times"},
	sayErrorCode:    {"T=1：校验方式", "T=1: error detection code"},
	sayClockClass:   {"时钟停止，工作电压类别", "clock stop, and classes of supply voltage"},
	saySPU:          {"SPU 触点的用途", "use of the contact SPU"},
	sayOfProtocol:   {"属于协议 T=%d", "of the protocol T=%d"},
	sayProtocols:    {"协议", "Protocols"},
	sayHistorical:   {"历史字节", "Historical bytes"},
	sayOtherCard:    {"不是社会保障卡的形式（应为 13 字节）", "not of the form of a social security card, which has 13"},
	sayChipMaker:    {"芯片制造商注册标识", "chip maker, registered number"},
	saySystem:       {"芯片与操作系统（COS）信息", "chip and card operating system"},
	sayCardMaker:    {"卡片制造商注册标识", "card maker, registered number"},
	sayRegion:       {"发卡地区代码前四位", "issuing region, first four digits"},
	saySerialHidden: {"序列号（已隐藏，--reveal 显示）", "serial (hidden; --reveal shows it)"},
	saySerialShown:  {"序列号，在该地区内唯一", "serial, unique in the region"},
	sayTCKRight:     {"校验正确", "check byte, right"},
	sayTCKNone:      {"无校验字节，仅 T=0 时如此", "no check byte, as it is with T=0 only"},
	sayTCKWrong:     {"校验错误", "check byte wrong"},

	sayHelpVerb:         {"显示某个命令的用法", "show how a verb is used"},
	sayCompletion:       {"输出命令补全脚本", "print the script that has a shell complete our command lines"},
	sayMan:              {"在目录 DIR 中生成手册页", "write the manual pages below the directory DIR"},
	sayUsageTitle:       {"用法：", "Usage:"},
	sayExamplesTitle:    {"示例：", "Examples:"},
	sayVerbsTitle:       {"命令：", "Verbs:"},
	sayFlagsTitle:       {"选项：", "Flags:"},
	sayGlobalFlagsTitle: {"通用选项：", "Flags of all verbs:"},
	sayVerbMark:         {"[命令]", "[verb]"},
	sayFlagsMark:        {"[选项]", "[flags]"},
	sayDefault:          {"默认", "default"},
	sayManName:          {"名称", "NAME"},
	sayManSynopsis:      {"概要", "SYNOPSIS"},
	sayManVerbs:         {"命令", "VERBS"},
	sayManFlags:         {"选项", "OPTIONS"},
	sayManGlobal:        {"通用选项", "OPTIONS OF ALL VERBS"},
	sayManExamples:      {"示例", "EXAMPLES"},
	sayManSee:           {"参见", "SEE ALSO"},
	sayNoVerb:           {"没有这个命令：%q", "unknown command %q"},
	sayArguments:        {"参数不对，用法：%s", "the arguments do not fit: %s"},
	sayNoFlag:           {"没有这个选项：%s", "unknown flag: %s"},
	sayFlagNeedsValue:   {"选项 %s 需要一个值", "flag %s needs a value"},
	sayFlagValue:        {"选项 %s 的值 %q 不是 %s", "flag %s: %q is no %s"},
	sayOneOf:            {"%s %q：应为 %s", "%s %q: %s"},
	sayForge:            {"伪造的方式：%s", "how the card is not genuine: %s"},
	sayNotHex:           {"%s：不是十六进制", "%s: not hexadecimal"},
	sayWantNonce:        {"--nonce：应为当时给出的字节，十六进制", "--nonce: want the bytes that were given out, in hexadecimal"},
	sayNoSuchField:      {"没有这个字段：%q", "no such field: %q"},
	sayNameless:         {"%s：有读卡器没有名称", "%s: a reader without a name"},

	sayAPDU:           {"向卡发送命令（APDU），并解释应答", "send commands (APDUs) to the card and have the answers explained"},
	sayCostsTry:       {"出错会减少 PIN 或密钥的尝试次数，可能锁定", "it costs a try of a PIN or key where it is wrong, and may block it"},
	sayChanges:        {"可能改动或锁定卡", "it may change or block the card"},
	sayDangerous:      {"警告：第 %d 条命令 %s：%s", "WARNING: command %d, %s: %s"},
	sayRefusedCommand: {"第 %d 条命令 %s 已拒绝：%s；确需发送请加 --dangerous", "command %d, %s, is refused: %s; --dangerous sends it"},

	sayGiveCommands:    {"请给出十六进制命令，或 --script 文件，或用 - 表示标准输入", "give commands in hexadecimal, or --script FILE, or - for standard input"},
	sayNoCommand:       {"没有命令", "no command"},
	sayBadCommand:      {"第 %d 条命令：%v", "command %d: %v"},
	sayBadLine:         {"第 %d 行：%v", "line %d: %v"},
	sayTooManyCommands: {"命令超过 %d 条", "more than %d commands"},

	sayFiles:        {"卡内有哪些应用和文件，各需要什么才能读取", "what the card has: applications, files, and what each of them wants before it is read"},
	sayThere:        {"有", "there"},
	sayAbsent:       {"无", "absent"},
	sayBlockedState: {"已锁定", "blocked"},
	sayUnclear:      {"不明", "unclear"},
	sayLocked:       {"不可读", "cannot be read"},
	sayWants:        {"需要 %s", "wants %s"},
	sayBytes:        {"%d 字节", "%d B"},
	sayReadable:     {"可读", "readable"},

	sayTrace:         {"记录、脱敏、重放、查看和比较与卡的会话", "record, redact, replay, show and compare sessions with cards"},
	sayTraceRecord:   {"执行一个命令并记录与卡的会话，个人数据换成虚构的", "run a verb and record its sessions with cards, the persons replaced by invented ones"},
	sayTraceRedact:   {"把会话文件中的个人数据换成虚构的", "replace the persons in a trace by invented ones"},
	sayTraceReplay:   {"用记录的会话执行一个命令；与记录不符即出错", "run a verb against recorded sessions; not to say what was recorded is an error"},
	sayTraceShow:     {"解释会话：命令、文件、记录和状态", "show what was said in words: commands, files, records, status"},
	sayTraceDiff:     {"按含义比较两个会话文件；不同时退出状态为 1", "compare two traces by meaning; exit status 1 where they differ"},
	sayGiveVerb:      {"请在 -- 之后给出使用读卡器的命令，例如 read", "give a verb that uses a reader behind --, such as read"},
	sayRawFirst:      {"文件将含有持卡人的真实数据。确定吗？（yes）", "the file will hold the real data of the card's holder. Sure? (yes)"},
	sayRawSecond:     {"脱敏的文件通常已够用，真实数据须依法保管。仍要继续吗？（yes）", "a redacted file is mostly enough, and real data must be kept as the law says. Go on? (yes)"},
	sayRawRefused:    {"未写入真实数据：请在终端上回答两次 yes，或给出两次 --yes-raw", "no real data: answer yes twice at a terminal, or give --yes-raw twice"},
	sayRecorded:      {"已写入 %s：%d 个会话，%d 次交互", "wrote %s: sessions %d, exchanges %d"},
	sayRecordFull:    {"会话过多，后面的没有记录", "too many: what came later was not recorded"},
	sayForceUnknown:  {"--force-unknown blank 用零代替它", "--force-unknown blank puts zeros in its place"},
	sayNotAsRecorded: {"与记录不符", "not as it was recorded"},
	sayAtLine:        {"第 %d 行：", "line %d:"},

	sayDoctor:       {"逐项检查为什么读不了卡，并说明怎么办", "find out why a card is not read, from the service to the daemon, and what to do"},
	sayToDo:         {"怎么办：", "What to do: "},
	sayHealthy:      {"一切正常", "nothing is wrong"},
	sayLogForBundle: {"--log 须与 --bundle 一起使用", "--log goes with --bundle"},
	sayBundle:       {"诊断包已写入 %s，不含个人信息", "support bundle written to %s, without personal data"},
}

// say gives the sentence in the person's language.
func (p *program) say(m message) string { return sentence(m, p.lang) }

func sentence(m message, lang string) string {
	if lang == "zh" {
		return sentences[m][0]
	}
	return sentences[m][1]
}

// askedLanguage is that of --lang, if it is there: the help texts are made before the flags are read.
func askedLanguage(args []string) string {
	for i, arg := range args {
		if value, given := strings.CutPrefix(arg, "--lang="); given {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// systemLanguage follows the locale, as the C library does: the first of these variables that is set decides.
func systemLanguage(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			return languageOf(value)
		}
	}
	return languageOf(userInterfaceLanguage())
}

func languageOf(locale string) string {
	if strings.HasPrefix(strings.ToLower(locale), "zh") {
		return "zh"
	}
	return "en"
}
