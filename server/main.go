// Package main is schulhof-server, the school's server.
//
//	schulhof-server serve --config FILE    runs a school's server
//	schulhof-server demo --data DIR        runs the Musterschule, to look at
//	schulhof-server audit verify --config FILE    finds changes of the log
//	schulhof-server import KIND FILE       takes in a list of students, teachers or guardians
//	schulhof-server version
//
// Once the server answers, standard output says "ready" and its address; the log
// goes to standard error as JSON. SIGTERM and SIGINT stop it cleanly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"schulhof/server/internal/config"
	"schulhof/server/internal/demo"
	"schulhof/server/internal/module"
	"schulhof/server/internal/translate"
)

// version is set when the program is built.
var version = "0.1.0"

// commands are what the program can do.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run a school's server."`
	Demo    demoCommand    `cmd:"" help:"Run a server with a demo school, on this machine only."`
	Import  importCommand  `cmd:"" help:"Take in a list of the school's: preview it, ask, write it."`
	Audit   auditCommand   `cmd:"" help:"The log of who did what to whom."`
	Version versionCommand `cmd:"" help:"Say the version."`
}

// system is what a command is given of the machine: where its words go, and the clock.
type system struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}

type serveCommand struct {
	Config string `required:"" placeholder:"FILE" help:"The settings, a TOML file."`
}

// Run runs the command.
func (c *serveCommand) Run(ctx context.Context, sys system) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return serve(ctx, sys, cfg, nil)
}

type demoCommand struct {
	Listen   string     `default:"127.0.0.1:8460" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	Data     string     `required:"" placeholder:"DIR" help:"The folder for the demo school's data; filled at the first start."`
	Database string     `placeholder:"ADDRESS" help:"postgres://… instead of the embedded SQLite."`
	Libre    string     `name:"libretranslate" placeholder:"URL" help:"A LibreTranslate server that translates letters; nobody does without."`
	LogLevel slog.Level `default:"info" placeholder:"LEVEL" help:"debug, info, warn or error (${default})."`
}

// Run runs the command.
func (c *demoCommand) Run(ctx context.Context, sys system) error {
	cfg := config.Default()
	cfg.Listen, cfg.Data, cfg.Database, cfg.LogLevel = c.Listen, c.Data, c.Database, c.LogLevel
	cfg.School = demo.School()
	if c.Libre != "" {
		cfg.Translate = config.Translate{Engine: translate.LibreTranslate, URL: c.Libre}
	}
	cfg.Mail = config.Mail{Folder: filepath.Join(cfg.Data, "mail"), From: "schule@musterschule.example"} // to look at
	return serve(ctx, sys, cfg, func(ctx context.Context, h *module.Host) error { return demo.Seed(ctx, h, true) })
}

type versionCommand struct{}

// Run runs the command.
func (versionCommand) Run(sys system) error {
	_, err := fmt.Fprintln(sys.stdout, version)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], system{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now})
	stop()
	os.Exit(status)
}

// run runs the command that args name and gives the exit status.
func run(ctx context.Context, args []string, sys system) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c, kong.Name("schulhof-server"), kong.Description("The server of Schulhof, a school's own platform."),
		kong.UsageOnError(), kong.Writers(sys.stdout, sys.stderr), kong.Exit(func(status int) { exit = status }))
	if err != nil {
		_, _ = fmt.Fprintln(sys.stderr, err) // there is nowhere else to say it
		return 1
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help has been answered
		return exit
	}
	if err != nil {
		parser.FatalIfErrorf(err)
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(sys)
	if err := parsed.Run(); errors.Is(err, errSaid) {
		return 1
	} else if err != nil {
		slog.New(slog.NewJSONHandler(sys.stderr, nil)).ErrorContext(ctx, "the server cannot run", slog.Any("error", err))
		return 1
	}
	return 0
}
