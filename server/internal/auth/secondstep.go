package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/skip2/go-qrcode"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Numbers of the second step (RFC 6238, as every authenticator app has them).
const (
	stepLength    = 30 // seconds
	stepDrift     = 1  // steps that a clock may be wrong
	secretBytes   = 20
	recoveryCodes = 10
	qrSize        = 256 // pixels
)

var (
	errSecondStep = web.Refuse(http.StatusUnauthorized, wire.CodeSecondStep,
		"Give the code that your authenticator app shows.")
	errSecondWrong = web.Refuse(http.StatusUnauthorized, wire.CodeSecondStep,
		"The code is wrong, or it was used before. Wait for the next one.", "wrong", "yes")
	errSecondOn = web.Refuse(http.StatusConflict, wire.CodeConflict, "The second step is on already.")
)

// secondStep checks a code of the app, or a recovery code, for a person who has the
// second step, and uses it up.
func (a *Auth) secondStep(ctx context.Context, p *people.Person, code string) (bool, error) {
	code = strings.TrimSpace(code)
	ok := false
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		ok = false
		if h := codes.HashCode(code); h != "" {
			n, err := tx.Exec(ctx, `UPDATE recovery SET used = $3 WHERE person_id = $1 AND code_hash = $2 AND used = 0`,
				p.ID, h, a.o.Now().UnixMilli())
			if err != nil || n == 0 {
				return err
			}
			ok = true
			return a.log(ctx, tx, p.ID, audit.SecondStep, p.ID, map[string]string{"what": "recovery code used"})
		}
		var err error
		ok, err = a.useCode(ctx, tx, p.ID, code, true)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("second step of %s: %w", p.ID, err)
	}
	return ok, nil
}

