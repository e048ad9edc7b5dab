package school

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

const tag = "school"

// Routes are the routes of the school's settings.
type Routes struct {
	Store *Store
	Audit *audit.Log
	// Modules gives the names of the modules that can be switched off.
	Modules func() []string
}

// Mount adds the routes.
func (h *Routes) Mount(r *web.Router) {
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/settings", Access: web.Administrator, Summary: "The school's settings", Tag: tag}, h.getSettings)
	web.Handle(r, web.Op{Method: http.MethodPut, Path: "/api/v1/settings", Access: web.Administrator, Summary: "Change the school's settings", Tag: tag}, h.putSettings)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/modules", Access: web.Administrator, Summary: "For whom modules are on", Tag: tag}, h.getModules)
	web.Handle(r, web.Op{Method: http.MethodPut, Path: "/api/v1/modules", Access: web.Administrator, Summary: "Switch modules on and off", Tag: tag}, h.putModules)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/terms", Access: web.PasswordPending, Summary: "The terms of use", Tag: tag}, h.getTerms)
	web.Handle(r, web.Op{Method: http.MethodPut, Path: "/api/v1/terms", Access: web.Administrator, Summary: "A new version of the terms of use", Tag: tag}, h.putTerms)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/rights", Access: web.SignedIn, Summary: "What a role may do", Tag: tag}, h.getRights)
}

type none struct{}

type settingsBody struct{ Body wire.Settings }

func (h *Routes) getSettings(ctx context.Context, _ *none) (*settingsBody, error) {
	state, err := h.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	return &settingsBody{Body: state.Settings}, nil
}

func (h *Routes) putSettings(ctx context.Context, in *settingsBody) (*settingsBody, error) {
	if err := check(&in.Body); err != nil {
		return nil, err
	}
	err := h.change(ctx, audit.Settings, map[string]string{"what": "settings"}, func(ctx context.Context, tx *db.Tx, by string) error {
		return h.Store.SetSettings(ctx, tx, by, &in.Body)
	})
	return in, err
}

// check refuses what the types and bounds of the body let through.
func check(s *wire.Settings) error {
	for name, text := range map[string]*string{
		"name": &s.Name, "place": &s.Place, "address": &s.Address, "imprint": &s.Imprint, "login": &s.Login,
	} {
		*text = clean(*text)
		if (name == "name" || name == "place") && strings.Contains(*text, "\n") {
			return invalid("There is room for one line only.", name)
		}
	}
	if s.Name == "" {
		return invalid("The school needs a name.", "name")
	}
	for _, rule := range s.RulesOff {
		if rule == wire.RuleLength || !slices.Contains(rules.All, rule) {
			return invalid("There is no such demand on passwords that can be switched off.", "rulesOff")
		}
	}
	for _, role := range s.SecondStep {
		if role != wire.Administrators && !isRole(role) {
			return invalid("There is no such role.", "secondStep")
		}
	}
	return nil
}

func invalid(detail, field string) error {
	return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, detail, "field", field)
}

func isRole(role wire.Role) bool {
	return slices.Contains([]wire.Role{wire.RoleStudent, wire.RoleTeacher, wire.RoleStaff, wire.RoleGuardian}, role)
}

// clean takes out what no text of a school holds: control characters, and those
// that turn the direction of writing around.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// change runs a change and writes it into the log, in one transaction.
func (h *Routes) change(ctx context.Context, action string, detail map[string]string, do func(ctx context.Context, tx *db.Tx, by string) error) error {
	by := web.CallerFrom(ctx).Person.ID
	err := h.Store.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := do(ctx, tx, by); err != nil {
			return err
		}
		return h.Audit.Append(ctx, tx, audit.Entry{Actor: by, Action: action, Detail: detail, Addr: web.AddrFrom(ctx)})
	})
	h.Store.Forget()
	return err
}

type switchesBody struct{ Body wire.Switches }

func (h *Routes) getModules(ctx context.Context, _ *none) (*switchesBody, error) {
	state, err := h.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := &switchesBody{Body: wire.Switches{Modules: []wire.Switch{}}}
	for _, name := range h.Modules() {
		sw := wire.Switch{Module: name, On: true, Off: []wire.Role{}}
		for _, saved := range state.Switches {
			if saved.Module == name {
				sw.On = saved.On
				sw.Off = append(sw.Off, saved.Off...)
			}
		}
		out.Body.Modules = append(out.Body.Modules, sw)
	}
	return out, nil
}

func (h *Routes) putModules(ctx context.Context, in *switchesBody) (*switchesBody, error) {
	names, seen := h.Modules(), map[string]bool{}
	detail := map[string]string{"what": "modules"}
	for i := range in.Body.Modules {
		sw := &in.Body.Modules[i]
		if !slices.Contains(names, sw.Module) || seen[sw.Module] {
			return nil, invalid("There is no such module, or it stands here twice.", "modules")
		}
		seen[sw.Module] = true
		for _, role := range sw.Off {
			if !isRole(role) {
				return nil, invalid("There is no such role.", "off")
			}
		}
		if !sw.On || len(sw.Off) > 0 {
			detail[sw.Module] = fmt.Sprintf("on=%t off=%v", sw.On, sw.Off)
		}
	}
	err := h.change(ctx, audit.Settings, detail, func(ctx context.Context, tx *db.Tx, by string) error {
		return h.Store.SetSwitches(ctx, tx, by, in.Body.Modules)
	})
	if err != nil {
		return nil, err
	}
	return h.getModules(ctx, nil)
}

type termsOut struct{ Body wire.Terms }

func (h *Routes) getTerms(ctx context.Context, _ *none) (*termsOut, error) {
	t, err := h.Store.Terms(ctx)
	return &termsOut{Body: t}, err
}

func (h *Routes) putTerms(ctx context.Context, in *struct{ Body wire.NewTerms }) (*termsOut, error) {
	text := clean(strings.ReplaceAll(in.Body.Markdown, "\t", "    "))
	detail := map[string]string{"what": "terms"}
	err := h.change(ctx, audit.Settings, detail, func(ctx context.Context, tx *db.Tx, by string) error {
		version, err := h.Store.SetTerms(ctx, tx, by, text)
		detail["version"] = strconv.Itoa(version)
		return err
	})
	if errors.Is(err, db.ErrExists) {
		return nil, web.Refuse(http.StatusConflict, wire.CodeConflict, "Somebody else has just changed the terms of use.")
	}
	if err != nil {
		return nil, err
	}
	return h.getTerms(ctx, nil)
}

type rightsOut struct{ Body []wire.RightRow }

func (*Routes) getRights(context.Context, *none) (*rightsOut, error) {
	out := &rightsOut{Body: []wire.RightRow{}}
	for _, r := range people.Rights() {
		row := wire.RightRow{Deed: string(r.Deed), Who: map[string]string{}}
		for title, reach := range r.Who {
			row.Who[string(title)] = string(reach)
		}
		out.Body = append(out.Body, row)
	}
	return out, nil
}
