package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/localtls"
	"sscard/cmd/internal/wiring"
)

func (p *program) tlsCommand() *cobra.Command {
	c := p.group("tls", sayTLS)
	c.AddCommand(p.tlsShowCommand())
	return c
}

// shownTLS is what `sscard tls show --json` prints.
type shownTLS struct {
	Path     string    `json:"path"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
}

func (p *program) tlsShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show", Short: p.say(sayTLSShow), Args: cobra.NoArgs, Example: "  sscard tls show --json"}
	p.jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		id, err := localtls.Load(wiring.State{Dir: p.stateDir})
		if err != nil {
			return err
		}
		shown := shownTLS{Path: id.Path, SHA256: id.Fingerprint(), NotAfter: id.Authority.NotAfter}
		if p.json {
			return p.printJSON(shown)
		}
		_, err = fmt.Fprintf(p.stdout, p.say(sayTrust), shown.Path, shown.SHA256, shown.NotAfter.Format(time.DateOnly))
		return err
	}
	return c
}

// How a machine is told to trust the certificate: its path, fingerprint and end.
const (
	trustZH = `证书：   %[1]s
SHA-256：%[2]s
有效期至 %[3]s，期间无需更换或重新信任。它只对 localhost、127.0.0.1、::1 有效，签发它的密钥已销毁。

让本机信任它（复制证书后按系统执行，需要管理员权限；完成后重启浏览器）：

  Windows（Chrome、Edge、Firefox）
    certutil -addstore -f Root "%[1]s"
  Debian、Ubuntu、统信、麒麟（curl、Java 等程序）
    sudo cp "%[1]s" /usr/local/share/ca-certificates/sscard.crt
    sudo update-ca-certificates
  Linux 上的 Chromium、Chrome（每个用户执行一次，软件包 libnss3-tools）
    certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n sscard -i /usr/local/share/ca-certificates/sscard.crt
  Linux 上的 Firefox
    设置 → 隐私与安全 → 查看证书 → 证书颁发机构 → 导入，勾选“信任由此证书颁发机构来标识网站”
`
	trustEN = `certificate: %[1]s
SHA-256:     %[2]s
valid until  %[3]s; until then nothing has to be renewed or trusted anew. It is good for localhost, 127.0.0.1 and ::1
only, and the key that signed it is gone.

To have this machine trust it (as administrator; then start the browser anew):

  Windows (Chrome, Edge, Firefox)
    certutil -addstore -f Root "%[1]s"
  Debian, Ubuntu and their like (curl, Java and other programs)
    sudo cp "%[1]s" /usr/local/share/ca-certificates/sscard.crt
    sudo update-ca-certificates
  Chromium, Chrome on Linux (once for each user; package libnss3-tools)
    certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n sscard -i /usr/local/share/ca-certificates/sscard.crt
  Firefox on Linux
    Settings → Privacy & Security → View Certificates → Authorities → Import, and tick "identify websites"
`
)
