"""Makes hmac-vectors.json with nothing of the code that is tested: python3 make-vectors.py > hmac-vectors.json"""

import base64
import hashlib
import hmac
import json
import unicodedata


def hkdf(key, salt, info, length):
    pseudo = hmac.new(salt, key, hashlib.sha256).digest()
    block, made = b"", b""
    for number in range(1, length // 32 + 2):
        block = hmac.new(pseudo, block + info + bytes([number]), hashlib.sha256).digest()
        made += block
    return made[:length]


def prefixed(*parts):
    parts = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def token(root, algorithm, kid, purpose, tenant, domain, field, kind, value):
    name = hashlib.sha256(tenant.encode()).digest()
    salt = hashlib.sha512(b"gatewright/1 masks").digest()
    key = hkdf(root, salt, prefixed("gatewright/1", "mask", purpose, algorithm, kid, name), 32)
    if isinstance(value, str):
        value = unicodedata.normalize("NFC", value)
    digest = hmac.new(key, prefixed(domain, field, kind, value), algorithm).digest()
    text = base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
    return f"{'h1' if algorithm == 'sha256' else 's1'}:{kid}:{text}"


ROOT = hashlib.sha256(b"a root for tests").digest()

CASES = [
    ("sha256", "k1", "audit", "acme", "mask", "user.created/email", "text", "bob@example.com"),
    ("sha256", "k1", "audit", "acme", "mask", "user.created/email", "text", ""),
    ("sha256", "k1", "audit", "acme", "mask", "user.created/name", "text", "Zoe\u0308"),
    ("sha256", "k1", "audit", "acme", "mask", "user.created/name", "text", "Zo\u00eb"),
    ("sha256", "k1", "audit", "other", "mask", "user.created/email", "text", "bob@example.com"),
    ("sha256", "k1", "egress", "acme", "mask", "user.created/email", "text", "bob@example.com"),
    ("sha256", "k-2_b", "audit", "acme", "mask", "user.created/email", "text", "bob@example.com"),
    ("sha256", "k1", "audit", "acme", "join", "user.created/email", "text", "bob@example.com"),
    ("sha256", "k1", "audit", "acme", "mask", "order/id", "integer", "9007199254740991"),
    ("sha256", "k1", "audit", "\u79df\u6237", "mask", "order/\u540d", "text", "\U0001f468\u200d\U0001f469"),
    ("sm3", "k1", "audit", "acme", "mask", "user.created/email", "text", "bob@example.com"),
    ("sm3", "k1", "audit", "acme", "mask", "order/id", "integer", "-1"),
]

NAMES = ("algorithm", "id", "purpose", "tenant", "domain", "field", "type", "value")
vectors = [{**dict(zip(NAMES, case)), "token": token(ROOT, *case)} for case in CASES]
print(json.dumps({"root": ROOT.hex(), "vectors": vectors}, indent=2))
