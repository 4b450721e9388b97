"""Checks of our own, for every answer."""

import schemathesis
from schemathesis import GenerationMode


def body_of(response):
    try:
        return response.json()
    except ValueError:
        return None


@schemathesis.check
def what_the_document_allows_is_understood(ctx, response, case):
    """A request as the document has it may name no login; it is never answered as one that is not understood."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    body = body_of(response)
    assert not (isinstance(body, dict) and body.get("code") == "SCHEMA_ERROR"), body


@schemathesis.check
def every_answer_is_json_and_not_cached(ctx, response, case):
    """Refusals are answers, too."""
    assert response.headers.get("cache-control", ["no-store"])[0] == "no-store"
    if response.status_code >= 400:
        body = body_of(response)
        assert isinstance(body, dict) and set(body) == {"code", "error"}, response.text
