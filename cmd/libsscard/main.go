// Command libsscard is the function library of 人社信息函〔2016〕38号 as a shared library for desktop counter
// software (-buildmode=c-shared): libsscard.so, or sscard.dll. sscard.h is its interface, sscard.c defines
// the names, and all of them come here through one call.
//
// The functions themselves are those of terminal/function: of the daemon where one runs, else of a terminal in the
// host's process. The library may be called from any thread; nothing that happens here ends the host.
package main

/*
#include <string.h>
#include "call.h"
*/
import "C"

import (
	"strconv"
	"unsafe"

	"sscard/terminal/function"
)

func main() {}

var shared library

// sscardCall calls the function with the parameters, writes its output to out, which has room for size bytes, and gives
// its number.
//
//export sscardCall
func sscardCall(name *C.char, params *C.sscardParam, count C.int, out *C.char, size C.size_t) (number C.long) {
	if out == nil {
		return numberParameter
	}
	defer func() {
		if recover() != nil {
			number = write(out, size, internal)
		}
	}()
	values, err := take(unsafe.Slice(params, count))
	if err != nil {
		return write(out, size, failure(err))
	}
	return write(out, size, shared.call(C.GoString(name), values))
}

// take gives the parameters as function.ParseParams wants them.
func take(params []C.sscardParam) ([]string, error) {
	values := make([]string, len(params))
	for i, p := range params {
		if p.size == 0 {
			values[i] = strconv.Itoa(int(p.number))
			continue
		}
		if p.text == nil {
			return nil, errParameter
		}
		length := C.strnlen(p.text, p.size)
		if length == p.size {
			return nil, errParameter
		}
		text, err := decode(C.GoBytes(unsafe.Pointer(p.text), C.int(length)))
		if err != nil {
			return nil, err
		}
		values[i] = text
	}
	return values, nil
}

// write puts the whole output into the caller's buffer, or says that it is too long: half an output looks like one.
func write(out *C.char, size C.size_t, result function.Result) C.long {
	text := encode(result.OutInfo)
	if len(text) >= int(size) {
		result = tooLong
		text = encode(result.OutInfo)
	}
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(out)), len(text)+1)
	buffer[copy(buffer, text)] = 0
	return C.long(result.Return)
}
