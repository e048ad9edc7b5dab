package main

import "golang.org/x/sys/windows"

// tell shows why the program does not start. It has no terminal on Windows.
func tell(err error) {
	text, bad := windows.UTF16PtrFromString(err.Error())
	if bad != nil {
		return
	}
	title, _ := windows.UTF16PtrFromString(appName)                               // has no zero byte
	_, _ = windows.MessageBox(0, text, title, windows.MB_OK|windows.MB_ICONERROR) // there is no other way to say it
}
