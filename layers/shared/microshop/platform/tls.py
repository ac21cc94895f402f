"""TLS contexts for servers, one per execution environment and set of roots. They verify certificate and host name."""

import functools
import os
import ssl

from microshop.platform import settings
from microshop.platform.settings import Roots

_CERTIFICATES = os.path.join(os.path.dirname(__file__), "certificates")  # noqa: PTH118, PTH120 - the authorizer loads no pathlib


class NoRootCertificates(RuntimeError):
    """The layer has no root certificates for databases in the region."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"The layer has no root certificates of Amazon RDS in {region!r}. Add them to the layer as described in"
            " microshop/platform/certificates/README.md. Or set tls=verify in DATABASE_URL, and SSL_CERT_FILE to a file"
            " with these certificates and Amazon's."
        )


@functools.cache
def context(roots: Roots) -> ssl.SSLContext:
    """Returns the context for servers whose certificates chain to these roots.

    Raises:
        NoRootCertificates: the layer has no roots of Amazon RDS for the function's region.
        MissingSetting: AWS_REGION is not set; only Amazon RDS's roots need it.
    """
    # Reading the default roots takes about 25 ms, and a region's less than a twentieth of that. The cache makes that
    # once per environment instead of once per connection.
    if roots is Roots.DEFAULT:
        return ssl.create_default_context()
    if roots is Roots.AMAZON:
        return ssl.create_default_context(cafile=f"{_CERTIFICATES}/amazon.pem")
    region = settings.text("AWS_REGION")
    try:
        regional = ssl.create_default_context(cafile=f"{_CERTIFICATES}/rds-{region}.pem")
    except FileNotFoundError:
        raise NoRootCertificates(region) from None
    # Python 3.13 also requires every extension that RFC 5280 demands of an issuer, such as the authority key
    # identifier. Amazon RDS does not promise them. Chain, dates and host name are still verified.
    regional.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return regional
