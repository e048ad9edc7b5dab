package letters

import (
	"strings"
	"time"
)

// words are what the server itself says to a family, in one language.
type words struct {
	lang string
	date string // how a day is written

	// Of mails.
	hello    string // %s = the name
	letter   string
	about    string
	changed  string
	open     string
	answerBy string
	reminder string
	digest   string
	more     string // %d = how many letters the daily mail does not name
	stop     string

	// Of the page that ends them.
	off    string // the button
	stays  string
	offNow string

	// Of what a correction changed.
	before string
	now    string
	gone   string
	added  string
}

const (
	dotted  = "02.01.2006"
	slashed = "02/01/2006"
)

// wordsIn gives the words of a language, those of German for "" and the English ones
// for a language that there are none of.
func wordsIn(lang string) *words {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if base == "" {
		base = defaultLang
	}
	english := &spoken[0]
	for i := range spoken {
		switch spoken[i].lang {
		case base:
			return &spoken[i]
		case "en":
			english = &spoken[i]
		}
	}
	return english
}

// moment writes a time as the language does.
func (w *words) moment(ms int64) string { return time.UnixMilli(ms).Format(w.date + ", 15:04") }

// spoken are the languages in which the program's templates are written.
var spoken = []words{
	{
		lang: "de", date: dotted, hello: "Guten Tag %s,", letter: "Sie haben einen neuen Brief der Schule:", about: "Betrifft:",
		changed: "Der Brief wurde berichtigt.", open: "Lesen und antworten Sie in Schulhof:", answerBy: "Bitte antworten Sie bis",
		reminder: "Zu diesem Brief fehlt noch Ihre Antwort:", digest: "Neue Briefe der Schule",
		more: "und weitere Briefe: %d",
		stop: "Wann Sie solche Mails bekommen, stellen Sie in Schulhof unter Elternbriefe ein.",
		off:  "Keine E-Mails mehr", stays: "Briefe der Schule stehen weiter in Schulhof.", offNow: "Sie bekommen keine E-Mails über Briefe mehr.",
		before: "Bisher", now: "Jetzt", gone: "Entfällt", added: "Neu",
	},
	{
		lang: "en", date: slashed, hello: "Hello %s,", letter: "You have a new letter from school:", about: "About:",
		changed: "The letter was corrected.", open: "Read and answer it in Schulhof:", answerBy: "Please answer by",
		reminder: "Your answer to this letter is still missing:", digest: "New letters from school",
		more: "and more letters: %d",
		stop: "You choose in Schulhof, under Parent letters, when you get such mails.",
		off:  "No more e-mails", stays: "Letters from school stay in Schulhof.", offNow: "You will get no more e-mails about letters.",
		before: "Before", now: "Now", gone: "Removed", added: "New",
	},
	{
		lang: "tr", date: dotted, hello: "Merhaba %s,", letter: "Okuldan yeni bir mektubunuz var:", about: "İlgili:",
		changed: "Mektup düzeltildi.", open: "Schulhof'ta okuyun ve yanıtlayın:", answerBy: "Lütfen şu tarihe kadar yanıtlayın:",
		reminder: "Bu mektuba yanıtınız henüz eksik:", digest: "Okuldan yeni mektuplar",
		more: "ve başka mektuplar: %d",
		stop: "Bu tür e-postaları ne zaman alacağınızı Schulhof'ta, Elternbriefe bölümünde seçebilirsiniz.",
		off:  "Artık e-posta istemiyorum", stays: "Okulun mektupları Schulhof'ta kalır.", offNow: "Mektuplar hakkında artık e-posta almayacaksınız.",
		before: "Önceki", now: "Şimdi", gone: "Kaldırıldı", added: "Yeni",
	},
	{
		lang: "ar", date: slashed, hello: "مرحبًا %s،", letter: "لديكم رسالة جديدة من المدرسة:", about: "بخصوص:",
		changed: "تم تصحيح الرسالة.", open: "اقرؤوا الرسالة وأجيبوا عنها في Schulhof:", answerBy: "يرجى الإجابة حتى",
		reminder: "لم تصلنا إجابتكم عن هذه الرسالة بعد:", digest: "رسائل جديدة من المدرسة",
		more: "ورسائل أخرى: %d",
		stop: "يمكنكم في Schulhof، ضمن قسم Elternbriefe، اختيار متى تصلكم هذه الرسائل الإلكترونية.",
		off:  "إيقاف الرسائل الإلكترونية", stays: "تبقى رسائل المدرسة في Schulhof.", offNow: "لن تصلكم بعد الآن رسائل إلكترونية عن رسائل المدرسة.",
		before: "سابقًا", now: "الآن", gone: "حُذف", added: "جديد",
	},
	{
		lang: "uk", date: dotted, hello: "Добрий день, %s!", letter: "Ви отримали новий лист від школи:", about: "Стосується:",
		changed: "Лист виправлено.", open: "Прочитайте його та дайте відповідь у Schulhof:", answerBy: "Будь ласка, дайте відповідь до",
		reminder: "На цей лист ще бракує вашої відповіді:", digest: "Нові листи від школи",
		more: "та інші листи: %d",
		stop: "Коли отримувати такі повідомлення, ви обираєте у Schulhof у розділі «Elternbriefe».",
		off:  "Більше не надсилати", stays: "Листи школи залишаються у Schulhof.", offNow: "Ви більше не отримуватимете повідомлень про листи.",
		before: "Було", now: "Стало", gone: "Вилучено", added: "Нове",
	},
	{
		lang: "ru", date: dotted, hello: "Здравствуйте, %s!", letter: "Вам пришло новое письмо от школы:", about: "Касается:",
		changed: "Письмо исправлено.", open: "Прочитайте его и ответьте в Schulhof:", answerBy: "Пожалуйста, ответьте до",
		reminder: "На это письмо ещё нет вашего ответа:", digest: "Новые письма от школы",
		more: "и другие письма: %d",
		stop: "Когда получать такие сообщения, вы выбираете в Schulhof в разделе «Elternbriefe».",
		off:  "Больше не присылать", stays: "Письма школы остаются в Schulhof.", offNow: "Вы больше не будете получать сообщений о письмах.",
		before: "Было", now: "Стало", gone: "Удалено", added: "Новое",
	},
	{
		lang: "pl", date: dotted, hello: "Dzień dobry, %s,", letter: "Mają Państwo nowy list ze szkoły:", about: "Dotyczy:",
		changed: "List został poprawiony.", open: "Proszę przeczytać go i odpowiedzieć w Schulhof:", answerBy: "Proszę odpowiedzieć do",
		reminder: "Na ten list brakuje jeszcze Państwa odpowiedzi:", digest: "Nowe listy ze szkoły", //nolint:misspell // Polish
		more: "oraz inne listy: %d",
		stop: "W Schulhof, w części „Elternbriefe”, wybierają Państwo, kiedy otrzymywać takie wiadomości.",
		off:  "Nie wysyłać więcej e-maili", stays: "Listy ze szkoły pozostają w Schulhof.", offNow: "Nie będą Państwo już otrzymywać e-maili o listach.",
		before: "Było", now: "Jest", gone: "Usunięto", added: "Nowe", //nolint:misspell // Polish
	},
	{
		lang: "ro", date: dotted, hello: "Bună ziua, %s,", letter: "Aveți o scrisoare nouă de la școală:", about: "Privește:",
		changed: "Scrisoarea a fost corectată.", open: "Citiți-o și răspundeți în Schulhof:", answerBy: "Vă rugăm să răspundeți până la",
		reminder: "La această scrisoare lipsește încă răspunsul dumneavoastră:", digest: "Scrisori noi de la școală",
		more: "și alte scrisori: %d",
		stop: "În Schulhof, la „Elternbriefe”, alegeți când primiți astfel de e-mailuri.", //nolint:misspell // Romanian
		off:  "Fără e-mailuri", stays: "Scrisorile școlii rămân în Schulhof.", offNow: "Nu veți mai primi e-mailuri despre scrisori.",
		before: "Înainte", now: "Acum", gone: "Eliminat", added: "Nou",
	},
	{
		lang: "fa", date: slashed, hello: "سلام %s،", letter: "نامهٔ تازه\u200cای از مدرسه دارید:", about: "دربارهٔ:",
		changed: "نامه اصلاح شد.", open: "آن را در Schulhof بخوانید و پاسخ دهید:", answerBy: "لطفاً پاسخ دهید تا",
		reminder: "پاسخ شما به این نامه هنوز نرسیده است:", digest: "نامه\u200cهای تازه از مدرسه",
		more: "و نامه\u200cهای دیگر: %d",
		stop: "در Schulhof، در بخش Elternbriefe، انتخاب کنید چه زمانی چنین ایمیل\u200cهایی بگیرید.",
		off:  "دیگر ایمیل نفرستید", stays: "نامه\u200cهای مدرسه در Schulhof می\u200cمانند.", offNow: "دیگر دربارهٔ نامه\u200cها ایمیلی نخواهید گرفت.",
		before: "پیش\u200cتر", now: "اکنون", gone: "حذف شد", added: "تازه",
	},
	{
		lang: "fr", date: slashed, hello: "Bonjour %s,", letter: "Vous avez une nouvelle lettre de l’école :", about: "Concerne :",
		changed: "La lettre a été corrigée.", open: "Lisez-la et répondez dans Schulhof :", answerBy: "Merci de répondre avant le",
		reminder: "Il manque encore votre réponse à cette lettre :", digest: "Nouvelles lettres de l’école",
		more: "et d’autres lettres : %d",
		stop: "Dans Schulhof, sous « Elternbriefe », vous choisissez quand recevoir ces e-mails.",
		off:  "Plus d’e-mails", stays: "Les lettres de l’école restent dans Schulhof.", offNow: "Vous ne recevrez plus d’e-mails au sujet des lettres.",
		before: "Avant", now: "Maintenant", gone: "Supprimé", added: "Nouveau",
	},
}
