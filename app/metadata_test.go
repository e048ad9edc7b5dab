package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/BurntSushi/toml"

	"schulhof/assets"
)

func TestMetadataAgreesWithFyneApp(t *testing.T) {
	var file struct {
		Details struct {
			Icon, Name, ID, Version string
			Build                   int
		}
	}
	if _, err := toml.DecodeFile("../FyneApp.toml", &file); err != nil {
		t.Fatal(err)
	}
	want := file.Details
	got := metadata()
	for _, field := range []struct{ name, got, want string }{
		{"ID", got.ID, want.ID},
		{"Name", got.Name, want.Name},
		{"Version", got.Version, want.Version},
		{"Build", strconv.Itoa(got.Build), strconv.Itoa(want.Build)},
	} {
		if field.got != field.want || field.got == "" {
			t.Errorf("%s is %q in metadata.go, %q in FyneApp.toml", field.name, field.got, field.want)
		}
	}
	icon, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(want.Icon)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(icon, got.Icon.Content()) || !bytes.Equal(icon, assets.Icon) {
		t.Errorf("the icon that metadata names is not %s", want.Icon)
	}
}
