"""A passkey without a device: makes and shows what a browser would hand over. Made by `python-fido2`'s own parts."""

import hashlib
import re
from html import unescape
from json import loads
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
HOST = "testserver"
ID = b"soft key"


class SoftKey:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, challenge: str) -> dict[str, Any]:
        """The answer to "create"."""
        made = AttestedCredentialData.create(
            Aaguid.NONE, ID, ES256.from_cryptography_key(self._key.public_key())
        )
        data = AuthenticatorData.create(_rp(), FLAG.UP | FLAG.UV | FLAG.AT, 0, made)
        attestation = AttestationObject.create("none", data, {})
        return _credential("webauthn.create", challenge, attestationObject=websafe_encode(attestation))

    def show(self, challenge: str, handle: str) -> dict[str, Any]:
        """The answer to "get"; `handle` is how the camp called the account when the key was made."""
        data = AuthenticatorData.create(_rp(), FLAG.UP | FLAG.UV, 1)
        signed = data + hashlib.sha256(_client_data("webauthn.get", challenge)).digest()
        return _credential(
            "webauthn.get",
            challenge,
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(self._key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=handle,
        )


def challenge_in(page: str) -> str:
    """The challenge of the options that a page carries for its script."""
    found = re.search(r'<script[^>]*type="application/json">(.*?)</script>', page)
    assert found
    return str(loads(unescape(found[1]))["publicKey"]["challenge"])


def _rp() -> bytes:
    return hashlib.sha256(HOST.encode()).digest()


def _client_data(kind: str, challenge: str) -> CollectedClientData:
    return CollectedClientData.create(kind, challenge, f"https://{HOST}")


def _credential(kind: str, challenge: str, **response: str) -> dict[str, Any]:
    return {
        "id": websafe_encode(ID),
        "rawId": websafe_encode(ID),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {"clientDataJSON": websafe_encode(_client_data(kind, challenge)), **response},
    }
