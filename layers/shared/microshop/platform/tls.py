"""TLS to servers: one context per execution environment and set of roots; certificate and host name are verified."""

import functools
import os
import ssl

from microshop.platform import settings
from microshop.platform.settings import Roots

_CERTIFICATES = os.path.join(os.path.dirname(__file__), "certificates")  # noqa: PTH118, PTH120 - the authorizer loads no pathlib


class NoRoots(RuntimeError):
    """The layer holds no roots for the region's databases."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"The layer holds no root certificates of Amazon RDS in {region!r}. Say tls=verify in DATABASE_URL and have"
            " SSL_CERT_FILE name a file that holds them beside Amazon's, or add them to the layer as"
            " microshop/platform/certificates/README.md says."
        )


@functools.cache
def context(roots: Roots) -> ssl.SSLContext:
    """The context for servers whose certificates lead to these roots.

    Raises:
        NoRoots: Amazon RDS's are asked for, in a region that is not known here.
        MissingSetting: and AWS_REGION is not set.
    """
    # Reading the default roots takes some 25 ms, a region's own less than a twentieth of that; either way once per
    # environment and not once per connection.
    if roots is Roots.DEFAULT:
        return ssl.create_default_context()
    if roots is Roots.AMAZON:
        return ssl.create_default_context(cafile=f"{_CERTIFICATES}/amazon.pem")
    region = settings.text("AWS_REGION")
    try:
        found = ssl.create_default_context(cafile=f"{_CERTIFICATES}/rds-{region}.pem")
    except FileNotFoundError:
        raise NoRoots(region) from None
    # Since Python 3.13 a certificate must also have every extension that RFC 5280 asks of its issuer, such as the
    # authority's key identifier. Amazon RDS does not say that its servers' have them; chain, dates and host name count.
    found.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return found
