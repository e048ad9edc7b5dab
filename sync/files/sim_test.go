package files

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/sync/remote"
)

// simulation is one PC whose user, net and power do what a seed says.
type simulation struct {
	*pc
	w     *world
	r     *rand.Rand
	home  string
	src   string
	want  map[string]string // what has to be on the server in the end, by name
	old   map[string]string // what had been saved before that
	paths map[string]string // open local copies, below the PC's folder
	n     int
	log   []string
}

func (s *simulation) text() string {
	s.n++
	return fmt.Sprintf("inhalt %d %s", s.n, strings.Repeat("x", s.r.IntN(40_000)))
}

func (s *simulation) step() {
	switch k := s.r.IntN(100); {
	case k < 25:
		name := fmt.Sprintf("datei %d.txt", s.n)
		s.want[name] = s.text()
		path := filepath.Join(s.src, name)
		write(s.t, path, s.want[name])
		s.upload(s.home, nil, path)
		s.log = append(s.log, "upload "+name)
	case k < 40:
		for name, e := range s.known(s.home) {
			path, err := s.Open(s.t.Context(), e)
			if err == nil {
				rel, err := filepath.Rel(s.dir, path)
				if err != nil {
					s.t.Fatal(err)
				}
				s.paths[name] = rel
			}
			s.log = append(s.log, fmt.Sprint("open ", name, err))
			break
		}
	case k < 60:
		for name, rel := range s.paths {
			text, verb := s.text(), "save "
			if old := s.old[name]; old != "" && s.r.IntN(4) == 0 {
				text, verb = old, "undo "
			}
			s.old[name], s.want[name] = s.want[name], text
			write(s.t, filepath.Join(s.dir, rel), text)
			s.log = append(s.log, verb+name)
			break
		}
	case k < 65:
		for _, rel := range s.paths {
			name := fmt.Sprintf("export %d.txt", s.n)
			s.want[name] = s.text()
			s.paths[name] = filepath.Join(filepath.Dir(rel), name)
			write(s.t, filepath.Join(s.dir, s.paths[name]), s.want[name])
			s.log = append(s.log, "export "+name)
			break
		}
	case k < 72:
		s.w.net.cut()
		s.log = append(s.log, "cut")
	case k < 80:
		s.w.net.cutAfter(int64(s.r.IntN(60_000)))
		s.log = append(s.log, "cut later")
	case k < 90:
		s.w.net.mend(s.t)
		s.Reconnect()
		s.log = append(s.log, "mend")
	case k < 95:
		s.crash()
		s.log = append(s.log, "crash")
	default:
		s.stop()
		s.start()
		s.log = append(s.log, "restart")
	}
	s.Refresh(s.home)
	time.Sleep(time.Duration(s.r.IntN(60)) * time.Millisecond)
}

// TestRandomRestarts lets users upload and save while net and power fail, and
// wants in the end exactly what they made, whole, once, under its own name.
func TestRandomRestarts(t *testing.T) {
	srv := startServer(t)
	runs := 50
	if testing.Short() {
		runs = 5
	}
	other := (&world{srv: srv}).client(t, "lena.weber")
	token := srv.Token(t, "lena.weber")
	t.Run("seeds", func(t *testing.T) {
		for seed := range runs {
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				w := &world{net: newNet(t, srv.Addr()), srv: srv}
				s := &simulation{
					pc: w.quickPC(t, "lena.weber", token), w: w, r: rand.New(rand.NewPCG(uint64(seed), 7)), home: fmt.Sprintf("/dav/home/sim%d/", seed),
					src: t.TempDir(), want: map[string]string{}, old: map[string]string{}, paths: map[string]string{},
				}
				if _, err := other.Mkcol(t.Context(), s.home); err != nil {
					t.Fatal(err)
				}
				s.isOnline()
				for range 30 {
					s.step()
				}
				w.net.mend(t)
				s.Reconnect()
				s.drain()
				got := map[string]string{}
				for href, text := range tree(t, other, s.home) {
					got[remote.Base(href)] = text
				}
				for name, text := range s.want {
					if got[name] != text {
						t.Errorf("%s: %.30q, want %.30q", name, got[name], text)
					}
				}
				for name := range got {
					if _, ok := s.want[name]; !ok {
						t.Errorf("nobody made %s", name)
					}
				}
				if n := s.Pending(); n != 0 {
					t.Errorf("%d pending", n)
				}
				if t.Failed() {
					t.Log(strings.Join(s.log, ", "))
				}
			})
		}
	})
}

// quickPC is a PC whose saves settle at once, for tests of many.
func (w *world) quickPC(t testing.TB, login, token string) *pc {
	t.Helper()
	c := remote.New(remote.Options{Base: w.base(), Token: token})
	t.Cleanup(c.Close)
	p := &pc{t: t, login: login, dir: t.TempDir(), remote: c, settle: 40 * time.Millisecond}
	p.start()
	t.Cleanup(func() {
		if p.Files != nil {
			p.stop()
		}
	})
	return p
}
