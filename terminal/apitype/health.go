package apitype

import "time"

// Health is the answer of GET /v1/health: Status is ok, or degraded with the Problems in words.
type Health struct {
	Status  string `json:"status"`
	Version string `json:"version"`
	Readers int    `json:"readers"`
	Cards   int    `json:"cards"`

	TestKeys bool      `json:"test_keys,omitempty"` // test keys answer in the place of a PSAM: never at a counter
	Problem  *Problem  `json:"problem,omitempty"`   // of the PC/SC service
	Problems []Trouble `json:"problems,omitempty"`  // all of them
}

// Values of Health.Status.
const (
	HealthOK       = "ok"
	HealthDegraded = "degraded"
)

// Trouble is something that is wrong with the daemon or its surroundings, for a person and for a program that watches.
type Trouble struct {
	Subject Subject   `json:"subject"`
	Code    Code      `json:"code,omitempty"` // that callers get for it; absent where they get none
	Title   Text      `json:"title"`
	Hint    Text      `json:"hint"`
	Since   time.Time `json:"since,omitzero"`

	Reader *ReaderRef `json:"reader,omitempty"` // this and the next: for callers with the token
	Detail string     `json:"detail,omitempty"` // in English
}

// Subject is what a trouble is about.
type Subject string

// The subjects.
const (
	OfService     Subject = "service"     // PC/SC
	OfReader      Subject = "reader"      // it hangs, or another program holds it
	OfAudit       Subject = "audit"       // the log cannot be written
	OfKeys        Subject = "keys"        // test keys
	OfConfig      Subject = "config"      // the file is not in force
	OfCertificate Subject = "certificate" // it has ended, or soon will
)

// TroubleOf is the trouble that a code stands for.
func TroubleOf(subject Subject, code Code) Trouble {
	e := code.Entry()
	return Trouble{Subject: subject, Code: code, Title: e.Title, Hint: e.Hint}
}

// AuditTrouble is that the audit log cannot be written.
func AuditTrouble() Trouble {
	return Trouble{
		Subject: OfAudit,
		Title:   Text{"审计日志无法写入", "the audit log cannot be written"},
		Hint: Text{"请检查磁盘空间和目录权限；恢复后自动补写。audit.on_full 为 stop 时，在此之前不读卡。",
			"See whether the disk is full and the directory writable; what is late is written then. With audit.on_full: stop no card is read until then."},
	}
}

// TestKeysTrouble is that test keys answer in the place of a PSAM.
func TestKeysTrouble() Trouble {
	return Trouble{
		Subject: OfKeys,
		Title:   Text{"正在使用测试密钥，不能读真卡", "test keys are in use: this is no terminal for real cards"},
		Hint:    Text{"请去掉命令行参数 --test-keys 后重新启动。", "Start it without --test-keys."},
	}
}

// ConfigTrouble is that the configuration file was changed and cannot be taken.
func ConfigTrouble() Trouble {
	return Trouble{
		Subject: OfConfig,
		Title:   Text{"新的配置有误，仍使用原来的配置", "the changed configuration is wrong: the one before is in force"},
		Hint:    Text{"请执行 sscard config check，改正后重新加载（systemctl reload sscard）。", "See `sscard config check`, mend the file, and load it again (`systemctl reload sscard`)."},
	}
}

// CertificateTrouble is that a certificate or a list of revoked ones has ended, or soon will.
func CertificateTrouble(ended bool) Trouble {
	t := Trouble{
		Subject: OfCertificate,
		Title:   Text{"证书或吊销列表即将到期", "a certificate or revocation list ends soon"},
		Hint:    Text{"请向发卡机构索取新的文件，更新 trust 后重新加载配置。", "Get the new file from the issuer, put it into trust and load the configuration again."},
	}
	if ended {
		t.Code, t.Title = CertificateExpired, Text{"证书或吊销列表已到期", "a certificate or revocation list has ended"}
	}
	return t
}
