package roster

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"

	"schulhof/server/internal/clocktest"
)

func read(t *testing.T, kind Kind, text string) List {
	t.Helper()
	list, err := Read(strings.NewReader(text), Options{Kind: kind})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return list
}

func TestReadSchoolsLists(t *testing.T) {
	tests := []struct {
		name string
		kind Kind
		text string
		want Row
	}{
		{
			"students with a date for a password", Students,
			"Vorname,Nachname,Klasse,Passwort\n\"Max Martin\",Mustermann,6a,10.11.2001\n",
			Row{Line: 2, Given: "Max Martin", Family: "Mustermann", Class: "6a", Year: "6", Born: "2001-11-10", Password: "10.11.2001"},
		},
		{
			"teachers", Teachers,
			"Vorname,Nachname,Passwort\nErika,Mustermann,2.3.1980\n",
			Row{Line: 2, Given: "Erika", Family: "Mustermann", Born: "1980-03-02", Password: "2.3.1980"},
		},
		{
			"every column of a school's tool", Students,
			"Import-ID;Vorname;Nachname;Klasse/Information;Account;Passwort;Email;Geburtsdatum;Gruppen\n" +
				"0075098C-1;Hans;Meyer;TG11B;hans.meyer;geheim;hand@example.com;05.05.2013;\"Kurs En 1;AG Handarbeit\"\n",
			Row{
				Line: 2, ImportID: "0075098C-1", Given: "Hans", Family: "Meyer", Class: "TG11B", Year: "11", Login: "hans.meyer",
				Password: "geheim", Mail: "hand@example.com", Born: "2013-05-05", Groups: []string{"AG Handarbeit", "Kurs En 1"},
			},
		},
		{
			"Hamburg students", Students,
			"ZSR-ID-ZSR;Klasse/Information;Zusammengesetzter-Nachname-DiViS;Rufname-DiViS;InitPW;Geburtsdatum;Gruppen\n" +
				"z1;10A;von Öhlen;Jörg;xyz;2010-02-01;\"10A Ch Ert; 10A D Kön\"\n",
			Row{
				Line: 2, ImportID: "z1", Given: "Jörg", Family: "von Öhlen", Class: "10A", Year: "10", Password: "xyz",
				Born: "2010-02-01", Groups: []string{"10A Ch Ert", "10A D Kön"},
			},
		},
		{
			"teachers with letters where the class is", Teachers,
			"Import-ID;Vorname;Nachname;Klasse/Information;Gruppen\nt1;Anna;Schmidt;SMT;Kollegium\n",
			Row{Line: 2, ImportID: "t1", Given: "Anna", Family: "Schmidt", Short: "SMT", Groups: []string{"Kollegium"}},
		},
		{
			"Hamburg teachers", Teachers,
			"Vorname;Nachname;Import-ID;Lehrer-Kürzel;Gruppen\nAnna;Schmidt;t1;SMT;\n",
			Row{Line: 2, ImportID: "t1", Given: "Anna", Family: "Schmidt", Short: "SMT"},
		},
		{
			"teachers and their classes", Teachers,
			"Import-ID;Vorname;Nachname;Klassenleitung\nt1;Anna;Schmidt;\"Klasse 7b; 08A\"\n",
			Row{Line: 2, ImportID: "t1", Given: "Anna", Family: "Schmidt", Leads: []string{"7b", "8A"}},
		},
		{
			"guardians", Guardians,
			"Vorname;Nachname;Kind-ID;E-Mail;Telefonnummer;Adresse;Sprache\nEmine;Yılmaz;s1;e@example.org;0171/123;Weg 1, 12345 Ort;Türkisch\n",
			Row{
				Line: 2, Given: "Emine", Family: "Yılmaz", ChildID: "s1", Mail: "e@example.org", Phone: "0171/123",
				Address: "Weg 1, 12345 Ort", Language: "tr",
			},
		},
		{
			"Hamburg guardians", Guardians,
			"ZSR-ID;Vorname (Kind);Nachname (Kind);Vorname;Nachname;E-Mail;Straße;Geschlecht;Personensorgeberechtigte\n" +
				"s1;Tom;Test;Erika;Musterfrau;;Am Weg 1;w;ja\n",
			Row{Line: 2, Given: "Erika", Family: "Musterfrau", ChildID: "s1", Address: "Am Weg 1"},
		},
		{
			"IServ's own export", Students,
			"Account;Vorname;Nachname;Status;Erstellt am;Erstellt von;UUID;Benutzertyp;Import-ID;Klasse/Information;E-Mail-Adresse;Gruppen\n" +
				"a.b;A;B;aktiv;1.1.2020;admin;u-1;Schüler;i-1;07b;;\n",
			Row{Line: 2, ImportID: "i-1", Login: "a.b", Given: "A", Family: "B", Class: "7b", Year: "7"},
		},
		{
			"SchILD", Students,
			"\"Nachname\";\"Vorname\";\"Geburtsdatum\";\"Geschlecht\";\"Klasse\";\"Schüleridentnummer\";\"Jahrgangsstufe\"\n\"B\";\"A\";\"1.2.2012\";\"m\";\"07B\";\"77\";\"07\"\n",
			Row{Line: 2, ImportID: "77", Given: "A", Family: "B", Born: "2012-02-01", Class: "7B", Year: "7"},
		},
		{
			"tabs, a separator line, blank lines, old line ends", Students,
			"sep=\t\r\rNAME\tVORNAME\tKlasse\r\rB\tA\tQ1\r",
			Row{Line: 5, Given: "A", Family: "B", Class: "Q1", Year: "Q1"},
		},
		{
			"MNSpro", Students,
			"Anmeldename;Passwort;Vorname;Nachname;Referenz-ID;Gruppen#Klasse;Gruppen#Kurs\nm.m;pw;M;M;9;Klasse 7 b;E1,D2\n",
			Row{Line: 2, ImportID: "9", Login: "m.m", Password: "pw", Given: "M", Family: "M", Class: "7b", Year: "7", Groups: []string{"D2", "E1"}},
		},
		{
			"course tool", Students, "FAMILIENNAME;RUFNAME;KLASSE;FACH1;FACH12;KURSNR1;FACHLEHRERKÜRZEL1\nB;A;EF;M;D;1;XY\n",
			Row{Line: 2, Given: "A", Family: "B", Class: "EF", Year: "EF"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list := read(t, test.kind, test.text)
			if len(list.Problems) > 0 || len(list.Unknown) > 0 {
				t.Errorf("problems %v, unknown %q", list.Problems, list.Unknown)
			}
			if len(list.Rows) != 1 || !reflect.DeepEqual(list.Rows[0], test.want) {
				t.Errorf("got  %+v\nwant %+v", list.Rows, test.want)
			}
		})
	}
}

