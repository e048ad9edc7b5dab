// Package config reads the server's settings from its TOML file. A key that it
// does not know is an error, so that a slip of the pen does not go unnoticed.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

// Config are the settings. Default gives those that are not in the file.
type Config struct {
	Listen         string        `toml:"listen"`          // HOST:PORT
	Data           string        `toml:"data"`            // the folder with all that the server keeps
	Database       string        `toml:"database"`        // sqlite:PATH or postgres://…; "" = sqlite in Data
	LogLevel       slog.Level    `toml:"log_level"`       // debug, info, warn, error; debug logs every request
	BehindProxy    bool          `toml:"behind_proxy"`    // a proxy in front does TLS: plain HTTP is wanted
	TrustedProxies []string      `toml:"trusted_proxies"` // addresses or networks whose X-Forwarded-For is believed
	MetricsToken   string        `toml:"metrics_token"`   // lets another machine read /metrics; "" = this machine only
	QuotaStudent   Size          `toml:"quota_student"`
	QuotaTeacher   Size          `toml:"quota_teacher"` // and staff
	QuotaGuardian  Size          `toml:"quota_guardian"`
	QuotaGroup     Size          `toml:"quota_group"`
	IdleSignOut    time.Duration `toml:"idle_sign_out"` // on a PC used by many
	School         School        `toml:"school"`
	TLS            TLS           `toml:"tls"`
	Passwords      Passwords     `toml:"passwords"`
	PublicURL      string        `toml:"public_url"` // where people reach the server: https://schule.example.org; stands in mails and on letters
	Mail           Mail          `toml:"mail"`
	Translate      Translate     `toml:"translate"`
}

// Mail says through which smart host the school's mail leaves. Without a host the
// mails wait in the queue.
type Mail struct {
	Host     string `toml:"host"`
	Port     int    `toml:"port"`     // 0: as Security says
	Security string `toml:"security"` // starttls (default), tls, none (this machine only)
	User     string `toml:"user"`
	Password string `toml:"password"`
	From     string `toml:"from"`   // the school's mail address
	Folder   string `toml:"folder"` // instead of a host: mails are written here, for trying out
}

// Translate says who translates letters. Nobody does by default.
type Translate struct {
	Engine string `toml:"engine"` // libretranslate or deepl
	URL    string `toml:"url"`
	Key    string `toml:"key"`
}

// School is what anybody may know of the school.
type School struct {
	Name      string `toml:"name"`
	Place     string `toml:"place"`
	Logo      string `toml:"logo"` // a PNG or JPEG file of at most 256 KiB
	Imprint   string `toml:"imprint"`
	LoginHint string `toml:"login_hint"`
	LogoData  []byte `toml:"-"` // instead of a file
}

// TLS says where the certificate comes from: files, or an ACME authority such as
// Let's Encrypt.
type TLS struct {
	Cert      string   `toml:"cert"`
	Key       string   `toml:"key"`
	ACMEHosts []string `toml:"acme_hosts"` // the names to get a certificate for
	ACMEEmail string   `toml:"acme_email"`
	ACMEURL   string   `toml:"acme_url"` // "" = Let's Encrypt
}

// On says whether the server speaks TLS itself.
func (t *TLS) On() bool { return t.Cert != "" || len(t.ACMEHosts) > 0 }

// Passwords say what an own password must fulfil.
type Passwords struct {
	Off []wire.Rule `toml:"off"` // demands that this school does not make
}

// Default gives the settings of a server whose file says nothing but its folder.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", QuotaStudent: 1e9, QuotaTeacher: 5e9, QuotaGuardian: 1e9, QuotaGroup: 10e9,
		IdleSignOut: 15 * time.Minute, School: School{Name: "Schulhof"},
	}
}