// useCode says whether the app shows that code now, and sees to it that neither it
// nor an earlier one counts again.
func (a *Auth) useCode(ctx context.Context, tx *db.Tx, personID, code string, confirmed bool) (bool, error) {
	var row struct {
		Secret    string `db:"secret"`
		Confirmed bool   `db:"confirmed"`
	}
	err := tx.Get(ctx, &row, `SELECT secret, confirmed FROM second_step WHERE person_id = $1`, personID)
	if errors.Is(err, db.ErrNotFound) || err == nil && row.Confirmed != confirmed {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	secret, err := a.unseal(row.Secret, personID)
	if err != nil {
		return false, err
	}
	step, err := stepOf(secret, strings.ReplaceAll(code, " ", ""), a.o.Now())
	if err != nil || step == 0 {
		return false, err
	}
	n, err := tx.Exec(ctx, `UPDATE second_step SET last_step = $2 WHERE person_id = $1 AND last_step < $2`, personID, step)
	return n == 1, err
}

// stepOf gives the step in which an app shows that code, within the drift; 0 for none.
func stepOf(secret, code string, now time.Time) (int64, error) {
	found := int64(0)
	current := now.Unix() / stepLength
	for step := current - stepDrift; step <= current+stepDrift; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // since 1970
		if err != nil {
			return 0, fmt.Errorf("code of a step: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}

// StartSecondStep makes a new secret for the caller's app. It counts once
// ConfirmSecondStep has seen a code of it.
func (a *Auth) StartSecondStep(ctx context.Context, c web.Caller) (wire.SecondStepStart, error) {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return wire.SecondStepStart{}, err
	}
	random := make([]byte, secretBytes)
	rand.Read(random)
	secret := base32.StdEncoding.EncodeToString(random)
	sealed, err := a.seal(secret, c.Person.ID)
	if err != nil {
		return wire.SecondStepStart{}, err
	}
	n, err := a.o.DB.Exec(ctx, `
		INSERT INTO second_step (person_id, secret, confirmed, last_step) VALUES ($1, $2, 0, 0)
		ON CONFLICT (person_id) DO UPDATE SET secret = EXCLUDED.secret, last_step = 0 WHERE second_step.confirmed = 0`,
		c.Person.ID, sealed)
	if err != nil {
		return wire.SecondStepStart{}, fmt.Errorf("second step of %s: %w", c.Person.ID, err)
	}
	if n == 0 {
		return wire.SecondStepStart{}, errSecondOn
	}
	issuer := strings.ReplaceAll(state.Name, ":", " ")
	uri := "otpauth://totp/" + url.PathEscape(issuer+":"+c.Person.Login) + "?" + url.Values{
		"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}.Encode()
	uri = strings.ReplaceAll(uri, "+", "%20") // apps read it by RFC 3986
	qr, err := qrcode.Encode(uri, qrcode.Medium, qrSize)
	if err != nil {
		return wire.SecondStepStart{}, fmt.Errorf("QR code of the second step: %w", err)
	}
	return wire.SecondStepStart{Secret: secret, URI: uri, QR: qr}, nil
}

// ConfirmSecondStep switches the second step on, once the app shows the right code,
// and gives the recovery codes.
func (a *Auth) ConfirmSecondStep(ctx context.Context, c web.Caller, code string) (wire.RecoveryCodes, error) {
	var out wire.RecoveryCodes
	unlock, err := a.accounts.lock(ctx, c.Person.ID)
	if err != nil {
		return out, err
	}
	defer unlock()
	if _, err := a.checkAccount(ctx, c.Person.ID, a.o.Now()); err != nil {
		return out, err
	}
	ok := false
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if ok, err = a.useCode(ctx, tx, c.Person.ID, strings.TrimSpace(code), false); err != nil || !ok {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE second_step SET confirmed = 1 WHERE person_id = $1`, c.Person.ID); err != nil {
			return err
		}
		if err := people.SetSecondStep(ctx, tx, c.Person.ID, true); err != nil {
			return err
		}
		if out, err = a.newRecovery(ctx, tx, c.Person.ID); err != nil {
			return err
		}
		return a.log(ctx, tx, c.Person.ID, audit.SecondStep, c.Person.ID, map[string]string{"what": "on"})
	})
	if err != nil {
		return wire.RecoveryCodes{}, fmt.Errorf("second step of %s: %w", c.Person.ID, err)
	}
	if !ok {
		if err := a.failAccount(ctx, c.Person.ID, c.Person.ID, "code"); err != nil {
			return wire.RecoveryCodes{}, err
		}
		return wire.RecoveryCodes{}, web.Refuse(http.StatusForbidden, wire.CodeSecondStep,
			"The code is wrong. Look whether the clock of your phone is right, and wait for the next one.", "wrong", "yes")
	}
	a.cache.dropPerson(c.Person.ID)
	return out, nil
}

// NewRecovery replaces the caller's recovery codes.
func (a *Auth) NewRecovery(ctx context.Context, c web.Caller, in wire.PasswordOnly) (wire.RecoveryCodes, error) {
	p, err := a.again(ctx, c, in.Password, in.Code, true)
	if err != nil {
		return wire.RecoveryCodes{}, err
	}
	if !p.SecondStep {
		return wire.RecoveryCodes{}, web.ErrNotFound
	}
	var out wire.RecoveryCodes
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if out, err = a.newRecovery(ctx, tx, p.ID); err != nil {
			return err
		}
		return a.log(ctx, tx, p.ID, audit.SecondStep, p.ID, map[string]string{"what": "new recovery codes"})
	})
	return out, err
}

func (*Auth) newRecovery(ctx context.Context, tx *db.Tx, personID string) (wire.RecoveryCodes, error) {
	out := wire.RecoveryCodes{Codes: make([]string, 0, recoveryCodes)}
	if _, err := tx.Exec(ctx, `DELETE FROM recovery WHERE person_id = $1`, personID); err != nil {
		return out, err
	}
	for range recoveryCodes {
		code := codes.StartCode()
		_, err := tx.Exec(ctx, `INSERT INTO recovery (person_id, code_hash, used) VALUES ($1, $2, 0)`, personID, codes.HashCode(code))
		if err != nil {
			return out, err
		}
		out.Codes = append(out.Codes, code)
	}
	return out, nil
}

// EndSecondStep switches the caller's second step off; the password and a code are
// asked for.
func (a *Auth) EndSecondStep(ctx context.Context, c web.Caller, in wire.PasswordOnly) error {
	p, err := a.again(ctx, c, in.Password, in.Code, true)
	if err != nil {
		return err
	}
	return a.DropSecondStep(ctx, p.ID, p.ID)
}

// DropSecondStep switches a person's second step off, in the name of by: the phone
// is lost.
func (a *Auth) DropSecondStep(ctx context.Context, by, personID string) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := people.SetSecondStep(ctx, tx, personID, false); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM second_step WHERE person_id = $1`, personID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM recovery WHERE person_id = $1`, personID); err != nil {
			return err
		}
		return a.log(ctx, tx, by, audit.SecondStep, personID, map[string]string{"what": "off"})
	})
	a.cache.dropPerson(personID)
	if err != nil {
		return fmt.Errorf("second step of %s: %w", personID, err)
	}
	return nil
}

// seal encrypts a secret under the server's key, so that the database alone does
// not tell it; it is bound to the person.
func (a *Auth) seal(secret, personID string) (string, error) {
	box, err := a.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	return hex.EncodeToString(box.Seal(nonce, nonce, []byte(secret), []byte(personID))), nil
}

func (a *Auth) unseal(sealed, personID string) (string, error) {
	box, err := a.box()
	if err != nil {
		return "", err
	}
	data, err := hex.DecodeString(sealed)
	if err != nil || len(data) < box.NonceSize() {
		return "", errors.New("a stored secret cannot be read")
	}
	secret, err := box.Open(nil, data[:box.NonceSize()], data[box.NonceSize():], []byte(personID))
	if err != nil {
		return "", errors.New("a stored secret was made with another key")
	}
	return string(secret), nil
}

func (a *Auth) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(a.o.Key)
	if err != nil {
		return nil, fmt.Errorf("key of the server: %w", err)
	}
	return cipher.NewGCM(block)
}