// Every header that research names is understood or known to be left.
func TestHeadersAreKnown(t *testing.T) {
	headers := []string{
		"Vorname", "Nachname", "Klasse", "Passwort", "Import-ID", "Klasse/Information", "Account", "Email", "EMAIL", "E-Mail",
		"Geburtsdatum", "Gruppen", "FAMILIENNAME", "RUFNAME", "FACH3", "KURSNR12", "FACHLEHRERKÜRZEL2", "ZSR-ID-ZSR",
		"Zusammengesetzter-Nachname-DiViS", "Rufname-DiViS", "InitPW", "UUID", "Interne ID", "Status", "Erstellt am",
		"Erstellt von", "Benutzertyp", "E-Mail-Adresse", "GUID", "Klasse/Zusätzliche Informationen", "Name", "KURSE", "Kursnamen",
		"Gruppe", "Schüleridentnummer", "Jahrgangsstufe", "Geburtsort", "Klassenart", "Schulzweig", "Rufname*", "Alle Vornamen",
		"Fremdschlüssel", "Eintrittsdatum", "Austrittsdatum", "E-Mail Elternteil 1", "Telefon Elternteil 2", "E-Mail Schüler:in",
		"SSO-Adresse", "Anmeldename", "Referenz-ID", "Gruppen#Klasse", "Gruppen#Kurs", "Geschlecht",
	}
	for _, header := range headers {
		cols, _ := readHeader([]string{header}, Students, nil)
		if len(cols.unknown) > 0 {
			t.Errorf("%q is unknown", header)
		}
	}
	for _, header := range []string{"ZSR-ID", "Vorname (Kind)", "Kind-ID", "Telefonnummer", "Adresse", "Straße", "Personensorgeberechtigte"} {
		if cols, _ := readHeader([]string{header}, Guardians, nil); len(cols.unknown) > 0 {
			t.Errorf("%q is unknown for guardians", header)
		}
	}
	if cols, _ := readHeader([]string{"Schuhgröße", "Vorname", "Nachname"}, Students, nil); !reflect.DeepEqual(cols.unknown, []string{"Schuhgröße"}) {
		t.Errorf("unknown columns: %q", cols.unknown)
	}
}

