package files

import (
	"path"
	"strconv"
	"strings"

	"schulhof/server/internal/modules/files/dav"
)

// root is one row of files_root.
type root struct {
	ID    string `db:"id"`
	Kind  string `db:"kind"`
	Owner string `db:"owner"`
	Epoch string `db:"epoch"`
	Seq   int64  `db:"seq"`
	Used  int64  `db:"used"`
	Locks int    `db:"locks"`
	// Pruned is the last change whose tombstones are not kept any more: what changed
	// since an earlier one cannot be told.
	Pruned int64 `db:"pruned"`
}

const rootColumns = `id, kind, owner, epoch, seq, used, locks, pruned`

// Kinds of roots.
const (
	kindHome  = "home"
	kindGroup = "group"
)

// node is one row of files_node.
type node struct {
	ID        string `db:"id"`
	Root      string `db:"root"`
	Parent    string `db:"parent"`
	Fold      string `db:"fold"`
	Name      string `db:"name"`
	Folder    bool   `db:"folder"`
	Blob      string `db:"blob"`
	Size      int64  `db:"size"`
	Mtime     int64  `db:"mtime"`
	Created   int64  `db:"created"`
	Owner     string `db:"owner"`
	ChangedBy string `db:"changed_by"`
	Zone      string `db:"zone"`
	Handin    string `db:"handin"`
	Props     int    `db:"props"`
	Moved     int64  `db:"moved"`
	Seq       int64  `db:"seq"`
}

const nodeColumns = `id, root, parent, fold, name, folder, blob, size, mtime, created, owner, changed_by, zone, handin, props, moved, seq`

// parentTrash is the parent of what lies in the trash.
const parentTrash = "!"

// Zones of a group's root.
const (
	zoneMaterial = "material"
	zoneExchange = "exchange"
	zoneHandin   = "handin"
)

// zoneNames are the fixed folders of a group, in the order of their making.
var zoneNames = []struct{ zone, name string }{
	{zoneMaterial, "Material"},
	{zoneExchange, "Austausch"},
	{zoneHandin, handinName},
}

// handinName is the name of the fixed folder that members hand in to.
const handinName = "Abgabe"

// etag is the entity tag of a file: it changes with the content, and when another
// file takes its place. A folder's says which change its root is at.
func (n *node) etag(r *root) string {
	b := make([]byte, 0, 64)
	return string(n.appendETag(b, r))
}

func (n *node) appendETag(b []byte, r *root) []byte {
	b = append(b, '"')
	if n.Folder {
		b = append(b, r.Epoch...)
		b = append(b, '-')
		b = strconv.AppendInt(b, r.Seq, 10)
	} else {
		b = append(b, n.Blob[:min(len(n.Blob), 20)]...)
		b = append(b, '-')
		b = append(b, n.ID...)
	}
	return append(b, '"')
}

// contentTypes are those that a school meets; the system's own table differs from
// machine to machine.
var contentTypes = map[string]string{
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".xhtml": "application/xhtml+xml",
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json", ".xml": "application/xml",
	".py": "text/x-python; charset=utf-8", ".java": "text/x-java; charset=utf-8", ".tex": "text/x-tex; charset=utf-8",
	".pdf": "application/pdf", ".rtf": "application/rtf", ".zip": "application/zip", ".gz": "application/gzip", ".epub": "application/epub+zip",
	".odt": "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
	".odp": "application/vnd.oasis.opendocument.presentation", ".odg": "application/vnd.oasis.opendocument.graphics",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".png":  "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml", ".webp": "image/webp",
	".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic", ".ico": "image/vnd.microsoft.icon",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac", ".mid": "audio/midi",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime", ".avi": "video/x-msvideo",
	".ggb": "application/vnd.geogebra.file", ".sb3": "application/x.scratch.sb3", ".ics": "text/calendar; charset=utf-8", ".vcf": "text/vcard; charset=utf-8",
}

// contentType is told by the extension of a name.
func contentType(name string) string {
	ext := path.Ext(name)
	if t, ok := contentTypes[ext]; ok {
		return t
	}
	if t, ok := contentTypes[strings.ToLower(ext)]; ok {
		return t
	}
	return "application/octet-stream"
}

// joined is a path of names below a root, as files_gone and files_trash keep it.
func joined(names []string) string { return strings.Join(names, "/") }

// splitPath is the reverse of joined; the root itself has no names.
func splitPath(p string) []string {
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

// foldOf is dav.Fold, the key by which names of a folder are unique.
func foldOf(name string) string { return dav.Fold(name) }
