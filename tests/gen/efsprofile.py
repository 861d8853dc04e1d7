#!/usr/bin/python3
"""Makes what Windows keeps of a user's EFS key: a profile with certificate, key file, master key, history of passwords.

  efsprofile.py profile DIR --key KEYS --password P [options]
      DIR is the user's directory (C:\\Users\\alice). KEYS: a directory of `efsgen.py keys`. Prints names that tests
      want: thumbprint, container, master key, one a line.
  efsprofile.py pvk FILE --key KEYS [--password P [--weak]]
      the key as PVK, in the clear, or under RC4 with 128 or (--weak) 40 bits

Written from the description of the formats, independent of libs/crypt, so that the two check each other. Needs
python3 and python3-cryptography only.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import hashlib
import hmac
import os
import struct
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from efscrypt import Random, sid_bytes, utf16

DPAPI_PROVIDER = uuid.UUID("df9d8cd0-1501-11d1-8c7a-00c04fc297eb")
CSP = "Microsoft Enhanced Cryptographic Provider v1.0"
KSP = "Microsoft Software Key Storage Provider"
TPM = "Microsoft Platform Crypto Provider"
EXPORT_ENTROPY = b"Hj1diQ6kpUx7VC4m\0"
CNG_PROPERTY_ENTROPY = b"6jnkd5J3ZdQDtrsu\0"
CNG_KEY_ENTROPY = b"xT5rZW5qVVbrvpuA\0"
FILETIME = 132223104000000000  # some day of 2020


class Generation:
    """The algorithms of a Windows: in master keys, in blobs."""

    def __init__(self, name):
        self.modern = name == "aes"
        self.hash = "sha512" if self.modern else "sha1"
        self.cipher_id = 0x6610 if self.modern else 0x6603
        self.cipher_bits = 256 if self.modern else 168
        self.master_hash_id = 0x800E if self.modern else 0x8009
        self.hash_id = 0x800E if self.modern else 0x8004
        self.key, self.block = (32, 16) if self.modern else (24, 8)
        self.salt = 32 if self.modern else 16

    def digest(self, data):
        return hashlib.new(self.hash, data).digest()

    def mac(self, key, data):
        return hmac.new(key, data, self.hash).digest()

    def encrypt(self, key, iv, data):
        """CBC; data: whole blocks."""
        algorithm = algorithms.AES(key) if self.modern else algorithms.TripleDES(key)
        return Cipher(algorithm, modes.CBC(iv)).encryptor().update(data)

    def derive(self, secret, salt, rounds):
        """Key and IV: PBKDF2 but for what each round is fed with."""
        wanted, out, index = self.key + self.block, b"", 0
        while len(out) < wanted:
            index += 1
            total = self.mac(secret, salt + struct.pack(">I", index))
            for _ in range(rounds - 1):
                step = self.mac(secret, total)
                total = bytes(a ^ b for a, b in zip(total, step))
            out += total
        return out[: self.key], out[self.key : wanted]


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def counted(data):
    return u32(len(data)) + data


def md4(message):
    """RFC 1320; OpenSSL 3 has it no more by default."""

    def rotate(value, count):
        value &= 0xFFFFFFFF
        return value << count & 0xFFFFFFFF | value >> 32 - count

    message += b"\x80" + bytes(-(len(message) + 9) % 64) + struct.pack("<Q", 8 * len(message))
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    order = {
        1: range(16),
        2: (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
        3: (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
    }
    shifts = {1: (3, 7, 11, 19), 2: (3, 5, 9, 13), 3: (3, 9, 11, 15)}
    for start in range(0, len(message), 64):
        words = struct.unpack_from("<16I", message, start)
        a, b, c, d = state
        for step in (1, 2, 3):
            for i, k in enumerate(order[step]):
                mix = {1: b & c | ~b & d, 2: (b & c | b & d | c & d) + 0x5A827999, 3: (b ^ c ^ d) + 0x6ED9EBA1}[step]
                a, b, c, d = d, rotate(a + mix + words[k], shifts[step][i % 4]), b, c
        state = [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def prekey(account, password, sid):
    wide, zero = password.encode("utf-16-le"), utf16(sid)
    if account == "local":
        secret = hashlib.sha1(wide).digest()
    else:
        secret = md4(wide)
    if account == "protected":
        bare = sid.encode("utf-16-le")
        secret = hashlib.pbkdf2_hmac("sha256", secret, bare, 10000)
        secret = hashlib.pbkdf2_hmac("sha256", secret, bare, 1, 16)
    return hmac.new(secret, zero, "sha1").digest()


# ---- DPAPI ----


def pad_xor(key, byte):
    return bytes(b ^ byte for b in key.ljust(64, b"\0"))


def keyed(generation, master_sha1, nonce, rest):
    if generation.modern:
        return generation.mac(master_sha1, nonce + rest)
    inner = hashlib.sha1(pad_xor(master_sha1, 0x36) + nonce).digest()
    return hashlib.sha1(pad_xor(master_sha1, 0x5C) + inner + rest).digest()


def cipher_key(generation, digest):
    if len(digest) >= generation.key:
        return digest[: generation.key]
    return (generation.digest(pad_xor(digest, 0x36)) + generation.digest(pad_xor(digest, 0x5C)))[: generation.key]


def blob(generation, rng, master_guid, master, text, data, entropy=b""):
    sha1 = hashlib.sha1(master).digest()
    salt, nonce = rng.read(generation.salt), rng.read(generation.salt)
    count = generation.block - len(data) % generation.block
    ciphertext = generation.encrypt(
        cipher_key(generation, keyed(generation, sha1, salt, entropy)),
        bytes(generation.block),
        data + bytes([count]) * count,
    )
    signed = (
        u32(1)
        + master_guid.bytes_le
        + u32(0)
        + counted(utf16(text))
        + u32(generation.cipher_id, generation.cipher_bits)
        + counted(salt)
        + counted(b"")
        + u32(generation.hash_id, 8 * len(generation.digest(b"")))
        + counted(nonce)
        + counted(ciphertext)
    )
    return u32(1) + DPAPI_PROVIDER.bytes_le + signed + counted(keyed(generation, sha1, nonce, entropy + signed))


def master_section(generation, rng, secret, master, rounds):
    inner, salt = rng.read(16), rng.read(16)
    clear = inner + generation.mac(generation.mac(secret, inner), master)
    clear += rng.read(-(len(clear) + len(master)) % generation.block) + master
    key, iv = generation.derive(secret, salt, rounds)
    return (
        u32(2)
        + salt
        + u32(rounds, generation.master_hash_id, generation.cipher_id)
        + generation.encrypt(key, iv, clear)
    )


def domain_section(generation, rng, master, sid, backup):
    key, iv = rng.read(generation.key), rng.read(generation.block)
    secret = u32(len(master), len(key + iv))
    if generation.modern:
        secret += u32(generation.cipher_id, generation.hash_id)
    secret = backup.public_key().encrypt(secret + master + key + iv, padding.PKCS1v15())[::-1]
    check = u32(1, 32) + rng.read(32) + sid_bytes(sid)
    check += bytes(-(len(check) + len(generation.digest(b""))) % generation.block)
    check = generation.encrypt(key, iv, check + generation.digest(check))
    return u32(3 if generation.modern else 2, len(secret), len(check)) + rng.read(16) + secret + check


def master_file(guid, flags, sections):
    return (
        u32(2, 0, 0)
        + str(guid).encode("utf-16-le")
        + u32(0, 0, flags)
        + struct.pack("<4Q", *map(len, sections))
        + b"".join(sections)
    )


def credhist(generation, rng, sid, passwords, guids, rounds):
    """The passwords, oldest first, the last of them the current one."""
    out, previous = b"", 0
    for old, newer, guid in zip(passwords, passwords[1:], guids):
        wide, salt = old.encode("utf-16-le"), rng.read(16)
        clear = hashlib.sha1(wide).digest() + md4(wide) + bytes(4)
        clear += bytes(-len(clear) % generation.block)
        key, iv = generation.derive(prekey("local", newer, sid), salt, rounds)
        body = sid_bytes(sid) + generation.encrypt(key, iv, clear)
        entry = (
            u32(1)
            + guid.bytes_le
            + u32(previous, 1, generation.master_hash_id, rounds, len(sid_bytes(sid)), generation.cipher_id, 20, 20)
            + salt
            + body
        )
        out, previous = out + entry, len(entry)
    return out + u32(1) + guids[-1].bytes_le + u32(previous)


# ---- keys ----


def little(value, size, zeros=0):
    return value.to_bytes(size, "little") + bytes(zeros)


def rsa_fields(private, zeros):
    """zeros: behind the long numbers; half as many are behind the short ones."""
    numbers, size = private.private_numbers(), private.key_size // 8
    half = [numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp]
    return (
        little(numbers.public_numbers.n, size, zeros)
        + b"".join(little(v, size // 2, zeros // 2) for v in half)
        + little(numbers.d, size, zeros)
    )


def private_key_blob(private):
    return (
        bytes([7, 2, 0, 0])
        + u32(0xA400)
        + b"RSA2"
        + u32(private.key_size, private.public_key().public_numbers().e)
        + rsa_fields(private, 0)
    )


def rc4(key, data):
    return Cipher(algorithms.ARC4(key), None).encryptor().update(data)


def pvk(private, password, weak, rng):
    key = private_key_blob(private)
    salt = rng.read(16) if password is not None else b""
    if salt:
        secret = hashlib.sha1(salt + password.encode()).digest()[:16]
        key = key[:8] + rc4(secret[:5] + bytes(11) if weak else secret, key[8:])
    return u32(0xB0B5F11E, 0, 1, len(salt) > 0, len(salt), len(key)) + salt + key


def capi_pair(generation, rng, guid, master, private):
    size = private.key_size // 8
    head = u32(size + 8, private.key_size, size - 1, private.public_key().public_numbers().e)
    public = b"RSA1" + head + little(private.public_key().public_numbers().n, size, 8)
    secret = b"RSA2" + head + rsa_fields(private, 8) + bytes(size // 2 + 12)
    return (
        public,
        blob(generation, rng, guid, master, "Private Key", secret),
        blob(generation, rng, guid, master, "Export Flag", u32(1), EXPORT_ENTROPY),
    )


def capi_file(name, signature, exchange):
    text = name.encode() + b"\0"
    sizes = u32(*(len(part) for pair in (signature, exchange) for part in pair[:2]))
    return (
        u32(2, 0, len(text))
        + sizes
        + u32(20, len(signature[2]), len(exchange[2]))
        + text
        + bytes(20)
        + b"".join(signature)
        + b"".join(exchange)
    )


def cng_property(name, kind, value):
    text = name.encode("utf-16-le")
    return u32(20 + len(text) + len(value), kind, 0, len(text), len(value)) + text + value


def cng_file(generation, rng, name, guid, master, private, full, isolated):
    numbers, size = private.private_numbers(), private.key_size // 8
    e = numbers.public_numbers.e.to_bytes(3, "big")
    secret = (b"RSA3" if full else b"RSA2") + u32(private.key_size, len(e), size, size // 2, size // 2) + e
    secret += (
        numbers.public_numbers.n.to_bytes(size, "big")
        + numbers.p.to_bytes(size // 2, "big")
        + numbers.q.to_bytes(size // 2, "big")
    )
    if full:
        secret += b"".join(
            v.to_bytes(size // 2, "big") for v in (numbers.dmp1, numbers.dmq1, numbers.iqmp)
        ) + numbers.d.to_bytes(size, "big")
    text = name.encode("utf-16-le")
    parts = [
        cng_property("Modified", 0, struct.pack("<Q", FILETIME))
        + (cng_property("Use Virtual Isolation", 0, u32(1)) if isolated else b""),
        blob(
            generation,
            rng,
            guid,
            master,
            "Private Key Properties",
            cng_property("Export Policy", 3, u32(3)),
            CNG_PROPERTY_ENTROPY,
        ),
        blob(generation, rng, guid, master, "Private Key", secret, CNG_KEY_ENTROPY),
    ]
    return u32(1, 0, len(text), 0, *map(len, parts)) + bytes(16) + text + b"".join(parts)


def hashed_name(name, cng):
    digest = hashlib.md5((name.lower() + "\0").encode("utf-16-le" if cng else "ascii")).digest()
    return "".join(f"{word:08x}" for word in struct.unpack("<4I", digest))


def store_element(kind, value):
    return u32(kind, 1, len(value)) + value


def key_info(container, provider, kind, spec, flags=0):
    name, text = utf16(container), utf16(provider)
    name += bytes(-len(name) % 4)
    return store_element(2, u32(0x1C, 0x1C + len(name), kind, flags, 0, 0, spec) + name + text)


def certificate_file(certificate, info):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return store_element(3, hashlib.sha1(der).digest()) + info + store_element(32, der)


def key_identifier(certificate):
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha1(certificate.public_key().public_bytes(serialization.Encoding.DER, spki)).digest()


# ---- commands ----


def load_private(directory):
    with open(os.path.join(directory, "key.pem"), "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def load_certificate(directory):
    with open(os.path.join(directory, "cert.pem"), "rb") as f:
        return x509.load_pem_x509_certificate(f.read())


def put(*path, data):
    name = os.path.join(*path)
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as f:
        f.write(data)


def make_profile(args):
    rng = Random(f"{args.seed} profile")
    generation = Generation(args.generation)
    private, certificate = load_private(args.key), load_certificate(args.key)
    base = os.path.join(
        args.out, *(("AppData", "Roaming") if generation.modern else ("Application Data",)), "Microsoft"
    )
    guid, machine = uuid.UUID(bytes=rng.read(16)), uuid.UUID(bytes=rng.read(16))
    container = args.container or str(uuid.UUID(bytes=rng.read(16)))
    passwords = args.before + [args.password]
    guids = [uuid.UUID(bytes=rng.read(16)) for _ in passwords]
    master = rng.read(64)
    backup = load_private(args.backup) if args.backup else None
    sections = [
        master_section(generation, rng, prekey(args.account, passwords[0], args.sid), master, args.rounds),
        master_section(generation, rng, rng.read(20), rng.read(32), args.rounds),
        b"" if args.account != "local" else u32(3) + guids[0].bytes_le,
        domain_section(generation, rng, master, args.sid, backup) if backup else b"",
    ]
    thumbprint = hashlib.sha1(certificate.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    if args.masters:
        with open(args.masters, "w") as file:
            file.write("{%s}:%s\n" % (guid, master.hex()))
    if args.without != "master":
        put(base, "Protect", args.sid, str(guid), data=master_file(guid, 5 if args.account == "local" else 0, sections))
    put(base, "Protect", args.sid, "Preferred", data=guid.bytes_le + struct.pack("<Q", FILETIME))
    put(base, "Protect", "CREDHIST", data=credhist(generation, rng, args.sid, passwords, guids, args.rounds))
    if args.cng:
        keyfile = cng_file(generation, rng, container, guid, master, private, args.cng == "full", args.isolated)
        path = ("Crypto", "Keys", f"{hashed_name(container, True)}_{machine}")
    else:
        pair, none = capi_pair(generation, rng, guid, master, private), (b"", b"", b"")
        other = (
            capi_pair(generation, rng, guid, master, rsa.generate_private_key(65537, 2048))
            if args.pairs == "both"
            else none
        )
        keyfile = capi_file(
            container, pair if args.pairs == "signature" else other, none if args.pairs == "signature" else pair
        )
        path = ("Crypto", "RSA", args.sid, f"{hashed_name(container, False)}_{machine}")
    if args.without != "key":
        put(base, *path, data=keyfile)
    if args.without != "certificate":
        provider, kind, spec = (KSP, 0, 0) if args.cng else (CSP, 1, 2 if args.pairs == "signature" else 1)
        if args.without == "key" and args.tpm:
            provider, kind, spec = TPM, 0, 0
        info = key_info(container, provider, kind, spec, 0x20 if args.machine else 0)
        store = os.path.join(base, "SystemCertificates", "My")
        if args.key_info:
            identifier = key_identifier(certificate)
            put(store, "Keys", identifier.hex().upper(), data=info + store_element(35, identifier))
            info = b""
        put(store, "Certificates", thumbprint, data=certificate_file(certificate, info))
    print(thumbprint.lower(), container, guid, sep="\n")


def make_pvk(args):
    put(args.out, data=pvk(load_private(args.key), args.password, args.weak, Random(f"{args.seed} pvk")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    profile = commands.add_parser("profile")
    profile.add_argument("out")
    profile.add_argument("--key", required=True)
    profile.add_argument("--password", required=True, help="the current one")
    profile.add_argument(
        "--before", action="append", default=[], help="an older one, the oldest first: the master key is under that"
    )
    profile.add_argument("--sid", default="S-1-5-21-1004336348-1177238915-682003330-1001")
    profile.add_argument("--generation", choices=("xp", "aes"), default="aes")
    profile.add_argument("--account", choices=("local", "domain", "protected"), default="local")
    profile.add_argument("--rounds", type=int, default=500, help="fewer than Windows takes, for the tests' sake")
    profile.add_argument(
        "--cng",
        choices=("short", "full"),
        help="a CNG key file: the key with the numbers that follow from others, or without",
    )
    profile.add_argument(
        "--pairs", choices=("exchange", "signature", "both"), default="exchange", help="of a CryptoAPI key file"
    )
    profile.add_argument("--container")
    profile.add_argument("--backup", metavar="KEYS", help="the domain's backup key")
    profile.add_argument("--without", choices=("certificate", "key", "master"))
    profile.add_argument(
        "--tpm", action="store_true", help="with --without key: the certificate says that it is in a TPM"
    )
    profile.add_argument("--masters", metavar="FILE", help="gets the open master key, as other tools list it")
    profile.add_argument("--machine", action="store_true", help="the certificate says that the machine has the key")
    profile.add_argument("--key-info", action="store_true", help="where the key is, is said in My/Keys alone")
    profile.add_argument("--isolated", action="store_true", help="with --cng: as kept by virtualization-based security")
    private = commands.add_parser("pvk")
    private.add_argument("out")
    private.add_argument("--key", required=True)
    private.add_argument("--password")
    private.add_argument("--weak", action="store_true")
    for command in (profile, private):
        command.add_argument("--seed", default="1")
    args = parser.parse_args()
    (make_profile if args.command == "profile" else make_pvk)(args)


if __name__ == "__main__":
    main()
