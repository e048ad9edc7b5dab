package files

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// clipboard is what was cut or copied inside the page.
type clipboard struct {
	entries []files.Entry
	cut     bool
	from    string
}

// openRow opens an entry: a folder here, a file with the PC's own program.
func (p *Page) openRow(row int) {
	e, ok := p.m.At(row)
	if !ok {
		return
	}
	if e.Folder {
		p.goTo(e.Href)
		return
	}
	p.openFile(e)
}

func (p *Page) openFile(e files.Entry) {
	run(p, func(ctx context.Context) (string, error) { return p.engine.Open(ctx, e) }, func(local string, err error) {
		if err == nil {
			err = p.d.OpenLocal(local)
		}
		if err != nil {
			p.trouble("files.open_failed", e.Name, err)
		}
	})
}

// trouble says that something did not work with a name, and what to do.
func (p *Page) trouble(key, name string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	p.d.Log.WarnContext(context.Background(), "file page", "deed", key, "err", err)
	p.d.Toast(lang.T(key, "Name", safeName(name))+" "+sentence(err), "", nil)
}

// problems tells what a deed had to leave out, all of it.
func (p *Page) problems(title string, list []files.Problem) {
	if len(list) == 0 {
		return
	}
	const most = 8
	var b strings.Builder
	for i, pr := range list {
		if i == most {
			b.WriteString(lang.N("files.problems_more", len(list)-most))
			break
		}
		b.WriteString("• " + safeName(problemName(pr.Path)) + ": " + sentence(pr.Err) + "\n")
	}
	kit.Tell(p.d.Window, title, strings.TrimSpace(b.String()), lang.T("files.ok"))
}

// problemName is the name at the end of a local path or of a href.
func problemName(path string) string {
	if strings.HasPrefix(path, wire.DAVHome) || strings.HasPrefix(path, wire.DAVGroups) {
		return remote.Base(path)
	}
	return filepath.Base(path)
}

// rename gives an entry another name; the row shows it at once.
func (p *Page) rename(e files.Entry, name string) {
	name = strings.TrimSpace(name)
	if why := nameProblem(name); why != "" || name == "" {
		if name != "" {
			p.d.Toast(why, "", nil)
		}
		return
	}
	shown := e
	shown.Name = name
	at := p.at
	p.showAs(e, shown)
	p.want = want{name: name}
	run(p, func(ctx context.Context) (files.Entry, error) { return p.engine.Rename(ctx, e, name) }, func(now files.Entry, err error) {
		here := p.at == at && !p.search.deep
		if err != nil {
			p.want = want{}
			if here {
				p.showAs(e, e)
			}
			p.trouble("files.rename_failed", e.Name, err)
			return
		}
		if here {
			p.showAs(e, now) // its href is another one
		}
		p.d.Toast(lang.T("files.renamed", "Name", safeName(name)), lang.T("files.undo"), func() {
			run(p, func(ctx context.Context) (files.Entry, error) { return p.engine.Rename(ctx, now, e.Name) }, func(_ files.Entry, err error) {
				if err != nil {
					p.trouble("files.rename_failed", name, err)
				}
			})
		})
	})
}

// showAs shows an entry of the place as another until the next listing. A
// listing taken in between may lack both: the other one is shown all the same.
func (p *Page) showAs(e, other files.Entry) {
	if p.search.deep {
		return // hits are not the place's entries
	}
	list := slices.DeleteFunc(slices.Clone(p.listing.Entries), func(old files.Entry) bool { return idOf(old) == idOf(e) || idOf(old) == idOf(other) })
	list = append(list, other)
	p.listing.Entries = list
	p.table.keepPlace(func() {
		p.m.Set(p.listing.Entries)
		p.show()
	})
}

// newFolder makes a folder in the place and then asks for its name, in the row.
func (p *Page) newFolder() {
	if why := p.canAdd(); why != "" {
		p.d.Toast(why, "", nil)
		return
	}
	p.parts.bar.search.SetText("")
	name := p.freeName(lang.T("files.new_folder"))
	into := p.at
	run(p, func(ctx context.Context) (files.Entry, error) { return p.engine.NewFolder(ctx, into, name) }, func(e files.Entry, err error) {
		if err != nil {
			p.trouble("files.new_folder_failed", name, err)
			return
		}
		if p.at != into {
			return
		}
		p.want = want{name: e.Name, rename: true}
		if p.want.name == "" {
			p.want.name = name
		}
		p.read(p.visit)
	})
}

