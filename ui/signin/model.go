// Package signin is the way into the school: the server's address, the login, the
// second step, and what is asked at the first time: an own password, the second
// step's set-up, the terms of use.
//
// Its words: a step is one of the forms; what is pending is what the server asks
// for before anything else works; the result is what a finished sign-in hands on.
package signin

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // logos are PNG or JPEG
	_ "image/png"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/remote"
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
