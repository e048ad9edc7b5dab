package slips

// steps are what a guardian has to do, in one language. {page} is the address of
// the page for guardians.
type steps struct {
	title string
	steps [3]string
}

// languages are the families' languages in which the steps are printed.
var languages = map[string]steps{
	"de": {
		"So richten Sie Ihren Zugang ein",
		[3]string{
			"Öffnen Sie {page} oder scannen Sie den QR-Code mit dem Handy.",
			"Geben Sie den Code und Ihre E-Mail-Adresse ein. Sie bekommen eine E-Mail mit einem Link, der 48 Stunden gilt.",
			"Öffnen Sie den Link und wählen Sie ein Passwort. Ab dann melden Sie sich mit E-Mail-Adresse und Passwort an.",
		},
	},
	"en": {
		"How to set up your access",
		[3]string{
			"Open {page} or scan the QR code with your phone.",
			"Enter the code and your e-mail address. You will get an e-mail with a link that is valid for 48 hours.",
			"Open the link and choose a password. From then on, sign in with your e-mail address and password.",
		},
	},
	"tr": {
		"Erişiminizi şöyle oluşturabilirsiniz",
		[3]string{
			"{page} adresini açın veya QR kodunu cep telefonunuzla okutun.",
			"Kodu ve e-posta adresinizi girin. 48 saat geçerli bir bağlantı içeren bir e-posta alacaksınız.",
			"Bağlantıyı açın ve bir şifre belirleyin. Bundan sonra e-posta adresiniz ve şifrenizle giriş yapabilirsiniz.",
		},
	},
	"ar": {
		"كيف تُنشئ حسابك",
		[3]string{
			"افتح الصفحة {page} أو امسح رمز QR بهاتفك.",
			"أدخل الرمز وعنوان بريدك الإلكتروني. ستصلك رسالة فيها رابط صالح لمدة 48 ساعة.",
			"افتح الرابط واختر كلمة مرور. بعد ذلك يمكنك الدخول بعنوان بريدك الإلكتروني وكلمة المرور.",
		},
	},
	"uk": {
		"Як налаштувати доступ",
		[3]string{
			"Відкрийте {page} або відскануйте QR-код телефоном.",
			"Введіть код і свою адресу електронної пошти. Ви отримаєте лист із посиланням, дійсним 48 годин.",
			"Відкрийте посилання й виберіть пароль. Відтоді входьте за допомогою адреси електронної пошти та пароля.",
		},
	},
	"ru": {
		"Как настроить доступ",
		[3]string{
			"Откройте {page} или отсканируйте QR-код телефоном.",
			"Введите код и свой адрес электронной почты. Вы получите письмо со ссылкой, действительной 48 часов.",
			"Откройте ссылку и выберите пароль. После этого входите с адресом электронной почты и паролем.",
		},
	},
	"pl": {
		"Jak skonfigurować dostęp",
		[3]string{
			"Otwórz stronę {page} lub zeskanuj kod QR telefonem.",
			"Wpisz kod i swój adres e-mail. Otrzymasz e-mail z linkiem ważnym przez 48 godzin.", //nolint:misspell // Polish
			"Otwórz link i wybierz hasło. Od tej chwili logujesz się adresem e-mail i hasłem.",
		},
	},
	"ro": {
		"Cum vă configurați accesul",
		[3]string{
			"Deschideți {page} sau scanați codul QR cu telefonul.",
			"Introduceți codul și adresa dumneavoastră de e-mail. Veți primi un e-mail cu un link valabil 48 de ore.",
			"Deschideți linkul și alegeți o parolă. De atunci vă conectați cu adresa de e-mail și parola.", //nolint:misspell // Romanian
		},
	},
	"fa": {
		"چگونه حساب خود را بسازید",
		[3]string{
			"صفحهٔ {page} را باز کنید یا کد QR را با تلفن همراه اسکن کنید.",
			"کد و نشانی ایمیل خود را وارد کنید. ایمیلی با پیوندی دریافت می\u200cکنید که ۴۸ ساعت معتبر است.",
			"پیوند را باز کنید و گذرواژه\u200cای انتخاب کنید. از آن پس با نشانی ایمیل و گذرواژه وارد شوید.",
		},
	},
	"fr": {
		"Comment configurer votre accès",
		[3]string{
			"Ouvrez {page} ou scannez le code QR avec votre téléphone.",
			"Saisissez le code et votre adresse e-mail. Vous recevrez un e-mail avec un lien valable 48 heures.",
			"Ouvrez le lien et choisissez un mot de passe. Ensuite, connectez-vous avec votre adresse e-mail et ce mot de passe.",
		},
	},
}

// Languages are the tags of the languages that letters can carry beside German.
func Languages() []string { return []string{"ar", "en", "fa", "fr", "pl", "ro", "ru", "tr", "uk"} }

// rightToLeft reports whether a language is written from right to left.
func rightToLeft(language string) bool { return language == "ar" || language == "fa" }
