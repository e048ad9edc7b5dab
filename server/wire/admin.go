package wire

import "time"

// State is whether an account works.
type State string

// The states.
const (
	StateActive     State = "active"
	StateRestricted State = "restricted" // may sign in and read, not write
	StateLocked     State = "locked"
	StateLeft       State = "left" // locked, and deleted when Deletes comes
)

// PersonRow is one row of the list of people, GET /api/v1/people, for
// administrators and, of their own classes, class leads.
type PersonRow struct {
	Person
	Email     string     `json:"email,omitempty"`
	Class     string     `json:"class,omitempty"` // guardians: the classes of the children
	Admin     bool       `json:"admin,omitempty"`
	Head      bool       `json:"head,omitempty"`
	Moderator bool       `json:"moderator,omitempty"`
	State     State      `json:"state"`
	Reason    string     `json:"reason,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
	Deletes   *time.Time `json:"deletes,omitempty"`
	Seen      *time.Time `json:"seen,omitempty"`    // last use; nil = never signed in
	Start     *time.Time `json:"start,omitempty"`   // a start password is valid until then
	Managed   bool       `json:"managed,omitempty"` // comes from the school's list
}

// PeoplePage is one page of people, by family name, at most 200.
type PeoplePage struct {
	People []PersonRow `json:"people"`
	Total  int         `json:"total"`
	Next   string      `json:"next,omitempty"` // give it as after for the next page
	Reach  string      `json:"reach"`          // all, or own_classes: only students of the classes that the asker leads
}

// PersonDetail is one person with what belongs to them: GET /api/v1/people/{id}.
type PersonDetail struct {
	PersonRow
	Groups    []GroupRef  `json:"groups"`
	Guardians []PersonRow `json:"guardians,omitempty"`
	Children  []Child     `json:"children,omitempty"`
	Quota     int64       `json:"quota,omitempty"`
	Used      int64       `json:"used,omitempty"`
	Born      string      `json:"born,omitempty"` // 2006-01-02
	Phone     string      `json:"phone,omitempty"`
	Address   string      `json:"address,omitempty"`
	Language  string      `json:"language,omitempty"` // BCP 47
	ImportID  string      `json:"importId,omitempty"`
	Code      *StartCode  `json:"code,omitempty"` // only in the answer to POST /api/v1/people
}

// EditPerson is the body of PUT /api/v1/people/{id}. The login stays.
type EditPerson struct {
	Given    string `json:"given" maxLength:"100"`
	Family   string `json:"family" maxLength:"100"`
	Email    string `json:"email,omitempty" maxLength:"200"`
	Born     string `json:"born,omitempty" doc:"2006-01-02"`
	Phone    string `json:"phone,omitempty" maxLength:"50"`
	Address  string `json:"address,omitempty" maxLength:"300"`
	Language string `json:"language,omitempty" maxLength:"35"`
	Quota    int64  `json:"quota,omitempty" minimum:"0" doc:"bytes, 0 = the school's default for the role"`
}

// NewPerson is the body of POST /api/v1/people.
type NewPerson struct {
	Given  string `json:"given" maxLength:"100"`
	Family string `json:"family" maxLength:"100"`
	Role   Role   `json:"role" enum:"student,teacher,staff,guardian"`
	Email  string `json:"email,omitempty" maxLength:"200"`
	Born   string `json:"born,omitempty" doc:"2006-01-02"`
	Class  string `json:"class,omitempty" doc:"id of the class"`
}

// Lock is the body of POST /api/v1/people/{id}/lock.
type Lock struct {
	State  State      `json:"state" enum:"active,restricted,locked,left"`
	Reason string     `json:"reason,omitempty" maxLength:"300" doc:"shown to the user"`
	Until  *time.Time `json:"until,omitempty"`
}

// StartCode is the answer to a reset or a renewal: shown once, good until Until.
type StartCode struct {
	Login string    `json:"login"`
	Code  string    `json:"code"`
	Until time.Time `json:"until"`
	ID    string    `json:"id,omitempty"`    // of the person; in lists of codes
	Name  string    `json:"name,omitempty"`  // in lists of codes
	Class string    `json:"class,omitempty"` // in lists of codes
	Born  bool      `json:"born,omitempty"`  // the date of birth is the first password; Code is ""
}

// Rights is the body of POST /api/v1/people/{id}/rights; administrators only.
type Rights struct {
	Admin     bool `json:"admin"`
	Head      bool `json:"head"`
	Moderator bool `json:"moderator"`
}

// RightRow is one line of the table GET /api/v1/rights: what may be done, and by
// whom: student, guardian, teacher, staff, class_lead, head, moderator,
// administrator, each with own_classes or all. Who is not named may not.
type RightRow struct {
	Deed string            `json:"deed"`
	Who  map[string]string `json:"who"`
}

// Settings are the school's, for administrators: GET and PUT /api/v1/settings.
type Settings struct {
	Name        string `json:"name" minLength:"1" maxLength:"200"`
	Place       string `json:"place,omitempty" maxLength:"200"`
	Address     string `json:"address,omitempty" maxLength:"500" doc:"several lines, for letters"`
	Imprint     string `json:"imprint,omitempty" maxLength:"4000"`
	Login       string `json:"login,omitempty" maxLength:"500" doc:"a hint beside the sign-in form"`
	Length      int    `json:"length" minimum:"8" maximum:"64" doc:"characters of the shortest password"`
	RulesOff    []Rule `json:"rulesOff,omitempty" maxItems:"10" doc:"demands on passwords that this school does not make"`
	Start       string `json:"start" enum:"born,code" doc:"what a student's first password is"`
	StartDays   int    `json:"startDays" minimum:"1" maximum:"90" doc:"how long first passwords work"`
	LetterWeeks int    `json:"letterWeeks" minimum:"1" maximum:"52" doc:"how long registration codes are good"`
	SecondStep  []Role `json:"secondStep,omitempty" maxItems:"10" doc:"who must use the second step; also administrator"`
	LogDays     int    `json:"logDays" minimum:"7" maximum:"3650" doc:"how long the log is kept"`
	DeleteWeeks int    `json:"deleteWeeks" minimum:"1" maximum:"52" doc:"after which one who has left is deleted"`
}

// Switches is the body of PUT /api/v1/modules and the answer to GET.
type Switches struct {
	Modules []Switch `json:"modules" maxItems:"100"`
}

// NewTerms is the body of PUT /api/v1/terms: a new version, which everybody is asked to accept.
type NewTerms struct {
	Markdown string `json:"markdown" maxLength:"100000"`
}

// GroupRow is one group in GET /api/v1/groups.
type GroupRow struct {
	ID      string   `json:"id"`
	Slug    string   `json:"slug"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind" enum:"class,year,course,club,staff"`
	Members int      `json:"members"`
	Leads   []Person `json:"leads"`
	Managed bool     `json:"managed,omitempty"` // comes from the school's list
}

