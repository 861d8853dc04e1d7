# Makes the .def of a DLL from an exports.txt: names undecorated, as Windows' are, also on i686.
#
# library: the DLL. Of a drop-in each line becomes a forwarder. With own=NAME the lines that lead to NAME become
# functions of the DLL itself, and the names in `more` with them; all other lines are left out. On i686 the linker finds
# the functions (_OpenEncryptedFileRawA@12 and so on) by --enable-stdcall-fixup.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

BEGIN { print "LIBRARY " library; print "EXPORTS" }
/^#/ { next }
NF != 2 { print FILENAME ":" FNR ": a line is a name and a DLL" > "/dev/stderr"; failed = 1; exit 1 }
own == "" { print "  " $1 " = " $2 "." $1 }
own == $2 { print "  " $1 }
END { if (!failed) for (n = split(more, names, " "); n > 0; n--) print "  " names[n] }
