#!/usr/bin/python3
"""Makes keys, certificates and EFS raw streams for the tests and the demo.

Needs Debian's python3 and python3-cryptography only; independent of the engine: written from the
description of the format, so that the two check each other.

  efsgen.py keys DIR [--name N] [--password P] [--recovery-agent]
      key.pem, cert.pem, key.pfx, key-legacy.pfx (3DES, as Windows exports it), password.txt
  efsgen.py stream --out FILE|- [options]
      a stream as Windows writes it, encrypted for the certificates given; with --random-ciphertext
      stored bytes from a seed without encrypting them: fast, any size, constant memory
  efsgen.py rules
      what --break knows: NAME, TAB, broken|valid|version, TAB, description

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import os
import sys

import efscrypt
from efscrypt import ALGORITHMS, Random, User
from efsgen_rules import RULES, rule_kind
from efsraw_records import DataSegment, FileHeader, Segment, Stream, METADATA, TRANSFER, UNNAMED


def padded(n):
    return -(-n // efscrypt.UNIT) * efscrypt.UNIT


class Plaintext:
    """Bytes of a file, or of a seed."""

    def __init__(self, path, size, seed):
        self.file = open(path, "rb") if path else None
        self.rng = Random(f"{seed} plaintext")
        self.size = os.path.getsize(path) if path else size

    def read(self, n):
        data = self.file.read(n) if self.file else self.rng.read(n)
        if len(data) != n:
            raise SystemExit("efsgen: the plaintext has become shorter")
        return data


def data_segments(plaintext, encrypt, stored):
    """Segments of 64 KiB, as Windows cuts them. encrypt: what makes ciphertext, or None for `stored`'s bytes."""
    for offset in range(0, plaintext.size, TRANSFER):
        n = min(TRANSFER, plaintext.size - offset)
        if encrypt:
            data = encrypt(offset, plaintext.read(n).ljust(padded(n), b"\0"))
        else:
            data = stored.read(padded(n))
        yield DataSegment(offset, n, data)


def records(args):
    rng = Random(args.seed)
    key = rng.read(ALGORITHMS[args.algorithm][1])
    if args.algorithm == "3des":  # odd parity, as CryptoAPI's keys have
        key = bytes(b & 0xFE | (bin(b >> 1).count("1") + 1) % 2 for b in key)
    fek = efscrypt.fek_structure(args.algorithm, key)
    owner = "S-1-5-21-1000000001-1000000002-1000000003-1001"
    users = [User(spec, None if i else owner) for i, spec in enumerate(args.user or [None])]
    metadata = efscrypt.make_metadata(args.efs_version, users, [User(spec) for spec in args.recovery], fek, rng)

    def encrypt(offset, data):
        return efscrypt.crypt(args.algorithm, key, offset, data)

    yield FileHeader()
    yield Stream(METADATA)
    yield Segment(metadata)
    if not args.directory:
        yield Stream(UNNAMED)
        yield from data_segments(Plaintext(args.plaintext, args.size, args.seed),
                                 None if args.random_ciphertext else encrypt, rng)
    for spec, flag in [(s, 0) for s in args.named] + [(s, 1) for s in args.plain]:
        name, _, size = spec.rpartition(":")
        yield Stream(f":{name}:$DATA".encode("utf-16-le"), flag)
        content = Plaintext(None, int(size), f"{args.seed} {name}")
        if not flag:
            yield from data_segments(content, None if args.random_ciphertext else encrypt, rng)
        else:
            for offset in range(0, content.size, TRANSFER):
                yield Segment(content.read(min(TRANSFER, content.size - offset)))


def make_stream(args):
    source = records(args)
    if args.breaks:
        source = list(source)
        for name in args.breaks:
            RULES[name](source)
    out = sys.stdout.buffer if args.out == "-" else open(args.out, "wb")
    with out:
        if args.truncate is None:
            for record in source:
                out.write(record.pack())
        else:
            whole = b"".join(record.pack() for record in source)
            out.write(whole[:args.truncate])


def make_keys(args):
    os.makedirs(args.directory, exist_ok=True)
    key, certificate = efscrypt.make_certificate(args.name, args.recovery_agent)
    files = {
        "key.pem": key.private_bytes(efscrypt.serialization.Encoding.PEM, efscrypt.serialization.PrivateFormat.PKCS8,
                                     efscrypt.serialization.NoEncryption()),
        "cert.pem": certificate.public_bytes(efscrypt.serialization.Encoding.PEM),
        "key.pfx": efscrypt.pfx(args.name, key, certificate, args.password, False),
        "key-legacy.pfx": efscrypt.pfx(args.name, key, certificate, args.password, True),
    }
    if args.password is not None:
        files["password.txt"] = args.password.encode() + b"\n"
    for name, content in files.items():
        with open(os.path.join(args.directory, name), "wb") as f:
            f.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    keys = commands.add_parser("keys", help="make a key, a certificate and a PFX")
    keys.add_argument("directory")
    keys.add_argument("--name", default="alice")
    keys.add_argument("--password", help="of the PFX files; none by default (these keys are for tests only)")
    keys.add_argument("--recovery-agent", action="store_true", help="a certificate for data recovery")

    listing = "\n".join(f"  {name:22} {': '.join(rule_kind(name))}" for name in RULES)
    stream = commands.add_parser("stream", help="make a raw stream", epilog="--break knows:\n" + listing,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    stream.add_argument("--out", required=True, help="file, - for standard output")
    stream.add_argument("--plaintext", metavar="FILE", help="content; by default --size bytes made from the seed")
    stream.add_argument("--size", type=int, default=70000)
    stream.add_argument("--seed", default="1")
    stream.add_argument("--algorithm", choices=ALGORITHMS, default="aes")
    stream.add_argument("--user", action="append", default=[], metavar="CERT.pem[:display[:SID]]",
                        help="who can decrypt; the first is the owner. Without any: somebody without a key")
    stream.add_argument("--recovery", action="append", default=[], metavar="CERT.pem[:display[:SID]]")
    stream.add_argument("--efs-version", type=int, choices=range(1, 4), default=2)
    stream.add_argument("--directory", action="store_true", help="no unnamed stream")
    stream.add_argument("--named", action="append", default=[], metavar="NAME:SIZE", help="an encrypted named stream")
    stream.add_argument("--plain", action="append", default=[], metavar="NAME:SIZE",
                        help="a named stream that isn't encrypted (Flag 1)")
    stream.add_argument("--random-ciphertext", action="store_true")
    stream.add_argument("--break", action="append", default=[], dest="breaks", choices=RULES, metavar="RULE",
                        help="change the stream by a rule of the list below, once per rule")
    stream.add_argument("--truncate", type=int, metavar="N", help="only the first N bytes, negative: all but the last")
    commands.add_parser("rules", help="list what --break knows")

    args = parser.parse_args()
    if args.command == "keys":
        make_keys(args)
    elif args.command == "rules":
        for name in RULES:
            print(name, *rule_kind(name), sep="\t")
    else:
        make_stream(args)


if __name__ == "__main__":
    main()
