package roster

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Field is what a column of a list means to Schulhof.
type Field string

// The fields. FieldStreet, FieldZip and FieldPlace become one address.
const (
	FieldImportID Field = "import_id"
	FieldGiven    Field = "given"
	FieldFamily   Field = "family"
	FieldClass    Field = "class"
	FieldYear     Field = "year"
	FieldBorn     Field = "born"
	FieldGroups   Field = "groups"
	FieldLogin    Field = "login"
	FieldPassword Field = "password"
	FieldMail     Field = "email"
	FieldShort    Field = "short" // a teacher's letters
	FieldLeads    Field = "leads" // the classes that a teacher leads
	FieldChildID  Field = "child_id"
	FieldPhone    Field = "phone"
	FieldAddress  Field = "address"
	FieldStreet   Field = "street"
	FieldZip      Field = "zip"
	FieldPlace    Field = "place"
	FieldLanguage Field = "language"
	FieldIgnore   Field = "" // in a mapping: leave this column
)

// spelling is one header that schools' programs write, squeezed (see squeeze).
// Of several columns for one field the one listed first here counts.
type spelling struct {
	header string
	field  Field
}

var common = []spelling{
	{"importid", FieldImportID},
	{"guid", FieldImportID},
	{"fremdschluessel", FieldImportID},
	{"referenzid", FieldImportID},
	{"schueleridentnummer", FieldImportID},
	{"zsridzsr", FieldImportID},
	{"schuelerid", FieldImportID},
	{"lehrerid", FieldImportID},
	{"externeid", FieldImportID},
	{"id", FieldImportID},
	{"uuid", FieldImportID},
	{"interneid", FieldImportID},
	{"vorname", FieldGiven},
	{"vornamen", FieldGiven},
	{"rufnamedivis", FieldGiven},
	{"rufname", FieldGiven},
	{"allevornamen", FieldGiven},
	{"firstname", FieldGiven},
	{"givenname", FieldGiven},
	{"nachname", FieldFamily},
	{"familienname", FieldFamily},
	{"zusammengesetzternachnamedivis", FieldFamily},
	{"zusammengesetzternachname", FieldFamily},
	{"zuname", FieldFamily},
	{"lastname", FieldFamily},
	{"surname", FieldFamily},
	{"familyname", FieldFamily},
	{"name", FieldFamily},
	{"geburtsdatum", FieldBorn},
	{"geburtstag", FieldBorn},
	{"gebdatum", FieldBorn},
	{"gebdat", FieldBorn},
	{"dateofbirth", FieldBorn},
	{"gruppen", FieldGroups},
	{"gruppenkurs", FieldGroups},
	{"kurse", FieldGroups},
	{"kursnamen", FieldGroups},
	{"gruppe", FieldGroups},
	{"groups", FieldGroups},
	{"account", FieldLogin},
	{"anmeldename", FieldLogin},
	{"benutzername", FieldLogin},
	{"login", FieldLogin},
	{"username", FieldLogin},
	{"passwort", FieldPassword},
	{"initpw", FieldPassword},
	{"initialpasswort", FieldPassword},
	{"startpasswort", FieldPassword},
	{"kennwort", FieldPassword},
	{"password", FieldPassword},
	{"email", FieldMail},
	{"emailadresse", FieldMail},
	{"mail", FieldMail},
	{"mailadresse", FieldMail},
	{"emailschuelerin", FieldMail},
	{"emailschueler", FieldMail},
	{"ssoadresse", FieldMail},
}

var classes = []spelling{
	{"klasse", FieldClass},
	{"klasseinformation", FieldClass},
	{"klassezusaetzlicheinformationen", FieldClass},
	{"klassezusaetzlicheinformation", FieldClass},
	{"gruppenklasse", FieldClass},
	{"stammklasse", FieldClass},
	{"class", FieldClass},
	{"jahrgangsstufe", FieldYear},
	{"jahrgang", FieldYear},
	{"klassenstufe", FieldYear},
	{"stufe", FieldYear},
	{"year", FieldYear},
}

