package roster

import (
	"strconv"
	"strings"
)

// cells gives the fields of one row and notes what is wrong with them.
type cells struct {
	p     *parser
	cells []string
	line  int
}

// raw is the cell of a field as it stands in the file, "" without a column.
func (c *cells) raw(field Field) string {
	i, ok := c.p.cols.at[field]
	if !ok || i >= len(c.cells) {
		return ""
	}
	return c.cells[i]
}

// note keeps a problem of a field; nil is none.
func (c *cells) note(field Field, problem *Problem) bool {
	if problem == nil {
		return true
	}
	problem.Line, problem.Column = c.line, c.p.list.Columns[field]
	c.p.list.Problems = append(c.p.list.Problems, *problem)
	return false
}

// text is a tidy cell of bounded length, "" when there is something wrong.
func (c *cells) text(field Field, most int) string {
	cell := tidy(c.raw(field))
	if !c.note(field, checkText(cell, most)) {
		return ""
	}
	return cell
}

func (p *parser) fields(record []string, line int) Row {
	c := &cells{p, record, line}
	row := Row{Line: line}
	row.ImportID = c.text(FieldImportID, maxID)
	row.Given, row.Family = c.name(FieldGiven), c.name(FieldFamily)
	row.Class = classOf(c.text(FieldClass, maxClass))
	row.Year = strings.TrimLeft(c.text(FieldYear, maxClass), "0")
	if row.Year == "" {
		row.Year = yearOf(row.Class)
	}
	row.Short = c.text(FieldShort, maxClass)
	row.Phone = c.text(FieldPhone, maxPhone)
	row.Language = languageOf(c.text(FieldLanguage, maxClass))
	row.Address = c.address()
	groups, wrong := splitGroups(c.raw(FieldGroups))
	c.note(FieldGroups, wrong)
	row.Groups = groups
	leads, wrong := splitLeads(c.raw(FieldLeads))
	c.note(FieldLeads, wrong)
	row.Leads = leads
	c.secrets(&row)
	if p.list.Kind == Guardians {
		row.ChildID = c.text(FieldChildID, maxID)
		if tidy(c.raw(FieldChildID)) == "" {
			c.note(FieldChildID, &Problem{Code: CodeRequired})
		}
	}
	return row
}

func (c *cells) name(field Field) string {
	name := tidy(c.raw(field))
	if !c.note(field, checkName(name)) {
		// a name in a refused row still says whose row it is, where it can
		if checkText(name, MaxName) != nil {
			return ""
		}
	}
	return name
}

func (c *cells) address() string {
	address := c.text(FieldAddress, maxAddress)
	street := c.text(FieldStreet, maxAddress)
	place := strings.TrimSpace(c.text(FieldZip, maxPhone) + " " + c.text(FieldPlace, MaxName))
	var parts []string
	for _, part := range []string{address, street, place} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// secrets reads what an account is made of: date of birth, login, start
// password, e-mail. A start password that is a date is the date of birth where
// the list has no column for that, as in many schools' lists.
func (c *cells) secrets(row *Row) {
	if cell := tidy(c.raw(FieldBorn)); cell != "" {
		born, wrong := parseDate(cell, c.p.opts.Today)
		c.note(FieldBorn, wrong)
		row.Born = born
	}
	row.Password = c.text(FieldPassword, maxSecret)
	if !c.p.list.Has(FieldBorn) && row.Password != "" {
		if born, wrong := parseDate(row.Password, c.p.opts.Today); wrong == nil {
			row.Born = born
		} else if germanDate.MatchString(row.Password) {
			c.note(FieldPassword, wrong)
		}
	}
	if address := tidy(c.raw(FieldMail)); address != "" && c.note(FieldMail, checkMail(address)) {
		row.Mail = address
	}
	if login := strings.ToLower(tidy(c.raw(FieldLogin))); login != "" && c.p.list.Kind != Guardians {
		row.Login = login
		if !ValidLogin(login) {
			c.note(FieldLogin, &Problem{Code: CodeLogin, Args: map[string]string{"value": login, "max": strconv.Itoa(MaxLogin)}})
		}
	}
}
