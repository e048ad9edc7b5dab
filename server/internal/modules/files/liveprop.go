package files

import (
	"context"
	"slices"
	"strconv"

	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/wire"
)

// liveKey numbers the live properties; 0 is none of them.
type liveKey int

const (
	keyResourceType liveKey = iota + 1
	keyDisplayName
	keyContentLength
	keyContentType
	keyLastModified
	keyCreationDate
	keyETag
	keySupportedLock
	keyLockDiscovery
	keyQuotaAvailable
	keyQuotaUsed
	keySyncToken
	keyReportSet
	keyPrivileges
	keyID
	keyBy
	keyRights
	keySHA256
	keyEnd
)

// liveNames are their names, by key.
var liveNames = [keyEnd]dav.Name{
	keyResourceType:   {Space: "DAV:", Local: "resourcetype"},
	keyDisplayName:    {Space: "DAV:", Local: "displayname"},
	keyContentLength:  {Space: "DAV:", Local: "getcontentlength"},
	keyContentType:    {Space: "DAV:", Local: "getcontenttype"},
	keyLastModified:   {Space: "DAV:", Local: "getlastmodified"},
	keyCreationDate:   {Space: "DAV:", Local: "creationdate"},
	keyETag:           {Space: "DAV:", Local: "getetag"},
	keySupportedLock:  {Space: "DAV:", Local: "supportedlock"},
	keyLockDiscovery:  {Space: "DAV:", Local: "lockdiscovery"},
	keyQuotaAvailable: {Space: "DAV:", Local: "quota-available-bytes"},
	keyQuotaUsed:      {Space: "DAV:", Local: "quota-used-bytes"},
	keySyncToken:      {Space: "DAV:", Local: "sync-token"},
	keyReportSet:      {Space: "DAV:", Local: "supported-report-set"},
	keyPrivileges:     {Space: "DAV:", Local: "current-user-privilege-set"},
	keyID:             {Space: wire.DAVNamespace, Local: wire.PropID},
	keyBy:             {Space: wire.DAVNamespace, Local: wire.PropBy},
	keyRights:         {Space: wire.DAVNamespace, Local: wire.PropRights},
	keySHA256:         {Space: wire.DAVNamespace, Local: wire.PropSHA256},
}

// liveTag holds the tags of a live property.
type liveTag struct{ open, shut, empty string }

var liveKeys, liveTags = func() (map[dav.Name]liveKey, [keyEnd]liveTag) {
	keys, tags := map[dav.Name]liveKey{}, [keyEnd]liveTag{}
	for key, name := range liveNames {
		if key == 0 {
			continue
		}
		keys[name] = liveKey(key)
		tag := "D:" + name.Local
		if name.Space != "DAV:" {
			tag = "s:" + name.Local
		}
		tags[key] = liveTag{"<" + tag + ">", "</" + tag + ">", "<" + tag + "/>"}
	}
	return keys, tags
}()

// protected says that clients cannot set a property.
func protected(name dav.Name) bool {
	return liveKeys[name] != 0 || name.Space == "DAV:" || name.Space == wire.DAVNamespace
}

// onAllProp are the properties of RFC 4918, which allprop gives; the others only
// when they are asked for by name.
func onAllProp(key liveKey) bool { return key <= keyLockDiscovery }

func allProp() []wish { return slices.Clone(allLive()[:keyLockDiscovery]) }

func allLive() []wish {
	wishes := make([]wish, 0, keyEnd-1)
	for key := keyResourceType; key < keyEnd; key++ {
		wishes = append(wishes, wish{key, liveNames[key]})
	}
	return wishes
}

// has says whether a resource has a live property.
func (l *lister) has(key liveKey, n *node) bool {
	switch key {
	case keyContentLength, keyContentType, keySHA256:
		return !n.Folder
	case keyETag, keyID:
		return l.view.root.ID != ""
	case keyQuotaUsed, keySyncToken:
		return n.Folder && l.view.root.ID != ""
	case keyQuotaAvailable:
		return n.Folder && l.view.root.ID != "" && l.view.quota > 0
	case keyBy:
		return n.ChangedBy != ""
	case keyReportSet:
		return n.Folder
	default:
		return key != 0
	}
}