var teachers = []spelling{
	{"lehrerkuerzel", FieldShort},
	{"kuerzel", FieldShort},
	{"fachlehrerkuerzel", FieldShort},
	{"klassenleitung", FieldLeads},
	{"klassenleitungen", FieldLeads},
	{"klassenleitungvon", FieldLeads},
	{"klassenleitungderklasse", FieldLeads},
	{"leitungderklasse", FieldLeads},
	{"leitungklasse", FieldLeads},
	{"klassenlehrkraft", FieldLeads},
	{"klassenlehrkraftvon", FieldLeads},
	{"klassenlehrer", FieldLeads},
	{"klassenlehrerin", FieldLeads},
	{"klassenlehrervon", FieldLeads},
	{"klassenlehrerinvon", FieldLeads},
	{"klassenleiter", FieldLeads},
	{"klassenleiterin", FieldLeads},
	{"geleiteteklassen", FieldLeads},
	{"eigeneklasse", FieldLeads},
	{"leitetklasse", FieldLeads},
	{"leitet", FieldLeads},
	{"classlead", FieldLeads},
	{"classesled", FieldLeads},
	{"classteacherof", FieldLeads},
	{"formteacherof", FieldLeads},
	// the teachers' lists of schools' tools have the letters where a student has the class
	{"klasseinformation", FieldShort},
	{"klassezusaetzlicheinformationen", FieldShort},
	{"klassezusaetzlicheinformation", FieldShort},
}

var guardians = []spelling{
	{"kindid", FieldChildID},
	{"iddeskindes", FieldChildID},
	{"importidkind", FieldChildID},
	{"kindimportid", FieldChildID},
	{"zsrid", FieldChildID},
	{"zsridzsr", FieldChildID},
	{"schueleridentnummer", FieldChildID},
	{"schuelerid", FieldChildID},
	{"childid", FieldChildID},
	{"telefonnummer", FieldPhone},
	{"telefon", FieldPhone},
	{"handynummer", FieldPhone},
	{"handy", FieldPhone},
	{"mobil", FieldPhone},
	{"mobilnummer", FieldPhone},
	{"phone", FieldPhone},
	{"adresse", FieldAddress},
	{"anschrift", FieldAddress},
	{"address", FieldAddress},
	{"strasse", FieldStreet},
	{"strassehausnummer", FieldStreet},
	{"plz", FieldZip},
	{"postleitzahl", FieldZip},
	{"ort", FieldPlace},
	{"wohnort", FieldPlace},
	{"sprache", FieldLanguage},
	{"familiensprache", FieldLanguage},
	{"verkehrssprache", FieldLanguage},
	{"muttersprache", FieldLanguage},
	{"language", FieldLanguage},
}

// leftAside are columns that are well known and not needed. Digits at the end
// of a header do not count: FACH1 to FACH12.
var leftAside = []string{
	"geschlecht", "geburtsort", "klassenart", "schulzweig", "eintrittsdatum", "austrittsdatum", "status",
	"erstelltam", "erstelltvon", "benutzertyp", "fach", "kursnr", "fachlehrerkuerzel", "vornamekind",
	"nachnamekind", "personensorgeberechtigte", "emailelternteil", "telefonelternteil", "klasse", "jahrgang",
	"jahrgangsstufe", "bundesland", "staatsangehoerigkeit",
}

func spellingsOf(kind Kind) []spelling {
	switch kind {
	case Teachers:
		return slices.Concat(teachers, common)
	case Guardians:
		return slices.Concat(guardians, common)
	default:
		return slices.Concat(common, classes)
	}
}

// required are the fields without which a list of a kind cannot be read, with
// the header that a school would use.
func required(kind Kind) []spelling {
	need := []spelling{{"Vorname", FieldGiven}, {"Nachname", FieldFamily}}
	if kind == Guardians {
		need = append(need, spelling{"Kind-ID", FieldChildID})
	}
	return need
}

