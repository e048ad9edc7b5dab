package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// How the connection to the smart host is secured.
const (
	StartTLS = "starttls" // the default; refused if the host does not offer it
	TLS      = "tls"
	None     = "none" // only on the loopback
)

// Config says where mail goes. With neither Host nor Folder it stays in the queue.
type Config struct {
	Host     string
	Port     int    // 587, with TLS 465, with None 25 if 0
	Security string // StartTLS if ""
	User     string // "" for no sign-in
	Password string
	From     Address // the school; also the envelope's sender
	Domain   string  // behind the @ of Message-IDs and in EHLO; that of From if ""
	Folder   string  // instead of Host: .eml files are written here (development)

	Connections int            // to the smart host at a time; 1 if 0, at most 8
	Timeout     time.Duration  // for one mail; 1 min if 0
	RootCAs     *x509.CertPool // the system's if nil
}

func (c Config) withDefaults() Config {
	if c.Security == "" {
		c.Security = StartTLS
	}
	if c.Port == 0 {
		c.Port = map[string]int{StartTLS: 587, TLS: 465, None: 25}[c.Security]
	}
	if c.Domain == "" {
		_, c.Domain, _ = strings.Cut(c.From.Addr, "@")
	}
	c.Connections = min(max(c.Connections, 1), 8)
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	return c
}

// lease is how long a mail under way belongs to a sender that is not heard of:
// longer than any conversation can take.
func (c Config) lease() time.Duration { return 2*c.Timeout + 100*time.Millisecond }

func (c Config) check() error {
	if c.Host == "" && c.Folder == "" {
		return nil
	}
	if c.Host != "" && c.Folder != "" {
		return errors.New("there is a smart host and a folder; only one of them can be")
	}
	if _, err := checkAddress(c.From); err != nil {
		return fmt.Errorf("the sender: %w", err)
	}
	if c.Domain == "" || !plain(c.Domain) || strings.ContainsAny(c.Domain, " <>@") {
		return fmt.Errorf("the domain %q is none", c.Domain)
	}
	if c.Port < 1 || c.Port > 65535 {
		return fmt.Errorf("port %d is none", c.Port)
	}
	return c.checkSecurity()
}

func (c Config) checkSecurity() error {
	switch c.Security {
	case StartTLS, TLS:
	case None:
		if c.Host != "" && !loopback(c.Host) {
			return fmt.Errorf("mail to %s would travel unencrypted: use starttls or tls", c.Host)
		}
	default:
		return fmt.Errorf("security %q: it is starttls, tls or none", c.Security)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
