package auth

import (
	"context"
	"net/http"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Tags of the routes.
const (
	tag        = "session"
	tagAccount = "account"
	tagPeople  = "people"
)

// Mount adds the routes of sessions, devices, the own account, and what is done to
// the accounts of others.
func (a *Auth) Mount(r *web.Router) {
	op := func(method, path string, access web.Access, tag, summary string) web.Op {
		return web.Op{Method: method, Path: path, Access: access, Summary: summary, Tag: tag, Harmless: tag != tagPeople}
	}
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	web.Handle(r, op(post, "/api/v1/session", web.Public, tag, "Sign in"), a.postSession)
	web.Handle(r, op(get, "/api/v1/session", web.PasswordPending, tag, "Who am I"), a.getSession)
	web.Handle(r, op(del, "/api/v1/session", web.PasswordPending, tag, "Sign out"), a.deleteSession)
	web.Handle(r, op(post, "/api/v1/session/password", web.PasswordPending, tag, "Choose an own password"), a.postPassword)
	web.Handle(r, op(post, "/api/v1/session/admin", web.SignedIn, tag, "Administrate for ten minutes"), a.postAdmin)
	web.Handle(r, op(get, "/api/v1/devices", web.SignedIn, tag, "Where I am signed in"), a.getDevices)
	web.Handle(r, op(del, "/api/v1/devices", web.SignedIn, tag, "Sign out everywhere else"), a.deleteDevices)
	web.Handle(r, op(del, "/api/v1/devices/{id}", web.SignedIn, tag, "Sign out elsewhere"), a.deleteDevice)

	web.Handle(r, op(get, "/api/v1/account", web.SetUpPending, tagAccount, "My account"), a.getAccount)
	web.Handle(r, op(post, "/api/v1/account/second-step", web.SetUpPending, tagAccount, "A new secret for my authenticator app"), a.postSecondStep)
	web.Handle(r, op(post, "/api/v1/account/second-step/confirm", web.SetUpPending, tagAccount, "Switch the second step on"), a.postConfirm)
	web.Handle(r, op(post, "/api/v1/account/second-step/recovery", web.SignedIn, tagAccount, "New recovery codes"), a.postRecovery)
	web.Handle(r, op(del, "/api/v1/account/second-step", web.SignedIn, tagAccount, "Switch the second step off"), a.deleteSecondStep)
	web.Handle(r, op(get, "/api/v1/account/app-passwords", web.SignedIn, tagAccount, "My app passwords"), a.getAppPasswords)
	web.Handle(r, op(post, "/api/v1/account/app-passwords", web.SignedIn, tagAccount, "A new app password"), a.postAppPassword)
	web.Handle(r, op(del, "/api/v1/account/app-passwords/{id}", web.SignedIn, tagAccount, "Delete an app password"), a.deleteAppPassword)
	web.Handle(r, op(post, "/api/v1/terms/accept", web.TermsPending, tagAccount, "Accept the terms of use"), a.postAccept)

	web.Handle(r, op(post, "/api/v1/people/{id}/reset", web.SignedIn, tagPeople, "Give a one-time code in place of the password"), a.postReset)
	web.Handle(r, op(del, "/api/v1/people/{id}/slow-down", web.SignedIn, tagPeople, "Let somebody try again after wrong passwords"), a.deleteSlowDown)
	web.Handle(r, op(post, "/api/v1/people/{id}/lock", web.Administrator, tagPeople, "Lock, restrict, let leave or set free"), a.postLock)
	web.Handle(r, op(post, "/api/v1/people/{id}/rights", web.Administrator, tagPeople, "Give and take extra rights"), a.postRights)
	web.Handle(r, op(del, "/api/v1/people/{id}/second-step", web.Administrator, tagPeople, "Switch somebody's second step off"), a.deleteOthersSecondStep)
}

type none struct{}

// byID is a request that names a person or thing.
type byID struct {
	ID string `path:"id" maxLength:"64"`
}

type sessionOut struct{ Body wire.Session }

func (a *Auth) postSession(ctx context.Context, in *struct{ Body wire.SignIn }) (*sessionOut, error) {
	s, err := a.SignIn(ctx, in.Body, web.AddrFrom(ctx))
	return &sessionOut{Body: s}, err
}

func (a *Auth) getSession(ctx context.Context, _ *none) (*sessionOut, error) {
	s, err := a.Session(ctx, web.CallerFrom(ctx))
	return &sessionOut{Body: s}, err
}

func (a *Auth) deleteSession(ctx context.Context, _ *none) (*none, error) {
	return nil, a.SignOut(ctx, web.CallerFrom(ctx))
}

func (a *Auth) postPassword(ctx context.Context, in *struct{ Body wire.NewPassword }) (*none, error) {
	return nil, a.ChangePassword(ctx, web.CallerFrom(ctx), in.Body)
}

type adminOut struct{ Body wire.AdminUntil }

func (a *Auth) postAdmin(ctx context.Context, in *struct{ Body wire.PasswordOnly }) (*adminOut, error) {
	until, err := a.Elevate(ctx, web.CallerFrom(ctx), in.Body)
	return &adminOut{Body: until}, err
}

type devicesOut struct{ Body []wire.Device }

func (a *Auth) getDevices(ctx context.Context, _ *none) (*devicesOut, error) {
	c := web.CallerFrom(ctx)
	list, err := a.Devices(ctx, c.Person.ID)
	for i := range list {
		list[i].Current = list[i].ID == c.SessionID
	}
	return &devicesOut{Body: list}, err
}

func (a *Auth) deleteDevices(ctx context.Context, _ *none) (*none, error) {
	c := web.CallerFrom(ctx)
	return nil, a.EndOthers(ctx, c.Person.ID, c.SessionID)
}

func (a *Auth) deleteDevice(ctx context.Context, in *byID) (*none, error) {
	return nil, a.EndDevice(ctx, web.CallerFrom(ctx).Person.ID, in.ID)
}

type accountOut struct{ Body wire.Account }

func (a *Auth) getAccount(ctx context.Context, _ *none) (*accountOut, error) {
	out, err := a.Account(ctx, web.CallerFrom(ctx).Person.ID)
	return &accountOut{Body: out}, err
}

type secondStepOut struct{ Body wire.SecondStepStart }

func (a *Auth) postSecondStep(ctx context.Context, _ *none) (*secondStepOut, error) {
	out, err := a.StartSecondStep(ctx, web.CallerFrom(ctx))
	return &secondStepOut{Body: out}, err
}

type recoveryOut struct{ Body wire.RecoveryCodes }

func (a *Auth) postConfirm(ctx context.Context, in *struct{ Body wire.SecondStepCode }) (*recoveryOut, error) {
	out, err := a.ConfirmSecondStep(ctx, web.CallerFrom(ctx), in.Body.Code)
	return &recoveryOut{Body: out}, err
}

func (a *Auth) postRecovery(ctx context.Context, in *struct{ Body wire.PasswordOnly }) (*recoveryOut, error) {
	out, err := a.NewRecovery(ctx, web.CallerFrom(ctx), in.Body)
	return &recoveryOut{Body: out}, err
}

func (a *Auth) deleteSecondStep(ctx context.Context, in *struct{ Body wire.PasswordOnly }) (*none, error) {
	return nil, a.EndSecondStep(ctx, web.CallerFrom(ctx), in.Body)
}

type appPasswordsOut struct{ Body []wire.AppPassword }

func (a *Auth) getAppPasswords(ctx context.Context, _ *none) (*appPasswordsOut, error) {
	list, err := a.AppPasswords(ctx, web.CallerFrom(ctx).Person.ID)
	return &appPasswordsOut{Body: list}, err
}

type appPasswordOut struct{ Body wire.AppPassword }

func (a *Auth) postAppPassword(ctx context.Context, in *struct{ Body wire.NewAppPassword }) (*appPasswordOut, error) {
	out, err := a.AddAppPassword(ctx, web.CallerFrom(ctx), in.Body)
	return &appPasswordOut{Body: out}, err
}

func (a *Auth) deleteAppPassword(ctx context.Context, in *byID) (*none, error) {
	return nil, a.EndAppPassword(ctx, web.CallerFrom(ctx), in.ID)
}

func (a *Auth) postAccept(ctx context.Context, in *struct{ Body wire.AcceptTerms }) (*none, error) {
	return nil, a.AcceptTerms(ctx, web.CallerFrom(ctx), in.Body.Version)
}

type startCodeOut struct{ Body wire.StartCode }

func (a *Auth) postReset(ctx context.Context, in *byID) (*startCodeOut, error) {
	c := web.CallerFrom(ctx)
	if err := a.Allow(ctx, c, people.ResetPassword, in.ID); err != nil {
		return nil, err
	}
	out, err := a.Reset(ctx, c, in.ID)
	return &startCodeOut{Body: out}, a.did(ctx, err)
}

func (a *Auth) deleteSlowDown(ctx context.Context, in *byID) (*none, error) {
	c := web.CallerFrom(ctx)
	if err := a.Allow(ctx, c, people.LiftSlowDown, in.ID); err != nil {
		return nil, err
	}
	return nil, a.LiftSlowDown(ctx, c.Person.ID, in.ID)
}

// changeOf is a request that changes something of a person.
type changeOf[B any] struct {
	ID   string `path:"id" maxLength:"64"`
	Body B
}

func (a *Auth) postLock(ctx context.Context, in *changeOf[wire.Lock]) (*none, error) {
	c := web.CallerFrom(ctx)
	if err := a.Allow(ctx, c, people.LockPeople, in.ID); err != nil {
		return nil, err
	}
	return nil, a.did(ctx, a.SetState(ctx, c.Person.ID, in.ID, in.Body))
}

func (a *Auth) postRights(ctx context.Context, in *changeOf[wire.Rights]) (*none, error) {
	c := web.CallerFrom(ctx)
	if err := a.Allow(ctx, c, people.GiveRights, in.ID); err != nil {
		return nil, err
	}
	return nil, a.did(ctx, a.SetRights(ctx, c.Person.ID, in.ID, in.Body))
}

func (a *Auth) deleteOthersSecondStep(ctx context.Context, in *byID) (*none, error) {
	c := web.CallerFrom(ctx)
	if err := a.Allow(ctx, c, people.DropSecondStep, in.ID); err != nil {
		return nil, err
	}
	return nil, a.DropSecondStep(ctx, c.Person.ID, in.ID)
}
