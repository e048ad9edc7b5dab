package people

import (
	"context"
	"io"
	"net/http"

	"schulhof/server/wire"
)

// Account gives the own account.
func (p *People) Account(ctx context.Context) (wire.Account, error) {
	return get[wire.Account](ctx, p, path("account"))
}

// StartSecondStep gives a new secret for an authenticator app.
func (p *People) StartSecondStep(ctx context.Context) (wire.SecondStepStart, error) {
	return post[wire.SecondStepStart](ctx, p, path("account", "second-step"), nil)
}

// ConfirmSecondStep switches the second step on and gives the recovery codes.
func (p *People) ConfirmSecondStep(ctx context.Context, code string) (wire.RecoveryCodes, error) {
	return post[wire.RecoveryCodes](ctx, p, path("account", "second-step", "confirm"), wire.SecondStepCode{Code: code})
}

// NewRecovery replaces the recovery codes.
func (p *People) NewRecovery(ctx context.Context, in wire.PasswordOnly) (wire.RecoveryCodes, error) {
	return post[wire.RecoveryCodes](ctx, p, path("account", "second-step", "recovery"), in)
}

// EndSecondStep switches the second step off.
func (p *People) EndSecondStep(ctx context.Context, in wire.PasswordOnly) error {
	return p.do(ctx, http.MethodDelete, path("account", "second-step"), in)
}

// AddAppPassword makes an app password; only the answer holds it.
func (p *People) AddAppPassword(ctx context.Context, name string) (wire.AppPassword, error) {
	return post[wire.AppPassword](ctx, p, path("account", "app-passwords"), wire.NewAppPassword{Name: name})
}

// EndAppPassword deletes one.
func (p *People) EndAppPassword(ctx context.Context, id string) error {
	return p.do(ctx, http.MethodDelete, path("account", "app-passwords", id), nil)
}

// EndOtherDevices ends every session of the account but this one.
func (p *People) EndOtherDevices(ctx context.Context) error {
	return p.do(ctx, http.MethodDelete, path("devices"), nil)
}

// ChangeEmail asks for another e-mail address; both addresses are asked.
func (p *People) ChangeEmail(ctx context.Context, in wire.EmailChange) error {
	return p.do(ctx, http.MethodPost, path("account", "email"), in)
}

// AddChild adds another child to a guardian's account.
func (p *People) AddChild(ctx context.Context, code string) error {
	return p.do(ctx, http.MethodPost, path("account", "children"), wire.ChildCode{Code: code})
}

// Export writes all that the school holds on the person, a ZIP.
func (p *People) Export(ctx context.Context, w io.Writer) error {
	return p.r.Fetch(ctx, http.MethodGet, path("account", "export"), nil, w)
}

// Terms gives the school's terms of use.
func (p *People) Terms(ctx context.Context) (wire.Terms, error) {
	return get[wire.Terms](ctx, p, path("terms"))
}

// AcceptTerms accepts a version of them.
func (p *People) AcceptTerms(ctx context.Context, version int) error {
	return p.do(ctx, http.MethodPost, path("terms", "accept"), wire.AcceptTerms{Version: version})
}
