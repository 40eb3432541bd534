// What the page says, a text a line: key, Chinese, English. What the daemon says comes from it in both (words.js).
// A key with a colon is looked up by a code; what stands behind the colon is shown where a newer daemon has another one.
export const texts = Object.fromEntries(`
product | 社保卡终端 | Social security card terminal
language | English | 中文
theme | 深色或浅色界面 | Dark or light
signout | 退出登录 | Sign out
dismiss | 关闭提示 | Dismiss
of | {what}：{name} | {what}: {name}
none | 暂无 | None
all | 全部 | All
todo | 处理方法： | What to do:

connection:ready | 已连接 | Connected
connection:lost | 连接中断 | Not connected
connection:signin | 未登录 | Not signed in
problem | 出错了 | Something went wrong
unreachable | 读卡服务没有应答 | The card service does not answer
unreachable.hint | 请确认 sscard 正在运行；恢复后本页自动继续。 | Make sure sscard is running; the page goes on by itself.
health | 需要处理的问题 | What is wrong

signin | 登录 | Sign in
signin.ended | 登录已失效：服务重新启动过、令牌已更换、已超过 12 小时，或其他登录过多。 | The session is over: the service was restarted, the token was changed, 12 hours have passed, or there were too many other sessions.
signin.how | 在本机的命令行中执行下面的命令，浏览器会打开本页并登录： | Run this on this computer: it opens the page, signed in.
signin.or | 或粘贴它给出的登录码或地址：只能用一次，两分钟内有效。 | Or paste the code or address that it gives: good once, for two minutes.
signin.secret | 一次性登录码或令牌 | One-time code or token
signin.wrong | 登录码或令牌无效，或已失效 | The code or token is not valid, or no longer

tab.counter | 柜台读卡 | Counter
tab.origins | 网页授权 | Web pages
tab.log | 日志与审计 | Log and audit

readers | 读卡器 | Readers
readers.none | 没有读卡器 | No card reader
readers.none.hint | 请连接读卡器，或运行自检。 | Connect one, or run the self-test.
interface:contact | 接触式 | Contact
interface:contactless | 非接触式 | Contactless
interface:unknown | 接口未知 | Interface not known
card:none | 无卡 | No card
card:present | 有卡 | Card in
generation:1 | 第一代社保卡 | First-generation card
generation:2 | 第二代社保卡 | Second-generation card
generation:3 | 第三代社保卡 | Third-generation card
card:unreadable | 卡无法读取 | The card cannot be read
card:unsupported | 不是社保卡 | Not a social security card
card:also | 同一张卡也在 {reader} | the same card as in {reader}
psam:present | PSAM 卡已就位 | PSAM in place
psam:none | 未插入 PSAM 卡 | No PSAM
read | 读卡 | Read
verify | 验卡 | Verify
said:inserted | 已插卡 | Card inserted
said:removed | 已取卡 | Card removed
said:added | 已连接读卡器 | Reader connected
said:gone | 读卡器已断开 | Reader disconnected
said:read | 读卡完成：{result}；提示 {n} 条 | The card was read: {result}; warnings: {n}

card | 卡内信息 | Card
card.reading | 正在读卡，请勿移动卡片…… | Reading. Please do not move the card…
card.empty | 尚未读卡 | No card has been read
card.empty.hint | 放好社会保障卡，然后按“读卡”。 | Insert the card or lay it on the reader, then press Read.
card.lost | {why}；显示的信息已清除 | {why}; what was shown is cleared
region | 地区 | Region
missing | 未读到的信息 | What is missing
exchanges | 交互 {n} 次，{ms} 毫秒 | {n} exchanges, {ms} ms
photo | 持卡人照片 | Photo of the holder
photo.show | 显示照片 | Show photo
photo.loading | 正在读取照片…… | Reading the photo…
photo.none | 卡内没有照片，属正常情况 | The card holds no photo; that is normal
photo.failed | 照片无法读取 | The photo could not be read
authenticity:genuine | 真卡 | Genuine
authenticity:not_genuine | 不是真卡 | Not genuine
authenticity:unchecked | 未验证真伪 | Not checked
card.unchecked | 本次读卡未验证真伪 | Not checked in this reading
method:sm2 | 卡内 SM2 证书签名 | by the SM2 certificate in the card
method:irk | PSAM 内部认证（IRK） | by the PSAM (IRK)
verify.running | 正在验卡…… | Verifying…
verify.revocation | 未配置吊销列表或已过期 | no revocation list is configured, or it is out of date
verify.signature | 签名不符：卡没有与证书相配的私钥 | The signature does not fit: the card does not have the certificate's key
result:passed | 通过 | passed
result:failed | 不通过 | failed
result:unchecked | 无从核对 | not checked
result:not_reached | 未进行 | not reached

selftest | 自检 | Self-test
selftest.lead | 请先插入读不了的卡；不读取持卡人信息。 | Put the card in that is not read. Nothing of its holder is read.
selftest.start | 开始自检 | Run the self-test
selftest.running | 正在检查，可能需要一分钟…… | Checking; it may take a minute…
selftest.well | 没有发现问题 | No fault was found
selftest.order | 请先处理它，再重新自检。 | Mend this first, then run it again.
level:ok | 正常 | OK
level:info | 信息 | Info
level:warn | 警告 | Warning
level:error | 错误 | Error

refused | 被拒绝的网页 | Pages that were refused
refused.lead | 请只允许您认识的网页：它们能读到持卡人的信息。 | Allow only those that you know: they can read what is on the cards.
refused.facts | {count} 次，最近 {last}，请求 {asked} | {count}×, last {last}, asked for {asked}
caution:http | 没有加密（http）：网络上的任何人都能冒充它。 | Not encrypted (http): anyone on the network can pose as this page.
caution:never | 浏览器不发出这样的来源，不能允许。 | No browser sends this for a page: it cannot be allowed.
caution:punycode | 域名含特殊字母，按编码显示；有的字母外形相似。 | Contains special letters, shown encoded; some look alike.
allow | 允许 | Allow
allowed | 已允许的网页 | Pages that may call
deny | 撤销 | Revoke
fields.all | 全部信息 | Everything
fields.some | 仅所选字段 | Selected fields only
fields.choose | 请至少选择一项。 | Tick at least one.
fields.none | 不能读取任何信息 | Nothing
origin | 来源 | Origin
may.read | 可读取 | May read
source | 允许方式 | Allowed by
source:config | 配置文件（请在文件中修改） | Configuration file (change it there)
source:state | 本页或命令允许 | This page or a command
action | 操作 | Action
said:allowed | 已允许 | Allowed
said:denied | 已撤销 | Revoked

log | 运行日志 | Log
log.level | 级别 | Level
log.warn | 警告和错误 | Warnings and errors
log.error | 仅错误 | Errors only
log.pause | 暂停 | Pause
log.message | 内容 | Message
# | 序号 | No.
time | 时间 | Time
audit | 审计日志 | Audit log
audit.caller | 调用者 | Caller
caller:token | 持令牌的程序 | Program with the token
caller:console | 本网页 | This page
audit.card | 卡 | Card
audit.given | 字段 | Fields
given:evidence | 真伪证据 | Evidence
given:SSSEEF08 | 照片 | Photo
audit.outcome | 结果 | Outcome
audit.ok | 成功 | Done
event:read | 读卡 | Read
event:verify | 验卡 | Verify
event:pin | PIN 操作 | PIN
event:write | 写卡 | Write
event:debit | 扣款 | Debit
event:start | 程序启动 | Program started
event:rotate | 日志轮换 | Log rotated
event:torn | 残缺行 | Torn line
event:gap | 未能记录的时段 | Gap

trace | 会话跟踪 | Trace
trace.idle | 记录读卡器与卡之间的往来，不含个人信息和 PIN。 | Records what reader and card say, without personal data and PINs.
trace.reader | 读卡器 | Reader
trace.start | 开始记录 | Start recording
trace.recording | 正在记录：自 {since} 起，{sessions} 个会话 | Recording since {since}; sessions so far: {sessions}
trace.on | 正在记录 | Recording
trace.recording.hint | 现在重现问题，然后停止。15 分钟后自动结束。 | Now do what goes wrong, then stop. It ends after 15 minutes.
trace.stop | 停止并查看 | Stop and look
trace.discard | 丢弃 | Discard
trace.save | 保存为文件 | Save as a file
trace.done | 记录了 {sessions} 个会话，发送之前请先看一遍。 | Sessions recorded: {sessions}. Look it over before you send it.
trace.nothing | 没有记录到会话 | Nothing was recorded: no card was used
trace.dropped | 超出上限而未记录的会话：{n} | Sessions left out for their number: {n}

pin:current | 请输入社保卡密码（PIN） | Enter the PIN of the card
pin:new | 请输入社保卡新密码（PIN） | Enter the new PIN
pin:repeat | 请再次输入社保卡新密码（PIN） | Repeat the new PIN
pin.reader | 读卡器 {name} | Reader {name}
pin.caller | 由 {caller} 请求 | asked for by {caller}
pin.hint | 请持卡人输入 4 至 16 位数字，一分钟内有效；不会保存。 | For the holder: 4 to 16 digits, within a minute. It is not kept.
pin.ok | 确定 | OK
pin.cancel | 取消 | Cancel
pin.over | PIN 输入已超时、卡已取走，或已在别处输入。 | The PIN request has timed out, was answered elsewhere, or the card has left.
`.split("\n").map((line) => line.split(" | ")).map(([key, ...both]) => [key, both]));