// Load reads a file and checks it.
func Load(path string) (Config, error) {
	c := Default()
	meta, err := toml.DecodeFile(path, &c)
	if err != nil {
		return Config{}, fmt.Errorf("settings: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Config{}, fmt.Errorf("settings: %s: unknown key %s", path, unknown[0])
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("settings: %s: %w", path, err)
	}
	return c, nil
}

// Check says what cannot work.
func (c *Config) Check() error {
	if c.Data == "" {
		return errors.New("data: the folder for the server's data is missing")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %q is not HOST:PORT", c.Listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("listen: %q is not a port", port)
	}
	if err := errors.Join(c.TLS.check(), c.Passwords.check(), c.checkPublicURL()); err != nil {
		return err
	}
	if !c.TLS.On() && !c.BehindProxy && !Loopback(host) {
		return fmt.Errorf("listen: without TLS the server listens on this machine only, not on %q; set [tls], or behind_proxy = true if a proxy does it", host)
	}
	if len(c.TrustedProxies) > 0 && !c.BehindProxy {
		return errors.New("trusted_proxies: only with behind_proxy = true")
	}
	if _, err := c.Proxies(); err != nil {
		return err
	}
	if c.IdleSignOut < time.Minute {
		return errors.New("idle_sign_out: at least a minute")
	}
	return nil
}

func (c *Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && !Loopback(u.Hostname()) || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("public_url: %q is not like https://schule.example.org", c.PublicURL)
	}
	return nil
}

func (t *TLS) check() error {
	if (t.Cert == "") != (t.Key == "") {
		return errors.New("tls: cert and key go together")
	}
	if t.Cert != "" && len(t.ACMEHosts) > 0 {
		return errors.New("tls: either cert and key, or acme_hosts")
	}
	return nil
}

func (p *Passwords) check() error {
	for _, rule := range p.Off {
		if rule == wire.RuleLength {
			return errors.New("passwords: the rule length cannot be switched off")
		}
		if !slices.Contains(rules.All, rule) {
			return fmt.Errorf("passwords: there is no rule %q", rule)
		}
	}
	return nil
}

// Address is where people reach the server, without a slash at the end.
func (c *Config) Address() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	if c.TLS.On() {
		if len(c.TLS.ACMEHosts) > 0 {
			return "https://" + c.TLS.ACMEHosts[0]
		}
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// Loopback says whether a host is this machine itself.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// Proxies gives the networks of the trusted proxies; this machine when behind_proxy
// names none.
func (c *Config) Proxies() ([]netip.Prefix, error) {
	if !c.BehindProxy {
		return nil, nil
	}
	list := c.TrustedProxies
	if len(list) == 0 {
		list = []string{"127.0.0.0/8", "::1"}
	}
	out := make([]netip.Prefix, 0, len(list))
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("trusted_proxies: %q is neither an address nor a network", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// DSN gives the database's address.
func (c *Config) DSN() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.Data, "schulhof.db")
}

// Quota gives the bound on the files of a person with that role, in bytes.
func (c *Config) Quota(role wire.Role) int64 {
	switch role {
	case wire.RoleTeacher, wire.RoleStaff:
		return int64(c.QuotaTeacher)
	case wire.RoleGuardian:
		return int64(c.QuotaGuardian)
	default:
		return int64(c.QuotaStudent)
	}
}

// maxLogo is the size of the largest logo.
const maxLogo = 256 << 10

// ReadLogo gives the school's logo; nil when there is none.
func (s *School) ReadLogo() ([]byte, error) {
	if s.LogoData != nil || s.Logo == "" {
		return s.LogoData, nil
	}
	data, err := os.ReadFile(s.Logo)
	if err != nil {
		return nil, fmt.Errorf("school: logo: %w", err)
	}
	if len(data) > maxLogo {
		return nil, fmt.Errorf("school: logo: %s has %d KiB, at most %d are allowed", s.Logo, len(data)>>10, maxLogo>>10)
	}
	return data, nil
}

// Size is a number of bytes, written "1 GiB" in the file.
type Size int64

var units = []struct {
	name string
	size int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"KB", 1e3},
	{"B", 1},
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n*float64(unit) >= 1<<62 {
		return fmt.Errorf("%q is not a size such as \"1 GiB\"", text)
	}
	*s = Size(n * float64(unit))
	return nil
}