func encode(t *testing.T, enc encoding.Encoding, text string) []byte {
	t.Helper()
	data, err := enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEncodings(t *testing.T) {
	const text = "Vorname;Nachname\nJürgen;Groß\nZoë;Müller-Lüdenscheidt\n"
	const east = "Vorname;Nachname\nŽeljko;Šimić\nTomaš;Œuvre\n"
	east9 := strings.ReplaceAll(east, "ć", "c")
	tests := []struct {
		name, want string
		data       []byte
		family     string
	}{
		{"plain", encUTF8, []byte(text), "Groß"},
		{"mark", encUTF8, append([]byte("\xef\xbb\xbf"), text...), "Groß"},
		{"windows", encCP1252, encode(t, charmap.Windows1252, text), "Groß"},
		{"windows quote", encCP1252, encode(t, charmap.Windows1252, text+"Šárka;O’Neill €\n"), "Groß"},
		{"windows accent as apostrophe", encCP1252, encode(t, charmap.Windows1252, text+"Sean;O´Neill\n"), "Groß"},
		{"latin 9", encLatin9, encode(t, charmap.ISO8859_15, east9), "Šimic"},
		{"utf-16 le", encUTF16LE, encode(t, textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM), east), "Šimić"},
		{"utf-16 be", encUTF16BE, encode(t, textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM), text), "Groß"},
		{"utf-16 le without mark", encUTF16LE, encode(t, textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM), text), "Groß"},
		{"utf-16 be without mark", encUTF16BE, encode(t, textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM), text), "Groß"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := Read(bytes.NewReader(test.data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if list.Encoding != test.want || list.Rows[0].Family != test.family {
				t.Errorf("encoding %s, first row %+v", list.Encoding, list.Rows[0])
			}
		})
	}
}

func TestDamagedUTF8(t *testing.T) {
	list := read(t, Students, "Vorname;Nachname\nJürgen;Groß\nMü\xffller;Ä\nÖ;Ü\n")
	if len(list.Rows) != 2 || len(list.Problems) != 1 || list.Problems[0].Code != CodeUndecodable || list.Problems[0].Line != 3 {
		t.Errorf("rows %v, problems %v", list.Rows, list.Problems)
	}
}

func TestRefusedFiles(t *testing.T) {
	many := strings.Repeat("Max;Muster\n", 200_000)
	tests := []struct {
		name, text, code, says string
	}{
		{"empty", "", CodeEmpty, "leer"},
		{"only blanks", "\xef\xbb\xbf \r\n\r\n", CodeEmpty, "leer"},
		{"PDF", "%PDF-1.7\n%\xe2\xe3\n1 0 obj", CodeNotCSV, "PDF"},
		{"XLSX", "PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml", CodeNotCSV, "XLSX"},
		{"ZIP", "PK\x03\x04\x14\x00\x00\x00liste.csv", CodeNotCSV, "ZIP"},
		{"old Excel", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", CodeNotCSV, "XLS"},
		{"web page", "<!DOCTYPE html><html>", CodeNotCSV, "HTML"},
		{"program", "\x7fELF\x02\x01\x01\x00\x00\x00\x00abc", CodeNotCSV, "binary"},
		{"200,000 rows", "Vorname;Nachname\n" + many, CodeTooManyRows, "50000"},
		{"too big", strings.Repeat("x", MaxBytes+1), CodeTooBig, "20 MB"},
		{"no header", "Max;Muster;7b\nEva;Muster;7b\n", CodeNoHeader, "Max, Muster, 7b"},
		{"no family name", "Vorname;Klasse\nMax;7b\n", CodeColumnMissing, "Nachname"},
		{"twice", "Vorname;Nachname;Vorname\nMax;M;x\n", CodeColumnTwice, "Vorname"},
		{"header only", "Vorname;Nachname\n;\n", CodeNoRows, "keine Personen"},
		{"only a separator line", "sep=;", CodeNoRows, "keine Personen"},
		{"a header without a line end", "VornAme,nAme", CodeNoRows, "keine Personen"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.text), Options{})
			var problem *RefusedError
			if !errors.As(err, &problem) || problem.Code != test.code {
				t.Fatalf("got %v, want %s", err, test.code)
			}
			if !strings.Contains(problem.Text("de"), test.says) {
				t.Errorf("%q does not say %q", problem.Text("de"), test.says)
			}
		})
	}
}

