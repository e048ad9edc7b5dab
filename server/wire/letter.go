package wire

import "time"

// ModuleLetters is the name of the module of parent letters (Elternbriefe).
const ModuleLetters = "letters"

// Letter is a letter as one guardian (or member of staff) gets it: one row for a
// letter, with all children it concerns. GET /api/v1/letters/inbox?since=SEQ
// gives Changes[Letter].
type Letter struct {
	ID        string         `json:"id"`
	Subject   string         `json:"subject"`
	Markdown  string         `json:"markdown"`
	Lang      string         `json:"lang"`            // of subject and text, BCP 47
	Langs     []string       `json:"langs,omitempty"` // other versions by the sender: GET …/{id}/text?lang=
	From      []string       `json:"from"`            // names, the author first
	Sent      time.Time      `json:"sent"`
	Version   int            `json:"version"`           // 1, or more after a correction
	Changed   string         `json:"changed,omitempty"` // what the correction changed, a diff in Markdown
	Important bool           `json:"important,omitempty"`
	Ask       Ask            `json:"ask"`
	Files     []LetterFile   `json:"files,omitempty"`
	Children  []LetterChild  `json:"children"` // empty for staff
	Answers   []LetterAnswer `json:"answers,omitempty"`
	Read      *time.Time     `json:"read,omitempty"`
	Archived  bool           `json:"archived,omitempty"`
	Open      bool           `json:"open"` // an answer that is required is missing, and there is still time
	Seq       int64          `json:"seq"`
}

// Ask is what a letter wants to know. The zero value asks nothing.
type Ask struct {
	Read     bool       `json:"read,omitempty"` // confirm that it was read
	Choice   *Choice    `json:"choice,omitempty"`
	Text     bool       `json:"text,omitempty"`
	Must     []string   `json:"must,omitempty"` // of read, choice, text
	PerChild bool       `json:"perChild,omitempty"`
	Deadline *time.Time `json:"deadline,omitempty"`
}

// Choice is a question with options.
type Choice struct {
	Question string   `json:"question,omitempty"`
	Options  []string `json:"options"` // yes and no by default
	Several  bool     `json:"several,omitempty"`
}

// LetterFile is an attachment, fetched from GET /api/v1/letters/{id}/files/{file}.
type LetterFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// LetterChild is a child that a letter concerns.
type LetterChild struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
}

// LetterAnswer is one answer. Child is empty where one answers per guardian.
type LetterAnswer struct {
	Child   string    `json:"child,omitempty"`
	By      string    `json:"by"` // name
	Mine    bool      `json:"mine,omitempty"`
	At      time.Time `json:"at"`
	Read    bool      `json:"read,omitempty"`
	Options []int     `json:"options,omitempty"`
	Text    string    `json:"text,omitempty"`
	German  string    `json:"german,omitempty"` // machine translation of Text, for the report
	Paper   bool      `json:"paper,omitempty"`  // entered by the school
}

// GiveAnswer is the body of POST /api/v1/letters/{id}/answer.
type GiveAnswer struct {
	Child   string `json:"child,omitempty"`
	Read    bool   `json:"read,omitempty"`
	Options []int  `json:"options,omitempty" maxItems:"50"`
	Text    string `json:"text,omitempty" maxLength:"4000"`
	Lang    string `json:"lang,omitempty"`
}

// Flags is the body of POST /api/v1/letters/flags: read or archive several at once.
type Flags struct {
	IDs      []string `json:"ids" maxItems:"500"`
	Read     *bool    `json:"read,omitempty"`
	Archived *bool    `json:"archived,omitempty"`
}

// Translation is the answer to POST /api/v1/letters/{id}/translate?lang=.
type Translation struct {
	Lang     string `json:"lang"`
	Subject  string `json:"subject"`
	Markdown string `json:"markdown"`
	Machine  bool   `json:"machine"` // false: a version that the sender wrote
	Engine   string `json:"engine,omitempty"`
}

// Draft is a letter while it is written: GET, POST and PUT /api/v1/letters/drafts.
type Draft struct {
	ID        string            `json:"id,omitempty"`
	Subject   string            `json:"subject" maxLength:"200"`
	Markdown  string            `json:"markdown" maxLength:"60000"`
	Lang      string            `json:"lang,omitempty"`
	Versions  map[string]Text   `json:"versions,omitempty"` // other languages
	To        []Target          `json:"to" maxItems:"500"`
	CoSenders []string          `json:"coSenders,omitempty" maxItems:"20"` // person ids
	Important bool              `json:"important,omitempty"`
	Ask       Ask               `json:"ask"`
	Remind    []int             `json:"remind,omitempty"` // days before the deadline
	SendAt    *time.Time        `json:"sendAt,omitempty"`
	Files     []LetterFile      `json:"files,omitempty"`
	Values    map[string]string `json:"values,omitempty"` // of a template's placeholders
	Rev       int               `json:"rev"`              // PUT gives the one it read; 409 conflict else
	Saved     time.Time         `json:"saved"`
}

// Text is a letter's text in one language.
type Text struct {
	Subject  string `json:"subject"`
	Markdown string `json:"markdown"`
}

// Target is one addressee.
type Target struct {
	Kind string `json:"kind" enum:"all,year,class,course,child,staff"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Reach says whom a draft reaches: POST /api/v1/letters/reach with []Target.
type Reach struct {
	Children    int      `json:"children"`
	Guardians   int      `json:"guardians"`
	Staff       int      `json:"staff,omitempty"`
	Unreachable []string `json:"unreachable"` // names of children without a guardian's account, at most 500
}

// SentLetter is one row of the sender's list, GET /api/v1/letters/sent.
type SentLetter struct {
	ID       string     `json:"id"`
	Subject  string     `json:"subject"`
	State    string     `json:"state" enum:"draft,scheduled,sent,recalled"`
	At       time.Time  `json:"at"`
	To       []Target   `json:"to"`
	Total    int        `json:"total"` // rows of the report
	Read     int        `json:"read"`
	Answered int        `json:"answered"`
	Bounced  int        `json:"bounced,omitempty"`
	Deadline *time.Time `json:"deadline,omitempty"`
}

// Report is who answered what: GET /api/v1/letters/{id}/report.
type Report struct {
	Letter SentLetter  `json:"letter"`
	Ask    Ask         `json:"ask"`
	Counts []int       `json:"counts,omitempty"` // per option
	Rows   []ReportRow `json:"rows"`
}

// ReportRow is one child (or guardian, or member of staff) in a report.
type ReportRow struct {
	Child    LetterChild    `json:"child"`
	Guardian []string       `json:"guardian,omitempty"`
	Read     *time.Time     `json:"read,omitempty"`
	Answers  []LetterAnswer `json:"answers,omitempty"`
	Missing  bool           `json:"missing,omitempty"`
	Reached  bool           `json:"reached"` // somebody with an account got it
	Bounce   string         `json:"bounce,omitempty"`
}

// Template is one of the school's templates: GET /api/v1/letters/templates.
type Template struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"` // German
	Texts        map[string]Text `json:"texts"`
	Placeholders []string        `json:"placeholders"`
	Ask          Ask             `json:"ask"`
}
