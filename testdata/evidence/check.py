#!/usr/bin/env python3
"""Checks evidence that a social security card signed. Python 3.8 and the openssl command (3.0 or later), nothing else:
it shares no code with terminal/evidence, which has to come to the same verdicts. docs/evidence.md has the format.

    check.py --nonce HEX --origin O --roots FILE [--crls FILE] [--fields FILE] [--max-age SECONDS] [--now TIME] TOKEN
    check.py --vectors FILE...

The first prints "good CARDNUMBER" and ends with 0, or "bad STEP" with 7. The second prints that for each vector.
With revocation lists it wants one of each issuer, which is stricter than it has to be.
"""
import argparse
import base64
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

DISTID = "distid:1234567812345678"
# Profiles, and how many bytes of its own the card signs before the challenge. All of them have the user id above.
PROFILES = {
    "acse-iso7816-4": 0,
    "template-cos-vendor": 0,
    "template-iso7816-4": 0,
    "template-iso7816-8": 0,
    "template-pboc-dda": 12,
}
# An uncompressed point on the curve of SM2, in the certificate: all before X and Y.
SM2_KEY = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D03420004")
KEY_USAGE, BASIC_CONSTRAINTS = bytes.fromhex("551D0F"), bytes.fromhex("551D13")
CARD_NUMBER = bytes.fromhex("2A811C920C0101")  # 1.2.156.2316.1.1, 卡号
KNOWN = {KEY_USAGE, BASIC_CONSTRAINTS, CARD_NUMBER} | {bytes.fromhex(x) for x in ("551D0E", "551D23", "551D25")}
REQUIRED = {"version", "origin", "nonce", "card_id", "time", "profile", "certificate", "signature"}
OPTIONAL = {"fields", "dynamic", "chain"}


class Bad(Exception):
    """The step that failed."""


def want(condition, step):
    if not condition:
        raise Bad(step)


# ---------------------------------------------------------------- the token


