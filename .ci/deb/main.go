// Command deb builds one Debian package from an nfpm description:
//
//	deb DESCRIPTION FOLDER
//
// It is nfpm's library with the one format that Schulhof hands out, in a module
// of its own, so that what only packaging needs stays out of the programs'
// go.mod. Paths in the description are seen from the working directory, and
// $VARIABLES come from the environment.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: deb DESCRIPTION FOLDER")
		os.Exit(2)
	}
	file, err := build(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "deb:", err)
		os.Exit(1)
	}
	fmt.Println(file)
}

// build writes the package that the description tells of into folder, under
// the name that Debian gives it, and returns its path. On error there is no file.
func build(description, folder string) (string, error) {
	config, err := nfpm.ParseFileWithEnvMapping(description, os.Getenv)
	if err != nil {
		return "", fmt.Errorf("description %s: %w", description, err)
	}
	info, err := config.Get("deb")
	if err != nil {
		return "", fmt.Errorf("description %s: %w", description, err)
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.Validate(info); err != nil {
		return "", fmt.Errorf("description %s: %w", description, err)
	}
	name := filepath.Join(folder, deb.Default.ConventionalFileName(info))
	out, err := os.Create(name)
	if err != nil {
		return "", fmt.Errorf("package: %w", err)
	}
	err = deb.Default.Package(info, out)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(name)
		return "", fmt.Errorf("package %s: %w", name, err)
	}
	return name, nil
}