const (
	supportedLock = "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>" +
		"<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
	supportedReports = "<D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report>"
)

// live writes a live property and says whether the resource has it.
//
//nolint:cyclop // one case for each property
func (l *lister) live(ctx context.Context, key liveKey, n *node) bool {
	if !l.has(key, n) {
		return false
	}
	w, tag := l.w, &liveTags[key]
	w.Raw(tag.open)
	switch key {
	case keyResourceType:
		if n.Folder {
			w.Raw("<D:collection/>")
		}
	case keyDisplayName:
		w.Text(l.displayName(n))
	case keyContentLength:
		w.B = strconv.AppendInt(w.B, n.Size, 10)
	case keyContentType:
		w.Raw(contentType(n.Name))
	case keyLastModified:
		w.B = dav.AppendHTTPTime(w.B, n.Mtime)
	case keyCreationDate:
		w.B = dav.AppendISOTime(w.B, n.Created)
	case keyETag:
		w.B = n.appendETag(w.B, &l.view.root)
	case keySupportedLock:
		w.Raw(supportedLock)
	case keyLockDiscovery:
		l.lockDiscovery()
	case keyQuotaAvailable:
		w.B = strconv.AppendInt(w.B, max(0, l.view.quota-l.view.root.Used), 10)
	case keyQuotaUsed:
		w.B = strconv.AppendInt(w.B, l.view.root.Used, 10)
	case keySyncToken:
		w.Raw(syncToken(&l.view.root, l.view.root.Seq))
	case keyReportSet:
		w.Raw(supportedReports)
	case keyPrivileges:
		l.privileges(n)
	case keyID:
		w.Raw(n.ID)
	case keyBy:
		w.Text(l.nameOf(ctx, n.ChangedBy))
	case keyRights:
		w.Raw(l.rights(n).String())
	case keySHA256:
		w.Raw(n.Blob)
	default: // has says that there is no other
	}
	w.Raw(tag.shut)
	return true
}

// displayName is the name; a root's top has the name of its group.
func (l *lister) displayName(n *node) string {
	if n.Name != "" || l.view == nil {
		return n.Name
	}
	if l.view.name != "" {
		return l.view.name
	}
	return l.view.base[len(l.view.base)-1]
}

func (l *lister) nameOf(ctx context.Context, id string) string {
	name, ok := l.by[id]
	if !ok {
		name = l.h.nameOf(ctx, id)
		l.by[id] = name
	}
	return name
}

func (l *lister) rights(n *node) rights {
	if l.view.root.ID == "" {
		return 0
	}
	return l.view.rights(n, len(l.chain)-1)
}

func (l *lister) lockDiscovery() {
	for i := range l.locks {
		if l.locks[i].covers(l.chain, false) {
			l.locks[i].appendActive(l.w, l.lockRoot(&l.locks[i]), l.now)
		}
	}
}

// lockRoot is the href of the resource that a lock was taken on: the one under
// way or a folder above it.
func (l *lister) lockRoot(k *lock) string {
	names := make([]string, 0, len(l.chain))
	for _, n := range l.chain[1:] {
		names = append(names, n.Name)
		if n.ID == k.Node {
			return l.view.href(n.Folder, names)
		}
	}
	return l.view.href(true, nil)
}

// privileges answers RFC 3744 as far as clients ask it: may I read, may I write.
func (l *lister) privileges(n *node) {
	r := l.rights(n)
	l.w.Raw("<D:privilege><D:read/></D:privilege>")
	if r&mayWrite != 0 {
		l.w.Raw("<D:privilege><D:write-properties/></D:privilege><D:privilege><D:write-content/></D:privilege>")
	}
	if r&mayAdd != 0 {
		l.w.Raw("<D:privilege><D:bind/></D:privilege><D:privilege><D:unbind/></D:privilege>")
	}
	if r&mayWrite != 0 && (!n.Folder || r&mayAdd != 0) {
		l.w.Raw("<D:privilege><D:write/></D:privilege>")
	}
}
