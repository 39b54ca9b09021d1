#!/usr/bin/env python3
"""docs/openapi.yaml is OpenAPI: held against the specification's own schema by openapi-spec-validator
(pip install openapi-spec-validator), where it is installed, and by these rules everywhere: each operation
has a name of its own, a summary, a known tag, a role and a refusal; each parameter of a path is
described; each reference leads somewhere, and nothing is described for nobody.
Usage: PROGRAM ANYTHING"""
import copy
import re

from api import description, operations
from peer import run

METHODS = {"get", "put", "post", "patch", "delete"}
DESCRIPTION = description()


def faults_by_our_rules(api):
    found, used = [], set()
    names = [op.get("operationId") for item in api["paths"].values() for op in item.values()
             if isinstance(op, dict)]
    found += [f"operationId {name} is there twice" for name in {n for n in names if names.count(n) > 1}]
    tags = {tag["name"] for tag in api["tags"]}
    for path, item in api["paths"].items():
        for method in METHODS & set(item):
            op, at = item[method], f"{method} {path}"
            found += [f"{at}: no {key}" for key in ("operationId", "summary", "x-role", "responses", "tags")
                      if not op.get(key)]
            found += [f"{at}: unknown tag {tag}" for tag in op.get("tags", []) if tag not in tags]
            if "default" not in op.get("responses", {}):
                found.append(f"{at}: how it refuses is not said")
            asked = set(re.findall(r"{(\w+)}", path))
            told = {p["name"] for p in map(lambda p: resolve(api, p), item.get("parameters", []) +
                                           op.get("parameters", [])) if p and p.get("in") == "path"}
            found += [f"{at}: {{{name}}} is not described" for name in asked ^ told]
        found += [f"{path}: {key} is no method" for key in set(item) - METHODS - {"parameters"}]
    for where, ref in references(api, "#"):
        used.add(ref)
        if resolve(api, {"$ref": ref}) is None:
            found.append(f"{where}: {ref} leads nowhere")
    for kind, parts in api["components"].items():
        if kind != "securitySchemes":
            found += [f"components/{kind}/{name} is used by nobody" for name in parts
                      if f"#/components/{kind}/{name}" not in used]
    return found


def resolve(api, thing):
    if "$ref" not in thing:
        return thing
    for part in thing["$ref"].removeprefix("#/").split("/"):
        api = api.get(part) if isinstance(api, dict) else None
    return api


def references(thing, where):
    if isinstance(thing, list):
        for i, part in enumerate(thing):
            yield from references(part, f"{where}/{i}")
    elif isinstance(thing, dict):
        for key, part in thing.items():
            if key == "$ref" and isinstance(part, str):
                yield where, part
            else:
                yield from references(part, f"{where}/{key}")


def the_description_keeps_our_rules():
    assert len(list(operations())) > 40
    found = faults_by_our_rules(DESCRIPTION)
    assert not found, found


def the_description_keeps_the_specification():
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ImportError:
        print("        openapi-spec-validator is not installed: held against our rules alone", flush=True)
        return
    assert DESCRIPTION["openapi"].startswith("3.1."), DESCRIPTION["openapi"]
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []
    broken = copy.deepcopy(DESCRIPTION)
    broken["paths"]["/healthz"]["get"]["responses"] = {"200": {}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def what_breaks_a_rule_is_found():
    get = ("paths", "/api/v1/lines/{id}", "get")
    for place, key, value, says in [
            (get, "operationId", "getHealth", "twice"), (get, "summary", "", "no summary"),
            (get, "tags", ["misc"], "unknown tag misc"), (get, "parameters", [], "{id} is not described"),
            (get, "x-role", None, "no x-role"), (get, "responses", {"200": {}}, "refuses is not said"),
            (("paths", "/healthz"), "gte", {}, "no method"),
            (("components", "schemas"), "Nobody", {}, "used by nobody"),
            (get, "responses", {"default": {"$ref": "#/components/responses/Gone"}}, "leads nowhere")]:
        broken = copy.deepcopy(DESCRIPTION)
        thing = broken
        for part in place:
            thing = thing[part]
        if key == "parameters":
            broken["paths"]["/api/v1/lines/{id}"].pop("parameters", None)
        thing[key] = value
        found = faults_by_our_rules(broken)
        assert any(says in fault for fault in found), (says, found)


run([the_description_keeps_our_rules, the_description_keeps_the_specification, what_breaks_a_rule_is_found])
