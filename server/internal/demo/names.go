package demo

// girls, boys and families are what the students are put together from; families
// that need a spelling of their own for daughters have it behind a slash.
var (
	girls = []string{
		"Emilia", "Hanna", "Ayşe", "Zofia", "Marie", "Sofiia", "Clara", "Leila", "Johanna", "Elif", "Ida", "Oksana", "Paula", "Amira",
		"Frieda", "Julia", "Zeynep", "Greta", "Kateryna", "Luise", "Maja", "Noor", "Charlotte", "Defne", "Mathilda", "Daryna", "Lina",
		"Sophie", "Yasmin", "Antonia", "Aleksandra", "Jana", "Rania", "Pauline", "Esra", "Merle", "Solomiia", "Nele", "Hala", "Ronja",
		"Wiktoria", "Svea", "Melike",
	}
	boys = []string{
		"Ben", "Emre", "Jonas", "Mateusz", "Felix", "Danylo", "Oskar", "Karim", "Anton", "Mert", "Jakob", "Bohdan", "Theo", "Yusuf",
		"Henri", "Kacper", "Max", "Arda", "Moritz", "Oleksandr", "Leo", "Omar", "Julius", "Baran", "Carl", "Maksym", "Finn", "Samir",
		"Jannis", "Filip", "Till", "Can", "Matteo", "Artem", "Rasmus", "Tarek", "Jannik", "Piotr", "Bjarne", "Deniz", "Erik", "Taras",
		"Hannes",
	}
	families = []string{
		"Müller", "Yılmaz", "Schäfer", "Kowalski/Kowalska", "Fischer", "Schewtschenko", "Hoffmann", "Al-Hassan", "Becker", "Demir", "Koch",
		"Bondarenko", "Richter", "Haddad", "Wolf", "Wiśniewski/Wiśniewska", "Neumann", "Öztürk", "Braun", "Kowalenko", "Zimmermann",
		"Mansour", "Krüger", "Çelik", "Hartmann", "Melnyk", "Lange", "Khalil", "Groß", "Lewandowski/Lewandowska", "Köhler", "Şahin",
		"Jansen", "Tkatschenko", "Schröder", "Nasser", "Friedrich", "Aydın", "Vogel", "Wójcik", "Böhm", "Saleh", "Peters", "Kaya",
		"Scholz", "Krawtschuk", "Möller", "Ibrahim", "Huber", "Zieliński/Zielińska", "Winkler", "Arslan", "Lorenz", "Petrenko",
		"Baumann", "Darwisch", "Franke", "Yıldız", "Albrecht", "Nowak", "Schuster", "Polat", "Simon", "Moroz", "Ludwig", "Fahmi",
		"Böttcher", "Doğan", "Winter", "Mazur", "Kraus", "Hussein", "Martin", "Koç", "Schumacher", "Rudenko", "Krämer", "Hamdan",
		"Vogt", "Kamiński/Kamińska", "Stein", "Aslan", "Jäger", "Sydorenko", "Otto", "Qasim", "Sommer", "Szymański/Szymańska", "Groß-Weiß", "Kurt",
	}
)

// staff are the teachers beside those whom the documentation names.
var staff = []struct{ given, family, born string }{
	{"Dorothea", "Lehmann", "1979-03-14"},
	{"Erkan", "Şimşek", "1985-07-02"},
	{"Friederike", "Voß", "1991-11-23"},
	{"Georg", "Nowotny", "1968-05-30"},
	{"Halina", "Dąbrowska", "1982-01-17"},
	{"Ingo", "Petersen", "1975-09-09"},
	{"Jasmin", "El-Amin", "1993-04-05"},
	{"Klaus-Dieter", "Brandt", "1963-12-12"},
	{"Larysa", "Hontschar", "1987-08-21"},
	{"Matthias", "Größler", "1990-02-28"},
}
