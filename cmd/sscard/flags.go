package main

// flagsZH has the help texts of flags in Chinese, by the English ones, which stand with the flags.
var flagsZH = map[string]string{
	"show this help": "显示本帮助",

	// of all verbs
	"language: zh | en":                           "语言：zh | en",
	"configuration file (YAML)":                   "配置文件（YAML）",
	"readers: pcsc | virtual:FILE | trace:FILE":   "读卡器：pcsc | virtual:文件 | trace:文件",
	"where token, origins and audit log are kept": "令牌、来源和审计日志所在目录",
	"answer with invented keys from FILE (YAML) in the place of a PSAM; for software cards only": "不用 PSAM，改用文件（YAML）中的虚构密钥应答，只用于软件卡",
	"log what happens to standard error": "把运行日志写到标准错误输出",
	"print one JSON document":            "输出一个 JSON 文档",
	"print one JSON event a line":        "每行输出一个 JSON 事件",

	// which card, and what of it
	"reader, by id or name (sscard readers)":                 "读卡器的标识或名称（见 sscard readers）",
	"slot: auto | contact | contactless":                     "卡槽：auto | contact（接触）| contactless（非接触）",
	"wait so long for a card":                                "等待放卡的时间",
	"give up a reading that takes longer":                    "超过这个时间则放弃读卡",
	"read only these, such as holder.name,issuer":            "只读这些字段，例如 holder.name,issuer",
	"show the serial too, which tells this card from others": "连同卡的序列号一起显示，它能辨认这一张卡",

	"give up what takes longer": "超过这个时间则放弃",

	// proofs and evidence
	"16 to 64 bytes of the back end, in hexadecimal (default: random ones)":                          "后台给出的 16 至 64 字节，十六进制（默认：随机）",
	"who asks, as the back end knows him":                                                            "请求者，按后台所知的名称",
	"the nonce that was given out, in hexadecimal":                                                   "当时给出的随机数，十六进制",
	"to whom it was given":                                                                           "当时给了谁",
	"files of the root certificates, PEM or DER":                                                     "根证书文件，PEM 或 DER",
	"files of certificates between the roots and the cards":                                          "根证书与卡证书之间的证书文件",
	"public keys of issuers to trust without a root, in hexadecimal":                                 "无根证书而直接信任的发卡方公钥，十六进制",
	"files of certificate revocation lists":                                                          "证书吊销列表文件",
	"file of the fields that came with the token (JSON: the read document, or {\"holder.name\": …})": "与凭据一同收到的字段文件（JSON：读卡结果，或 {\"holder.name\": …}）",
	"refuse a token that is older (default: any age)":                                                "拒绝早于这个时间的凭据（默认：不限）",
	"check as of this time, RFC 3339 (default: now)":                                                 "按这个时间核验，RFC 3339（默认：现在）",

	// the daemon, its door and its log
	"address and port, loopback only (default 127.0.0.1:17420)":                             "地址和端口，只限本机回环（默认 127.0.0.1:17420）",
	"address and port, loopback only (default 127.0.0.1:17420, or any where that is taken)": "地址和端口，只限本机回环（默认 127.0.0.1:17420，被占用时任选）",
	"print the address of the page, and start no browser":                                   "只显示网页地址，不打开浏览器",
	"fields or groups that it may read (default: all)":                                      "它可以读的字段或字段组（默认：全部）",
	"SM3 of a line that must be there, noted earlier (hexadecimal)":                         "以前记下的、必须存在的一行的 SM3（十六进制）",

	// the card's own commands
	"read and show what the free files hold, personal data too": "读取并显示可自由读取的内容，包括个人信息",
	"show what the card does not have, too":                     "连同卡内没有的一起显示",
	"send commands that can change or block a card, too":        "也发送可能改变或锁死卡的命令",
	"file of commands, one in a line; # begins a comment":       "命令文件，每行一条；# 起为注释",

	// the doctor
	"write a support bundle without personal data to this file (ZIP)": "把诊断包（不含个人信息）写到这个文件（ZIP）",
	"log of the daemon, for the bundle":                               "放入诊断包的服务日志",
	"where the daemon is, if not where the configuration says":        "服务的地址，与配置不同时给出",

	// software cards
	"with a real pcscd on a socket of its own (Linux, packages pcscd and vsmartcard-vpcd)": "使用独立套接字上的真实 pcscd（Linux，软件包 pcscd 和 vsmartcard-vpcd）",
	"end after reading": "读完即结束",
	"built-in card (gen1, gen2, gen2-contactless, gen3, …) or YAML file": "内置的卡（gen1、gen2、gen2-contactless、gen3……）或 YAML 文件",
	"port on which the vpcd driver listens":                              "vpcd 驱动监听的端口",
	"host on which the vpcd driver listens":                              "vpcd 驱动所在的主机",
	"what goes wrong, such as removed@3, slow@1:12ms, mute-atr":          "模拟的故障，例如 removed@3、slow@1:12ms、mute-atr",

	// traces
	"file to write, which must not be there (default: sscard-TIME.trace)": "要写的文件，不得已存在（默认：sscard-时间.trace）",
	"file to write, which must not be there (default: standard output)":   "要写的文件，不得已存在（默认：标准输出）",
	"keep the person's data; asks twice":                                  "保留持卡人的真实数据；会询问两次",
	"the answer to both questions of --raw, where it is given twice":      "给出两次即回答 --raw 的两个问题",
	"what cannot be told apart: refuse | blank (zeros in its place)":      "无法识别的内容：refuse（拒绝）| blank（用零代替）",
	"answers take: none (no time) | real (as long as they took)":          "应答用时：none（不等待）| real（与记录相同）",
	"commands may come in any order, and need not all come":               "命令顺序可以不同，也可以不全",
	"show the person's data too":                                          "连同个人数据一起显示",
	"record the sessions with cards in this directory, redacted":          "把与卡的会话脱敏后记录在该目录",
	"record this reader only, by id or name":                              "只记录这个读卡器（标识或名称）",
	"play the sessions of this file (sscard trace)":                       "播放该文件中的会话（见 sscard trace）",
}
