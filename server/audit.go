package main

import (
	"context"
	"errors"
	"fmt"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/config"
	"schulhof/server/internal/module"
)

// errSaid ends a command with status 1 when its own output has said why.
var errSaid = errors.New("see the output")

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Find any change that was made to the log behind the server's back."`
}

type auditVerifyCommand struct {
	Config string `required:"" placeholder:"FILE" help:"The settings, a TOML file. The server may be running."`
}

// whyBroken words the reasons of audit.Broken.
var whyBroken = map[string]string{
	audit.WhyChanged: "wurde verändert",
	audit.WhyMissing: "fehlt",
	audit.WhyOrder:   "folgt nicht auf den davor",
	audit.WhyExtra:   "steht außerhalb der Kette",
	audit.WhyHead:    "ist nicht der, mit dem das Protokoll enden sollte",
}

// Run runs the command.
func (c *auditVerifyCommand) Run(ctx context.Context, sys system) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	n, broken, err := module.VerifyAudit(ctx, cfg)
	if err != nil {
		return fmt.Errorf("verify the log: %w", err)
	}
	if broken == nil {
		_, err := fmt.Fprintf(sys.stdout, "Das Protokoll ist unversehrt: %d Einträge.\n", n)
		return err
	}
	if broken.Seq == 0 {
		_, err = fmt.Fprintln(sys.stdout, "Das Protokoll ist nicht unversehrt: Sein Kopf wurde verändert, oder der Schlüssel ist ein anderer.")
	} else {
		_, err = fmt.Fprintf(sys.stdout, "Das Protokoll ist nicht unversehrt: Eintrag %d %s. Davor sind %d Einträge in Ordnung.\n",
			broken.Seq, whyBroken[broken.Why], n)
	}
	return errors.Join(err, errSaid)
}
