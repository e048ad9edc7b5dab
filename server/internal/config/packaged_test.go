package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// packaged is the file that the server's package installs.
const packaged = "../../../assets/packaging/server.toml"

func TestPackagedSettingsLoad(t *testing.T) {
	c, err := Load(packaged)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "/var/lib/schulhof" || c.School.Name == "" {
		t.Errorf("data %q, school %q", c.Data, c.School.Name)
	}
}

// TestPackagedExamplesLoad switches on all that the file has commented out, and
// puts apart what excludes each other.
func TestPackagedExamplesLoad(t *testing.T) {
	text, err := os.ReadFile(packaged)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^#(\w+ = |\[)`).ReplaceAll(text, []byte("$1"))
	for name, without := range map[string]string{
		"certificate from files": `(?m)^acme_\w+ = .*$`,
		"certificate by ACME":    `(?m)^(cert|key) = .*$`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "server.toml")
			all := regexp.MustCompile(without+`|(?m)^trusted_proxies = .*$`).ReplaceAll(text, nil)
			if err := os.WriteFile(file, all, 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			if c.MetricsToken == "" || c.Database == "" || len(c.Passwords.Off) != 1 || !c.TLS.On() {
				t.Errorf("not all examples were read: %+v", c)
			}
		})
	}
}

// TestPackagedDefaultsAreTheServers holds that a commented-out line which is no
// example says what the server does without it.
func TestPackagedDefaultsAreTheServers(t *testing.T) {
	text, err := os.ReadFile(packaged)
	if err != nil {
		t.Fatal(err)
	}
	defaults := regexp.MustCompile(`(?m)^#(behind_proxy|quota_\w+|idle_sign_out|log_level) = .*$`).FindAll(text, -1)
	if len(defaults) != 7 {
		t.Fatalf("%d such lines, want 7", len(defaults))
	}
	var lines strings.Builder
	lines.WriteString("data = \"x\"\n")
	for _, line := range defaults {
		lines.Write(line[1:])
		lines.WriteByte('\n')
	}
	file := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	if got.QuotaStudent != want.QuotaStudent || got.QuotaTeacher != want.QuotaTeacher ||
		got.QuotaGuardian != want.QuotaGuardian || got.QuotaGroup != want.QuotaGroup ||
		got.IdleSignOut != want.IdleSignOut || got.LogLevel != want.LogLevel || got.BehindProxy != want.BehindProxy {
		t.Errorf("the file says %+v, the server does %+v", got, want)
	}
}
