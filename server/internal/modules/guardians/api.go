package guardians

import (
	"bytes"
	"context"
	"net/http"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// mountAPI adds the JSON routes.
func (m *Module) mountAPI(r *web.Router) {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Access: web.SignedIn, Summary: summary, Tag: m.Name()}
	}
	web.Handle(r, op(http.MethodPost, "/api/v1/account/children", "Add a child by the code of a letter"), m.postChild)
	web.Handle(r, op(http.MethodPost, "/api/v1/account/email", "Ask for another e-mail address, which both addresses confirm"), m.postEmail)
	move := op(http.MethodPut, "/api/v1/guardians/{id}/email", "Give a registered guardian another e-mail address to sign in with")
	move.Access = web.Administrator
	web.Handle(r, move, m.putEmail)
	web.Handle(r, op(http.MethodGet, "/api/v1/groups/{id}/guardians", "Who of a class's guardians has registered"), m.getGuardians)
	web.Handle(r, op(http.MethodPost, "/api/v1/groups/{id}/codes", "Letters with new registration codes for a class"), m.postGroupCodes)
	web.Handle(r, op(http.MethodPost, "/api/v1/guardians/codes", "Letters with new registration codes for the school"), m.postCodes)
	web.Handle(r, op(http.MethodPost, "/api/v1/slips", "Slips with start codes"), m.postSlips)
}

type childrenOut struct{ Body []wire.Child }

func (m *Module) postChild(ctx context.Context, in *struct{ Body wire.ChildCode }) (*childrenOut, error) {
	list, err := m.addChild(ctx, web.CallerFrom(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &childrenOut{Body: make([]wire.Child, len(list))}
	for i := range list {
		out.Body[i] = wire.Child{ID: list[i].ID, Name: list[i].Wire().Name()}
		if out.Body[i].Class, err = m.classOf(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *Module) postEmail(ctx context.Context, in *struct{ Body wire.EmailChange }) (*struct{}, error) {
	return nil, m.askAddress(ctx, web.CallerFrom(ctx), in.Body)
}

func (m *Module) putEmail(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body wire.NewEmail
},
) (*struct{}, error) {
	return nil, m.moveAddress(ctx, web.CallerFrom(ctx).Person.ID, in.ID, in.Body.Email)
}

type groupIn struct {
	ID string `path:"id" maxLength:"40"`
}

type invitationsOut struct{ Body []wire.Invitation }

func (m *Module) getGuardians(ctx context.Context, in *groupIn) (*invitationsOut, error) {
	if err := m.mayInvite(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := m.invitations(ctx, in.ID)
	return &invitationsOut{Body: list}, err
}

// mayInvite refuses a caller who may not invite the guardians of a class: its leads
// may, and administrators.
func (m *Module) mayInvite(ctx context.Context, groupID string) error {
	c := web.CallerFrom(ctx)
	refused := m.Auth.Allow(ctx, c, people.Invite, "")
	if refused != nil {
		holder := people.Holder{ID: c.Person.ID, Role: c.Person.Role, Head: c.Head, Moderator: c.Moderator}
		if people.ReachOf(holder, people.Invite, true) != people.OwnClasses {
			return refused
		}
	}
	var n int
	err := m.DB.Get(ctx, &n, `
		SELECT COUNT(*) FROM grp WHERE id = $1 AND ended = 0
			AND ($2 = 1 OR kind = 'class' AND EXISTS (SELECT 1 FROM member WHERE grp_id = grp.id AND person_id = $3 AND lead = 1))`,
		groupID, truth(refused == nil), c.Person.ID)
	switch {
	case err != nil:
		return err
	case n > 0:
		return nil
	case refused != nil:
		return refused
	}
	return web.ErrNotFound
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// paper is a PDF.
type paper struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func pdf(name string, content *bytes.Buffer) *paper {
	return &paper{Type: "application/pdf", Disposition: `attachment; filename="` + name + `.pdf"`, Body: content.Bytes()}
}

func (m *Module) postGroupCodes(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"40"`
	Body *wire.NewCodes
},
) (*paper, error) {
	if err := m.mayInvite(ctx, in.ID); err != nil {
		return nil, err
	}
	return m.letters(ctx, in.ID, in.Body)
}

func (m *Module) postCodes(ctx context.Context, in *struct{ Body *wire.NewCodes }) (*paper, error) {
	if err := m.Auth.Allow(ctx, web.CallerFrom(ctx), people.Invite, ""); err != nil {
		return nil, err
	}
	return m.letters(ctx, "", in.Body)
}

func (m *Module) postSlips(ctx context.Context, in *struct{ Body wire.Slips }) (*paper, error) {
	c := web.CallerFrom(ctx)
	if err := m.Auth.Allow(ctx, c, people.RenewStart, ""); err != nil {
		for i := range in.Body.Codes {
			if err := m.Auth.Allow(ctx, c, people.RenewStart, in.Body.Codes[i].ID); err != nil {
				return nil, err
			}
		}
	}
	return m.slips(ctx, in.Body.Codes)
}
