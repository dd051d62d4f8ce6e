"""Checks the document itself: it is OpenAPI 3.1, and each example is what its schema says. Exit code 1 if not."""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
problems = [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]
examples = 0


def check(holder, place):
    """Each object with a schema and examples beside it: parameters, header fields, bodies."""
    global examples
    if isinstance(holder, list):
        for index, value in enumerate(holder):
            check(value, f"{place}/{index}")
        return
    if not isinstance(holder, dict):
        return
    if "schema" in holder:
        given = [example["value"] for example in holder.get("examples", {}).values()]
        given += [holder["example"]] if "example" in holder else []
        validator = Draft202012Validator({**holder["schema"], "components": document["components"]})
        for value in given:
            examples += 1
            problems.extend(f"{place}: {error.message}" for error in validator.iter_errors(value))
    for name, value in holder.items():
        if name not in ("schema", "schemas"):
            check(value, f"{place}/{name}")


check(document, "#")
for problem in problems:
    print(problem)
print(f"{examples} examples, {len(problems)} problems")
sys.exit(1 if problems or not examples else 0)
