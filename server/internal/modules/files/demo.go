package files

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// demoContents are the documents of the demo school. Every home names the same
// blobs, so that a school of hundreds is filled at once.
func demoContents() map[string][]byte {
	return map[string][]byte{
		"erlkoenig":  demoODT("Gedichtanalyse: Der Erlkönig", "Die Ballade „Der Erlkönig“ von Johann Wolfgang von Goethe aus dem Jahr 1782 handelt von einem Vater, der nachts mit seinem Kind durch den Wald reitet.", "1. Wer spricht in welcher Strophe?", "2. Welche Stilmittel erzeugen Angst?", "3. Deute das Ende."),
		"lesen":      []byte("# Lesetagebuch\n\n*Krabat* von Otfried Preußler\n\n| Kapitel | Seiten | Gedanken |\n|---|---|---|\n| 1 | 11–19 | Krabat träumt von elf Raben. |\n| 2 | 20–31 | Die Mühle am Schwarzen Wasser. |\n"),
		"brueche":    demoPDF("Übungsblatt 4: Brüche addieren", "Name: ______________________", "", "1. Kürze so weit wie möglich: 6/8, 12/18, 35/49", "2. Rechne aus: 1/2 + 1/3, 3/4 + 5/6, 2/5 + 7/10", "3. Tom isst 3/8 der Pizza, Mia 1/4. Wie viel bleibt übrig?", "Zusatz: Schreibe eine eigene Textaufgabe."),
		"zins":       demoPDF("Übungsblatt 7: Zinsrechnung", "Name: ______________________", "", "1. 1.200 € werden ein Jahr lang mit 2,5 % verzinst.", "2. Nach einem Jahr sind aus 800 € 824 € geworden. Wie hoch war der Zinssatz?"),
		"vokabeln":   []byte("Englisch;Deutsch;geübt\nneighbour;der Nachbar;ja\nbridge;die Brücke;ja\nbreakfast;das Frühstück;nein\nto borrow;ausleihen;nein\nhuge;riesengroß;nein\n"),
		"zelle":      demoPNG(40),
		"zwiebel":    demoPNG(160),
		"zellnotiz":  []byte("Aufbau der Pflanzenzelle\n- Zellwand: stützt und schützt\n- Chloroplasten: Fotosynthese\n- Vakuole: Speicher für Wasser und Nährstoffe\n- Zellkern: enthält die Erbanlagen\n"),
		"strand":     demoJPEG(30),
		"duenen":     demoJPEG(120),
		"bild":       demoJPEG(220),
		"packliste":  []byte("Packliste Klassenfahrt Föhr\n[x] Gummistiefel\n[x] Regenjacke\n[ ] Sonnencreme\n[ ] Spiel für den Hüttenabend\n[ ] Krankenkassenkarte\n"),
		"stunden":    demoODS("Stundenplan", "Stunde;Montag;Dienstag;Mittwoch;Donnerstag;Freitag", "1;Deutsch;Mathematik;Englisch;Biologie;Sport", "2;Deutsch;Mathematik;Geschichte;Biologie;Sport", "3;Englisch;Kunst;Deutsch;Mathematik;Musik", "4;Erdkunde;Kunst;Mathematik;Englisch;Religion"),
		"messreihe":  demoODS("Messreihe", "Zeit in s;Weg in m", "0;0,0", "1;1,9", "2;4,1", "3;6,0", "4;8,2"),
		"praktikum":  demoDOCX("Praktikumsbericht", "Mein Betriebspraktikum in der Gärtnerei Grünhof", "Montag: Ich habe Stecklinge umgetopft und die Gewächshäuser kennengelernt.", "Dienstag: Wir haben den Großmarkt beliefert."),
		"referat":    demoDOCX("Referat: Vulkane in Europa", "Gliederung", "1. Wie ein Vulkan entsteht", "2. Der Ätna auf Sizilien", "3. Warum Menschen trotzdem dort wohnen", "Quellen: Erdkundebuch S. 84–91"),
		"aufsatz":    demoODT("Erlebniserzählung: Der verlorene Schlüssel", "Es war ein grauer Novembertag, als ich vor der Haustür stand und merkte, dass mein Schlüssel fehlte.", "Zuerst suchte ich in allen Taschen. Dann fiel mir der Fußballplatz ein."),
		"loesung":    []byte("Hausaufgabe Mathematik, Seite 57\nNr. 3a: 5/6   3b: 19/12   3c: 11/10\nNr. 4: Es bleiben 3/8 der Pizza übrig.\n"),
		"plakat":     demoODT("Plakatentwurf: Wasser sparen", "Überschrift: Jeder Tropfen zählt!", "Bild: Gießkanne", "Text: Beim Zähneputzen den Hahn zudrehen."),
		"noten":      []byte("Nachname;Vorname;mündlich;Arbeit 1;Arbeit 2\nMüller;Jonas;2;3+;2-\nWeber;Lena;1-;2;1\nYılmaz;Elif;2+;2-;2\nZöllner;Max;3;4+;3\n"),
		"einladung":  demoODT("Einladung zum Elternabend", "Sehr geehrte Eltern,", "hiermit lade ich Sie herzlich zum Elternabend am Dienstag um 19:30 Uhr in Raum 204 ein.", "Tagesordnung: 1. Begrüßung  2. Klassenfahrt nach Föhr  3. Wahl der Elternvertretung  4. Verschiedenes", "Mit freundlichen Grüßen"),
		"entwurf":    demoDOCX("Unterrichtsentwurf: Brüche im Alltag", "Ziel: Die Schülerinnen und Schüler addieren ungleichnamige Brüche.", "Einstieg (10 min): Pizza teilen", "Erarbeitung (20 min): Übungsblatt 4, Partnerarbeit", "Sicherung (10 min): Lösungen an der Tafel"),
		"arbeit":     demoPDF("Klassenarbeit Nr. 2: Bruchrechnung", "Klasse 7b        Name: ______________________", "", "Aufgabe 1 (6 Punkte): Ordne der Größe nach: 2/3, 5/8, 7/12, 3/4", "Aufgabe 2 (8 Punkte): Berechne und kürze.", "Aufgabe 3 (6 Punkte): Sachaufgabe"),
		"protokoll":  []byte("# Protokoll der Gesamtkonferenz\n\nOrt: Aula, Beginn 14:30 Uhr\n\n1. Begrüßung durch die Schulleiterin\n2. Digitale Geräte: einstimmig beschlossen\n3. Termine: Tag der offenen Tür, Sommerfest\n"),
		"haushalt":   demoODS("Haushalt", "Posten;geplant;ausgegeben", "Bücher;12.500 €;11.870 €", "Geräte;8.000 €;7.240 €", "Ausflüge;3.600 €;2.955 €"),
		"termine":    []byte("Datum;Uhrzeit;Termin;Ort\n2026-11-27;08:00;Methodentag;alle Klassen\n2026-12-04;15:00;Weihnachtsbasteln;Aula\n2026-12-18;11:00;Schulgottesdienst;St.-Jürgen-Kirche\n"),
		"raeume":     []byte("Raum;Plätze;Geräte;Bemerkung\n101;30;Beamer;\n204;32;Tafel digital;\nPC 1;16;16 Rechner;Drucker defekt\nPhysik;28;Beamer;Schlüssel im Sekretariat\n"),
		"entschuld":  demoODT("Entschuldigung", "Sehr geehrte Frau Schmidt,", "mein Kind konnte am Montag wegen einer Erkältung nicht am Unterricht teilnehmen. Ich bitte, das Fehlen zu entschuldigen.", "Mit freundlichen Grüßen"),
		"elternbrf":  demoPDF("Elternbrief: Klassenfahrt nach Föhr", "Liebe Eltern,", "vom 15. bis 19. Juni fahren wir mit der Klasse nach Wyk auf Föhr.", "Die Kosten betragen 310 €. Bitte überweisen Sie die Anzahlung von 60 € bis Ende Januar.", "Mit freundlichen Grüßen"),
		"einrichten": []byte("# Geräte einrichten\n\n1. Rechner starten, mit dem Schulnetz verbinden\n2. Schulhof installieren und die Adresse der Schule eintragen\n3. Anmelden und einmal abmelden: Es bleiben keine Spuren\n"),
	}
}

