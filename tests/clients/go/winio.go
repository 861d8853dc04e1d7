// Package winio is what restic uses of the library github.com/Microsoft/go-winio, which Debian doesn't have: extended
// attributes in the form that NtQueryEaFile gives (FILE_FULL_EA_INFORMATION, MS-FSCC 2.4.16), and privileges. For
// tests/run/clients alone.
//
// SPDX-License-Identifier: LGPL-2.1-or-later
package winio

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/windows"
)

const header = 8 // NextEntryOffset, Flags, EaNameLength, EaValueLength

// ExtendedAttribute is one of them.
type ExtendedAttribute struct {
	Name  string
	Value []byte
	Flags uint8
}

var errInvalid = errors.New("invalid extended attributes")

// EncodeExtendedAttributes puts them behind each other, each at a multiple of four bytes.
func EncodeExtendedAttributes(attributes []ExtendedAttribute) ([]byte, error) {
	var out []byte
	for i, a := range attributes {
		if len(a.Name) > 255 || len(a.Value) > 65535 {
			return nil, errInvalid
		}
		entry := make([]byte, header, header+len(a.Name)+1+len(a.Value)+3)
		entry[4], entry[5] = a.Flags, uint8(len(a.Name))
		binary.LittleEndian.PutUint16(entry[6:], uint16(len(a.Value)))
		entry = append(append(append(entry, a.Name...), 0), a.Value...)
		if i+1 < len(attributes) {
			for len(entry)%4 != 0 {
				entry = append(entry, 0)
			}
			binary.LittleEndian.PutUint32(entry, uint32(len(entry)))
		}
		out = append(out, entry...)
	}
	return out, nil
}

// DecodeExtendedAttributes reads them.
func DecodeExtendedAttributes(b []byte) ([]ExtendedAttribute, error) {
	var attributes []ExtendedAttribute
	for len(b) > 0 {
		if len(b) < header {
			return nil, errInvalid
		}
		next, name, value := int(binary.LittleEndian.Uint32(b)), int(b[5]), int(binary.LittleEndian.Uint16(b[6:]))
		end := header + name + 1 + value
		if end > len(b) || (next != 0 && (next < end || next > len(b))) {
			return nil, errInvalid
		}
		attributes = append(attributes, ExtendedAttribute{
			Name:  string(b[header : header+name]),
			Value: append([]byte{}, b[header+name+1:end]...),
			Flags: b[4],
		})
		if next == 0 {
			break
		}
		b = b[next:]
	}
	return attributes, nil
}

// EnableProcessPrivileges turns on what the process has and doesn't use yet.
func EnableProcessPrivileges(names []string) error {
	var token windows.Token
	err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY,
		&token)
	if err != nil {
		return err
	}
	defer token.Close()
	for _, name := range names {
		text, err := windows.UTF16PtrFromString(name)
		if err != nil {
			return err
		}
		state := windows.Tokenprivileges{PrivilegeCount: 1}
		state.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
		if err := windows.LookupPrivilegeValue(nil, text, &state.Privileges[0].Luid); err != nil {
			return err
		}
		if err := windows.AdjustTokenPrivileges(token, false, &state, 0, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
