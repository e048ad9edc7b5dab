package wire

// Problem is the body of every refused API request (RFC 9457, media type
// application/problem+json). Detail is a plain English sentence that a user can
// act on; clients translate by Code and fall back to Detail.
type Problem struct {
	Status    int               `json:"status"`
	Title     string            `json:"title"`
	Detail    string            `json:"detail"`
	Code      string            `json:"code"`
	RequestID string            `json:"requestId,omitempty"`
	Args      map[string]string `json:"args,omitempty"`    // what the sentence names, for translation
	RetryIn   int               `json:"retryIn,omitempty"` // seconds, 0 = not said
}

// Codes of refusals. They are part of the protocol.
const (
	CodeSignInFailed   = "sign_in_failed"  // login or password wrong; never says which
	CodeSlowDown       = "slow_down"       // too many attempts; RetryIn says when
	CodeSignedOut      = "signed_out"      // the token is unknown, ended or expired
	CodeLocked         = "locked"          // the account is locked; Args reason, until
	CodePasswordChange = "password_change" // an own password must be chosen first
	CodePasswordWeak   = "password_weak"   // Args missing: comma-separated Rule names
	CodeForbidden      = "forbidden"       // signed in, but without the right
	CodeNotFound       = "not_found"       // not there, or not visible to the asker
	CodeInvalid        = "invalid"         // the request makes no sense; Detail says why
	CodeConflict       = "conflict"        // somebody else was faster
	CodeTooLarge       = "too_large"       // body, name or list above its bound
	CodeQuota          = "quota"           // the owner's space is used up
	CodeUploads        = "uploads"         // so much was uploaded here today that the rest must wait for tomorrow
	CodeName           = "name"            // a name that some system cannot hold; Args reason
	CodeInternal       = "internal"        // our fault; RequestID names the log line
	CodeUnavailable    = "unavailable"     // stopping or overloaded; try again
)
