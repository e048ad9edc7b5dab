package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Width and Height are the size of a desk's display.
const (
	Width  = 1280
	Height = 800
)

// Desk is a display with a home folder of its own. Close ends the display.
type Desk struct {
	Display string // as in $DISPLAY
	Home    string // the home folder of whoever sits here
	Bin     string // programs here come before the system's own

	server *exec.Cmd
	conn   *xgb.Conn
	root   xproto.Window
}

// NewDesk starts a display, with a German keyboard. dir is the test's folder.
func NewDesk(ctx context.Context, dir string) (*Desk, error) {
	d := &Desk{Home: filepath.Join(dir, "home"), Bin: filepath.Join(dir, "bin")}
	for _, folder := range []string{d.Home, d.Bin, filepath.Join(d.Home, "tmp")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("folders of the desk: %w", err)
		}
	}
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	conn, err := xgb.NewConnDisplay(d.Display)
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("display %s: %w", d.Display, err)
	}
	d.conn, d.root = conn, xproto.Setup(conn).DefaultScreen(conn).Root
	if err := d.command(ctx, "setxkbmap", "de").Run(); err != nil {
		d.Close()
		return nil, fmt.Errorf("a German keyboard (package x11-xkb-utils): %w", err)
	}
	return d, nil
}

// start starts the display and waits until it has named itself.
func (d *Desk) start(ctx context.Context) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe to the display: %w", err)
	}
	defer read.Close()
	d.server = exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", Width, Height), "-nolisten", "tcp", "-noreset") //nolint:gosec // constants
	d.server.ExtraFiles = []*os.File{write}
	err = d.server.Start()
	_ = write.Close() // the display has its own
	if err != nil {
		return fmt.Errorf("a display (package xvfb): %w", err)
	}
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		_ = d.server.Process.Kill()
		return fmt.Errorf("name of the display: %w", errors.Join(err, d.server.Wait()))
	}
	d.Display = ":" + strings.TrimSpace(line)
	return nil
}

// Close ends the display.
func (d *Desk) Close() {
	if d.conn != nil {
		d.conn.Close()
	}
	_ = d.server.Process.Kill() // it keeps nothing
	_ = d.server.Wait()
}

// Environ is the environment of a program at this desk: nothing of the desktop
// that the test itself may run on.
func (d *Desk) Environ() []string {
	env := []string{
		"DISPLAY=" + d.Display, "HOME=" + d.Home, "PATH=" + d.Bin + ":" + os.Getenv("PATH"),
		"LANG=de_DE.UTF-8", "DBUS_SESSION_BUS_ADDRESS=disabled:", "TMPDIR=" + filepath.Join(d.Home, "tmp"),
	}
	for _, name := range []string{"LIBGL_DRIVERS_PATH", "LD_LIBRARY_PATH", "TZ", "USER", "LOGNAME"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Command is a program at this desk, not yet started.
func (d *Desk) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return d.command(ctx, name, args...)
}

func (d *Desk) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = d.Environ()
	return cmd
}

// xdotool is the hand on keyboard and mouse.
func (d *Desk) xdotool(ctx context.Context, args ...string) error {
	cmd := d.command(ctx, "xdotool", args...)
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8") // the PC's own language may not be installed
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("xdotool %s (package xdotool): %w: %s", args[0], err, out)
	}
	return nil
}

// Type types a text.
func (d *Desk) Type(ctx context.Context, text string) error {
	return d.xdotool(ctx, "type", "--delay", "25", text)
}

// Key presses keys, one after the other, as xdotool names them: "Tab", "ctrl+a".
func (d *Desk) Key(ctx context.Context, keys ...string) error {
	return d.xdotool(ctx, append([]string{"key", "--delay", "60"}, keys...)...)
}

// Click clicks the first button; times is 2 for a double click.
func (d *Desk) Click(ctx context.Context, at image.Point, times int) error {
	if err := d.Point(ctx, at); err != nil {
		return err
	}
	return d.xdotool(ctx, "click", "--repeat", strconv.Itoa(times), "--delay", "80", "1")
}

// Wheel turns the mouse's wheel by so many notches: down, or up for less than 0.
func (d *Desk) Wheel(ctx context.Context, at image.Point, notches int) error {
	if err := d.Point(ctx, at); err != nil {
		return err
	}
	button := "5"
	if notches < 0 {
		button, notches = "4", -notches
	}
	return d.xdotool(ctx, "click", "--repeat", strconv.Itoa(notches), "--delay", "30", button)
}

// Resize gives the window another size, as one who drags its corner.
func (d *Desk) Resize(ctx context.Context, width, height int) error {
	w, _ := d.Window()
	return d.xdotool(ctx, "windowsize", "--sync", strconv.Itoa(int(w)), strconv.Itoa(width), strconv.Itoa(height))
}

// Point moves the mouse.
func (d *Desk) Point(ctx context.Context, at image.Point) error {
	return d.xdotool(ctx, "mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y))
}

// Picture is what is on the display now.
func (d *Desk) Picture() (*image.RGBA, error) {
	r, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root), 0, 0, Width, Height, 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("picture of the display: %w", err)
	}
	if len(r.Data) < Width*Height*4 {
		return nil, fmt.Errorf("picture of the display: %d bytes", len(r.Data))
	}
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r.Data[i+2], r.Data[i+1], r.Data[i], 255
	}
	return img, nil
}

// Window is the number and the title of the window that is shown; 0 where there
// is none.
func (d *Desk) Window() (window xproto.Window, title string) {
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return 0, ""
	}
	for _, w := range tree.Children {
		a, err := xproto.GetWindowAttributes(d.conn, w).Reply()
		if err != nil || a.MapState != xproto.MapStateViewable {
			continue
		}
		if title := d.property(w, "_NET_WM_NAME"); title != "" {
			return w, title
		}
	}
	return 0, ""
}

// Area is where the window that is shown lies on the display.
func (d *Desk) Area() image.Rectangle {
	w, _ := d.Window()
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
	if err != nil {
		return image.Rectangle{}
	}
	at := image.Pt(int(g.X), int(g.Y))
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(int(g.Width), int(g.Height)))}
}

func (d *Desk) property(w xproto.Window, name string) string {
	atom, err := xproto.InternAtom(d.conn, true, uint16(len(name)), name).Reply() //nolint:gosec // a short name
	if err != nil {
		return ""
	}
	r, err := xproto.GetProperty(d.conn, false, w, atom.Atom, xproto.GetPropertyTypeAny, 0, 256).Reply()
	if err != nil {
		return ""
	}
	return string(r.Value)
}

// Ask asks the window to close, as a window manager does for its cross.
func (d *Desk) Ask() error {
	w, _ := d.Window()
	if w == 0 {
		return errors.New("close the window: there is none")
	}
	atom := func(name string) xproto.Atom {
		r, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply() //nolint:gosec // a short name
		if err != nil {
			return 0
		}
		return r.Atom
	}
	event := xproto.ClientMessageEvent{
		Format: 32, Window: w, Type: atom("WM_PROTOCOLS"),
		Data: xproto.ClientMessageDataUnionData32New([]uint32{uint32(atom("WM_DELETE_WINDOW")), 0, 0, 0, 0}),
	}
	return xproto.SendEventChecked(d.conn, false, w, xproto.EventMaskNoEvent, string(event.Bytes())).Check()
}

// Save keeps a picture as a file.
func Save(img image.Image, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("folder of the pictures: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return errors.Join(png.Encode(f, img), f.Close())
}

// Until asks again and again, and tells whether the answer became yes in time.
func Until(ctx context.Context, within time.Duration, yes func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
