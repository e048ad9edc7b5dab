package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"schulhof/server/internal/config"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules"
	"schulhof/server/internal/web"
)

// stopTimeout is how long requests under way may take after a signal to stop.
const stopTimeout = 30 * time.Second

// serve runs a server until ctx ends. seed, if there is one, fills it before it
// says that it is ready.
func serve(ctx context.Context, sys system, cfg config.Config, seed func(context.Context, *module.Host) error) (err error) {
	log := slog.New(slog.NewJSONHandler(sys.stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	host, err := module.NewHost(ctx, module.Options{
		Config: cfg, Log: log, Now: sys.now, Version: version, Modules: modules.All,
	})
	if err != nil {
		return err
	}
	after := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, host.Close(after)) }()
	if seed != nil {
		if err := seed(ctx, host); err != nil {
			return err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := web.NewServer(host.Handler())
	srv.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug) // what clients do wrong below HTTP
	srv.RegisterOnShutdown(host.EndStreams)
	scheme := "http"
	if cfg.TLS.On() {
		scheme = "https"
		if srv.TLSConfig, err = tlsConfig(&cfg, log, sys.now); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	ended := make(chan error, 1)
	go func() {
		if cfg.TLS.On() {
			ended <- srv.ServeTLS(l, "", "")
			return
		}
		ended <- srv.Serve(l)
	}()
	if _, err := fmt.Fprintf(sys.stdout, "ready %s://%s\n", scheme, address(cfg.Listen, l)); err != nil {
		return errors.Join(err, srv.Close())
	}
	log.InfoContext(ctx, "ready", slog.String("addr", l.Addr().String()), slog.String("version", version))
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return stop(after, srv, log)
}

// stop lets the requests under way finish, within bounds.
func stop(ctx context.Context, srv *http.Server, log *slog.Logger) error {
	log.InfoContext(ctx, "stopping")
	bounded, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	err := srv.Shutdown(bounded)
	if errors.Is(err, context.DeadlineExceeded) {
		log.WarnContext(ctx, "requests cut off", slog.Duration("after", stopTimeout))
		err = srv.Close()
	}
	log.InfoContext(ctx, "stopped")
	return err
}

// address gives the host as it was configured, with the port that is really listened on.
func address(listen string, l net.Listener) string {
	host, _, err := net.SplitHostPort(listen)
	tcp, ok := l.Addr().(*net.TCPAddr)
	if err != nil || host == "" || !ok {
		return l.Addr().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
