"""The environment variables and the import path of a worker."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.templates.model import REGION

if TYPE_CHECKING:
    from tools.templates.model import Function


def variables(function: Function, aws_endpoint_url: str) -> dict[str, str]:
    """Returns the variables of the template and of Lambda, and from this machine PATH and SSL_CERT_FILE."""
    trusted = {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ}
    return {
        **trusted,
        **function.environment,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        # Functions must not use AWS profiles of this machine.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}",
        "LAMBDA_TASK_ROOT": str(function.code),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.environ.get("PATH", os.defpath),
        "_HANDLER": function.handler,
    }


def search_path(function: Function) -> list[str]:
    """Returns sys.path in the order of Lambda: function, layers, standard library, packages of the layers (.venv)."""
    library = sysconfig.get_paths()["stdlib"]
    standard = [path for path in sys.path if path.startswith(library) and "site-packages" not in path]
    standard += [path for path in sys.path if path.endswith(".zip")]
    return [str(function.code), *map(str, function.layers), *standard, *site.getsitepackages()]
