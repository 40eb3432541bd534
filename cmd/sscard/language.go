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
	sayDemoStays
	sayDemoPCSC
	sayDemoMemory
	sayStopped
	sayPortTaken
	sayStep
	sayNonce
	sayEvidence
	sayValid
	sayCardNumber
	sayCardID
	sayTime
	sayRoleCard
	sayRoleSAM
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
	sayDemoStays:     {"服务继续运行，按 Ctrl-C 结束", "the daemon stays up; Ctrl-C ends it"},
	sayDemoPCSC:      {"真实的 pcscd（独立套接字），虚拟读卡器，软件卡；以下经 HTTP 读取：", "a real pcscd on a socket of its own, virtual readers, software cards; read over HTTP:"},
	sayDemoMemory:    {"内存中的虚拟读卡器，软件卡；以下经 HTTP 读取：", "virtual readers in memory, software cards; read over HTTP:"},
	sayStopped:       {"已停止", "stopped"},
	sayPortTaken:     {"该端口已被其他程序（或另一个 sscard）占用，请结束它或用 --listen 换一个端口", "another program, or another sscard, has that port: end it, or name another with --listen"},
	sayStep:          {"未通过的步骤", "Failed step"},
	sayNonce:         {"随机数", "Nonce"},
	sayEvidence:      {"凭据", "Evidence"},
	sayValid:         {"有效", "valid"},
	sayCardNumber:    {"卡号", "Card number"},
	sayCardID:        {"卡识别码", "Card identifier"},
	sayTime:          {"时间", "Time"},
	sayRoleCard:      {"用户卡", "card"},
	sayRoleSAM:       {"PSAM", "sam"},
}

// say gives the sentence in the person's language.
func (p *program) say(m message) string {
	if p.lang == "zh" {
		return sentences[m][0]
	}
	return sentences[m][1]
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
