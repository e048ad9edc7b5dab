package dbtest

import "errors"

// server starts nothing: on Windows only the client's tests run, with SQLite.
func server() (string, error) { return "", errors.New("PostgreSQL is started on other systems only") }
