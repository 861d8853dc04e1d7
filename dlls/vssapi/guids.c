/*
 * The identifiers of the interfaces, which mingw-w64 has in its headers alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <initguid.h>
#include <cguid.h>

#include "objects.h"

#include <vsadmin.h>
