// Package procnet lists the sockets of a Linux host and the processes that own them.
//
// A [Scanner] is created once and asked many times. It passes each [Socket] to a function, with every
// process and descriptor that holds it, and returns a [Coverage] that says what it could not see:
//
//	scanner, err := procnet.NewScanner("")
//	if err != nil {
//		return err
//	}
//	defer scanner.Close()
//	query := procnet.Query{Kinds: procnet.KindsTCP, Listening: true}
//	coverage, err := scanner.Visit(ctx, query, func(socket *procnet.Socket) error {
//		for _, owner := range socket.Owners {
//			fmt.Printf("%v is held by %q (%d)\n", socket.Local, owner.Comm, owner.PID)
//		}
//		return nil
//	})
//
// Package procnet/net has the functions and types of gopsutil's package net.
//
// It needs cgo and the C library of procnet, which pkg-config has to find.
//
// Any local user chooses the names of sockets and processes, and they may hold any bytes: print them
// with %q, or escaped by [Escape].
package procnet

/*
#cgo pkg-config: procnet
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// Version returns the version of the C library, such as "0.1.0".
func Version() string {
	return C.GoString(C.procnet_version())
}

// Escape returns bytes so that they are safe to print on a terminal, and different ones differently.
func Escape(name string) string {
	if name == "" {
		return ""
	}
	bytes := []byte(name)
	space := make([]byte, 4*len(bytes)+1)
	length := C.procnet_escape(unsafe.Pointer(&bytes[0]), C.size_t(len(bytes)),
		(*C.char)(unsafe.Pointer(&space[0])), C.size_t(len(space)))
	return string(space[:length])
}

// Code says what kind of error an [Error] is.
type Code int32

// The codes of errors; procnet(3) describes them.
const (
	CodePanic       Code = C.PROCNET_PANIC
	CodeNull        Code = C.PROCNET_NULL
	CodeInvalid     Code = C.PROCNET_INVALID
	CodeBusy        Code = C.PROCNET_BUSY
	CodePermission  Code = C.PROCNET_PERMISSION
	CodeNotFound    Code = C.PROCNET_NOT_FOUND
	CodeNotLoaded   Code = C.PROCNET_NOT_LOADED
	CodeUnsupported Code = C.PROCNET_UNSUPPORTED
	CodeMalformed   Code = C.PROCNET_MALFORMED
	CodeIO          Code = C.PROCNET_IO
)

// String returns a short description.
func (code Code) String() string {
	if text := C.procnet_result_text(C.procnet_result(code)); text != nil {
		return C.GoString(text)
	}
	return fmt.Sprintf("error %d", int32(code))
}

// Error is why a request has no answer. [errors.Is] compares it with [fs.ErrPermission],
// [fs.ErrNotExist] and the error number of the system call that failed.
type Error struct {
	Code    Code
	Message string   // what failed, without the causes
	Causes  []string // why
	Path    string   // the file, if there is one
	Line    uint64   // in that file, from 1; 0 if unknown
	Column  uint64   // in that line or in the filter, in bytes from 1; 0 if unknown
	Errno   syscall.Errno
}

// Error returns the message and its causes.
func (err *Error) Error() string {
	return "procnet: " + strings.Join(append([]string{err.Message}, err.Causes...), ": ")
}

// Is reports whether it is a lack of privilege ([fs.ErrPermission]), or that a process or file does
// not exist ([fs.ErrNotExist]).
func (err *Error) Is(target error) bool {
	return target == fs.ErrPermission && err.Code == CodePermission ||
		target == fs.ErrNotExist && err.Code == CodeNotFound
}

// Unwrap returns the error number of the system call, if one failed.
func (err *Error) Unwrap() error {
	if err.Errno == 0 {
		return nil
	}
	return err.Errno
}

// taken returns the error of a call, and frees it.
func taken(result C.procnet_result, err *C.procnet_error) error {
	if result == C.PROCNET_OK {
		return nil
	}
	defer C.procnet_error_free(err)
	taken := &Error{
		Code:    Code(result),
		Message: C.GoString(C.procnet_error_message(err)),
		Line:    uint64(C.procnet_error_line(err)),
		Column:  uint64(C.procnet_error_column(err)),
		Errno:   syscall.Errno(C.procnet_error_errno(err)),
	}
	for at := C.size_t(0); ; at++ {
		cause := C.procnet_error_cause(err, at)
		if cause == nil {
			break
		}
		taken.Causes = append(taken.Causes, C.GoString(cause))
	}
	if path := C.procnet_error_path(err); path != nil {
		taken.Path = C.GoString(path)
	}
	return taken
}

// Scanner answers queries. It keeps buffers and tables from one query to the next. Calls from several
// goroutines wait for each other; for answers at the same time, use a scanner each.
type Scanner struct {
	lock  sync.Mutex
	c     *C.procnet_scanner
	comms map[string]string
}

// NewScanner returns a scanner of the /proc at root; of $HOST_PROC, by default /proc, if root is empty.
// Another root than /proc shows the network of its process 1.
func NewScanner(root string) (*Scanner, error) {
	var path *C.char
	if root != "" {
		path = C.CString(root)
		defer C.free(unsafe.Pointer(path))
	}
	scanner := &Scanner{comms: make(map[string]string)}
	var err *C.procnet_error
	if err := taken(C.procnet_scanner_new(path, 0, &scanner.c, &err), err); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(scanner, (*Scanner).Close)
	return scanner, nil
}

// Close frees what the scanner keeps. It waits for a call that is running; later calls fail.
func (scanner *Scanner) Close() error {
	scanner.lock.Lock()
	defer scanner.lock.Unlock()
	C.procnet_scanner_free(scanner.c)
	scanner.c = nil
	runtime.SetFinalizer(scanner, nil)
	return nil
}
