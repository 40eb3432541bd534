package doctor

import "io/fs"

// On Windows who may use a file is not in its mode.
func ownerOf(fs.FileInfo) int { return -1 }
