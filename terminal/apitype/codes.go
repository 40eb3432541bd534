package apitype

// Code is a stable name of what went wrong. [Code.Entry] has all that follows from it.
type Code string

// Exit statuses of the command line.
const (
	ExitDone = iota
	ExitOther
	ExitUsage
	ExitService
	ExitReader
	ExitCard
	ExitUnsupported
	ExitNotGenuine
	ExitPIN
	ExitAuth
)

// The codes.
const (
	ServiceUnavailable   Code = "service.unavailable"
	ServiceDenied        Code = "service.denied"
	ReaderNone           Code = "reader.none"
	ReaderUnknown        Code = "reader.unknown"
	ReaderBusy           Code = "reader.busy"
	ReaderFailed         Code = "reader.failed"
	CardAbsent           Code = "card.absent"
	CardRemoved          Code = "card.removed"
	CardReset            Code = "card.reset"
	CardMute             Code = "card.mute"
	CardUnsupported      Code = "card.unsupported"
	CardChanged          Code = "card.changed"
	CardLocked           Code = "card.locked"
	FileAbsent           Code = "file.absent"
	DataMalformed        Code = "data.malformed"
	AuthRequired         Code = "auth.required"
	AuthFailed           Code = "auth.failed"
	AuthBlocked          Code = "auth.blocked"
	SAMAbsent            Code = "sam.absent"
	SAMAlgorithm         Code = "sam.algorithm"
	SAMKey               Code = "sam.key"
	SAMLevel             Code = "sam.level"
	SessionUnknown       Code = "session.unknown"
	SessionExpired       Code = "session.expired"
	PINWrong             Code = "pin.wrong"
	PINBlocked           Code = "pin.blocked"
	PINCancelled         Code = "pin.cancelled"
	PINTimeout           Code = "pin.timeout"
	PINLength            Code = "pin.length"
	PINMismatch          Code = "pin.mismatch"
	EvidenceInvalid      Code = "evidence.invalid"
	CertificateUntrusted Code = "certificate.untrusted"
	CertificateExpired   Code = "certificate.expired"
	CertificateRevoked   Code = "certificate.revoked"
	RequestInvalid       Code = "request.invalid"
	RequestTooLarge      Code = "request.too_large"
	RequestUnauthorized  Code = "request.unauthorized"
	RequestOriginDenied  Code = "request.origin_denied"
	RequestHostDenied    Code = "request.host_denied"
	RequestFieldDenied   Code = "request.field_denied"
	RequestRateLimited   Code = "request.rate_limited"
	Timeout              Code = "timeout"
	Internal             Code = "internal"
)

// Entry is what follows from a code: the HTTP status, the exit status, the number that the functions of 38号文
// return (annex A.1), whether the same request may succeed later by itself, a title and what to do.
type Entry struct {
	Code      Code
	HTTP      int
	Exit      int
	Function  int
	Retryable bool
	Title     Text
	Hint      Text
}

// Entries returns the whole table, in the order of the codes.
func Entries() []Entry { return append([]Entry(nil), entries[:]...) }

// Entry returns the row of the code, and that of [Internal] for a code that is none.
func (c Code) Entry() Entry {
	for _, e := range entries {
		if e.Code == c {
			return e
		}
	}
	return entries[len(entries)-1]
}

