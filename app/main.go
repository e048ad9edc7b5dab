// Command schulhof is the desktop client: it signs a person in to the school's
// server and shows the school's modules in one window. This package only wires:
// the window is ui, the data is sync.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/alecthomas/kong"

	"schulhof/app/internal/session"
	"schulhof/app/internal/single"
)

// options are the flags; each has a variable of the environment too.
type options struct {
	Server  string           `help:"Address of the school's server, instead of the one used last." env:"SCHULHOF_SERVER"`
	DataDir string           `help:"Folder for everything that the program keeps." env:"SCHULHOF_DATA_DIR" type:"path"`
	Lang    string           `help:"Language: de or en." env:"SCHULHOF_LANG" enum:"de,en," default:""`
	Debug   bool             `help:"Log more." env:"SCHULHOF_DEBUG"`
	Version kong.VersionFlag `help:"Print the version and end."`
}

func main() {
	var o options
	kong.Parse(&o, kong.Name("schulhof"), kong.Description("The school's desktop client."), kong.Vars{"version": version})
	if err := run(o, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "schulhof:", err)
		tell(err)
		os.Exit(1)
	}
}

// run shows the window until it is closed. A second start on the same folder
// brings the first one's window to the front and ends.
func run(o options, logTo io.Writer) error {
	level := slog.LevelInfo
	if o.Debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(logTo, &slog.HandlerOptions{Level: level}))
	config, err := session.ReadConfig()
	if err != nil {
		return err
	}
	base, settings, err := folders(o, config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	raise := make(chan struct{}, 1)
	release, err := single.Take(ctx, base, func() {
		select {
		case raise <- struct{}{}:
		default:
		}
	})
	if errors.Is(err, single.ErrRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	if config.Shared {
		if err := session.WipeAll(base, single.Name); err != nil {
			log.ErrorContext(ctx, "something of an earlier session stays on this PC", "error", err)
		}
	}
	store, err := session.OpenStore(settings)
	if err != nil {
		return err
	}
	app.SetMetadata(metadata())
	a := app.NewWithID(appID)
	c := &client{ctx: ctx, app: a, log: log, options: o, config: config, store: store, base: base}
	c.prepare()
	go func() {
		for range raise {
			fyne.Do(c.raise)
		}
	}()
	c.run()
	return nil
}

// folders returns the base, which it makes, and the folder of the settings,
// which is "" on a shared PC.
func folders(o options, config session.Config) (base, settings string, err error) {
	base = o.DataDir
	settings = filepath.Join(base, "settings")
	if base == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", "", fmt.Errorf("folder for the data: %w", err)
		}
		home, err := os.UserConfigDir()
		if err != nil {
			return "", "", fmt.Errorf("folder for the settings: %w", err)
		}
		base, settings = filepath.Join(cache, "schulhof"), filepath.Join(home, "schulhof")
	}
	if config.Shared {
		settings = ""
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", "", fmt.Errorf("folder for the data: %w", err)
	}
	return base, settings, nil
}

// now is the clock that everything is given.
func now() time.Time { return time.Now() }
