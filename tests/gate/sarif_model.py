"""Holds a SARIF file to the classes that were generated from the standard's JSON schema (2.1.0) and come with PyTorch: every
property is known, has the right type and is one of the words allowed, and none that is required is missing. Says what does not fit,
a line each. usage: sarif_model.py FILE.sarif     exit 77: this PyTorch has no such classes
"""
import dataclasses
import importlib
import json
import sys
import typing

FOLDER = "torch.onnx._internal.diagnostics.infra.sarif"


def faults(value, kind, place):
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any:
        return []
    if origin is typing.Union:
        tried = [faults(value, one, place) for one in arguments if one is not type(None)]
        return min(tried, key=len)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{place}: {value!r} is none of {arguments}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{place}: is no array"]
        return [fault for i, one in enumerate(value) for fault in faults(one, arguments[0], f"{place}[{i}]")]
    if dataclasses.is_dataclass(kind):
        return faults_of_object(value, kind, place)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = is_number if kind is float else isinstance(value, kind) and (kind is not int or not isinstance(value, bool))
    return [] if fits else [f"{place}: {value!r} is no {kind.__name__}"]


def faults_of_object(value, kind, place):
    if not isinstance(value, dict):
        return [f"{place}: is no object"]
    types = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]))
    fields = {field.metadata["schema_property_name"]: field for field in dataclasses.fields(kind)}
    if kind.__name__ == "PropertyBag":  # anything may stand there
        return []
    out = [f"{place}: has an unknown property {name!r}" for name in value if name not in fields]
    for name, field in fields.items():
        if name in value:
            out += faults(value[name], types[field.name], f"{place}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            out.append(f"{place}: lacks {name!r}")
    return out


try:
    log = importlib.import_module(FOLDER + "._sarif_log").SarifLog
except ImportError:
    sys.exit(77)
with open(sys.argv[1], encoding="utf-8") as file:
    found = faults(json.load(file), log, "$")
print("\n".join(found))
sys.exit(1 if found else 0)
