package remote

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// errHref says that something is no href of a resource.
var errHref = fmt.Errorf("%w: no path of a file", ErrAddress)

// Clean writes a href in the one way in which two hrefs of a resource are
// equal: absolute path without host, each name in NFC and percent-encoded alike.
func Clean(href string) (string, error) {
	u, err := url.Parse(href)
	if err != nil {
		return "", fmt.Errorf("%w: %.200q", errHref, href)
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("%w: %.200q", errHref, href)
	}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		name, err := url.PathUnescape(part)
		last := i == len(parts)-1
		if err != nil || strings.Contains(name, "/") || name == "." || name == ".." || (name == "" && !last) {
			return "", fmt.Errorf("%w: %.200q", errHref, href)
		}
		parts[i] = url.PathEscape(norm.NFC.String(name))
	}
	return "/" + strings.Join(parts, "/"), nil
}

// Join is the href of a member of a folder.
func Join(folder, name string, isFolder bool) string {
	href := strings.TrimSuffix(folder, "/") + "/" + url.PathEscape(norm.NFC.String(name))
	if isFolder {
		href += "/"
	}
	return href
}

// Parent is the href of the folder that holds a resource; "/" holds itself.
func Parent(href string) string {
	trimmed := strings.TrimSuffix(href, "/")
	i := strings.LastIndexByte(trimmed, '/')
	if i < 0 {
		return "/"
	}
	return trimmed[:i+1]
}

// Base is the name of a resource, as people read it; "" of "/".
func Base(href string) string {
	trimmed := strings.TrimSuffix(href, "/")
	part := trimmed[strings.LastIndexByte(trimmed, '/')+1:]
	if name, err := url.PathUnescape(part); err == nil {
		return name
	}
	return part
}

// IsFolder says whether the href is a folder's.
func IsFolder(href string) bool { return strings.HasSuffix(href, "/") }

// Within says whether href is the folder itself or anything below it.
func Within(href, folder string) bool {
	return strings.HasPrefix(strings.TrimSuffix(href, "/")+"/", strings.TrimSuffix(folder, "/")+"/")
}
