// Package ole is what restic uses of the library github.com/go-ole/go-ole, which Debian doesn't have: COM's functions,
// by the names and types that restic expects. For tests/run/clients alone.
//
// SPDX-License-Identifier: LGPL-2.1-or-later
package ole

import (
	"encoding/hex"
	"fmt"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// COINIT_MULTITHREADED is CoInitializeEx's value for no apartment.
const COINIT_MULTITHREADED = 0

const clsctxServer = 1 | 4 | 16 // in process, local, remote

var (
	library            = windows.NewLazySystemDLL("ole32.dll")
	initializeEx       = library.NewProc("CoInitializeEx")
	initializeSecurity = library.NewProc("CoInitializeSecurity")
	createInstance     = library.NewProc("CoCreateInstance")
	taskMemFree        = library.NewProc("CoTaskMemFree")
)

// GUID as it is in memory
type GUID struct {
	Data1 uint32
	Data2 uint16
	Data3 uint16
	Data4 [8]byte
}

// IID_NULL is no interface.
var IID_NULL = &GUID{}

// NewGUID reads {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}, with or without the braces; nil: it is none.
func NewGUID(text string) *GUID {
	if len(text) == 38 && text[0] == '{' && text[37] == '}' {
		text = text[1:37]
	}
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return nil
	}
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 {
		return nil
	}
	guid := &GUID{
		Data1: uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]),
		Data2: uint16(b[4])<<8 | uint16(b[5]),
		Data3: uint16(b[6])<<8 | uint16(b[7]),
	}
	copy(guid.Data4[:], b[8:])
	return guid
}

// OleError is an HRESULT that isn't S_OK.
type OleError struct{ code uintptr }

// Code is the HRESULT.
func (e *OleError) Code() uintptr { return e.code }

// Error names it.
func (e *OleError) Error() string { return fmt.Sprintf("COM error %#x", e.code) }

func errorOf(result uintptr) error {
	if result == 0 {
		return nil
	}
	return &OleError{result}
}

// IUnknownVtbl holds the methods that each object has.
type IUnknownVtbl struct {
	QueryInterface uintptr
	AddRef         uintptr
	Release        uintptr
}

// IUnknown is an object.
type IUnknown struct{ RawVTable *interface{} }

// VTable of the object
func (v *IUnknown) VTable() *IUnknownVtbl {
	return (*IUnknownVtbl)(unsafe.Pointer(v.RawVTable))
}

// Release lets go of it.
func (v *IUnknown) Release() int32 {
	left, _, _ := syscall.SyscallN(v.VTable().Release, uintptr(unsafe.Pointer(v)))
	return int32(left)
}

// CoInitializeEx is Windows' own.
func CoInitializeEx(reserved uintptr, model uint32) error {
	result, _, _ := initializeEx.Call(reserved, uintptr(model))
	return errorOf(result)
}

// CoInitializeSecurity with defaults where nothing is given
func CoInitializeSecurity(service int32, level, impersonation, capabilities uint32) error {
	result, _, _ := initializeSecurity.Call(0, uintptr(service), 0, 0, uintptr(level), uintptr(impersonation), 0,
		uintptr(capabilities), 0)
	return errorOf(result)
}

// CreateInstance of a class, by one of its interfaces
func CreateInstance(class, iid *GUID) (*IUnknown, error) {
	var object *IUnknown
	result, _, _ := createInstance.Call(uintptr(unsafe.Pointer(class)), 0, clsctxServer,
		uintptr(unsafe.Pointer(iid)), uintptr(unsafe.Pointer(&object)))
	return object, errorOf(result)
}

// CoTaskMemFree is Windows' own.
func CoTaskMemFree(memory uintptr) { taskMemFree.Call(memory) }

// UTF16PtrToString ends at the first 0.
func UTF16PtrToString(text *uint16) string { return windows.UTF16PtrToString(text) }