// demoTrees say what lies in a home, path and content, by what a person is.
var demoTrees = map[wire.Role][]string{
	wire.RoleStudent: {
		"Deutsch/Gedichtanalyse Erlkönig.odt", "erlkoenig", "Deutsch/Lesetagebuch Krabat.md", "lesen",
		"Mathematik/Übungsblatt 4 Brüche.pdf", "brueche", "Mathematik/Hausaufgabe S. 57.txt", "loesung",
		"Englisch/Unit 3/Vokabeln.csv", "vokabeln",
		"Biologie/Zellen/Pflanzenzelle.png", "zelle", "Biologie/Zellen/Zwiebelhaut.png", "zwiebel", "Biologie/Zellen/Notizen.txt", "zellnotiz",
		"Klassenfahrt Föhr/Packliste.txt", "packliste", "Klassenfahrt Föhr/Bilder/Strand.jpg", "strand", "Klassenfahrt Föhr/Bilder/Dünen.jpg", "duenen",
		"Erdkunde/Referat Vulkane.docx", "referat", "Stundenplan.ods", "stunden",
	},
	wire.RoleTeacher: {
		"Unterricht/Brüche/Übungsblatt 4 Brüche.pdf", "brueche", "Unterricht/Brüche/Unterrichtsentwurf.docx", "entwurf",
		"Unterricht/Zinsrechnung/Übungsblatt 7.pdf", "zins", "Klassenarbeiten/Arbeit 2 Bruchrechnung.pdf", "arbeit",
		"Klasse/Notenliste.csv", "noten", "Klasse/Einladung Elternabend.odt", "einladung", "Klasse/Klassenfahrt/Strand.jpg", "strand",
		"Konferenzen/Protokoll Gesamtkonferenz.md", "protokoll", "Stundenplan.ods", "stunden",
	},
	wire.RoleStaff: {
		"Verwaltung/Raumliste.csv", "raeume", "Verwaltung/Haushalt.ods", "haushalt", "Verwaltung/Termine.csv", "termine",
		"Technik/Anleitungen/Geräte einrichten.md", "einrichten", "Bilder/Sommerfest/Schulhof.jpg", "bild", "Briefe/Elternbrief Klassenfahrt.pdf", "elternbrf",
		"Briefe/Einladung Elternabend.odt", "einladung",
	},
	wire.RoleGuardian: {
		"Briefe/Elternbrief Klassenfahrt.pdf", "elternbrf", "Briefe/Entschuldigung.odt", "entschuld",
		"Klassenfahrt/Packliste.txt", "packliste", "Klassenfahrt/Bilder/Strand.jpg", "strand", "Termine.csv", "termine",
	},
}

