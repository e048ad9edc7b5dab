package guardians_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// chromium starts Debian's or Ubuntu's Chromium with a profile of its own. It fetches nothing
// from anywhere but the test's server.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("chromium-browser") // Ubuntu
	}
	if err != nil {
		t.Fatal("chromium is not installed; make test installs it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	t.Cleanup(stop)
	tab, shut := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(tab) // the browser ends before its profile goes
		shut()
	})
	return tab
}

func run(tab context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatal(err)
	}
}

// get gives what an action answers.
func get[T any](tab context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(tab, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func call[P, R any](tab context.Context, t *testing.T, cmd cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(tab, cmd, params); err != nil {
		t.Fatal(err)
	}
}

// shows waits for a page with a heading.
func shows(tab context.Context, t *testing.T, heading string) {
	t.Helper()
	got := ""
	for range 1200 {
		// Between two pages there is none: then it is asked again.
		var err error
		if got, err = chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("h1")?.textContent ?? ""`)); err == nil && strings.Contains(got, heading) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the page is %q, not %q", got, heading)
}

// look takes a picture of the page at the width of a phone and of a desktop, and
// fails where the page is wider than the window.
func look(tab context.Context, t *testing.T, name string) {
	t.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"handy", 360, 740}, {"pc", 1280, 800}} {
		call(tab, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: size.width, Height: size.height, DeviceScaleFactor: 1, Mobile: size.name == "handy",
		})
		if width := get(tab, t, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); width > size.width {
			t.Errorf("%s is %d pixels wide on a window of %d", name, width, size.width)
		}
		picture(t, "eltern-"+name+"-"+size.name+".png", get(tab, t, chromedp.FullScreenshot(100)))
	}
}

// Places on the pages.
const (
	codeField  = chromedp.CSS("#code")
	mailField  = chromedp.CSS("#email")
	passField  = chromedp.CSS("#password")
	passField2 = chromedp.CSS("#password2")
	button     = chromedp.CSS("button")
)

// The way of a guardian with a real browser, in which no script of the page's runs.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	w := newWorld(t)
	code := w.code(t, w.guardian(t, "Oksana", "Weber", "lena.weber"))
	tab := chromium(t)
	run(tab, t, chromedp.Navigate("about:blank"))
	call(tab, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	run(tab, t, chromedp.Navigate(w.URL+"/eltern?sprache=de&code="+code))
	shows(tab, t, "Zugang für Eltern einrichten")
	if filled := get(tab, t, chromedp.Value(codeField)); filled != code {
		t.Errorf("code filled in: %q", filled)
	}
	look(tab, t, "start")
	run(tab, t, chromedp.SetValue(codeField, "AAAA-BBBB-CCCC"), chromedp.SendKeys(mailField, "oksana@example.org"),
		chromedp.Click(button), chromedp.WaitVisible(chromedp.CSS(".problem")))
	look(tab, t, "falscher-code")
	run(tab, t, chromedp.SetValue(codeField, strings.ToLower(strings.ReplaceAll(code, "-", " "))), chromedp.Click(button))
	shows(tab, t, "unterwegs")
	look(tab, t, "gesendet")

	link := w.URL + w.post.next(t, "oksana@example.org", 1).link(t)
	run(tab, t, chromedp.Navigate(link))
	shows(tab, t, "Passwort wählen")
	look(tab, t, "passwort")
	choose := func(password string) {
		run(tab, t, chromedp.SendKeys(passField, password), chromedp.SendKeys(passField2, password), chromedp.Click(button))
	}
	choose("passwort")
	run(tab, t, chromedp.WaitVisible(chromedp.CSS(".missing")))
	look(tab, t, "passwort-schwach")
	choose(password)
	shows(tab, t, "eingerichtet")
	look(tab, t, "fertig")
	w.SignIn(t, "oksana@example.org", password)

	run(tab, t, chromedp.Navigate(link))
	shows(tab, t, "So geht es nicht weiter")
	look(tab, t, "link-benutzt")
	run(tab, t, chromedp.Navigate(w.URL+"/eltern/passwort?sprache=de"))
	shows(tab, t, "Passwort vergessen")
	look(tab, t, "vergessen")
	for _, tag := range []string{"en", "ar", "uk", "tr"} {
		run(tab, t, chromedp.Navigate(w.URL+"/eltern?sprache="+tag+"&code="+code), chromedp.WaitVisible(codeField))
		look(tab, t, "start-"+tag)
	}
	run(tab, t, chromedp.Navigate(w.URL+"/eltern?sprache=de"), chromedp.Click(chromedp.CSS("summary")), chromedp.WaitVisible(chromedp.CSS(".languages ul")))
	look(tab, t, "sprachen")
	call(tab, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	run(tab, t, chromedp.Navigate(w.URL+"/eltern?sprache=de"), chromedp.WaitVisible(codeField))
	look(tab, t, "dunkel")
}
