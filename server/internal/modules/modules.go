// Package modules is the list of the server's modules, one line each.
package modules

import (
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/admin"
	"schulhof/server/internal/modules/files"
	"schulhof/server/internal/modules/guardians"
	"schulhof/server/internal/modules/letters"
)

// All are the modules, in the order in which clients show them.
var All = []func(module.Deps) module.Module{
	files.New,
	letters.New,
	admin.New,
	guardians.New,
}