// freeName is the name, or the name with a number that is not taken here.
func (p *Page) freeName(name string) string {
	taken := map[string]bool{}
	for _, e := range p.listing.Entries {
		taken[strings.ToLower(e.Name)] = true
	}
	for i := 2; ; i++ {
		if !taken[strings.ToLower(name)] {
			return name
		}
		name = lang.T("files.new_folder") + " (" + strconv.Itoa(i) + ")"
	}
}

// remove deletes entries after a question: they go to the server's trash.
func (p *Page) remove(es []files.Entry) {
	if len(es) == 0 {
		return
	}
	if why := cannotLeave(es, p.engine.Online()); why != "" {
		p.d.Toast(lang.T("files.delete_not", "Why", why), "", nil)
		return
	}
	kit.Confirm(p.d.Window, kit.Ask{
		Title:  deedOf("files.delete_title_one", "files.delete_title", es),
		Text:   lang.N("files.delete_text", len(es)),
		Deed:   lang.N("files.delete_deed", len(es)),
		Cancel: lang.T("files.cancel"),
		Danger: true,
		Do: func() {
			p.busy(es, true)
			run(p, func(ctx context.Context) ([]files.Problem, error) { return p.engine.Delete(ctx, es) }, func(list []files.Problem, err error) {
				p.busy(es, false)
				if err != nil {
					p.trouble("files.delete_failed", es[0].Name, err)
					return
				}
				p.problems(lang.T("files.delete_some"), list)
				if n := len(es) - len(list); n > 0 {
					p.d.Toast(lang.N("files.deleted", n), "", nil)
				}
				p.table.Focus()
			})
		},
	})
}

// busy draws entries faintly while a deed on them is under way.
func (p *Page) busy(es []files.Entry, on bool) {
	ids := map[string]bool{}
	if on {
		for _, e := range es {
			ids[idOf(e)] = true
		}
	}
	p.table.Cut(ids)
}

// deedOf words a title for one entry by its name (the text one), for several by
// their number (the text many).
func deedOf(one, many string, es []files.Entry) string {
	if len(es) == 1 {
		return lang.T(one, "Name", fit(safeName(es[0].Name), 40, func(t string) float32 { return float32(len([]rune(t))) }))
	}
	return lang.N(many, len(es))
}

// take cuts or copies what is selected.
func (p *Page) take(cut bool) {
	es := p.m.Selected()
	if len(es) == 0 || p.at == start && !p.search.deep {
		return
	}
	if cut {
		if why := cannotLeave(es, p.engine.Online()); why != "" {
			p.d.Toast(lang.T("files.cut_not", "Why", why), "", nil)
			return
		}
	}
	p.clip = clipboard{entries: es, cut: cut, from: p.at}
	p.busy(es, cut)
}

// paste puts what was cut or copied into a folder.
func (p *Page) paste(into string) {
	if len(p.clip.entries) == 0 {
		return
	}
	if into == p.at {
		if why := p.canAdd(); why != "" {
			p.d.Toast(why, "", nil)
			return
		}
	}
	c := p.clip
	if c.cut {
		p.clip = clipboard{}
		p.table.Cut(nil)
		p.moveInto(c.entries, into)
		return
	}
	p.copyInto(c.entries, into)
}

// moveInto moves entries into a folder; it can be undone.
func (p *Page) moveInto(es []files.Entry, into string) {
	es = movable(es, into)
	if len(es) == 0 {
		return
	}
	p.busy(es, true)
	run(p, func(ctx context.Context) ([]files.Problem, error) { return p.engine.Move(ctx, es, into) }, func(list []files.Problem, err error) {
		p.busy(es, false)
		if err != nil {
			p.trouble("files.move_failed", es[0].Name, err)
			return
		}
		p.problems(lang.T("files.move_some"), list)
		moved := without(es, list)
		if len(moved) == 0 {
			return
		}
		p.d.Toast(lang.N("files.moved", len(moved), "Folder", safeName(nameOfPlace(into, p.roots))), lang.T("files.undo"), func() { p.moveBack(moved, into) })
	})
}

// moveBack undoes a move.
func (p *Page) moveBack(es []files.Entry, from string) {
	home := map[string][]files.Entry{}
	for _, e := range es {
		to := remote.Parent(e.Href)
		e.Href = remote.Join(from, e.Name, e.Folder)
		home[to] = append(home[to], e)
	}
	for to, part := range home {
		run(p, func(ctx context.Context) ([]files.Problem, error) { return p.engine.Move(ctx, part, to) }, func(list []files.Problem, err error) {
			if err != nil {
				p.trouble("files.move_failed", part[0].Name, err)
				return
			}
			p.problems(lang.T("files.move_some"), list)
		})
	}
}

