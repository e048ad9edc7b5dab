package wire

import (
	"strings"
	"time"
)

// ModuleLetters is the name of the module of parent letters (Elternbriefe).
const ModuleLetters = "letters"

// The routes of letters. Those that write take HeaderKey.
//
// Guardians and staff, of letters to them:
//
//	GET    /api/v1/letters/inbox?since=SEQ        Changes[Letter], at most 100 at once; of the newest 500 letters
//	POST   /api/v1/letters/flags                  Flags → 204
//	POST   /api/v1/letters/{id}/answer            GiveAnswer → Letter
//	GET    /api/v1/letters/{id}/text?lang=        Translation: a version that the sender wrote; 404 = there is none
//	POST   /api/v1/letters/{id}/translate?lang=   Translation
//	GET    /api/v1/letters/{id}/versions          LetterVersions: what it said before corrections
//	GET    /api/v1/letters/{id}/files/{file}      the attachment's bytes; also for senders, and while it is a draft
//	GET    /api/v1/letters/languages              LetterLanguages
//	GET    /api/v1/letters/notice                 LetterNotice; PUT the same
//
// Teachers and staff, who write letters:
//
//	GET    /api/v1/letters/targets                Targets: whom the asker may address, but single children
//	GET    /api/v1/letters/targets/children?q=    Targets: children whom the asker may address, at most 200
//	GET    /api/v1/letters/targets/senders?q=     Targets: possible co-senders (kind staff), at most 50
//	POST   /api/v1/letters/reach                  ReachOf → Reach
//	GET    /api/v1/letters/templates              Templates
//	PUT    /api/v1/letters/templates/{id}         Template → Template; DELETE → 204: the school's own, for those who may write to all
//	GET    /api/v1/letters/drafts                 Drafts: also those that wait for their time
//	POST   /api/v1/letters/drafts                 Draft → Draft
//	GET    /api/v1/letters/draft?id=              Draft
//	PUT    /api/v1/letters/drafts/{id}            Draft → Draft; DELETE → 204
//	POST   /api/v1/letters/drafts/{id}/files?name=  raw body, at most MaxLetterFile bytes → LetterFile
//	DELETE /api/v1/letters/drafts/{id}/files/{file} → 204
//	POST   /api/v1/letters/drafts/{id}/preview?lang= LetterPreview, of what was saved last
//	POST   /api/v1/letters/drafts/{id}/send       → SentLetter; with Draft.SendAt in the future it is scheduled
//	GET    /api/v1/letters/sent?scope=own|seen    SentList: own letters, or all of which one sees the report; newest 500
//	GET    /api/v1/letters/{id}/report            Report
//	GET    /api/v1/letters/{id}/report.csv, report.xlsx
//	GET    /api/v1/letters/{id}/print.pdf?who=unreached|missing|all   one letter per child with a reply slip
//	POST   /api/v1/letters/{id}/paper             PaperAnswer → Report: an answer that came on paper
//	POST   /api/v1/letters/{id}/remind            → Reminded: those who have not answered
//	POST   /api/v1/letters/{id}/recall            → SentLetter; a scheduled one becomes a draft again
//	POST   /api/v1/letters/{id}/correct           Correction → SentLetter
//	                                              both for its senders; once all of them have left, for those who may write to all.
//	                                              Who then corrects it becomes one of its senders
//	GET    /api/v1/letters/settings               LetterSettings; PUT the same: head and administrators
//
// Anybody, with the token from a mail: POST /api/v1/unsubscribe/letters/{token}
// (RFC 8058), GET shows a page with a button.
//
// EventModule of letters goes to guardians when their inbox changed, and with Root,
// the letter's id, to those who see its report when that changed. It carries no
// Badge: clients count the unread letters that they hold.

// Bounds of attachments.
const (
	MaxLetterFile  = 25 << 20 // bytes
	MaxLetterFiles = 20       // of one letter
)

// Codes of refusals about letters.
const (
	CodeLetterNobody      = "letter_nobody"      // it reaches nobody
	CodeLetterEmpty       = "letter_empty"       // no subject or no text; Args field
	CodeLetterTarget      = "letter_target"      // the asker may not write to them; Args names
	CodeLetterDeadline    = "letter_deadline"    // the deadline is past, or before it is sent
	CodeLetterPlaceholder = "letter_placeholder" // unknown placeholder; Args name
	CodeLetterValue       = "letter_value"       // a placeholder has no value; Args name
	CodeLetterText        = "letter_text"        // formatting that nobody could read; Args reason
	CodeLetterAsk         = "letter_ask"         // the question makes no sense; Args reason
	CodeLetterFiles       = "letter_files"       // more attachments than a letter may have
	CodeLetterRead        = "letter_read"        // somebody has read it: it cannot be recalled
	CodeLetterClosed      = "letter_closed"      // the time for answers is over
	CodeLetterMust        = "letter_must"        // a part that is required is missing; Args missing
	CodeLetterState       = "letter_state"       // sent, recalled or scheduled already
	CodeTranslateOff      = "translate_off"      // the school has no translator
	CodeTranslateDown     = "translate_down"     // the translator cannot be reached now
	CodeTranslateLang     = "translate_lang"     // it does not know the language
)

// Letter is a letter as one guardian (or member of staff) gets it: one row for a
// letter, with all children it concerns. Seq grows with every change of it.
type Letter struct {
	ID        string         `json:"id"`
	Subject   string         `json:"subject"`
	Markdown  string         `json:"markdown"`
	Lang      string         `json:"lang"`            // of subject and text, BCP 47
	Langs     []string       `json:"langs,omitempty"` // other versions by the sender: GET …/{id}/text?lang=
	From      []string       `json:"from"`            // names, the author first; "" = of an account that was deleted
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

	Versions map[string]ChoiceText `json:"versions,omitempty"` // in other languages, as the sender wrote them
}

