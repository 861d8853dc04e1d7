/*
 * An enumeration of the one provider of shadow copies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "objects.h"

HRESULT providers_enumerate(IVssEnumObject **enumeration)
{
    VSS_OBJECT_PROP *object = allocate(sizeof(*object));

    *enumeration = NULL;
    if (!object) return E_OUTOFMEMORY;
    object->Type = VSS_OBJECT_PROVIDER;
    if (SUCCEEDED(properties_of_provider(&object->Obj.Prov))) return enum_object_create(object, 1, enumeration);
    release_memory(object);
    return E_OUTOFMEMORY;
}
