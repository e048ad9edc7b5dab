package wire

import "time"

// Paths of the files module.
const (
	DAVHome   = "/dav/home/"   // the signed-in person's own root
	DAVGroups = "/dav/groups/" // one collection per group that the person is in
)

// RootInfo is one root of the list GET /api/v1/files/roots: where a person has files.
type RootInfo struct {
	ID    string `json:"id"`
	Href  string `json:"href"` // ends in a slash
	Name  string `json:"name"` // "" for one's own root: the client words it
	Kind  string `json:"kind" enum:"home,group"`
	Lead  bool   `json:"lead,omitempty"`
	Seq   int64  `json:"seq"`
	Used  int64  `json:"used"`  // bytes
	Quota int64  `json:"quota"` // bytes, 0 = none
}

// Roots is the answer to GET /api/v1/files/roots, own root first, groups by name.
type Roots struct {
	Roots []RootInfo `json:"roots"`
}

// Found is one hit of GET /api/v1/files/search?under=HREF&q=TEXT: an entry whose
// name contains the text, ignoring case, anywhere below the href.
type Found struct {
	ID     string    `json:"id"`
	Href   string    `json:"href"`
	Name   string    `json:"name"`
	Folder bool      `json:"folder,omitempty"`
	Size   int64     `json:"size"`
	Mtime  time.Time `json:"mtime"`
	By     string    `json:"by"`
	ETag   string    `json:"etag,omitempty"`
	Rights string    `json:"rights"`
}

// FoundList is the answer to a search; More says that the list was cut at its bound of 500.
type FoundList struct {
	Found []Found `json:"found"`
	More  bool    `json:"more,omitempty"`
}

// DAVNamespace is the XML namespace of Schulhof's own live properties.
const DAVNamespace = "https://schulhof.org/ns/dav"

// Schulhof's own live properties, in DAVNamespace; all protected.
const (
	PropID     = "id"     // the resource's id, stable over MOVE
	PropBy     = "by"     // display name of the person who last changed it
	PropRights = "rights" // what the asker may do, letters of Rights
	PropSHA256 = "sha256" // hex of a file's content
)

// Letters of PropRights.
const (
	RightWrite  = 'w' // replace the content (file)
	RightAdd    = 'a' // create members (collection)
	RightDelete = 'd' // delete, rename or move away
)

// Headers beside those of RFC 4918.
const (
	HeaderMtime    = "X-OC-Mtime"  // seconds since 1970, kept by the server, which then answers "accepted"
	HeaderChecksum = "OC-Checksum" // "SHA256:hex" (also SHA1, MD5); a PUT whose body differs is refused with 400
	HeaderFileID   = "OC-FileId"   // id of the file, in answers to PUT and GET
	HeaderETag     = "ETag"
	HeaderReason   = "X-Refusal" // in refusals over WebDAV: the stable name of the reason, such as name-reserved
)