// NewGroup is the body of POST /api/v1/groups and, with the kind left alone, of
// PUT /api/v1/groups/{id}.
type NewGroup struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	Kind string `json:"kind,omitempty" enum:"class,year,course,club,staff"`
}

// Membership is the body of PUT /api/v1/groups/{id}/members/{person}.
type Membership struct {
	Lead bool `json:"lead"`
}

// Merge is the body of POST /api/v1/people/merge: From becomes part of Into.
type Merge struct {
	Into string `json:"into"`
	From string `json:"from"`
}

// Import is the preview of a list, the answer to POST /api/v1/imports/{kind}
// (body: the file), until it is confirmed by POST /api/v1/imports/{id}/confirm
// or forgotten after an hour. Nothing is written before.
type Import struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind" enum:"students,teachers,guardians"`
	Encoding string   `json:"encoding"`
	Rows     int      `json:"rows"`
	Unknown  []string `json:"unknown"` // columns that are left alone
	// Columns are the names of all columns, and Mapped which of them gave what: "given",
	// "class". ?map=NAME=COLUMN of POST /api/v1/imports/{kind} says it otherwise.
	Columns   []string          `json:"columns,omitempty"`
	Mapped    map[string]string `json:"mapped,omitempty"`
	Changes   []ImportChange    `json:"changes"` // at most 5,000 shown; Counts has all
	Counts    map[string]int    `json:"counts"`  // by ImportChange.What
	Problems  []ImportBad       `json:"problems"`
	Groups    []string          `json:"groups"`        // sentences: "Klasse 7b wird Klasse 8b"
	ManyLeave bool              `json:"manyLeave"`     // confirm needs ?leaving=yes
	Why       string            `json:"why,omitempty"` // with ManyLeave, a sentence: why to look again
	Doubtful  []ImportDoubt     `json:"doubtful,omitempty"`
}

// ImportProgress is the answer to GET /api/v1/imports: how far the caller's own work
// with a list is that is under way now. An empty Doing means that there is none, or
// that it has just ended.
type ImportProgress struct {
	Doing string `json:"doing,omitempty" enum:"reading,comparing,writing"`
	Done  int    `json:"done"` // reading: lines of the file; writing: changes
	Of    int    `json:"of"`   // 0 = not known
}

