package files

import (
	"net/http"

	"schulhof/server/internal/modules/files/dav"
)

func refusal(status int, reason, german, english string) *dav.RefusalError {
	return &dav.RefusalError{Status: status, Reason: reason, German: german, English: english}
}

// The refusals of this module. A Reason that RFC 4918 or one of its relatives
// names as a precondition is sent as that element.
var (
	errNotFound = refusal(http.StatusNotFound, "not-found",
		"Diese Datei oder diesen Ordner gibt es hier nicht.", "There is no such file or folder here.")
	errNoParent = refusal(http.StatusConflict, "no-parent",
		"Der Ordner, in den das soll, ist nicht da. Bitte zuerst anlegen.", "The folder that this belongs into does not exist. Create it first.")
	errForbidden = refusal(http.StatusForbidden, "forbidden",
		"Dafür fehlt hier das Recht.", "You do not have the right to do this here.")
	errFixed = refusal(http.StatusForbidden, "fixed",
		"Dieser Ordner ist fest und lässt sich nicht ändern.", "This folder is fixed and cannot be changed.")
	errOthers = refusal(http.StatusForbidden, "belongs-to-others",
		"In diesem Ordner liegen Dateien von anderen; nur die Leitung darf ihn verschieben oder löschen.",
		"This folder holds files of others; only a lead may move or delete it.")
	errPrecondition = refusal(http.StatusPreconditionFailed, "precondition",
		"Inzwischen hat sich das hier geändert. Bitte neu laden.", "This has changed in the meantime. Load it again.")
	errLocked = refusal(http.StatusLocked, "lock-token-submitted",
		"Jemand bearbeitet das gerade und hat es gesperrt.", "Somebody is working on this and has locked it.")
	errLockConflict = refusal(http.StatusLocked, "no-conflicting-lock",
		"Jemand anderes hat das schon gesperrt.", "Somebody else has already locked this.")
	errLockToken = refusal(http.StatusConflict, "lock-token-matches-request-uri",
		"Diese Sperre gehört nicht zu dieser Datei.", "This lock does not belong to this file.")
	errTooManyLocks = refusal(http.StatusInsufficientStorage, "too-many-locks",
		"Hier sind schon zu viele Sperren.", "There are too many locks here.")
	errQuota = refusal(http.StatusInsufficientStorage, "quota-not-exceeded",
		"Der Speicherplatz ist voll. Bitte erst etwas löschen.", "The space is used up. Delete something first.")
	errUploads = refusal(http.StatusInsufficientStorage, "sufficient-disk-space",
		"Heute wurde hier schon sehr viel hochgeladen. Morgen geht es weiter.", "A great deal has been uploaded here today. Go on tomorrow.")
	errExists = refusal(http.StatusMethodNotAllowed, "exists",
		"Diesen Namen gibt es hier schon.", "There is something of this name already.")
	errIsFolder = refusal(http.StatusMethodNotAllowed, "is-folder",
		"Das ist ein Ordner, keine Datei.", "This is a folder, not a file.")
	errIntoItself = refusal(http.StatusForbidden, "into-itself",
		"Das lässt sich nicht in sich selbst oder an seinen eigenen Platz legen.", "This cannot be put into itself or onto itself.")
	errTooMany = refusal(http.StatusForbidden, "too-many",
		"Das sind zu viele Dateien auf einmal: höchstens 20000.", "These are too many files at once: at most 20000.")
	errFiniteDepth = refusal(http.StatusForbidden, "propfind-finite-depth",
		"Das sind zu viele Dateien für eine Liste; bitte Ordner für Ordner fragen.", "These are too many files for one list; ask folder by folder.")
	errSyncToken = refusal(http.StatusForbidden, "valid-sync-token",
		"Der Stand ist zu alt; bitte alles neu vergleichen.", "This state is too old; compare everything again.")
	errRange = refusal(http.StatusBadRequest, "content-range",
		"Teile einer Datei nimmt der Server nicht an, nur ganze.", "The server takes no parts of files, only whole ones.")
	errChecksum = refusal(http.StatusBadRequest, "checksum",
		"Die Datei kam beschädigt an. Bitte noch einmal senden.", "The file arrived damaged. Send it again.")
	errCut = refusal(http.StatusBadRequest, "cut",
		"Die Übertragung brach ab; es bleibt beim Alten.", "The upload was cut; nothing has changed.")
	errBody = refusal(http.StatusUnsupportedMediaType, "body",
		"Ein Ordner wird ohne Inhalt angelegt.", "A folder is created without a body.")
	errBadRequest = refusal(http.StatusBadRequest, "request",
		"Diese Anfrage ergibt keinen Sinn.", "This request makes no sense.")
	errMethod = refusal(http.StatusMethodNotAllowed, "method",
		"Das geht hier nicht.", "This method does not work here.")
	errProperty = refusal(http.StatusInsufficientStorage, "too-many-properties",
		"Hier sind schon zu viele Eigenschaften.", "There are too many properties here.")
)

// preconditions are the reasons that are elements of the DAV: namespace.
var preconditions = map[string]bool{
	"lock-token-submitted": true, "no-conflicting-lock": true, "lock-token-matches-request-uri": true,
	"quota-not-exceeded": true, "sufficient-disk-space": true, "propfind-finite-depth": true, "valid-sync-token": true, "cannot-modify-protected-property": true,
}
