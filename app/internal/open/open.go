// Package open hands files to the PC's own programs, and shows them in its file
// manager.
package open

import (
	"context"
	"path/filepath"
	"strings"

	"schulhof/ui/module"
)

// programs are the endings of what an operating system would run instead of show.
var programs = map[string]bool{
	".exe": true, ".com": true, ".bat": true, ".cmd": true, ".scr": true, ".pif": true, ".msi": true, ".msp": true, ".mst": true,
	".js": true, ".jse": true, ".vbs": true, ".vbe": true, ".wsf": true, ".wsh": true, ".ps1": true, ".psm1": true, ".hta": true,
	".lnk": true, ".url": true, ".cpl": true, ".reg": true, ".jar": true, ".gadget": true, ".application": true, ".inf": true, ".scf": true,
	".chm": true, ".settingcontent-ms": true, ".msc": true, ".appref-ms": true, ".xll": true, ".iso": true, ".img": true, ".vhd": true, ".vhdx": true,
	".desktop": true, ".sh": true, ".run": true, ".appimage": true, ".command": true, ".app": true, ".workflow": true, ".terminal": true, ".pkg": true,
}

// Local opens a file with the program that this PC has for it. What would run
// as a program itself is refused with module.ErrProgram.
func Local(ctx context.Context, path string) error {
	// Windows ignores blanks and dots at the end of a name, and what follows a colon.
	name := strings.ToLower(filepath.Base(path))
	name, _, _ = strings.Cut(name, ":")
	if programs[filepath.Ext(strings.TrimRight(name, " ."))] {
		return module.ErrProgram
	}
	return local(ctx, path)
}

// Reveal shows a file or folder in the file manager, marked where that can.
func Reveal(ctx context.Context, path string) error { return reveal(ctx, path) }