// movable leaves out what is there already, and a folder that would go into itself.
func movable(es []files.Entry, into string) []files.Entry {
	var out []files.Entry
	for _, e := range es {
		if remote.Parent(e.Href) != into && (!e.Folder || !remote.Within(into, e.Href)) {
			out = append(out, e)
		}
	}
	return out
}

// without returns the entries that no problem names.
func without(es []files.Entry, list []files.Problem) []files.Entry {
	bad := map[string]bool{}
	for _, pr := range list {
		bad[pr.Path] = true
	}
	var out []files.Entry
	for _, e := range es {
		if !bad[e.Href] && !bad[e.Name] {
			out = append(out, e)
		}
	}
	return out
}

func (p *Page) copyInto(es []files.Entry, into string) {
	run(p, func(ctx context.Context) ([]files.Problem, error) { return p.engine.Copy(ctx, es, into) }, func(list []files.Problem, err error) {
		if err != nil {
			p.trouble("files.copy_failed", es[0].Name, err)
			return
		}
		p.problems(lang.T("files.copy_some"), list)
		if n := len(without(es, list)); n > 0 {
			p.d.Toast(lang.N("files.copied", n, "Folder", safeName(nameOfPlace(into, p.roots))), "", nil)
		}
	})
}

// pickFiles asks for files of this PC and uploads them here.
func (p *Page) pickFiles() {
	into := p.at
	p.d.PickFiles(func(paths []string) { p.upload(into, paths) })
}

// pickFolder asks for a folder of this PC and uploads it here.
func (p *Page) pickFolder() {
	into := p.at
	p.d.PickFolder(func(path string) {
		if path != "" {
			p.upload(into, []string{path})
		}
	})
}

// upload sends files and folders of this PC into a folder. It goes on when the
// page is left.
func (p *Page) upload(into string, paths []string) {
	if len(paths) == 0 {
		return
	}
	run(p, func(ctx context.Context) (*files.Batch, error) { return p.engine.Upload(ctx, into, paths, p.askClash) }, func(b *files.Batch, err error) {
		if err != nil {
			p.trouble("files.upload_failed", filepath.Base(paths[0]), err)
			return
		}
		p.problems(lang.T("files.upload_some"), b.Problems)
		if b.Files > 0 && p.d.Status != nil {
			p.d.Toast(lang.N("files.uploading", b.Files, "Folder", safeName(nameOfPlace(into, p.roots))), lang.T("files.show_transfers"), func() { p.d.Status.OpenPanel(true) })
		}
		if p.at == into && b.Files+b.Folders > 0 {
			p.want = want{name: filepath.Base(paths[0])}
			p.read(p.visit)
		}
	})
}

// download puts entries into a folder of this PC that is asked for.
func (p *Page) download(es []files.Entry) {
	if len(es) == 0 {
		return
	}
	p.d.PickFolder(func(dir string) {
		if dir == "" {
			return
		}
		run(p, func(ctx context.Context) ([]string, error) { return p.engine.Download(ctx, es, dir) }, func(paths []string, err error) {
			if err != nil {
				p.trouble("files.download_failed", es[0].Name, err)
				return
			}
			p.d.Toast(lang.N("files.downloaded", len(es)), lang.T("files.show_folder"), func() {
				if len(paths) > 0 {
					p.reveal(paths[0])
				}
			})
		})
	})
}

// showLocal shows local copies in the PC's file manager, to drag them on from there.
func (p *Page) showLocal(es []files.Entry) {
	run(p, func(ctx context.Context) ([]string, error) { return p.engine.LocalCopies(ctx, es) }, func(paths []string, err error) {
		if err != nil {
			p.trouble("files.download_failed", es[0].Name, err)
			return
		}
		if len(paths) > 0 {
			p.reveal(paths[0])
		}
	})
}

func (p *Page) reveal(path string) {
	if err := p.d.RevealLocal(path); err != nil {
		p.trouble("files.reveal_failed", filepath.Base(path), err)
	}
}

// settle takes the mark from a conflict copy.
func (p *Page) settle(e files.Entry) {
	run(p, func(ctx context.Context) (struct{}, error) { return struct{}{}, p.engine.Settle(ctx, e) }, func(_ struct{}, err error) {
		if err != nil {
			p.trouble("files.settle_failed", e.Name, err)
			return
		}
		p.read(p.visit)
	})
}
