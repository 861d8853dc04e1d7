#!/bin/bash
# Every program and library that is installed: position-independent, no executable stack, nothing both writable and
# executable, relocations read-only before the first instruction of ours runs.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

# is_hardened_elf FILE
is_hardened_elf()
{
    local headers dynamic

    headers=$(readelf -lW "$1") && dynamic=$(readelf -dW "$1") || return 1
    grep -q 'Elf file type is DYN' <<<"$headers" || { echo "not position-independent"; return 1; }
    grep -q 'GNU_RELRO' <<<"$headers" || { echo "no GNU_RELRO"; return 1; }
    grep -qE '\(FLAGS(_1)?\).*NOW' <<<"$dynamic" ||
        { echo "lazy binding: a part of the relocations stays writable"; return 1; }
    grep -qE 'GNU_STACK.* RW +0x' <<<"$headers" || { echo "the stack isn't RW"; return 1; }
    ! grep -qE ' RWE +0x' <<<"$headers" || { echo "a segment is writable and executable"; return 1; }
    ! grep -q TEXTREL <<<"$dynamic" || { echo "relocations in the code"; return 1; }
    grep -q '__stack_chk_fail' <(readelf --dyn-syms -W "$1") || { echo "no stack protector"; return 1; }
    grep -qE '__[a-z]+_chk' <(readelf --dyn-syms -W "$1" | grep -v __stack_chk_fail) ||
        { echo "not fortified"; return 1; }
}

# is_hardened_pe FILE: addresses may be randomized (with all 64 bits where there are), no execution of data
is_hardened_pe()
{
    PYTHONPATH=$top/tests/wine /usr/bin/python3 - "$1" <<'PY'
import sys
from pe_exports import PeFile
pe = PeFile(sys.argv[1])
wanted = 0x140 | (0x20 if pe.plus else 0)
if pe.characteristics & wanted != wanted:
    sys.exit(f'DllCharacteristics {pe.characteristics:#x}, wanted {wanted:#x}')
if not pe.directory(5)[0] and not pe.imported_dlls() == []:
    sys.exit('no relocations: it can be loaded at one address only')
for name, flags in pe.section_flags.items():
    if flags & 0x20000000 and flags & 0x80000000:
        sys.exit(f'section {name} is writable and executable')
PY
}

while IFS= read -r file; do
    case $(head -c 4 "$file" | tr -d '\0') in
        $'\177ELF') check "${file#"$stage/"}" is_hardened_elf "$file" ;;
        MZ*) check "${file#"$stage/"}" is_hardened_pe "$file" ;;
    esac
done < <(find "$stage/bin" "$stage/lib" -type f | sort)
# the checks themselves: they see what is wrong
if printf 'int main(void){return 0;}' | gcc -x c -z execstack -no-pie -o "$work/bad" - 2>/dev/null; then
    check_status "an executable stack would be seen" 1 is_hardened_elf "$work/bad"
fi
plan
