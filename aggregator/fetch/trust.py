"""Say whom we believe that a server is who it says it is.

libcurl inside pycurl's wheel looks for certificate authorities where the machine that built it
keeps them, which is nowhere on Debian, Alpine or macOS; so it is told. The system's own bundle
comes first, because operators add their authorities there.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)


def authorities() -> str:
    """Return the path of the file with the authorities to believe.

    What the environment says (``SSL_CERT_FILE``, as OpenSSL reads it), else the system's bundle,
    else certifi's.
    """
    stated = ssl.get_default_verify_paths().cafile
    found = (path for path in BUNDLES if Path(path).is_file())
    return stated or next(found, certifi.where())
