package wire

import "time"

// Role is what a person is at the school.
type Role string

// The roles. Administrator is not a role but an extra right.
const (
	RoleStudent  Role = "student"
	RoleTeacher  Role = "teacher"
	RoleStaff    Role = "staff"
	RoleGuardian Role = "guardian"
)

// Administrators stands beside the roles in Settings.SecondStep.
const Administrators Role = "administrator"

// Person is a person as others at the school see one.
type Person struct {
	ID     string `json:"id"`
	Login  string `json:"login"`
	Given  string `json:"given"`
	Family string `json:"family"`
	Role   Role   `json:"role"`
}

// Name is how a person is shown: given name, then family name.
func (p Person) Name() string {
	if p.Given == "" {
		return p.Family
	}
	return p.Given + " " + p.Family
}

// SignIn is the body of POST /api/v1/session.
type SignIn struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"400"`
	Device   string `json:"device" maxLength:"100" doc:"what the user's list of devices shows"`
	Code     string `json:"code,omitempty" maxLength:"20" doc:"the second step: an authenticator code or a recovery code"`
	Shared   bool   `json:"shared,omitempty" doc:"a PC used by many: the session ends after twelve hours at most"`
}

// Session is the answer to a sign-in and to GET /api/v1/session. Token is set
// only in the answer to a sign-in; it goes into "Authorization: Bearer".
type Session struct {
	Token          string    `json:"token,omitempty"`
	ID             string    `json:"id"`
	Person         Person    `json:"person"`
	Admin          bool      `json:"admin,omitempty"`
	Head           bool      `json:"head,omitempty"`
	MustChange     bool      `json:"mustChange,omitempty"` // nothing else works until an own password is chosen
	MustAccept     bool      `json:"mustAccept,omitempty"` // the terms of use must be accepted first
	MustSetUp      bool      `json:"mustSetUp,omitempty"`  // the second step must be set up first
	Moderator      bool      `json:"moderator,omitempty"`
	Restricted     bool      `json:"restricted,omitempty"`
	Expires        time.Time `json:"expires"`
	Modules        []string  `json:"modules"`                  // names of the modules that this person may use
	PasswordRules  []Rule    `json:"passwordRules"`            // what an own password must fulfil
	PasswordLength int       `json:"passwordLength,omitempty"` // characters that RuleLength asks for; 0 = eight
	IdleSignOutSec int       `json:"idleSignOutSec,omitempty"`
}

// Rule is one demand on a password.
type Rule string

// The demands; a school may switch each off but the first.
const (
	RuleLength  Rule = "length"  // at least eight characters
	RuleUpper   Rule = "upper"   // an upper-case letter
	RuleLower   Rule = "lower"   // a lower-case letter
	RuleDigit   Rule = "digit"   // a digit
	RuleSpecial Rule = "special" // a character that is neither letter nor digit
	RuleCommon  Rule = "common"  // none of the commonest passwords
	RuleOwn     Rule = "own"     // not the name, login or date of birth
)

// NewPassword is the body of POST /api/v1/session/password. Every other session
// of the account ends with it.
type NewPassword struct {
	Old string `json:"old" maxLength:"400"`
	New string `json:"new" maxLength:"400"`
}

// Device is one session in the list GET /api/v1/devices.
type Device struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used"`
	Current bool      `json:"current,omitempty"`
}