def unhex(text, least, most):
    want(isinstance(text, str) and re.fullmatch(r"([0-9A-Fa-f]{2})*", text), "token")
    want(least <= len(text) // 2 <= most, "token")
    return bytes.fromhex(text)


def unbase64(text, decode, encode):
    """Base64 in its one canonical form."""
    want(isinstance(text, str) and text.isascii(), "token")
    try:
        data = decode(text)
    except ValueError:
        raise Bad("token")
    want(encode(data).decode() == text, "token")
    return data


def certificate(text):
    der = unbase64(text, base64.b64decode, base64.b64encode)
    want(1 <= len(der) <= 4096, "token")
    return der


def visible(text, most):
    want(isinstance(text, str) and re.fullmatch(r"[!-~]{1,%d}" % most, text), "token")
    return text


def moment(text):
    want(isinstance(text, str) and re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", text), "token")
    try:
        return datetime.datetime.fromisoformat(text[:-1] + "+00:00")
    except ValueError:
        raise Bad("token")


def each_once(pairs):
    members = dict(pairs)
    want(len(members) == len(pairs), "token")
    return members


def parse(token):
    want(len(token) <= 16384, "token")
    plain = unbase64(
        token,
        lambda t: base64.urlsafe_b64decode(t + "=" * (-len(t) % 4)),
        lambda b: base64.urlsafe_b64encode(b).rstrip(b"="),
    )
    try:
        t = json.loads(plain.decode("utf-8"), object_pairs_hook=each_once)
    except (ValueError, RecursionError):
        raise Bad("token")
    want(isinstance(t, dict) and REQUIRED <= set(t) <= REQUIRED | OPTIONAL, "token")
    want(type(t["version"]) is int and t["version"] in (1, 2), "token")
    want((t["version"] == 2) == ("fields" in t), "token")
    chain = t.get("chain", [None])
    want(isinstance(chain, list) and 1 <= len(chain) <= 4, "token")
    visible(t["profile"], 64)
    return {
        "version": t["version"],
        "origin": visible(t["origin"], 255),
        "nonce": unhex(t["nonce"], 16, 64),
        "card_id": unhex(t["card_id"], 16, 16),
        "time": moment(t["time"]),
        "time_text": t["time"],
        "fields": unhex(t["fields"], 32, 32) if "fields" in t else None,
        "profile": t["profile"],
        "certificate": certificate(t["certificate"]),
        "chain": [certificate(c) for c in chain] if "chain" in t else [],
        "dynamic": unhex(t["dynamic"], 1, 255) if "dynamic" in t else b"",
        "signature": unhex(t["signature"], 64, 64),
    }


# ---------------------------------------------------------------- the challenge


def part(data):
    return len(data).to_bytes(2, "big") + data


def challenge_input(t):
    parts = [t["origin"].encode(), t["nonce"], t["card_id"], t["time_text"].encode()]
    if t["fields"] is not None:
        parts.append(t["fields"])
    return b"sscard-challenge-v%d" % t["version"] + b"".join(map(part, parts))


def fields_input(fields):
    encoded = sorted((name.encode(), value.encode()) for name, value in fields.items())
    return b"".join(part(name) + part(value) for name, value in encoded)


# ---------------------------------------------------------------- openssl


class OpenSSL:
    """The openssl command, and a directory for what it reads from files."""

    def __init__(self, directory):
        self.directory, self.files = directory, 0

    def file(self, data):
        self.files += 1
        path = os.path.join(self.directory, str(self.files))
        with open(path, "wb") as f:
            f.write(data)
        return path

    def run(self, *args, data=b""):
        """The output, or None where it failed."""
        env = dict(os.environ, LC_ALL="C", SSL_CERT_FILE=os.devnull)
        done = subprocess.run(["openssl", *args], input=data, capture_output=True, env=env, check=False)
        return done.stdout if done.returncode == 0 else None

    def sm3(self, data):
        return self.run("dgst", "-sm3", "-binary", data=data)

    def signed(self, key, message, signature):
        """Whether the DER signature over the message is of the key, a file in PEM."""
        return self.run("dgst", "-sm3", "-verify", key, "-sigopt", DISTID, "-signature", self.file(signature),
                        data=message) is not None


def integer(number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(content)]) + content


def signature_der(rs):
    content = integer(int.from_bytes(rs[:32], "big")) + integer(int.from_bytes(rs[32:], "big"))
    return bytes([0x30, len(content)]) + content


def elements(data):
    """The DER elements in data, which openssl has found sound: tag, whole, and content of each."""
    found = []
    while data:
        length, start = data[1], 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        found.append((data[0], data[:start + length], data[start:start + length]))
        data = data[start + length:]
    return found


def signed_parts(der):
    """Of a certificate or a revocation list: what is signed, the algorithm, and the signature in DER."""
    (_, tbs, _), (_, algorithm, _), (_, _, bits) = elements(elements(der)[0][2])
    return tbs, algorithm, bits[1:]


class Certificate:
    def __init__(self, openssl, der, step):
        self.openssl = openssl
        pem = openssl.run("x509", "-inform", "DER", data=der)
        again = openssl.run("x509", "-inform", "DER", "-outform", "DER", data=der)
        want(pem is not None and again == der, step)
        self.file = openssl.file(pem)

        tbs, algorithm, _ = signed_parts(der)
        fields = elements(elements(tbs)[0][2])
        want(fields[0][0] == 0xA0 and fields[2][1] == algorithm, step)  # version 3, and one algorithm
        self.spki = fields[6][1]
        extensions = [elements(e) for tag, _, x in fields if tag == 0xA3 for _, _, e in elements(elements(x)[0][2])]
        self.extensions = {e[0][2]: e[-1][2] for e in extensions}
        self.critical = {e[0][2] for e in extensions if len(e) == 3}
        want(len(self.extensions) == len(extensions), step)

    def show(self, *args):
        return self.openssl.run("x509", "-in", self.file, "-noout", *args).decode("utf-8", "replace")

    def key(self):
        """A file with the public key, which has to be a point of the curve of SM2."""
        want(self.spki.startswith(SM2_KEY) and len(self.spki) == len(SM2_KEY) + 64, "key")
        pem = self.openssl.run("x509", "-in", self.file, "-noout", "-pubkey")
        want(pem and self.openssl.run("pkey", "-pubin", "-pubcheck", "-noout", data=pem) is not None, "key")
        return self.openssl.file(pem)

    def signed_by(self, issuer):
        """openssl verify takes the user id for one certificate, not for a chain: so link by link."""
        return self.openssl.run("verify", "-vfyopt", DISTID, "-partial_chain", "-no-CApath", "-no-CAfile",
                                "-no_check_time", "-ignore_critical", "-trusted", issuer.file, self.file) is not None

    def covers(self, moments):
        dates = re.findall(r"=(\S+) (\S+)Z", self.show("-startdate", "-enddate", "-dateopt", "iso_8601"))
        first, last = (datetime.datetime.fromisoformat("%sT%s+00:00" % date) for date in dates)
        return all(first <= m <= last for m in moments)

    def may_sign(self):
        usage = self.extensions.get(KEY_USAGE)
        return usage is None or elements(usage)[0][2][1] & 0x80

    def authority(self):
        """Whether it is one, and the path length if there is any."""
        values = elements(elements(self.extensions.get(BASIC_CONSTRAINTS, b"\x30\0"))[0][2])
        length = [int.from_bytes(content, "big") for tag, _, content in values if tag == 2]
        return any(tag == 1 for tag, _, _ in values), length[0] if length else None

    def card_number(self):
        value = self.extensions.get(CARD_NUMBER, b"")
        return (value if len(value) == 9 else elements(value)[0][2] if value else b"").decode("ascii")


def check_path(path, moments):
    for authorities, above in enumerate(path[1:]):
        length = above.authority()[1]
        want(length is None or authorities <= length, "chain")
    want(path[0].may_sign() and not path[0].authority()[0], "usage")
    want(all(c.critical <= KNOWN for c in path), "usage")
    want(all(c.covers(moments) for c in path), "validity")


def find_path(card, chain, roots):
    """From the card's certificate to a root, or None."""
    for root in roots:
        if card.signed_by(root):
            return [card, root]
    for link in chain:
        if card.signed_by(link):
            rest = find_path(link, [c for c in chain if c is not link], roots)
            if rest:
                return [card] + rest
    return None


# ---------------------------------------------------------------- revocation lists


class CRL:
    def __init__(self, openssl, pem):
        self.openssl, self.file = openssl, openssl.file(pem)
        self.signed, _, self.signature = signed_parts(openssl.run("crl", "-in", self.file, "-outform", "DER"))
        text = openssl.run("crl", "-in", self.file, "-noout", "-text").decode()
        self.serials = set(re.findall(r"Serial Number: ([0-9A-F]+)", text))

    def issued_by(self, issuer):
        return self.openssl.signed(issuer.key(), self.signed, self.signature)

    def covers(self, now):
        text = self.openssl.run("crl", "-in", self.file, "-noout", "-lastupdate", "-nextupdate", "-dateopt", "iso_8601")
        first, last = (datetime.datetime.fromisoformat("%sT%s+00:00" % date)
                       for date in re.findall(r"=(\S+) (\S+)Z", text.decode()))
        return first <= now <= last


def check_revocation(path, crls, now):
    for subject, issuer in zip(path, path[1:]):
        current = [c for c in crls if c.issued_by(issuer) and c.covers(now)]
        want(current, "revocation")
        serial = subject.show("-serial").strip().partition("=")[2]
        want(all(serial not in c.serials for c in current), "revocation")


# ---------------------------------------------------------------- the check


def blocks(pem, kind):
    pattern = "-----BEGIN %s-----.*?-----END %s-----" % (kind, kind)
    return [b.encode() for b in re.findall(pattern, pem, re.S)]


def check(token, nonce, origin, roots, crls=None, fields=None, max_age=None, now=None):
    """The card number of the certificate; Bad with the step that failed. roots and crls are PEM, now a datetime."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    with tempfile.TemporaryDirectory() as directory:
        openssl = OpenSSL(directory)
        t = parse(token)
        want(t["origin"] == origin, "origin")
        want(t["nonce"] == nonce, "nonce")
        want(max_age is None or abs((now - t["time"]).total_seconds()) <= max_age, "age")
        want(PROFILES.get(t["profile"]) == len(t["dynamic"]), "profile")

        card = Certificate(openssl, t["certificate"], "certificate")
        challenge = openssl.sm3(challenge_input(t))
        want(openssl.signed(card.key(), t["dynamic"] + challenge, signature_der(t["signature"])), "signature")

        chain = [Certificate(openssl, der, "chain") for der in t["chain"]]
        anchors = []
        for pem in blocks(roots, "CERTIFICATE"):
            anchors.append(Certificate(openssl, openssl.run("x509", "-outform", "DER", data=pem), "chain"))
        path = find_path(card, chain, anchors)
        want(path, "chain")
        check_path(path, [now, t["time"]])
        if crls is not None:
            check_revocation(path, [CRL(openssl, pem) for pem in blocks(crls, "X509 CRL")], now)

        if fields is not None:
            want(t["fields"] is not None and t["fields"] == openssl.sm3(fields_input(fields)), "fields")
        return card.card_number()


def check_vectors(path):
    def beside(name):
        return read(os.path.join(os.path.dirname(path), name)) if name else None

    for v in json.loads(read(path)):
        try:
            number = check(v["token"], bytes.fromhex(v["nonce"]), v["origin"], beside(v["roots"]), beside(v.get("crls")),
                           v.get("fields"), v.get("max_age"), moment(v["now"]))
            print("%s: good %s" % (v["name"], number))
        except Bad as step:
            print("%s: bad %s" % (v["name"], step))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    p = argparse.ArgumentParser(description="Check evidence that a social security card signed.")
    p.add_argument("--vectors", nargs="+", metavar="FILE")
    p.add_argument("--nonce", type=bytes.fromhex)
    p.add_argument("--origin")
    p.add_argument("--roots", type=read, metavar="FILE")
    p.add_argument("--crls", type=read, metavar="FILE")
    p.add_argument("--fields", type=lambda path: json.loads(read(path)), metavar="FILE")
    p.add_argument("--max-age", type=float, metavar="SECONDS")
    p.add_argument("--now", type=moment, metavar="TIME", help="as in 2026-01-01T04:00:00Z; the present if absent")
    p.add_argument("token", nargs="?", metavar="TOKEN")
    a = p.parse_args()
    if a.vectors:
        for path in a.vectors:
            check_vectors(path)
        return 0
    if None in (a.token, a.nonce, a.origin, a.roots):
        p.error("TOKEN, --nonce, --origin and --roots are needed")
    try:
        print("good", check(a.token, a.nonce, a.origin, a.roots, a.crls, a.fields, a.max_age, a.now))
        return 0
    except Bad as step:
        print("bad", step)
        return 7


if __name__ == "__main__":
    sys.exit(main())