func TestBadRows(t *testing.T) {
	const header = "Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;E-Mail;Gruppen;Account\n"
	tests := []struct {
		name, row, code, column string
	}{
		{"no such day", "1;A;B;7b;31.02.2012;;;", CodeDate, "Geburtsdatum"},
		{"two digits of a year", "1;A;B;7b;1.2.12;;;", CodeDate, "Geburtsdatum"},
		{"future", "1;A;B;7b;1.2.2050;;;", CodeDateFuture, "Geburtsdatum"},
		{"300 characters", "1;" + strings.Repeat("ä", 300) + ";B;7b;;;;", CodeTooLong, "Vorname"},
		{"right to left override", "1;A;B\u202eC;7b;;;;", CodeBidi, "Nachname"},
		{"control", "1;A\x00B;B;7b;;;;", CodeNotCSV, ""},
		{"escape", "1;A\x1bB;B;7b;;;;", CodeControl, "Vorname"},
		{"zero width", "1;A\u200bB;B;7b;;;;", CodeControl, "Vorname"},
		{"no name", "1;;B;7b;;;;", CodeRequired, "Vorname"},
		{"digits for a name", "1;A;123;7b;;;;", CodeNoLetter, "Nachname"},
		{"mail", "1;A;B;7b;;a@b;;", CodeMail, "E-Mail"},
		{"mail with a name", "1;A;B;7b;;A <a@b.de>;;", CodeMail, "E-Mail"},
		{"override in a group", "1;A;B;7b;;;x\u202ey;", CodeBidi, "Gruppen"},
		{"groups", "1;A;B;7b;;;\"" + strings.Join(hundred("G%d"), ";") + "\";", CodeTooManyGroups, "Gruppen"},
		{"login", "1;A;B;7b;;;;a b", CodeLogin, "Account"},
		{"too many cells", "1;A;B;7b;;;;;;extra", CodeTooManyCells, ""},
		{"open quote", "1;\"A;B;7b;;;;", CodeQuote, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := header + "8;Eva;Vor;7b;;;;\n" + test.row + "\n9;Eva;Nach;7b;;;;\n"
			list, err := Read(strings.NewReader(text), Options{Today: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)})
			var whole *RefusedError
			if errors.As(err, &whole) && whole.Code == test.code {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Problems) != 1 || list.Problems[0].Code != test.code || list.Problems[0].Line != 3 || list.Problems[0].Column != test.column {
				t.Fatalf("problems %+v", list.Problems)
			}
			if len(list.Rows) != 2 || list.Rows[0].Family != "Vor" || list.Rows[1].Family != "Nach" || list.Rows[1].Line != 4 {
				t.Errorf("the rows around it: %+v", list.Rows)
			}
			if text := list.Problems[0].Text("de"); !strings.HasPrefix(text, "Zeile 3") || strings.ContainsAny(text, "\u202e\x1b{") {
				t.Errorf("sentence %q", text)
			}
		})
	}
}

