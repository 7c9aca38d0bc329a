"""What a browser hands over of a passkey, looked at before allauth and fido2 use it.

Both take its shape for granted: a field that is missing is a KeyError to them, and a number where bytes belong is so
many bytes of memory. What does not fit is answered as any passkey that is not right.
"""

import json
import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from fido2 import cbor
from fido2.utils import websafe_decode
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

_LONGEST = 64 * 1024  # characters; with a certificate of its maker a passkey has some thousand
# What reading something malformed raises: JSON and CBOR nested too deep are RuntimeErrors, ends too early struct.errors.
_MALFORMED = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, struct.error, UnsupportedAlgorithm,
)  # fmt: skip
_BASE64 = ("attestationObject", "authenticatorData", "signature", "userHandle")  # those that are there


class PasskeyField(forms.CharField):
    """The JSON text of a `PublicKeyCredential`; its value is what allauth's forms go on with, as from a JSONField."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(max_length=_LONGEST)

    def clean(self, value: Any) -> dict[str, Any]:
        text = super().clean(value)
        try:
            return self.read(text)
        except _MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error

    def read(self, text: str) -> dict[str, Any]:
        """The credential, if it can be one; else one of `_MALFORMED`."""
        # Names, numbers and base64 need no escapes, and a database may refuse what an escape can hide.
        if "\\" in text:
            raise ValueError("expected JSON without escapes, got a backslash")
        credential: Any = json.loads(text)
        match credential:
            case {
                "rawId": str(),
                "response": {"clientDataJSON": str(client_data), **others},
                "clientExtensionResults": dict(extensions),
            } if all(isinstance(others.get(name), str | None) for name in _BASE64):
                _check_client_data(client_data)
            case _:
                raise ValueError("expected rawId, response and clientExtensionResults, got something else")
        if not isinstance(extensions.get("credProps", {}), dict):
            raise TypeError("expected credProps to be an object, got something else")
        return dict(credential)


def _check_client_data(encoded: str) -> None:
    match json.loads(websafe_decode(encoded)):
        case {"type": str(), "challenge": str(), "origin": str()}:
            return
    raise ValueError("expected type, challenge and origin as strings, got something else")


class NewPasskeyField(PasskeyField):
    """Of a passkey that is being made."""

    def read(self, text: str) -> dict[str, Any]:
        credential = super().read(text)
        attestation: Any = cbor.decode(websafe_decode(credential["response"]["attestationObject"]))
        if not isinstance(attestation["authData"], bytes):
            raise TypeError("expected authData to be bytes, got something else")
        made = RegistrationResponse.from_dict(
            credential
        ).response.attestation_object.auth_data.credential_data
        if made is None:
            raise ValueError("expected a public key, got none")
        try:
            # A key that cannot check a signature would break each later sign-in.
            made.public_key.verify(b"", b"")
        except InvalidSignature:
            return credential
        raise ValueError("expected a public key that refuses a wrong signature, got one that takes it")


class KnownPasskeyField(PasskeyField):
    """Of a passkey that is shown again."""

    def read(self, text: str) -> dict[str, Any]:
        credential = super().read(text)
        AuthenticationResponse.from_dict(credential)
        return credential