// ChoiceText is a question with its options in a further language. Either may be
// missing: then it is not written in that language.
type ChoiceText struct {
	Question string   `json:"question,omitempty"`
	Options  []string `json:"options,omitempty"` // none, or one for each of the letter's own, in their order
}

// In gives what the sender wrote in a language, or in the one that it is a variety of.
func (c *Choice) In(lang string) ChoiceText {
	if t, ok := c.Versions[lang]; ok {
		return t
	}
	base, _, _ := strings.Cut(lang, "-")
	return c.Versions[base]
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
	By      string    `json:"by"` // name; "" = of an account that was deleted
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
	Changed  string `json:"changed,omitempty"` // what the correction changed, in this language where it is known, in Markdown
	Machine  bool   `json:"machine"`           // false: a version that the sender wrote
	Engine   string `json:"engine,omitempty"`

	// The letter's question and its options, in their order, where a machine translated
	// them: those that the sender did not write in this language. Beside a text that the
	// sender wrote, Engine names the machine that they come from.
	Question string   `json:"question,omitempty"`
	Options  []string `json:"options,omitempty"`
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
	CoNames   []string          `json:"coNames,omitempty" maxItems:"20"`   // theirs, in the same order; the server's to say
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
	Missed      int      `json:"missed"`      // so many of the children have no guardian with an account
	Unreachable []string `json:"unreachable"` // their names, at most 500
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
	From     []string   `json:"from,omitempty"`    // names, the author first; "" = of an account that was deleted
	Mine     bool       `json:"mine,omitempty"`    // the asker is one of the senders
	StandIn  bool       `json:"standIn,omitempty"` // the asker may do what they may: all of them have left, and the asker may write to all
	Version  int        `json:"version,omitempty"` // more than 1 after a correction
	Problem  string     `json:"problem,omitempty"` // why a scheduled letter became a draft again
}

// SentList is the answer to GET /api/v1/letters/sent.
type SentList struct {
	Letters []SentLetter `json:"letters"`
}

// Drafts is the answer to GET /api/v1/letters/drafts, the last saved first.
type Drafts struct {
	Drafts []Draft `json:"drafts"`
}

// Targets are addressees.
type Targets struct {
	Targets []Target `json:"targets"`
}

// ReachOf is the body of POST /api/v1/letters/reach.
type ReachOf struct {
	To []Target `json:"to" maxItems:"500"`
}

// LetterPreview is a draft as a guardian would read it, with the first child it
// reaches in the place of {{child}}.
type LetterPreview struct {
	Text
	Lang    string   `json:"lang"`
	Missing []string `json:"missing,omitempty"` // placeholders without a value
	Unknown []string `json:"unknown,omitempty"` // placeholders that there are not
}

// LetterVersion is what a letter said before or after a correction.
type LetterVersion struct {
	Version  int             `json:"version"`
	At       time.Time       `json:"at"`
	By       string          `json:"by"` // "" = of an account that was deleted
	Changed  string          `json:"changed,omitempty"`
	Versions map[string]Text `json:"versions,omitempty"` // other languages that the sender wrote
	Text
}

// LetterVersions is the answer to GET /api/v1/letters/{id}/versions, the newest first.
type LetterVersions struct {
	Lang     string          `json:"lang"` // of subject and text
	Versions []LetterVersion `json:"versions"`
}

// LetterLanguages says what letters can be translated into; On is false where the
// school has no translator, and Languages is empty while it cannot be reached.
type LetterLanguages struct {
	On        bool             `json:"on"`
	Languages []LetterLanguage `json:"languages"`
}

// LetterLanguage is one language of a translator.
type LetterLanguage struct {
	Code string `json:"code"`
	Name string `json:"name"` // in English
}

// LetterNotice is how the caller hears of letters by e-mail.
type LetterNotice struct {
	Mail string `json:"mail" enum:"now,daily,never"`
}

// LetterSettings are the school's for letters.
type LetterSettings struct {
	WholeText bool     `json:"wholeText"` // mails carry the letter; else only subject and link
	Wide      []Person `json:"wide"`      // beside the head, who may write to all, to years and to the staff
}

// PaperAnswer is the body of POST /api/v1/letters/{id}/paper. A later one for the
// same child takes its place.
type PaperAnswer struct {
	Child   string `json:"child" doc:"id of the report's row"`
	Read    bool   `json:"read,omitempty"`
	Options []int  `json:"options,omitempty" maxItems:"50"`
	Text    string `json:"text,omitempty" maxLength:"4000"`
}

// Reminded says how many people were reminded.
type Reminded struct {
	People int `json:"people"`
}

// Correction is the body of POST /api/v1/letters/{id}/correct: what the letter says
// from now on, in all its languages: one that is not in Versions the letter has no
// longer. Those who got it are shown what changed in the language that they read.
type Correction struct {
	Subject  string          `json:"subject" maxLength:"200"`
	Markdown string          `json:"markdown" maxLength:"60000"`
	Versions map[string]Text `json:"versions,omitempty"`
	Version  int             `json:"version,omitempty"` // which it corrects: 409 conflict where that is no longer the last; 0 = whichever is
}

// Templates is the answer to GET /api/v1/letters/templates.
type Templates struct {
	Templates []Template `json:"templates"`
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
	Gone     bool           `json:"gone,omitempty"` // the account was deleted: the row has no name, and nobody is reached or missing
}

// Template is one of the school's templates: GET /api/v1/letters/templates.
type Template struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"` // German
	Texts        map[string]Text `json:"texts"`
	Placeholders []string        `json:"placeholders"`
	Ask          Ask             `json:"ask"`
	Own          bool            `json:"own,omitempty"` // the school's own, not one that came with the program
}
