package auth

import (
	"context"
	"net/http"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

const tag = "session"

// Mount adds the routes of sessions and devices.
func (a *Auth) Mount(r *web.Router) {
	web.Handle(r, web.Op{Method: http.MethodPost, Path: "/api/v1/session", Access: web.Public, Summary: "Sign in", Tag: tag}, a.postSession)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/session", Access: web.PasswordPending, Summary: "Who am I", Tag: tag}, a.getSession)
	web.Handle(r, web.Op{Method: http.MethodDelete, Path: "/api/v1/session", Access: web.PasswordPending, Summary: "Sign out", Tag: tag}, a.deleteSession)
	web.Handle(r, web.Op{Method: http.MethodPost, Path: "/api/v1/session/password", Access: web.PasswordPending, Summary: "Choose an own password", Tag: tag}, a.postPassword)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/devices", Access: web.SignedIn, Summary: "Where I am signed in", Tag: tag}, a.getDevices)
	web.Handle(r, web.Op{Method: http.MethodDelete, Path: "/api/v1/devices/{id}", Access: web.SignedIn, Summary: "Sign out elsewhere", Tag: tag}, a.deleteDevice)
}

type none struct{}

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
	return nil, a.SignOut(ctx, web.CallerFrom(ctx).SessionID)
}

func (a *Auth) postPassword(ctx context.Context, in *struct{ Body wire.NewPassword }) (*none, error) {
	return nil, a.ChangePassword(ctx, web.CallerFrom(ctx), in.Body)
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

func (a *Auth) deleteDevice(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*none, error) {
	return nil, a.EndDevice(ctx, web.CallerFrom(ctx).Person.ID, in.ID)
}
