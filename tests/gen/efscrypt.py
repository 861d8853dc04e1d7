"""Keys, certificates, $EFS metadata and the sector ciphers of EFS, for the test generator.

Written from docs of the format (MS-EFSR 2.2.2) alone and sharing nothing with the engine, so that the
two check each other. Everything that Windows would choose at random comes from a seed.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import datetime
import hashlib
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

try:
    # where it is from version 43 on
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    TripleDES = algorithms.TripleDES

UNIT = 512
ALGORITHMS = {"aes": (0x6610, 32), "3des": (0x6603, 24), "desx": (0x6604, 16)}
EFS_USAGE = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.4")
RECOVERY_USAGE = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.4.1")
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
MASK = (1 << 64) - 1


class Random:
    """A fast, seeded byte source of constant memory: AES-256-CTR over zeros."""
    ZEROS = bytes(1 << 16)

    def __init__(self, seed):
        key = hashlib.sha256(b"efsgen " + str(seed).encode()).digest()
        self.stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()

    def read(self, n):
        return self.stream.update(self.ZEROS[:n] if n <= len(self.ZEROS) else bytes(n))


# ---- sector ciphers (efs-format section 3) ----

def aes_iv(off):
    return struct.pack("<QQ", (0x5816657BE9161312 + off) & MASK, (0x1989ADBE44918961 + off) & MASK)


def des_iv(off):
    return struct.pack("<Q", (0x169119629891AD13 + off) & MASK)


def xor(a, b):
    return (int.from_bytes(a, "little") ^ int.from_bytes(b, "little")).to_bytes(len(a), "little")


def desx_expand(key):
    """The 16-byte key gives the DES key, the out-whitening and the in-whitening."""
    h1 = hashlib.md5(key + b"Dan Simon  \0").digest()
    h2 = hashlib.md5(key + b"Scott Field\0").digest()
    return xor(h1[0:4], h1[4:8]) + xor(h1[8:12], h1[12:16]), h2[:8], h2[8:]


def desx_unit(key, off, data, encrypt):
    des, wout, win = desx_expand(key)
    ecb = Cipher(TripleDES(des * 3), modes.ECB())
    # DES runs "backwards": Windows decrypts with the encryption function
    run = ecb.decryptor() if encrypt else ecb.encryptor()
    prev, out = des_iv(off), []
    for i in range(0, len(data), 8):
        block = data[i:i + 8]
        if encrypt:
            prev = xor(run.update(xor(xor(block, win), prev)), wout)
            out.append(prev)
        else:
            out.append(xor(xor(run.update(xor(block, wout)), win), prev))
            prev = block
    return b"".join(out)


def crypt(algorithm, key, off, data, encrypt=True):
    """Encrypts or decrypts whole units; CBC begins anew in each with an IV made from its offset."""
    out = []
    for i in range(0, len(data), UNIT):
        unit = data[i:i + UNIT]
        if algorithm == "desx":
            out.append(desx_unit(key, off + i, unit, encrypt))
            continue
        cipher = (Cipher(algorithms.AES(key), modes.CBC(aes_iv(off + i))) if algorithm == "aes" else
                  Cipher(TripleDES(key), modes.CBC(des_iv(off + i))))
        run = cipher.encryptor() if encrypt else cipher.decryptor()
        out.append(run.update(unit))
    return b"".join(out)


# ---- keys and certificates ----

def make_certificate(name, recovery=False):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    upn = f"{name}@WINE-EFS".encode() + b"\0"  # Windows counts the terminator in
    now = datetime.datetime(2020, 1, 1)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now).not_valid_after(now.replace(year=2120))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(x509.ExtendedKeyUsage([RECOVERY_USAGE if recovery else EFS_USAGE]), critical=False)
        .add_extension(x509.SubjectAlternativeName(
            [x509.OtherName(UPN, b"\x0c" + bytes([len(upn)]) + upn)]), critical=False)
        .sign(key, hashes.SHA256()))
    return key, certificate


def pfx(name, key, certificate, password, legacy):
    """legacy: SHA-1 and 3DES, as Windows up to 10 exports it."""
    if password is None:
        encryption = serialization.NoEncryption()
    elif legacy:
        encryption = (serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
                      .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
                      .hmac_hash(hashes.SHA1()).build(password.encode()))
    else:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)


# ---- $EFS metadata (efs-format section 2.1) ----

def sid_bytes(text):
    parts = text.split("-")
    subs = [int(p) for p in parts[3:]]
    return bytes([int(parts[1]), len(subs)]) + int(parts[2]).to_bytes(6, "big") + struct.pack(f"<{len(subs)}I", *subs)


def utf16(text):
    return (text + "\0").encode("utf-16-le")


class User:
    """One key list entry: certificate file[:display[:SID]]; with a SID it's the owner's own entry."""
    PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"

    def __init__(self, spec=None, sid=None):
        path, display, own = ((spec or "").split(":", 2) + ["", ""])[:3]
        self.certificate = None
        self.sid = own or sid
        self.display = display
        if path:
            with open(path, "rb") as f:
                self.certificate = x509.load_pem_x509_certificate(f.read())
            name = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
            self.display = display or f"{name}({name}@WINE-EFS)"

    def entry(self, fek, rng):
        if self.certificate:
            thumbprint = self.certificate.fingerprint(hashes.SHA1())
            numbers = self.certificate.public_key().public_numbers()
            size = (numbers.n.bit_length() + 7) // 8
            padding = bytes(b or 1 for b in rng.read(size - 3 - len(fek)))  # PKCS#1 v1.5 wants no zero
            block = b"\0\2" + padding + b"\0" + fek
            blob = pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(size, "little")
        else:  # nobody can open it: for streams whose contents don't matter
            thumbprint, blob = rng.read(20), rng.read(256)
            self.display = self.display or "nobody(nobody@WINE-EFS)"
        names = [None, None, utf16(self.display)]
        if self.sid:
            u = rng.read(16).hex()
            names[0] = utf16(f"{u[:8]}-{u[8:12]}-{u[12:16]}-{u[16:20]}-{u[20:]}")
            names[1] = utf16(self.PROVIDER)
        offsets, data = [], thumbprint
        for text in names:
            offsets.append(0x14 + len(data) if text else 0)
            data += text or b""
        data = struct.pack("<5I", 0x14, len(thumbprint), *offsets) + data
        sid = sid_bytes(self.sid) if self.sid else b""
        pki = struct.pack("<7I", 0x1C + len(sid) + len(data), 0x1C if sid else 0, 3, len(data), 0x1C + len(sid), 0, 0)
        pki += sid + data
        return struct.pack("<5I", 0x14 + len(pki) + len(blob), 0x14, len(blob), 0x14 + len(pki), 0) + pki + blob


def fek_structure(algorithm, key):
    return struct.pack("<4I", len(key), 0x20, ALGORITHMS[algorithm][0], 0) + key


def make_metadata(version, users, recovery, fek, rng):
    efs_id = bytearray(rng.read(16))
    efs_id[7] = efs_id[7] & 0x0F | 0x40  # a version 4 GUID
    efs_id[8] = efs_id[8] & 0x3F | 0x80
    ddf = struct.pack("<I", len(users)) + b"".join(u.entry(fek, rng) for u in users)
    drf = struct.pack("<I", len(recovery)) + b"".join(u.entry(fek, rng) for u in recovery) if recovery else b""
    body = ddf + drf
    body += bytes(-(0x54 + len(body)) % 8)
    return (struct.pack("<4I", 0x54 + len(body), 0, version, 0) + bytes(efs_id) + bytes(32) +
            struct.pack("<2I", 0x54, 0x54 + len(ddf) if drf else 0) + bytes(12) + body)
