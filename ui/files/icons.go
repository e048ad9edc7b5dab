package files

import (
	"strings"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/assets"
	"schulhof/sync/files"
	"schulhof/ui/theme"
)

// fontScripts draws names in scripts that the interface's own font lacks.
var fontScripts = fyne.NewStaticResource("SchulSans-Regular.ttf", assets.FontScriptsRegular)

// fontFor returns the font that a name needs, nil for the theme's.
func fontFor(name string) fyne.Resource {
	if strings.IndexFunc(name, isOtherScript) >= 0 {
		return fontScripts
	}
	return nil
}

// icon returns the picture of a kind in its colour.
func icon(k kind) fyne.Resource {
	switch k {
	case kindFolder:
		return ftheme.NewColoredResource(ftheme.FolderIcon(), theme.ColorAccent)
	case kindHome:
		return ftheme.NewColoredResource(ftheme.HomeIcon(), theme.ColorAccent)
	case kindGroup:
		return ftheme.NewColoredResource(ftheme.AccountIcon(), theme.ColorAccent)
	case kindText:
		return ftheme.NewColoredResource(ftheme.FileTextIcon(), theme.ColorMuted)
	case kindPDF:
		return ftheme.NewColoredResource(ftheme.DocumentIcon(), theme.ColorDanger)
	case kindTable:
		return ftheme.NewColoredResource(ftheme.GridIcon(), theme.ColorSuccess)
	case kindSlides:
		return ftheme.NewColoredResource(ftheme.DocumentIcon(), theme.ColorWarning)
	case kindPicture:
		return ftheme.NewColoredResource(ftheme.FileImageIcon(), theme.ColorAccent)
	case kindSound:
		return ftheme.NewColoredResource(ftheme.FileAudioIcon(), theme.ColorMuted)
	case kindVideo:
		return ftheme.NewColoredResource(ftheme.FileVideoIcon(), theme.ColorMuted)
	case kindArchive:
		return ftheme.NewColoredResource(ftheme.StorageIcon(), theme.ColorMuted)
	case kindProgram:
		return ftheme.NewColoredResource(ftheme.FileApplicationIcon(), theme.ColorMuted)
	case kindOther:
	}
	return ftheme.NewColoredResource(ftheme.FileIcon(), theme.ColorMuted)
}

// badge returns the picture of a state and the key of its word, nil for none.
func badge(s files.State) (fyne.Resource, string) {
	switch s {
	case files.Cached:
		return ftheme.NewColoredResource(ftheme.ConfirmIcon(), theme.ColorSuccess), "files.badge_cached"
	case files.Edited:
		return ftheme.NewColoredResource(ftheme.HistoryIcon(), theme.ColorWarning), "files.badge_edited"
	case files.Uploading:
		return ftheme.NewColoredResource(ftheme.UploadIcon(), theme.ColorAccent), "files.badge_uploading"
	case files.Conflict:
		return ftheme.NewColoredResource(ftheme.WarningIcon(), theme.ColorWarning), "files.badge_conflict"
	case files.Failed:
		return ftheme.NewColoredResource(ftheme.ErrorIcon(), theme.ColorDanger), "files.badge_failed"
	case files.None:
	}
	return nil, ""
}
