"""Verifies a delivery with nothing of ours: OpenSSL's command line and the package standardwebhooks.

Standard input is {"key_set", "secret", "headers", "body"}; status 0 where both signatures are good, else 1 and the reason.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from standardwebhooks import Webhook


def of_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    size = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def pem_of(jwk):
    """RFC 8017, appendix A.1.1: RSAPublicKey."""
    numbers = b"".join(der(0x02, b"\0" + of_base64url(jwk[name])) if of_base64url(jwk[name])[0] & 0x80
                       else der(0x02, of_base64url(jwk[name])) for name in ("n", "e"))
    text = base64.encodebytes(der(0x30, numbers)).decode()
    return "-----BEGIN RSA PUBLIC KEY-----\n" + text + "-----END RSA PUBLIC KEY-----\n"


def verify_with_openssl(key_set, headers, body):
    [jwk] = [key for key in key_set["keys"] if key["kid"] == headers["X-Webhook-Signature-Key-Id"]]
    if (jwk["kty"], jwk["use"], jwk["alg"]) != ("RSA", "sig", "PS256"):
        raise ValueError("not a key for PS256")
    scheme, _, signature = headers["X-Webhook-Signature"].partition("=")
    if scheme != "rsassa-pss-sha256":
        raise ValueError("unknown scheme " + scheme)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key.pem").write_text(pem_of(jwk))
        (folder / "signature").write_bytes(of_base64url(signature))
        subprocess.run(["openssl", "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                        "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha256", "-verify", folder / "key.pem",
                        "-signature", folder / "signature"],
                       input=body, check=True, stdout=sys.stderr)


def main():
    delivery = json.load(sys.stdin)
    body = delivery["body"].encode()
    verify_with_openssl(delivery["key_set"], delivery["headers"], body)
    Webhook(delivery["secret"]).verify(body, delivery["headers"])


main()
