"""The SAM transform, offline: from a template to CloudFormation, with local folders instead of S3."""

from __future__ import annotations

import functools
import logging
import math
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import yaml

from tools.templates.model import REGION, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The transform accepts only S3 for code, so a local folder is represented as an object in this bucket.
_LOCAL_BUCKET = "local-folder"


def folder_of(code: Any) -> Path | None:
    """Returns the folder in a function's Code or a layer's Content after the transform, or None."""
    if isinstance(code, dict) and code.get("S3Bucket") == _LOCAL_BUCKET:
        return Path("/" + unquote(code["S3Key"]))
    return None


def load(file: Path) -> dict[str, Any]:
    """Returns the template, with short forms of intrinsic functions expanded."""
    try:
        template = deepcopy(_parsed(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise TemplateError(f"{file} cannot be read: {error}") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"{file} is not a template with resources.")
    return template


def refusal(declared: Mapping[str, Any], name: str, value: str) -> str | None:
    """Returns why a deployment would refuse a parameter's value, or None; `declared` are the template's Parameters."""
    if name not in declared:
        return f"{name} is not a parameter of template.yaml"
    rules = declared[name]
    is_allowed = value in map(str, rules.get("AllowedValues", [value])) and re.fullmatch(
        rules.get("AllowedPattern", "(?s:.*)"), value
    )
    if rules["Type"] == "Number":
        is_allowed = is_allowed and re.fullmatch(r"-?[0-9]+([.][0-9]+)?", value)
        is_allowed = is_allowed and rules.get("MinValue", -math.inf) <= float(value) <= rules.get("MaxValue", math.inf)
    if is_allowed:
        return None
    return f"{name}={value} is refused: {rules.get('ConstraintDescription') or rules['Description']}"


@functools.lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    """Returns the cached template, because parsing takes longer than the transform."""
    from samtranslator.yaml_helper import yaml_parse

    return yaml_parse(text)


def effective_parameters(template: Mapping[str, Any], given: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Returns given values or defaults, as text or lists of text like CloudFormation. Unknown ones are ignored."""
    values: dict[str, Any] = {}
    for name, declaration in (template.get("Parameters") or {}).items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise TemplateError(f"{file.name}: the parameter {name} has neither a value nor a default.")
        text = (
            str(value).lower()
            if isinstance(value, bool)
            else ",".join(value)
            if isinstance(value, list)
            else str(value)
        )
        is_list = declaration.get("Type", "").startswith(("CommaDelimitedList", "List<"))
        values[name] = [part.strip() for part in text.split(",")] if is_list else text
    return values


def transform(template: dict[str, Any], parameters: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Returns the template with CloudFormation's resources; most intrinsic functions stay."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    _replace_folders(template, file.parent)
    as_text = {name: ",".join(value) if isinstance(value, list) else value for name, value in parameters.items()}
    try:
        translated: dict[str, Any] = Translator({}, Parser(), boto_session=_session()).translate(template, as_text)
    except InvalidDocumentException as error:
        raise TemplateError(f"{file.name}: {'; '.join(cause.message for cause in error.causes)}") from error
    return translated


@functools.cache
def _session() -> Any:
    import boto3

    return boto3.Session(region_name=REGION)


def _replace_folders(template: dict[str, Any], base: Path) -> None:
    holders = [template.get("Globals", {}).get("Function", {})]
    holders += [resource.get("Properties") or {} for resource in template["Resources"].values()]
    for properties in holders:
        for key in ("CodeUri", "ContentUri", "Code", "Content"):
            path = properties.get(key)
            if isinstance(path, str) and "://" not in path:
                key_of_folder = quote(str((base / path).resolve()).lstrip("/"))
                as_properties = {"S3Bucket": _LOCAL_BUCKET, "S3Key": key_of_folder}
                properties[key] = f"s3://{_LOCAL_BUCKET}/{key_of_folder}" if key.endswith("Uri") else as_properties
