package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"schulhof/server/internal/config"
	"schulhof/server/servertest"
)

func TestAuditVerify(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		s.Client(t, "lena.weber")
		s.Client(t, "admin").Confirm(t)
		c := s.Host.Deps().Config
		file := filepath.Join(t.TempDir(), "schulhof.toml")
		text := "data = '" + c.Data + "'\ndatabase = '" + c.DSN() + "'\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(file); err != nil {
			t.Fatal(err)
		}
		verify := func() (int, string) {
			var out, log bytes.Buffer
			status := run(t.Context(), []string{"audit", "verify", "--config", file}, system{stdout: &out, stderr: &log})
			return status, out.String() + log.String()
		}
		if status, out := verify(); status != 0 || out != "Das Protokoll ist unversehrt: 3 Einträge.\n" {
			t.Fatalf("%d, %s", status, out)
		}
		for _, x := range [][3]string{
			{`UPDATE audit SET addr = '10.0.0.1' WHERE seq = 2`, "Eintrag 2 wurde verändert", `UPDATE audit SET addr = '127.0.0.1' WHERE seq = 2`},
			{`UPDATE audit_head SET seq = 2 WHERE id = 1`, "Kopf wurde verändert", `UPDATE audit_head SET seq = 3 WHERE id = 1`},
			{`DELETE FROM audit WHERE seq = 1`, "Eintrag 1 fehlt", ``},
		} {
			if _, err := s.DB.Exec(t.Context(), x[0]); err != nil {
				t.Fatal(err)
			}
			if status, out := verify(); status != 1 || !strings.Contains(out, x[1]) {
				t.Errorf("%s: %d, %s", x[0], status, out)
			}
			if x[2] != "" {
				if _, err := s.DB.Exec(t.Context(), x[2]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := os.Remove(filepath.Join(c.Data, "server.key")); err != nil {
			t.Fatal(err)
		}
		if status, out := verify(); status != 1 || !strings.Contains(out, "key of the server") {
			t.Errorf("without the key: %d, %s", status, out)
		}
	})
}