func hundred(format string) []string {
	all := make([]string, 0, 101)
	for i := range 101 {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

func TestSameImportIDNamesBothLines(t *testing.T) {
	list := read(t, Students, "Import-ID;Vorname;Nachname\n1;A;B\n2;C;D\n1;E;F\n")
	if len(list.Rows) != 1 || len(list.Problems) != 2 || len(list.Refused) != 2 {
		t.Fatalf("rows %v, problems %v", list.Rows, list.Problems)
	}
	for i, line := range []int{2, 4} {
		if p := list.Problems[i]; p.Line != line || p.Code != CodeDuplicateID || p.Args["lines"] != "2, 4" {
			t.Errorf("problem %+v", p)
		}
	}
}

func TestQuotesInNames(t *testing.T) {
	list := read(t, Students, "Vorname;Nachname\nMax \"Maxi\" M;Muster\n\"Eva \"\"E\"\"\";\"Mu\nster\"\nAn;Na\n")
	if len(list.Rows) != 3 || list.Rows[0].Given != `Max "Maxi" M` || list.Rows[1].Family != "Mu ster" || list.Rows[2].Line != 5 {
		t.Errorf("%+v %+v", list.Rows, list.Problems)
	}
}

// A file full of quotation marks without partners must not cost the square of
// its length.
func TestManyOpenQuotes(t *testing.T) {
	start := clocktest.CPU()
	list, err := Read(strings.NewReader("Vorname;Nachname\n"+strings.Repeat("\"A;\"\"B\"\";C\"\"\n", 40_000)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if took := clocktest.CPU() - start; took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if list.Unread == 0 {
		t.Error("nothing unread")
	}
}

func TestMapping(t *testing.T) {
	text := "Code;Ruf;Fam;Klasse\n7;A;B;7b\n"
	list, err := Read(strings.NewReader(text), Options{Mapping: map[string]Field{
		"code": FieldImportID, "Ruf": FieldGiven, "Fam": FieldFamily, "Klasse": FieldIgnore,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Row{Line: 2, ImportID: "7", Given: "A", Family: "B"}); !reflect.DeepEqual(list.Rows[0], want) {
		t.Errorf("%+v", list.Rows)
	}
	for _, mapping := range []map[string]Field{{"Nix": FieldGiven}, {"Ruf": "shoe"}, {"Ruf": FieldGiven, "Fam": FieldGiven}} {
		if _, err := Read(strings.NewReader(text), Options{Mapping: mapping}); err == nil {
			t.Errorf("%v was taken", mapping)
		}
	}
}

func TestSentences(t *testing.T) {
	slot := regexp.MustCompile(`\{\w+\}`)
	for code, pair := range sentences {
		if pair.de == "" || pair.en == "" {
			t.Errorf("%s lacks a language", code)
		}
		if !reflect.DeepEqual(slot.FindAllString(pair.de, -1), slot.FindAllString(pair.en, -1)) {
			de, en := slot.FindAllString(pair.de, -1), slot.FindAllString(pair.en, -1)
			if len(de) != len(en) {
				t.Errorf("%s: %v in German, %v in English", code, de, en)
			}
		}
	}
	p := Problem{Column: "Klasse", Code: CodeRequired}
	if got := p.Text("en"); got != "Column “Klasse”: The field must not be empty." {
		t.Error(got)
	}
	if got := (&Problem{Line: 3, Column: "K", Code: CodeRequired}).Text("de"); got != "Zeile 3, Spalte „K“: Das Feld darf nicht leer sein." {
		t.Error(got)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("Vorname;Nachname;Klasse\nMax;Muster;7b\n\"A;B\n"), uint8(0))
	f.Add([]byte("Import-ID,Vorname,Nachname\n1,\"A\nB\",C\n1,D,E\n"), uint8(1))
	f.Add([]byte("\xff\xfeV\x00"), uint8(2))
	f.Add([]byte("Vorname\tNachname\tKind-ID\nM\xfcl\tM\t\n"), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		list, err := Read(bytes.NewReader(data), Options{Kind: []Kind{Students, Teachers, Guardians}[kind%3]})
		if err != nil {
			var p *RefusedError
			if !errors.As(err, &p) || p.Text("de") == "" || strings.Contains(p.Text("de"), "{") && !bytes.Contains(data, []byte("{")) {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		for _, row := range list.Rows {
			if row.Line < 2 || row.Given == "" || row.Family == "" || !utf8.ValidString(row.Given+row.Family) ||
				strings.ContainsFunc(row.Given+row.Family+row.Class, hidden) {
				t.Fatalf("row %+v", row)
			}
		}
		preview := Plan(School{}, list, PlanOptions{})
		if len(preview.New) > len(list.Rows) {
			t.Fatal("more people than rows")
		}
	})
}

func TestProgress(t *testing.T) {
	var told []int
	_, err := Read(bytes.NewReader(bigList(25, "7")), Options{Progress: func(done, of int) {
		if of < 4001 || done > of || len(told) > 0 && done <= told[len(told)-1] {
			t.Errorf("%d of %d after %v", done, of, told)
		}
		told = append(told, done)
	}})
	if err != nil || len(told) != 80 || told[79] != 4001 {
		t.Errorf("%v, told %d times: %v", err, len(told), told)
	}
}
