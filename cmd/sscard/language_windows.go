package main

import "golang.org/x/sys/windows"

// userInterfaceLanguage is what Windows speaks with the user, such as zh-CN.
func userInterfaceLanguage() string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return ""
	}
	return languages[0]
}
