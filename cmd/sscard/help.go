package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// languageFor is that of --lang, where the command line has it, and else the system's: help is made before flags are read.
func languageFor(args []string) string {
	for i, arg := range args {
		value, joined := strings.CutPrefix(arg, "--lang=")
		switch {
		case arg == "--":
			return systemLanguage(os.Getenv)
		case arg == "--lang" && i+1 < len(args):
			value, joined = args[i+1], true
		}
		if joined {
			return value
		}
	}
	return systemLanguage(os.Getenv)
}

// translate puts into Chinese what cobra says of its own, and what our flags are for.
func (p *program) translate(root *cobra.Command) {
	if p.lang != "zh" {
		return
	}
	root.SetUsageTemplate(chineseFrame().Replace(root.UsageTemplate()))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	translateVerb(root)
}

func translateVerb(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	flag := func(f *pflag.Flag) { f.Usage = chineseUsage(f.Usage) }
	c.Flags().VisitAll(flag)
	c.PersistentFlags().VisitAll(flag)
	switch c.Name() {
	case "help":
		c.Short, c.Long = "显示某个命令的帮助", "显示某个命令的帮助：sscard help 命令"
	case "completion":
		c.Short = "生成命令行自动补全脚本"
	}
	for _, verb := range c.Commands() {
		translateVerb(verb)
	}
}

// chineseUsage leaves what stands before a list of words, "…: a, b", to the table, and the list as it is.
func chineseUsage(usage string) string {
	if strings.HasPrefix(usage, "help for ") {
		return "显示帮助"
	}
	before, list, listed := strings.Cut(usage, ": ")
	if zh, known := chineseFlags[before]; known && listed {
		return zh + "：" + list
	}
	if zh, known := chineseFlags[usage]; known {
		return zh
	}
	return usage
}

func chineseFrame() *strings.Replacer {
	return strings.NewReplacer(
		"Usage:", "用法：", "Aliases:", "别名：", "Examples:", "示例：", "Available Commands:", "命令：",
		"Additional Commands:", "其他命令：", "Global Flags:", "通用选项：", "Flags:", "选项：", "[command]", "[命令]",
		"Additional help topics:", "其他帮助：",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `某个命令的帮助：{{.CommandPath}} 命令 --help`,
	)
}

// chineseFlags has the uses of flags, by the English text.
var chineseFlags = map[string]string{
	"configuration file (YAML)":                   "配置文件（YAML）",
	"where token, origins and audit log are kept": "存放令牌、网页来源和审计日志的目录",
	"answer with invented keys from FILE (YAML) in the place of a PSAM; for software cards only": "用文件（YAML）中虚构的密钥代替 PSAM 卡，只用于软件卡",
	"log what happens to standard error":                                    "在标准错误输出日志",
	"print one JSON document":                                               "输出一个 JSON 文档",
	"print one JSON event a line":                                           "每行输出一个 JSON 事件",
	"reader, by id or name (sscard readers)":                                "读卡器的编号或名称（见 sscard readers）",
	"wait so long for a card":                                               "等待放卡的时间",
	"give up a reading that takes longer":                                   "读卡超过该时间则放弃",
	"read only these, such as holder.name,issuer":                           "只读这些字段，如 holder.name,issuer",
	"16 to 64 bytes of the back end, in hexadecimal (default: random ones)": "后台给出的随机数，16 至 64 字节，十六进制（默认自行生成）",
	"who asks, as the back end knows him":                                   "请求来源，须与后台所知的一致",
	"the nonce that was given out, in hexadecimal":                          "后台给出的随机数，十六进制",
	"to whom it was given":                                                  "随机数给了谁",
	"files of the root certificates, PEM or DER":                            "根证书文件，PEM 或 DER",
	"files of certificates between the roots and the cards":                 "根证书与卡之间的中间证书文件",
	"public keys of issuers to trust without a root, in hexadecimal":        "不经根证书直接信任的发卡机构公钥，十六进制",
	"files of certificate revocation lists":                                 "证书吊销列表文件",
	"file of the fields that came with the token (JSON: the read document, or {\"holder.name\": …})": "随凭据而来的字段文件（JSON：读卡结果，或 {\"holder.name\": …}）",
	"refuse a token that is older (default: any age)":                                                "拒绝早于该时长的凭据（默认不限）",
	"check as of this time, RFC 3339 (default: now)":                                                 "按该时间核验，RFC 3339（默认当前时间）",
	"address and port, loopback only (default 127.0.0.1:17420)":                                      "地址和端口，只能是本机回环地址（默认 127.0.0.1:17420）",
	"address and port, loopback only (default 127.0.0.1:17420, or any where that is taken)":          "地址和端口，只能是本机回环地址（默认 127.0.0.1:17420，被占用时任取）",
	"with a real pcscd on a socket of its own (Linux, packages pcscd and vsmartcard-vpcd)":           "使用独立套接字上的真实 pcscd（Linux，软件包 pcscd 和 vsmartcard-vpcd）",
	"end after reading": "读完即结束",
	"built-in card (gen1, gen2, gen2-contactless, gen3, …) or YAML file": "内置卡（gen1、gen2、gen2-contactless、gen3 等）或 YAML 文件",
	"port on which the vpcd driver listens":                              "vpcd 驱动监听的端口",
	"host on which the vpcd driver listens":                              "vpcd 驱动所在的主机",
	"what goes wrong, such as removed@3, slow@1:12ms, mute-atr":          "故障，如 removed@3、slow@1:12ms、mute-atr",
	"how the card is not genuine":                                        "伪造方式",
	"fields or groups that it may read (default: all)":                   "允许读取的字段或组（默认全部）",
	"SM3 of a line that must be there, noted earlier (hexadecimal)":      "事先记下的、必须存在的一行的 SM3（十六进制）",
}