// squeeze brings a header into the form in which spellings are compared: lower
// case, ä as ae, letters and digits only.
func squeeze(header string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(norm.NFC.String(header)) {
		switch {
		case r == 'ä':
			b.WriteString("ae")
		case r == 'ö':
			b.WriteString("oe")
		case r == 'ü':
			b.WriteString("ue")
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// columns says for each field which cell of a row it is in.
type columns struct {
	at      map[Field]int
	header  []string
	unused  []string // known, but not needed or not the best of several
	unknown []string
}

// readHeader gives the columns of a header line, by a mapping where there is
// one (header as it stands in the file to field) and by the known spellings.
func readHeader(header []string, kind Kind, mapping map[string]Field) (columns, *Problem) {
	c := columns{at: map[Field]int{}, header: header}
	rank := map[Field]int{}
	mapped, refused := c.byMapping(mapping)
	if refused != nil {
		return c, refused
	}
	known := spellingsOf(kind)
	for i, cell := range header {
		if mapped[i] || cell == "" {
			continue
		}
		key := squeeze(cell)
		at := slices.IndexFunc(known, func(s spelling) bool { return s.header == key })
		if at < 0 {
			if slices.Contains(leftAside, strings.TrimRight(key, "0123456789")) {
				c.unused = append(c.unused, cell)
			} else {
				c.unknown = append(c.unknown, cell)
			}
			continue
		}
		field := known[at].field
		before, taken := c.at[field]
		best, ranked := rank[field]
		switch {
		case !taken:
		case !ranked: // the mapping wins
			c.unused = append(c.unused, cell)
			continue
		case best == at:
			return c, &Problem{Line: 1, Code: CodeColumnTwice, Args: map[string]string{"first": header[before], "second": cell}}
		case best < at:
			c.unused = append(c.unused, cell)
			continue
		default:
			c.unused = append(c.unused, header[before])
		}
		c.at[field], rank[field] = i, at
	}
	return c, c.missing(kind)
}

// byMapping places the columns that a mapping names and tells which they are.
func (c *columns) byMapping(mapping map[string]Field) (map[int]bool, *Problem) {
	mapped := map[int]bool{}
	names := make([]string, 0, len(mapping))
	for name := range mapping {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		field := mapping[name]
		i := slices.IndexFunc(c.header, func(h string) bool { return strings.EqualFold(h, strings.TrimSpace(name)) })
		if i < 0 || !knownField(field) {
			found := name
			if i >= 0 {
				found = string(field)
			}
			return nil, &Problem{Code: CodeMapping, Args: map[string]string{"found": found}}
		}
		mapped[i] = true
		if field == FieldIgnore {
			c.unused = append(c.unused, c.header[i])
			continue
		}
		if before, ok := c.at[field]; ok {
			return nil, &Problem{Line: 1, Code: CodeColumnTwice, Args: map[string]string{"first": c.header[before], "second": c.header[i]}}
		}
		c.at[field] = i
	}
	return mapped, nil
}

func knownField(field Field) bool {
	if field == FieldIgnore {
		return true
	}
	all := slices.Concat(common, classes, teachers, guardians)
	return slices.ContainsFunc(all, func(s spelling) bool { return s.field == field })
}

func (c *columns) missing(kind Kind) *Problem {
	found := slices.DeleteFunc(slices.Clone(c.header), func(h string) bool { return h == "" })
	list := strings.Join(found[:min(len(found), 8)], ", ")
	if len(c.at) == 0 {
		return &Problem{Line: 1, Code: CodeNoHeader, Args: map[string]string{"found": list, "wanted": "Vorname, Nachname, Klasse"}}
	}
	for _, need := range required(kind) {
		if _, ok := c.at[need.field]; !ok {
			return &Problem{Line: 1, Code: CodeColumnMissing, Args: map[string]string{"wanted": need.header, "found": list}}
		}
	}
	return nil
}
