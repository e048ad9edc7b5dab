// Package roster reads the lists that a school's own administration program
// writes and works out what they change. It knows no database: a list comes in
// as bytes, the school as plain values, and a preview comes out.
//
// Its words: a list is one file of one kind (students, teachers or guardians);
// a row is one line of it that could be read; a problem is a line, a column and
// a reason in German and English; a school is what is stored now; a preview is
// what would change, which somebody looks at before anything is written.
//
// Everything is bounded and deterministic: the same list and the same school
// give the same preview, and a list that has been applied gives an empty one.
package roster

// Bounds of what is read. A list beyond them is refused with a sentence.
const (
	MaxBytes   = 20 << 20 // of the file as it is stored
	MaxRows    = 50_000   // lines with people
	MaxColumns = 200
	MaxName    = 100 // characters of a given or family name
	MaxGroups  = 100 // groups of one person
	maxID      = 100
	maxClass   = 40
	maxGroup   = 100
	maxMail    = 254
	maxPhone   = 50
	maxAddress = 300
	maxSecret  = 200 // a start password
)

// Kind says whom a list holds.
type Kind string

// The kinds of lists.
const (
	Students  Kind = "students"
	Teachers  Kind = "teachers"
	Guardians Kind = "guardians"
)
