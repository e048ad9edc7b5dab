package files

// syncDir has nothing to do: NTFS keeps its own order of renames and later writes,
// and lets nobody sync a folder.
func syncDir(string) error { return nil }