// ImportDoubt is a pair of guardians who may be one person; whoever knows it merges
// them afterwards. Nothing is merged by itself.
type ImportDoubt struct {
	Name   string `json:"name"`
	Other  string `json:"other"`
	Line   int    `json:"line"`
	Line2  int    `json:"line2,omitempty"`
	Person string `json:"person,omitempty"` // id of Other, where known at the school
	Why    string `json:"why" enum:"name,email"`
}

// ImportDecisions is the body of POST /api/v1/imports/{id}/decide, which answers the
// new preview. They take the place of those before.
type ImportDecisions struct {
	Decisions []ImportDecision `json:"decisions" maxItems:"5000"`
}

// ImportDecision settles one unclear line.
type ImportDecision struct {
	Line int    `json:"line"`
	As   string `json:"as,omitempty"`  // id of the person whom the line means
	New  bool   `json:"new,omitempty"` // the line means somebody new
}

// ImportDone is the answer to POST /api/v1/imports/{id}/confirm.
type ImportDone struct {
	Counts map[string]int `json:"counts"`
	Start  []StartCode    `json:"start"` // of new people, shown once
}

// ImportChange is what an import does to one person.
type ImportChange struct {
	What   string `json:"what" enum:"new,changed,moved,leaving,unclear"`
	Name   string `json:"name"`
	Login  string `json:"login,omitempty"`
	Class  string `json:"class,omitempty"`
	Detail string `json:"detail,omitempty"` // the reason, or what changes
	Line   int    `json:"line,omitempty"`
	// People are those whom an unclear line may mean; a decision names one.
	People []ImportCandidate `json:"people,omitempty"`
}

// ImportCandidate is a person whom an unclear line may mean.
type ImportCandidate struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
	Born  string `json:"born,omitempty"`
}

// ImportBad is a row that cannot be read, or a fault of the whole file (Line 0).
type ImportBad struct {
	Line int               `json:"line"`
	Code string            `json:"code"`
	Text string            `json:"text"`
	Args map[string]string `json:"args,omitempty"`
}

// Invitation is one guardian of the list GET /api/v1/groups/{id}/guardians.
type Invitation struct {
	Guardian Person     `json:"guardian"`
	Child    Child      `json:"child"`
	State    string     `json:"state" enum:"registered,invited,expired,none"`
	Until    *time.Time `json:"until,omitempty"`
	Seen     *time.Time `json:"seen,omitempty"`
}

// Switch says for whom a module is on.
type Switch struct {
	Module string `json:"module"`
	On     bool   `json:"on"`
	Off    []Role `json:"off"` // roles without it, where On
}

// LogQuery is the body of POST /api/v1/log: reading the log leaves an entry of its own.
type LogQuery struct {
	Reason  string `json:"reason" minLength:"5" maxLength:"300"`
	Person  string `json:"person,omitempty" doc:"id; needs another administrator's consent"`
	Consent string `json:"consent,omitempty" doc:"id of the consent"`
	From    int64  `json:"from,omitempty" doc:"entries before this number; 0 = the newest"`
}

// LogEntry is one line of the log.
type LogEntry struct {
	Seq     int64             `json:"seq"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Action  string            `json:"action"`
	Subject string            `json:"subject,omitempty"`
	Addr    string            `json:"addr,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
}

// LogPage is the answer to POST /api/v1/log, the newest entry first. Without a
// consent, names of those who are no administrators are left out: Actor and Subject
// are their roles then.
type LogPage struct {
	Entries []LogEntry `json:"entries"`
	Next    int64      `json:"next,omitempty"` // LogQuery.From of the next page, 0 = there is none
}

// NewConsent is the body of POST /api/v1/log/consents: to read what the log says of
// a named person needs the consent of a second administrator.
type NewConsent struct {
	Person string `json:"person"`
	Reason string `json:"reason" minLength:"5" maxLength:"300"`
}

// LogConsent is one row of GET /api/v1/log/consents.
type LogConsent struct {
	ID     string     `json:"id"`
	Person Person     `json:"person"`
	Reason string     `json:"reason"`
	Asker  Person     `json:"asker"`
	Asked  time.Time  `json:"asked"`
	Giver  *Person    `json:"giver,omitempty"`
	Given  *time.Time `json:"given,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // the asker may read until then
	Mine   bool       `json:"mine,omitempty"`  // asked for by whom asks now, who cannot give it
}
