package roster

import (
	"strconv"
	"strings"
)

// Problem says what is wrong with a list or with one line of it, so that a
// person at the school can mend it.
type Problem struct {
	Line   int               `json:"line,omitempty"`   // counted from 1, the header included; 0 = the whole file
	Column string            `json:"column,omitempty"` // as the list's header spells it
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"` // what the sentence names
}

// Codes of problems with a whole list.
const (
	CodeEmpty         = "empty"
	CodeTooBig        = "too_big"
	CodeTooManyRows   = "too_many_rows"
	CodeNotCSV        = "not_csv"
	CodeEncoding      = "encoding"
	CodeNoHeader      = "no_header"
	CodeColumnMissing = "column_missing"
	CodeColumnTwice   = "column_twice"
	CodeMapping       = "mapping"
	CodeNoRows        = "no_rows"
)

// Codes of problems with one line.
const (
	CodeQuote         = "quote"
	CodeTooManyCells  = "too_many_cells"
	CodeRequired      = "required"
	CodeTooLong       = "too_long"
	CodeControl       = "control"
	CodeBidi          = "bidi"
	CodeUndecodable   = "undecodable"
	CodeNoLetter      = "no_letter"
	CodeDate          = "date"
	CodeDateFuture    = "date_future"
	CodeMail          = "mail"
	CodeLogin         = "login"
	CodeDuplicateID   = "duplicate_id"
	CodeTooManyGroups = "too_many_groups"
	CodeClassUnknown  = "class_unknown"
)

// Codes of lines that a preview leaves for a person to decide.
const (
	CodeSameName       = "same_name"
	CodeAmbiguous      = "ambiguous"
	CodePossibleRename = "possible_rename"
	CodeIDChanged      = "id_changed"
	CodeByHand         = "by_hand"
	CodeMayReturn      = "may_return"
	CodeRowRefused     = "row_refused"
	CodeChildUnknown   = "child_unknown"
	CodeDecision       = "decision"
	CodeLoginTaken     = "login_taken"
)

// RefusedError means that a list was refused as a whole.
type RefusedError struct {
	Problem
	// Header and Columns are what List has of that name, as far as the list was read:
	// with them somebody can say which column is meant.
	Header  []string
	Columns map[Field]string
}

// Error is the English sentence.
func (e *RefusedError) Error() string { return e.Text("en") }

// Text is the sentence in German ("de") or English (anything else), with the
// line and the column in front where there are any.
func (p *Problem) Text(lang string) string {
	german := lang == "de"
	pair, ok := sentences[p.Code]
	if !ok {
		return p.Code
	}
	text := pair.en
	if german {
		text = pair.de
	}
	for key, value := range p.Args {
		text = strings.ReplaceAll(text, "{"+key+"}", shown(value))
	}
	where := ""
	if p.Line > 0 {
		where = "Line "
		if german {
			where = "Zeile "
		}
		where += strconv.Itoa(p.Line)
	}
	if p.Column != "" {
		column := "column “" + shown(p.Column) + "”"
		if german {
			column = "Spalte „" + shown(p.Column) + "“"
		}
		if where != "" {
			where += ", "
		} else if !german {
			column = "C" + column[1:]
		}
		where += column
	}
	if where != "" {
		where += ": "
	}
	return where + text
}

