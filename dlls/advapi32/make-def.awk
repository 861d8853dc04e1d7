# Makes the .def of a drop-in, whose name is in `library`, from its exports.txt: each export is a forwarder, undecorated on i686 too.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

BEGIN { print "LIBRARY " library; print "EXPORTS" }
/^#/ { next }
NF != 2 { print FILENAME ":" FNR ": a line is a name and a DLL" > "/dev/stderr"; failed = 1; exit 1 }
{ print "  " $1 " = " $2 "." $1 }
