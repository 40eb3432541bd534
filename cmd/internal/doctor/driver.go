package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// modules are those of the kernel that open card readers before pcscd can.
var modules = []string{"pn533_usb", "pn533_i2c", "pn533", "port100", "nfc"}

// checkModules looks for them among those that are loaded. Where there are readers all the same they may be in the way
// of another one only.
func checkModules(_ context.Context, x *examination) []Finding {
	loaded := x.loadedModules()
	if x.Windows || len(loaded) == 0 {
		return nil
	}
	code := "driver.module"
	if x.blacklisted(loaded[0]) {
		code = "driver.module_stays"
	}
	f := finding(code, strings.Join(loaded, ", "))
	if len(x.readers.Readers) > 0 {
		f = at(f, Warn)
	}
	return []Finding{f}
}

func (x *examination) loadedModules() (loaded []string) {
	list, _ := os.ReadFile(x.path("proc/modules")) // where there is none no module is loaded
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(line, " ")
		if slices.Contains(modules, name) {
			loaded = append(loaded, name)
		}
	}
	slices.SortFunc(loaded, func(a, b string) int { return slices.Index(modules, a) - slices.Index(modules, b) })
	return loaded
}

// blacklisted reports whether a file keeps the module from being loaded by itself.
func (x *examination) blacklisted(module string) bool {
	for _, dir := range []string{"etc/modprobe.d", "usr/lib/modprobe.d", "lib/modprobe.d", "run/modprobe.d"} {
		files, _ := filepath.Glob(filepath.Join(x.path(dir), "*.conf"))
		for _, file := range files {
			content, _ := os.ReadFile(file)
			for line := range strings.Lines(string(content)) {
				if words := strings.Fields(line); len(words) >= 2 && words[0] == "blacklist" && words[1] == module {
					return true
				}
			}
		}
	}
	return false
}

// bundles are where drivers for CCID readers are installed.
var bundles = []string{
	"usr/lib/pcsc/drivers/ifd-ccid.bundle", "usr/lib64/pcsc/drivers/ifd-ccid.bundle", "usr/local/lib/pcsc/drivers/ifd-ccid.bundle",
	"usr/lib/x86_64-linux-gnu/pcsc/drivers/ifd-ccid.bundle", "usr/lib/aarch64-linux-gnu/pcsc/drivers/ifd-ccid.bundle",
	"usr/lib/loongarch64-linux-gnu/pcsc/drivers/ifd-ccid.bundle",
}

// checkCCID looks for the driver, and for readers on USB that the service does not see.
func checkCCID(_ context.Context, x *examination) []Finding {
	usb := x.usbReaders()
	switch {
	case x.Windows:
		return nil
	case !x.anyFile(bundles) && len(x.readers.Readers) > 0:
		return []Finding{at(finding("driver.ccid_missing", ""), Info)} // these have a driver of their own
	case !x.anyFile(bundles):
		return []Finding{finding("driver.ccid_missing", describeUSB(usb))}
	case len(usb) > 0 && len(x.readers.Readers) == 0 && x.readers.Err == nil:
		return []Finding{finding("driver.unclaimed", describeUSB(usb))}
	}
	return []Finding{finding("driver.ok", describeUSB(usb))}
}

// usbReader is a card reader as the kernel knows it. Firmware is its bcdDevice, such as "2.07".
type usbReader struct{ product, id, firmware string }

// smartCardClass is bInterfaceClass of a reader (USB: Smart Card/CCID).
const smartCardClass = "0b"

// usbReaders are the devices that have an interface of that class. /sys has one directory for each interface, named
// after its device and a colon.
func (x *examination) usbReaders() (found []usbReader) {
	interfaces, _ := filepath.Glob(x.path("sys/bus/usb/devices/*:*/bInterfaceClass"))
	for _, file := range interfaces {
		if word(file) != smartCardClass {
			continue
		}
		dir, _, _ := strings.Cut(filepath.Dir(file), ":")
		in := func(name string) string { return word(filepath.Join(dir, name)) }
		r := usbReader{product: in("product"), id: in("idVendor") + ":" + in("idProduct"), firmware: version(in("bcdDevice"))}
		if !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}

// word is what a file of /sys says, empty where it is not there.
func word(file string) string {
	content, _ := os.ReadFile(file)
	return strings.TrimSpace(string(content))
}

// version is that of bcdDevice: "0207" is 2.07.
func version(bcd string) string {
	if len(bcd) != 4 {
		return bcd
	}
	return strings.TrimPrefix(bcd[:2], "0") + "." + bcd[2:]
}

func describeUSB(readers []usbReader) string {
	parts := make([]string, len(readers))
	for i, r := range readers {
		parts[i] = strings.TrimSpace(r.product + " (" + r.id + ", firmware " + r.firmware + ")")
	}
	return strings.Join(parts, "; ")
}
