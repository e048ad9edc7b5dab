package roster

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestClassLeads(t *testing.T) {
	school := first(t)
	const header = "Import-ID;Vorname;Nachname;Klassenlehrer/in;Gruppen\n"
	list := header + "t1;Anna;Schmidt;\"Klasse 07B, 8b\";Klasse 7b\nt2;Bernd;Richter;9x;\nt3;Cem;Kaya;;\n"
	p := plan(t, school, Teachers, list)
	if len(p.New) != 3 || !reflect.DeepEqual(p.New[0].Row.Leads, []string{"Klasse 7b", "Klasse 8b"}) || p.New[1].Row.Leads != nil {
		t.Fatalf("%+v", p.New)
	}
	if len(p.Problems) != 1 || p.Problems[0].Text("de") != "Zeile 3, Spalte „Klassenlehrer/in“: Eine Klasse „9x“ gibt es an der Schule nicht; "+
		"diese Klassenleitung wird nicht übernommen. Bitte zuerst die Schülerliste importieren." {
		t.Errorf("%+v", p.Problems)
	}
	school = apply(school, p)
	if again := plan(t, school, Teachers, list); !again.Empty() || again.Unchanged != 3 {
		t.Errorf("again: %+v", again)
	}
	// Somebody made Cem the lead of 10b by hand; 8b goes from Anna to Bernd.
	school.People[len(school.People)-1].Leads = []Lead{{"Klasse 10b", false}}
	next := header + "t1;Anna;Schmidt;7b;\"Klasse 7b;Klasse 8b\"\nt2;Bernd;Richter;8b;\nt3;Cem;Kaya;;\"Klasse 10b\"\n"
	p = plan(t, school, Teachers, next)
	if got := fmt.Sprint(p.Leads, p.Unleads, p.Joins, p.Quits); got != "[{p7 Bernd Richter Klasse 8b}] [{p6 Anna Schmidt Klasse 8b}] [{p6 Anna Schmidt Klasse 8b}] []" {
		t.Error(got)
	}
	school = apply(school, p)
	if again := plan(t, school, Teachers, next); !again.Empty() || again.Unchanged != 3 {
		t.Errorf("again: %+v", again)
	}
	// A class that is not there yet takes nothing away; a list without the column neither.
	p = plan(t, school, Teachers, strings.Replace(next, "Schmidt;7b", "Schmidt;11c", 1))
	if len(p.Unleads)+len(p.Leads) > 0 || len(p.Problems) != 1 {
		t.Errorf("%+v", p)
	}
	p = plan(t, school, Teachers, "Import-ID;Vorname;Nachname\nt1;Anna;Schmidt\nt2;Bernd;Richter\nt3;Cem;Kaya\n")
	if !p.Empty() {
		t.Errorf("%+v", p)
	}
}
