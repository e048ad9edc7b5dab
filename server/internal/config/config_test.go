package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
)

func load(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func TestLoad(t *testing.T) {
	c, err := load(t, `
listen = ":443"
data = "/srv/schulhof"
log_level = "debug"
quota_student = "1.5 GiB"
quota_group = "20 GB"
idle_sign_out = "5m"

[school]
name = "Grundschule am Wald"
imprint = """
Zeile 1
Zeile 2"""

[tls]
cert = "a.pem"
key = "b.pem"

[passwords]
off = ["special", "own"]
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.DSN() != "sqlite:/srv/schulhof/schulhof.db" || c.LogLevel != -4 || c.QuotaStudent != 3<<29 || c.QuotaGroup != 20e9 || c.IdleSignOut != 5*time.Minute ||
		c.School.Imprint != "Zeile 1\nZeile 2" || !c.TLS.On() || !slices.Equal(c.Passwords.Off, []wire.Rule{wire.RuleSpecial, wire.RuleOwn}) {
		t.Errorf("%+v", c)
	}
	for role, want := range map[wire.Role]int64{wire.RoleStudent: 3 << 29, wire.RoleTeacher: 5e9, wire.RoleStaff: 5e9, wire.RoleGuardian: 1e9} {
		if got := c.Quota(role); got != want {
			t.Errorf("quota of a %s: %d, want %d", role, got, want)
		}
	}
	if c, err = load(t, "data = \"x\"\ndatabase = \"postgres://h/x\""); err != nil || c.DSN() != "postgres://h/x" || c.Listen != "127.0.0.1:8080" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		``:                                    "data",
		`data = "x"` + "\n" + `dta = "y"`:     "unknown key dta",
		"data = \"x\"\n[school]\nnam = \"y\"": "unknown key school.nam",
		`data = `:                             "line 1",
		"data = \"x\"\nlisten = \"8080\"":     "not HOST:PORT",
		"data = \"x\"\nlisten = \"127.0.0.1:http\"":                            "not a port",
		"data = \"x\"\nlisten = \"127.0.0.1:70000\"":                           "not a port",
		"data = \"x\"\nlisten = \":80\"":                                       "without TLS",
		"data = \"x\"\nlisten = \"schule.example.org:80\"":                     "without TLS",
		"data = \"x\"\nlisten = \"192.168.1.1:80\"":                            "without TLS",
		"data = \"x\"\n[tls]\ncert = \"a\"":                                    "go together",
		"data = \"x\"\n[tls]\ncert = \"a\"\nkey = \"b\"\nacme_hosts = [\"c\"]": "either",
		"data = \"x\"\npublic_url = \"http://schule.example.org\"":             "public_url",
		"data = \"x\"\npublic_url = \"https://schule.example.org/x\"":          "public_url",
		"data = \"x\"\ntrusted_proxies = [\"10.0.0.1\"]":                       "behind_proxy",
		"data = \"x\"\nbehind_proxy = true\ntrusted_proxies = [\"proxy\"]":     "neither",
		"data = \"x\"\n[passwords]\noff = [\"length\"]":                        "cannot be switched off",
		"data = \"x\"\n[passwords]\noff = [\"sonder\"]":                        "no rule",
		"data = \"x\"\nquota_student = \"viel\"":                               "not a size",
		"data = \"x\"\nquota_student = \"-1 GiB\"":                             "not a size",
		"data = \"x\"\nquota_student = \"99999999 TiB\"":                       "not a size",
		"data = \"x\"\nidle_sign_out = \"1s\"":                                 "a minute",
		"data = \"x\"\nlog_level = \"laut\"":                                   "laut",
	} {
		if c, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n gives %v, %+v\nwant an error with %q", text, err, c, want)
		}
	}
}

func TestListen(t *testing.T) {
	for _, text := range []string{
		"listen = \"127.0.0.1:0\"", "listen = \"localhost:80\"", "listen = \"[::1]:80\"", "listen = \"127.9.9.9:80\"",
		"listen = \":80\"\nbehind_proxy = true", "listen = \":443\"\n[tls]\nacme_hosts = [\"schule.example.org\"]",
	} {
		if _, err := load(t, "data = \"x\"\n"+text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestProxies(t *testing.T) {
	c := Config{BehindProxy: true}
	if got, err := c.Proxies(); err != nil || len(got) != 2 || got[0].String() != "127.0.0.0/8" || got[1].String() != "::1/128" {
		t.Errorf("%v, %v", got, err)
	}
	c.TrustedProxies = []string{"10.0.0.0/8", "192.0.2.7"}
	if got, err := c.Proxies(); err != nil || len(got) != 2 || got[1].String() != "192.0.2.7/32" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := (&Config{}).Proxies(); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLogo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logo.png")
	for size, ok := range map[int]bool{100: true, maxLogo: true, maxLogo + 1: false} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if data, err := (&School{Logo: path}).ReadLogo(); (err == nil) != ok || ok && len(data) != size {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
	}
	if data, err := (&School{}).ReadLogo(); data != nil || err != nil {
		t.Errorf("none: %d bytes, %v", len(data), err)
	}
	if _, err := (&School{Logo: path + "x"}).ReadLogo(); err == nil {
		t.Error("a logo that is not there")
	}
}
