package lang

// toolkitTexts are the texts of the toolkit's own widgets and dialogs, by the
// English text that it asks for.
var toolkitTexts = map[string]map[string]string{
	German: {
		"Cancel": "Abbrechen", "Confirm": "Bestätigen", "Copy": "Kopieren", "Cut": "Ausschneiden",
		"Paste": "Einfügen", "Select all": "Alles auswählen", "Undo": "Rückgängig", "Redo": "Wiederholen",
		"OK": "OK", "Yes": "Ja", "No": "Nein", "Save": "Speichern", "Open": "Öffnen", "Quit": "Beenden",
		"Error": "Fehler", "File": "Datei", "Folder": "Ordner", "Name": "Name", "Enter filename": "Dateiname",
		"Create Folder": "Ordner anlegen", "New Folder": "Neuer Ordner", "Show Hidden Files": "Versteckte Dateien zeigen",
		"Favourites": "Favoriten", "Home": "Persönlicher Ordner", "Documents": "Dokumente", "Downloads": "Downloads",
		"Desktop": "Schreibtisch", "Music": "Musik", "Pictures": "Bilder", "Videos": "Videos", "Computer": "Computer",
		"Choose": "Auswählen", "Advanced": "Erweitert", "Overwrite?": "Ersetzen?", "Search": "Suchen",
		"(Select one)": "(Auswählen)",
		"monday.short": "Mo", "tuesday.short": "Di", "wednesday.short": "Mi", "thursday.short": "Do",
		"friday.short": "Fr", "saturday.short": "Sa", "sunday.short": "So",
	},
	English: {
		"Cancel": "Cancel", "Confirm": "Confirm", "Copy": "Copy", "Cut": "Cut",
		"Paste": "Paste", "Select all": "Select all", "Undo": "Undo", "Redo": "Redo",
		"OK": "OK", "Yes": "Yes", "No": "No", "Save": "Save", "Open": "Open", "Quit": "Quit",
		"Error": "Error", "File": "File", "Folder": "Folder", "Name": "Name", "Enter filename": "File name",
		"Create Folder": "Create folder", "New Folder": "New folder", "Show Hidden Files": "Show hidden files",
		"Favourites": "Favourites", "Home": "Home", "Documents": "Documents", "Downloads": "Downloads",
		"Desktop": "Desktop", "Music": "Music", "Pictures": "Pictures", "Videos": "Videos", "Computer": "Computer",
		"Choose": "Choose", "Advanced": "Advanced", "Overwrite?": "Replace?", "Search": "Search",
		"(Select one)": "(Select one)",
		"monday.short": "Mon", "tuesday.short": "Tue", "wednesday.short": "Wed", "thursday.short": "Thu",
		"friday.short": "Fri", "saturday.short": "Sat", "sunday.short": "Sun",
	},
}