var (
	demoMaterial = []string{
		"Mathematik/Übungsblatt 4 Brüche.pdf", "brueche", "Mathematik/Übungsblatt 7 Zinsrechnung.pdf", "zins", "Mathematik/Messreihe.ods", "messreihe",
		"Deutsch/Gedichtanalyse Aufgaben.odt", "erlkoenig", "Biologie/Pflanzenzelle.png", "zelle", "Biologie/Zwiebelhaut.png", "zwiebel",
		"Englisch/Vokabeln Unit 3.csv", "vokabeln", "Elternbrief Klassenfahrt.pdf", "elternbrf", "Stundenplan.ods", "stunden",
	}
	demoExchange = []string{"Plakat Wasser sparen.odt", "plakat", "Referat Vulkane.docx", "referat", "Bilder Föhr/Strand.jpg", "strand", "Bilder Föhr/Dünen.jpg", "duenen"}
	demoHandIns  = []string{"Erlebniserzählung.odt", "aufsatz", "Hausaufgabe S. 57.txt", "loesung"}
	demoStaff    = []string{"Termine.csv", "termine", "Konferenzen/Protokoll Gesamtkonferenz.md", "protokoll", "Raumliste.csv", "raeume", "Vorlagen/Einladung Elternabend.odt", "einladung"}
)

// demoFiller fills the demo school in one transaction.
type demoFiller struct {
	*store
	tx    *db.Tx
	blobs map[string]content
	now   time.Time
	made  int
}

// Demo implements module.Demo.
func (m *Module) Demo(ctx context.Context, school module.DemoSchool) error {
	blobs, err := m.demoBlobs(ctx)
	if err != nil {
		return err
	}
	return m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		f := &demoFiller{store: m.store, tx: tx, blobs: blobs, now: m.now()}
		for i := range school.Persons {
			if err := f.home(ctx, &school.Persons[i]); err != nil {
				return fmt.Errorf("demo home of %s: %w", school.Persons[i].Login, err)
			}
		}
		for _, g := range school.Groups {
			if err := f.group(ctx, school, g); err != nil {
				return fmt.Errorf("demo files of %s: %w", g.Slug, err)
			}
		}
		return nil
	})
}

