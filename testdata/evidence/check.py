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
PROFILES = {"acse-iso7816-4"}  # all of these sign with the user id above, and nothing of their own before the challenge
CARD_NUMBER = "1.2.156.2316.1.1"  # extension with the 卡号
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


class Certificate:
    def __init__(self, openssl, der, step):
        self.openssl = openssl
        pem = openssl.run("x509", "-inform", "DER", data=der)
        again = openssl.run("x509", "-inform", "DER", "-outform", "DER", data=der)
        want(pem is not None and again == der, step)
        self.file = openssl.file(pem)

    def show(self, *args):
        return (self.openssl.run("x509", "-in", self.file, "-noout", *args) or b"").decode("utf-8", "replace")

    def key(self):
        """A file with the public key, which has to be a point of the curve of SM2."""
        pem = self.openssl.run("x509", "-in", self.file, "-noout", "-pubkey")
        want(pem is not None, "key")
        text = self.openssl.run("pkey", "-pubin", "-pubcheck", "-noout", "-text", data=pem)
        want(text is not None and b"ASN1 OID: SM2" in text, "key")
        return self.openssl.file(pem)

    def signed_by(self, issuer):
        """openssl verify takes the user id for one certificate, not for a chain: so link by link."""
        return self.openssl.run("verify", "-vfyopt", DISTID, "-partial_chain", "-no-CApath", "-no-CAfile",
                                "-no_check_time", "-trusted", issuer.file, self.file) is not None

    def covers(self, moments):
        dates = re.findall(r"=(\S+) (\S+)Z", self.show("-startdate", "-enddate", "-dateopt", "iso_8601"))
        first, last = (datetime.datetime.fromisoformat("%sT%s+00:00" % date) for date in dates)
        return all(first <= m <= last for m in moments)

    def card_number(self):
        text = self.show("-ext", CARD_NUMBER).strip().splitlines()
        return text[-1].strip().lstrip(".\t\r\n ") if text else ""


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


def element(data):
    """The first DER element of data: its header and content, its content, and what follows."""
    length, start = data[1], 2
    if length >= 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    end = start + length
    return data[:end], data[start:end], data[end:]


class CRL:
    def __init__(self, openssl, pem):
        self.openssl, self.file = openssl, openssl.file(pem)
        _, content, _ = element(openssl.run("crl", "-in", self.file, "-outform", "DER"))
        self.signed, _, rest = element(content)
        _, _, rest = element(rest)
        self.signature = element(rest)[1][1:]  # a BIT STRING begins with the number of unused bits
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
        want(t["profile"] in PROFILES and not t["dynamic"], "profile")

        card = Certificate(openssl, t["certificate"], "certificate")
        challenge = openssl.sm3(challenge_input(t))
        want(openssl.signed(card.key(), challenge, signature_der(t["signature"])), "signature")

        chain = [Certificate(openssl, der, "chain") for der in t["chain"]]
        anchors = []
        for pem in blocks(roots, "CERTIFICATE"):
            anchors.append(Certificate(openssl, openssl.run("x509", "-outform", "DER", data=pem), "chain"))
        path = find_path(card, chain, anchors)
        want(path, "chain")
        want("Digital Signature" in card.show("-ext", "keyUsage"), "usage")
        want(all(c.covers([now, t["time"]]) for c in path), "validity")
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
