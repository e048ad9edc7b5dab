package wire

import "time"

// Account is what a person sees of the own account: GET /api/v1/account.
type Account struct {
	Person       Person        `json:"person"`
	Email        string        `json:"email,omitempty"`
	NewEmail     string        `json:"newEmail,omitempty"` // asked for, not yet confirmed by both addresses
	Language     string        `json:"language,omitempty"` // BCP 47, what letters to this person are in
	Groups       []GroupRef    `json:"groups"`
	Children     []Child       `json:"children,omitempty"` // of a guardian
	Reset        *ResetNote    `json:"reset,omitempty"`    // the last reset of the password by somebody else
	SecondStep   bool          `json:"secondStep"`
	Recovery     int           `json:"recovery,omitempty"` // recovery codes left
	AppPasswords []AppPassword `json:"appPasswords"`
	Terms        int           `json:"terms,omitempty"` // version of the terms that was accepted
}

// GroupRef names a group and what one is in it.
type GroupRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Lead bool   `json:"lead,omitempty"`
}

// Child is a guardian's child.
type Child struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
}

// ResetNote says when a password was reset, and by whom.
type ResetNote struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
}

// AppPassword is a password for one foreign program (WebDAV, calendar, mail).
// Password is set only in the answer to its creation.
type AppPassword struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Password string     `json:"password,omitempty"`
	Created  time.Time  `json:"created"`
	Used     *time.Time `json:"used,omitempty"`
}

// NewAppPassword is the body of POST /api/v1/account/app-passwords.
type NewAppPassword struct {
	Name string `json:"name" minLength:"1" maxLength:"60"`
}

// SecondStepStart is the answer to POST /api/v1/account/second-step: what an
// authenticator app needs (RFC 6238). It counts only after it was confirmed.
type SecondStepStart struct {
	Secret string `json:"secret"` // base32
	URI    string `json:"uri"`    // otpauth://totp/…
	QR     []byte `json:"qr"`     // PNG
}

// SecondStepCode is the body of POST /api/v1/account/second-step/confirm.
type SecondStepCode struct {
	Code string `json:"code" maxLength:"20"`
}

// RecoveryCodes are shown once; each signs in once in place of the app's code.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

// PasswordOnly is the body of what asks for the password again:
// POST /api/v1/session/admin, DELETE of the second step.
type PasswordOnly struct {
	Password string `json:"password" maxLength:"400"`
	Code     string `json:"code,omitempty" maxLength:"20" doc:"the second step's code where there is one"`
}

// AdminUntil is the answer to POST /api/v1/session/admin.
type AdminUntil struct {
	Until time.Time `json:"until"`
}

// Terms are the school's terms of use (Nutzungsordnung): GET /api/v1/terms.
type Terms struct {
	Version  int       `json:"version"` // 0 = the school has none
	Markdown string    `json:"markdown"`
	Since    time.Time `json:"since"`
}

// AcceptTerms is the body of POST /api/v1/terms/accept.
type AcceptTerms struct {
	Version int `json:"version"`
}

// ChildCode is the body of POST /api/v1/account/children: a guardian adds another child.
type ChildCode struct {
	Code string `json:"code" maxLength:"40"`
}

// EmailChange is the body of POST /api/v1/account/email.
type EmailChange struct {
	Email    string `json:"email" maxLength:"200"`
	Password string `json:"password" maxLength:"400"`
}

// NewEmail is the body of PUT /api/v1/guardians/{id}/email: the address with which a
// registered guardian signs in from now on. Both addresses are told; the password and
// the sessions stay. One that is somebody else's is refused with email_taken.
type NewEmail struct {
	Email string `json:"email" maxLength:"200"`
}

// Codes of refusals about accounts.
const (
	CodeSecondStep   = "second_step"       // sign in again with SignIn.Code
	CodeSecondSetUp  = "second_step_setup" // this role must set up the second step first
	CodeTerms        = "terms"             // the terms must be accepted first
	CodeAdmin        = "admin_confirm"     // the password is needed again: POST /api/v1/session/admin
	CodeAppPassword  = "app_password"      // there are app passwords: the main one does not work here
	CodeStartExpired = "start_expired"     // the start password's window is over; the class lead renews it
	CodeRestricted   = "restricted"        // may read, not write
	CodeModuleOff    = "module_off"        // the school has switched the module off
	CodeCodeWrong    = "code_wrong"        // registration code: unknown
	CodeCodeUsed     = "code_used"         // registration code: used already
	CodeCodeExpired  = "code_expired"      // registration code: its time is over
	CodeEmailTaken   = "email_taken"
)
