# Makes vssapi.def of exports.txt. arch: x86_64 or i386, whose functions have the bytes of their arguments in their
# name.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

BEGIN { print "LIBRARY vssapi.dll"; print "EXPORTS" }
/^#/ { next }
$2 == "winevssapi" && NF == 2 { print "  \"" $1 "\" = \"winevssapi." $1 "\""; next }
NF == 3 { print "  \"" $1 "\" = " $2 (arch == "i386" ? "@" $3 : ""); next }
{ print FILENAME ":" FNR ": a line is a name, and a function and its bytes or winevssapi" > "/dev/stderr"; exit 1 }