// shown is a value from outside as it may stand in a sentence: short, in one
// direction, without control characters.
func shown(value string) string {
	const most = 60
	var b strings.Builder
	n := 0
	for _, r := range value {
		if n == most {
			b.WriteRune('…')
			break
		}
		if hidden(r) {
			r = '�'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

type pair struct{ de, en string }

var sentences = map[string]pair{
	CodeEmpty: {
		"Die Datei ist leer.",
		"The file is empty.",
	},
	CodeTooBig: {
		"Die Datei ist zu groß: höchstens {max} MB sind möglich.",
		"The file is too big: at most {max} MB are possible.",
	},
	CodeTooManyRows: {
		"Die Datei hat zu viele Zeilen: höchstens {max} Personen sind möglich. Ist es die richtige Datei?",
		"The file has too many lines: at most {max} people are possible. Is it the right file?",
	},
	CodeNotCSV: {
		"Das ist keine CSV-Datei, sondern {format}. Bitte die Liste als CSV exportieren.",
		"This is not a CSV file but {format}. Please export the list as CSV.",
	},
	CodeEncoding: {
		"Die Zeichen der Datei sind beschädigt. Bitte die Liste neu als CSV in UTF-8 exportieren.",
		"The characters of the file are damaged. Please export the list again as CSV in UTF-8.",
	},
	CodeNoHeader: {
		"Die erste Zeile nennt keine bekannten Spalten (gefunden: {found}). Erwartet werden zum Beispiel {wanted}.",
		"The first line names no known columns (found: {found}). Expected are, for example, {wanted}.",
	},
	CodeColumnMissing: {
		"Die Spalte „{wanted}“ fehlt. Vorhanden sind: {found}.",
		"The column “{wanted}” is missing. There are: {found}.",
	},
	CodeColumnTwice: {
		"Zwei Spalten bedeuten dasselbe: „{first}“ und „{second}“. Bitte die Zuordnung angeben.",
		"Two columns mean the same: “{first}” and “{second}”. Please say which one counts.",
	},
	CodeMapping: {
		"Die Zuordnung nennt „{found}“, das es hier nicht gibt.",
		"The mapping names “{found}”, which does not exist here.",
	},
	CodeNoRows: {
		"Die Datei hat eine Kopfzeile, aber keine Personen.",
		"The file has a header but no people.",
	},
	CodeQuote: {
		"Die Anführungszeichen passen nicht zusammen; die Zeile wurde nicht gelesen.",
		"The quotation marks do not match; the line was not read.",
	},
	CodeTooManyCells: {
		"Die Zeile hat {found} Felder, die Kopfzeile nur {max}. Vielleicht fehlen Anführungszeichen.",
		"The line has {found} fields, the header only {max}. Quotation marks may be missing.",
	},
	CodeRequired: {
		"Das Feld darf nicht leer sein.",
		"The field must not be empty.",
	},
	CodeTooLong: {
		"Der Eintrag hat {found} Zeichen, höchstens {max} sind möglich.",
		"The entry has {found} characters, at most {max} are possible.",
	},
	CodeControl: {
		"Der Eintrag enthält unsichtbare Steuerzeichen ({found}).",
		"The entry holds invisible control characters ({found}).",
	},
	CodeBidi: {
		"Der Eintrag enthält Zeichen, die die Schreibrichtung umkehren ({found}). Das ist in Namen nicht erlaubt.",
		"The entry holds characters that reverse the direction of writing ({found}). Names must not have them.",
	},
	CodeUndecodable: {
		"Der Eintrag „{value}“ enthält beschädigte Zeichen.",
		"The entry “{value}” holds damaged characters.",
	},
	CodeNoLetter: {
		"„{value}“ enthält keinen Buchstaben.",
		"“{value}” holds no letter.",
	},
	CodeDate: {
		"Das Datum „{value}“ gibt es nicht. Erwartet wird TT.MM.JJJJ.",
		"There is no date “{value}”. Expected is DD.MM.YYYY.",
	},
	CodeDateFuture: {
		"Das Datum „{value}“ liegt in der Zukunft oder vor 1900.",
		"The date “{value}” is in the future or before 1900.",
	},
	CodeMail: {
		"„{value}“ ist keine E-Mail-Adresse.",
		"“{value}” is not an e-mail address.",
	},
	CodeLogin: {
		"„{value}“ geht nicht als Anmeldename: nur a–z, 0–9, Punkt und Bindestrich, höchstens {max} Zeichen.",
		"“{value}” cannot be a login: only a–z, 0–9, dot and hyphen, at most {max} characters.",
	},
	CodeDuplicateID: {
		"Die Import-ID „{value}“ steht in den Zeilen {lines}. Jede Person braucht eine eigene.",
		"The import ID “{value}” stands in lines {lines}. Every person needs an own one.",
	},
	CodeTooManyGroups: {
		"Die Person ist in {found} Gruppen, höchstens {max} sind möglich.",
		"The person is in {found} groups, at most {max} are possible.",
	},
	CodeClassUnknown: {
		"Eine Klasse „{value}“ gibt es an der Schule nicht; diese Klassenleitung wird nicht übernommen. Bitte zuerst die Schülerliste importieren.",
		"There is no class “{value}” at the school; this lead is not taken over. Please import the students first.",
	},
	CodeSameName: {
		"„{name}“ steht ohne Import-ID in den Zeilen {lines}. Bitte Geburtsdatum oder Import-ID ergänzen.",
		"“{name}” stands without an import ID in lines {lines}. Please add the date of birth or an import ID.",
	},
	CodeAmbiguous: {
		"„{name}“ passt auf {count} Personen der Schule. Bitte auswählen.",
		"“{name}” fits {count} people of the school. Please choose.",
	},
	CodePossibleRename: {
		"„{name}“ ist neu, „{old}“ fehlt; Geburtsdatum und ein Name stimmen überein. Ist es dieselbe Person?",
		"“{name}” is new, “{old}” is missing; date of birth and one name agree. Is it the same person?",
	},
	CodeIDChanged: {
		"„{name}“ hat die Import-ID „{value}“, in der Schule aber „{old}“. Ist es dieselbe Person?",
		"“{name}” has the import ID “{value}”, but “{old}” at the school. Is it the same person?",
	},
	CodeByHand: {
		"„{name}“ wurde schon von Hand angelegt. Ist es dieselbe Person?",
		"“{name}” was already added by hand. Is it the same person?",
	},
	CodeMayReturn: {
		"„{name}“ hat die Schule verlassen. Kommt dieselbe Person zurück?",
		"“{name}” has left the school. Does the same person come back?",
	},
	CodeRowRefused: {
		"„{name}“ bleibt unverändert, weil die eigene Zeile nicht gelesen werden konnte.",
		"“{name}” stays as is, because the own line could not be read.",
	},
	CodeChildUnknown: {
		"Ein Kind mit der Import-ID „{value}“ gibt es an der Schule nicht. Bitte zuerst die Schülerliste importieren.",
		"There is no child with the import ID “{value}” at the school. Please import the students first.",
	},
	CodeDecision: {
		"Die Entscheidung zu „{name}“ nennt eine Person, die es nicht gibt oder die schon vergeben ist.",
		"The decision about “{name}” names a person who does not exist or is already taken.",
	},
	CodeLoginTaken: {
		"Der Anmeldename „{value}“ aus der Liste ist schon vergeben; „{login}“ wird verwendet.",
		"The login “{value}” of the list is taken; “{login}” is used.",
	},
}