var entries = [...]Entry{
	{ServiceUnavailable, 503, ExitService, -11, true,
		Text{"智能卡服务未运行", "the smart card service is not running"},
		Text{"请启动智能卡服务：Linux 执行 systemctl start pcscd.socket；Windows 启动“Smart Card”服务。", "Start the smart card service: `systemctl start pcscd.socket` on Linux, the service “Smart Card” on Windows."}},
	{ServiceDenied, 503, ExitService, -11, false,
		Text{"智能卡服务拒绝访问", "the smart card service refuses access"},
		Text{"请允许本用户访问 pcscd：添加 polkit 规则（org.debian.pcsc-lite.access_pcsc 与 access_card），并检查套接字权限。", "Let this user reach pcscd: a polkit rule for org.debian.pcsc-lite.access_pcsc and access_card, and the permissions of its socket."}},
	{ReaderNone, 404, ExitReader, -11, true,
		Text{"没有读卡器", "no card reader is connected"},
		Text{"请连接读卡器，并确认已安装其 CCID 驱动。", "Connect a card reader and see that its CCID driver is installed."}},
	{ReaderUnknown, 404, ExitReader, -11, false,
		Text{"没有这个读卡器", "no such card reader"},
		Text{"请用 sscard readers 查看现有读卡器，重新指定。", "See `sscard readers` for the readers there are, and name one of them."}},
	{ReaderBusy, 409, ExitReader, -11, true,
		Text{"读卡器正被占用", "the card reader is in use"},
		Text{"另一程序正在使用读卡器，请关闭它或稍后再试。", "Another program is using the reader: close it, or try again later."}},
	{ReaderFailed, 502, ExitReader, -11, true,
		Text{"读卡器故障", "the card reader failed"},
		Text{"请重新插卡再试；仍不成功请重新插拔读卡器。", "Insert the card again; if that does not help, unplug the reader and plug it in again."}},
	{CardAbsent, 409, ExitCard, -2, true,
		Text{"没有卡", "no card in the reader"},
		Text{"请插入社会保障卡，或将卡放在感应区。", "Insert the social security card, or lay it on the reader."}},
	{CardRemoved, 409, ExitCard, -4, true,
		Text{"读卡过程中卡被取走", "the card was removed"},
		Text{"请重新插卡（或放卡），读完之前不要移动。", "Insert the card again (or lay it down) and leave it until the reading is done."}},
	{CardReset, 409, ExitCard, -4, true,
		Text{"卡被另一程序复位", "another program reset the card"},
		Text{"另一程序也在使用这张卡，请关闭它再试。", "Another program uses the same card: close it and try again."}},
	{CardMute, 409, ExitCard, -4, true,
		Text{"卡无应答", "the card does not answer"},
		Text{"请检查卡是否插反，擦净芯片后重新插卡；非接触卡请放平并保持不动。", "See that the card is the right way round, wipe its chip and insert it again; a contactless card must lie still."}},
	{CardUnsupported, 422, ExitUnsupported, -1, false,
		Text{"不是社会保障卡，或卡的应答不符合规范", "not a social security card, or one that answers otherwise than the standard"},
		Text{"请确认插入的是社会保障卡；如确是，请把 ATR（sscard readers）与状态字报告给我们。", "See that it is a social security card; if it is, report the ATR and the status word to us."}},
	{CardChanged, 409, ExitCard, -22, false,
		Text{"卡已更换", "the card is not the one that was read before"},
		Text{"请放回原来的卡，或从头再来。", "Put the first card back, or begin anew."}},
	{CardLocked, 422, ExitUnsupported, -37635, false,
		Text{"卡或应用已锁定", "the card or its application is locked"},
		Text{"请持卡人到发卡机构办理解锁或换卡。", "Send the holder to the issuer to have the card unlocked or replaced."}},
	{FileAbsent, 404, ExitUnsupported, -27266, false,
		Text{"卡内没有这项数据", "the card does not hold this item"},
		Text{"该项未启用或未写入，属正常情况。", "The item is not in use or was never written; that is normal."}},
	{DataMalformed, 422, ExitUnsupported, -15, false,
		Text{"卡内数据或应答格式错误", "the card's data or answer is malformed"},
		Text{"请重新插卡再读；仍然如此则该卡数据有误，请联系发卡机构。", "Insert the card again; if it stays so, the card's data is wrong: turn to its issuer."}},
	{AuthRequired, 403, ExitAuth, -27010, false,
		Text{"需要密钥认证或 PIN", "keys or the PIN are needed first"},
		Text{"请在 SAM 卡座中插入 PSAM 卡，或经加密机（HSM）读卡：第三代卡的个人信息要经密钥认证才能读取。需要 PIN 的操作，须有密码键盘，或由管理员设置 pin.entry。", "Put a PSAM into the SAM slot, or read with the HSM: the holder's data of a third-generation card wants keys. What wants the PIN needs a key pad, or another pin.entry in the configuration."}},
	{AuthFailed, 403, ExitAuth, -21, false,
		Text{"认证失败", "authentication failed"},
		Text{"请确认 PSAM 卡或加密机的密钥与发卡地区一致。", "See that the keys of the PSAM or HSM are those of the card's region."}},
	{AuthBlocked, 403, ExitAuth, -27011, false,
		Text{"密钥已锁定", "the key is blocked"},
		Text{"请持卡人到发卡机构处理。", "Send the holder to the issuer."}},
	{SAMAbsent, 409, ExitAuth, -2201, false,
		Text{"无 PSAM 卡", "no PSAM"},
		Text{"请插入 PSAM 卡，或改用加密机（HSM）函数。", "Insert the PSAM, or use the HSM functions."}},
	{SAMAlgorithm, 409, ExitAuth, -2202, false,
		Text{"PSAM 卡不支持该卡的算法", "the PSAM does not support the card's algorithm"},
		Text{"请使用支持国密算法的 PSAM 卡，或改用加密机（HSM）函数。", "Use a PSAM with the card's algorithm, or the HSM functions."}},
	{SAMKey, 409, ExitAuth, -2203, false,
		Text{"PSAM 卡内没有所需密钥", "the PSAM does not hold the key"},
		Text{"请更换含 RKSSSE 密钥的 PSAM 卡，或改用加密机（HSM）函数。", "Use a PSAM that holds the key, such as RKSSSE, or the HSM functions."}},
	{SAMLevel, 409, ExitAuth, -24, false,
		Text{"PSAM 卡密钥级别不够", "the PSAM's keys are of too low a level"},
		Text{"读取外地卡需部级密钥，请改用加密机（HSM）函数。", "A card of another region needs keys of the ministry's level: use the HSM functions."}},
	{SessionUnknown, 404, ExitOther, -12, false,
		Text{"没有这个会话", "no such session"},
		Text{"请从第一步重新开始。", "Begin again with the first step."}},
	{SessionExpired, 410, ExitOther, -12, false,
		Text{"会话已过期", "the session has expired"},
		Text{"请从第一步重新开始，并尽快完成后续步骤。", "Begin again with the first step, and finish sooner."}},
	{PINWrong, 403, ExitPIN, -51, false,
		Text{"PIN 错误", "the PIN is wrong"},
		Text{"请持卡人重新输入；注意剩余次数。", "Let the holder enter it again, and mind the tries that are left."}},
	{PINBlocked, 403, ExitPIN, -52, false,
		Text{"PIN 已锁定", "the PIN is blocked"},
		Text{"请到经办窗口办理解锁或重置。", "It can be unblocked or reset at a service counter."}},
	{PINCancelled, 409, ExitPIN, -31, true,
		Text{"已取消输入 PIN", "entering the PIN was cancelled"},
		Text{"如需继续，请重新操作。", "Begin again to go on."}},
	{PINTimeout, 408, ExitPIN, -32, true,
		Text{"输入 PIN 超时", "the PIN was not entered in time"},
		Text{"请重新操作并及时输入。", "Begin again and enter it in time."}},
	{PINLength, 422, ExitPIN, -33, true,
		Text{"PIN 长度错误", "the PIN has a wrong length"},
		Text{"PIN 为 4 至 16 位数字。", "A PIN has 4 to 16 digits."}},
	{PINMismatch, 422, ExitPIN, -34, true,
		Text{"两次输入的 PIN 不一致", "the two entries of the PIN differ"},
		Text{"请重新操作，两次输入相同的新 PIN。", "Begin again and enter the same new PIN twice."}},
	{EvidenceInvalid, 422, ExitNotGenuine, -21, false,
		Text{"凭据无效", "the evidence is invalid"},
		Text{"凭据不能证明卡为真，请勿采信。", "The evidence does not prove the card genuine: do not trust it."}},
	{CertificateUntrusted, 422, ExitNotGenuine, -21, false,
		Text{"卡证书不可信", "the card's certificate is not trusted"},
		Text{"请检查配置的根证书（trust.roots）是否齐全。", "See that the configured roots (trust.roots) are complete."}},
	{CertificateExpired, 422, ExitNotGenuine, -21, false,
		Text{"卡证书不在有效期内", "the card's certificate is outside its validity"},
		Text{"请检查本机时间；时间正确则需换证或换卡。", "See that the clock is right; if it is, the card needs a new certificate."}},
	{CertificateRevoked, 422, ExitNotGenuine, -21, false,
		Text{"卡证书已吊销", "the card's certificate is revoked"},
		Text{"请勿采信该卡，并请持卡人联系发卡机构。", "Do not trust the card, and send the holder to the issuer."}},
	{RequestInvalid, 400, ExitUsage, -23, false,
		Text{"请求不合法", "the request is invalid"},
		Text{"请按错误说明对照接口文档检查参数。", "Compare what the error names with the documentation."}},
	{RequestTooLarge, 413, ExitUsage, -23, false,
		Text{"请求过大", "the request is too large"},
		Text{"请求体不得超过 64 KiB。", "A request body has 64 KiB at most."}},
	{RequestUnauthorized, 401, ExitOther, -14, false,
		Text{"未授权", "not authorised"},
		Text{"请在 Authorization: Bearer 中给出状态目录下 token 文件的内容。", "Send the content of the file `token` in the state directory as `Authorization: Bearer`."}},
	{RequestOriginDenied, 403, ExitOther, -14, false,
		Text{"不允许该网页来源访问", "this web origin may not call"},
		Text{"请管理员执行 sscard origin allow 来源，或在配置的 origins 中加入它（协议、主机、端口须完全一致）。", "Have the administrator run `sscard origin allow ORIGIN`, or add it to `origins` in the configuration: scheme, host and port exactly."}},
	{RequestHostDenied, 403, ExitOther, -14, false,
		Text{"请求的主机名不是本机", "the request's host is not this machine"},
		Text{"请用 http://127.0.0.1:端口 或 http://localhost:端口 访问。", "Call http://127.0.0.1:PORT or http://localhost:PORT."}},
	{RequestFieldDenied, 403, ExitOther, -14, false,
		Text{"不允许该来源读取此字段", "this origin may not read the field"},
		Text{"请管理员在配置中该来源的 fields 里加入此字段。", "Have the administrator add the field to the origin's `fields` in the configuration."}},
	{RequestRateLimited, 429, ExitOther, -14, true,
		Text{"请求过于频繁", "too many requests"},
		Text{"请稍后再试。", "Try again later."}},
	{Timeout, 504, ExitOther, -4, true,
		Text{"超时", "the time is over"},
		Text{"卡或读卡器过慢，请重试，或加大 timeout_ms。", "The card or reader is too slow: try again, or give a larger timeout_ms."}},
	{Internal, 500, ExitOther, -5, false,
		Text{"内部错误", "an error inside sscard"},
		Text{"请把 request_id 与日志报告给我们。", "Report it to us with the request_id and the log."}},
}
