// Package signin is the way into the school: the server's address, the login,
// and the choice of an own password at the first time.
//
// Its words: a step is one of the three forms; the result is what a finished
// sign-in hands on.
package signin

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // logos are PNG or JPEG
	_ "image/png"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// Result is a finished sign-in. Client holds the token already.
type Result struct {
	Server  remote.Server
	Client  *remote.Client
	Session wire.Session
	Stay    bool // the user wants to stay signed in
}

// probeSentence words what is wrong with an address, and what to do about it.
func probeSentence(err error, now time.Time) string {
	var cert *remote.CertificateError
	switch {
	case errors.As(err, &cert):
		return module.Sentence(cert, now)
	case errors.Is(err, remote.ErrAddress):
		return lang.T("signin.no_address")
	case errors.Is(err, remote.ErrNotSchulhof):
		return lang.T("signin.not_schulhof")
	case errors.Is(err, remote.ErrTooOld):
		return lang.T("signin.too_old")
	case errors.Is(err, remote.ErrNoServer):
		return lang.T("signin.no_server")
	}
	return module.Sentence(err, now)
}

// passwordRules words the school's demands on a password and says which can be
// seen while one types. "common" is the server's to judge.
func passwordRules(rules []wire.Rule, p wire.Person) []kit.Rule {
	lines := make([]kit.Rule, 0, len(rules))
	for _, rule := range rules {
		line := kit.Rule{Name: string(rule), Text: lang.T("password." + string(rule))}
		switch rule {
		case wire.RuleLength:
			line.Holds = func(s string) bool { return utf8.RuneCountInString(s) >= 8 }
		case wire.RuleUpper:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsUpper) }
		case wire.RuleLower:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsLower) }
		case wire.RuleDigit:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
		case wire.RuleSpecial:
			line.Holds = func(s string) bool {
				return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			}
		case wire.RuleOwn:
			line.Holds = func(s string) bool { return !ownWord(s, p) }
		case wire.RuleCommon:
		default:
			if !lang.Has("password." + string(rule)) {
				continue // a demand of a newer server: it will name it
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// ownWord tells whether a password holds the person's name or login.
func ownWord(password string, p wire.Person) bool {
	password = strings.ToLower(password)
	for _, word := range append(strings.FieldsFunc(p.Login, func(r rune) bool { return r == '.' || r == '@' }), p.Given, p.Family) {
		if word = strings.ToLower(word); utf8.RuneCountInString(word) >= 3 && strings.Contains(password, word) {
			return true
		}
	}
	return false
}

// missingRules reads which demands the server found broken.
func missingRules(err error) []string {
	var refusal *remote.Error
	if !errors.As(err, &refusal) || refusal.Problem.Code != wire.CodePasswordWeak {
		return nil
	}
	return strings.Split(refusal.Problem.Args["missing"], ",")
}

// retryIn reads how long a refused sign-in must wait.
func retryIn(err error) time.Duration {
	var refusal *remote.Error
	if !errors.As(err, &refusal) || refusal.Problem.Code != wire.CodeSlowDown {
		return 0
	}
	return time.Duration(max(refusal.Problem.RetryIn, 1)) * time.Second
}

const maxLogoSide = 2000

// decodeLogo reads the school's logo; what is too large or no picture is none.
func decodeLogo(raw []byte) (image.Image, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if c.Width > maxLogoSide || c.Height > maxLogoSide {
		return nil, errors.New("the logo has too many pixels")
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	return img, err
}