// demoBlobs stores the documents, all at the same time so that they share their syncs.
func (s *store) demoBlobs(ctx context.Context) (map[string]content, error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed error
	stored := map[string]content{}
	for name, data := range demoContents() {
		wg.Go(func() {
			info, err := s.blobs.Put(ctx, bytes.NewReader(data), blob.PutOptions{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = fmt.Errorf("demo document %s: %w", name, err)
			}
			stored[name] = content{blob: string(info.Ref), size: info.Size}
		})
	}
	wg.Wait()
	return stored, failed
}

func (f *demoFiller) home(ctx context.Context, p *people.Person) error {
	root, err := f.makeRootIn(ctx, f.tx, kindHome, p.ID, nil)
	if err != nil {
		return err
	}
	tree := demoTrees[p.Role]
	if p.Admin || p.Head {
		tree = demoTrees[wire.RoleStaff]
	}
	return f.fill(ctx, root, node{ID: root, Root: root, Owner: p.ID}, tree)
}

func (f *demoFiller) group(ctx context.Context, school module.DemoSchool, g module.DemoGroup) error {
	root, err := f.makeRootIn(ctx, f.tx, kindGroup, g.ID, zonesOf(g.Kind))
	if err != nil {
		return err
	}
	var zones []node
	if err := f.tx.Select(ctx, &zones, `SELECT `+nodeColumns+` FROM files_node WHERE parent = $1`, root); err != nil {
		return err
	}
	lead, students := demoMembers(school, g)
	for _, z := range zones {
		z.Owner = lead
		switch {
		case z.Zone == zoneMaterial && g.Kind == people.KindStaff:
			err = f.fill(ctx, root, z, demoStaff)
		case z.Zone == zoneMaterial:
			err = f.fill(ctx, root, z, demoMaterial)
		case z.Zone == zoneExchange && len(students) > 0:
			z.Owner = students[0].ID
			err = f.fill(ctx, root, z, demoExchange)
		case z.Zone == zoneHandin:
			err = f.handins(ctx, root, z, students)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoMembers gives the first lead of a group and its students.
func demoMembers(school module.DemoSchool, g module.DemoGroup) (lead string, students []people.Person) {
	for _, m := range g.Members {
		p, ok := school.Person(m.PersonID)
		switch {
		case ok && m.Lead && lead == "":
			lead = p.ID
		case ok && !m.Lead && p.Role == wire.RoleStudent:
			students = append(students, p)
		}
	}
	if lead == "" && len(g.Members) > 0 {
		lead = g.Members[0].PersonID
	}
	return lead, students
}

// handins gives every third student something that was handed in.
func (f *demoFiller) handins(ctx context.Context, root string, zone node, students []people.Person) error {
	taken := map[string]bool{}
	for i, p := range students {
		name := dav.Sanitize(p.Family + ", " + p.Given)
		if i%3 != 0 || taken[name] {
			continue
		}
		taken[name] = true
		parent := zone
		parent.Owner, parent.Handin = p.ID, p.ID
		n, err := f.add(ctx, root, parent, name, "")
		if err != nil {
			return err
		}
		if err := f.fill(ctx, root, n, demoHandIns[:2+2*(i%2)]); err != nil {
			return err
		}
	}
	return nil
}

// fill adds path, content pairs below a folder, and the folders that they need.
func (f *demoFiller) fill(ctx context.Context, root string, top node, pairs []string) error {
	folders := map[string]node{"": top}
	var used int64
	for i := 0; i+1 < len(pairs); i += 2 {
		parts := strings.Split(pairs[i], "/")
		at := ""
		for _, name := range parts[:len(parts)-1] {
			parent := folders[at]
			at += "/" + name
			if _, ok := folders[at]; ok {
				continue
			}
			n, err := f.add(ctx, root, parent, name, "")
			if err != nil {
				return err
			}
			folders[at] = n
		}
		n, err := f.add(ctx, root, folders[at], parts[len(parts)-1], pairs[i+1])
		if err != nil {
			return err
		}
		used += n.Size
	}
	_, err := f.tx.Exec(ctx, `UPDATE files_root SET used = used + $2 WHERE id = $1`, root, used)
	return err
}

// add makes a file, or a folder when it has no content. The times lie in the weeks
// before now.
func (f *demoFiller) add(ctx context.Context, root string, parent node, name, doc string) (node, error) {
	f.made++
	at := f.now.Add(-time.Duration(f.made%40*17+5) * time.Hour).UnixMilli()
	in := f.blobs[doc]
	n := node{
		ID: f.id(), Root: root, Parent: parent.ID, Name: name, Fold: foldOf(name), Folder: doc == "", Blob: in.blob, Size: in.size,
		Mtime: at, Created: at, Owner: parent.Owner, ChangedBy: parent.Owner, Zone: parent.Zone, Handin: parent.Handin, Seq: 1,
	}
	if doc != "" && in.blob == "" {
		return n, fmt.Errorf("there is no demo document %s", doc)
	}
	return n, insert(ctx, f.tx, &n)
}
