# A request's key is its own: one that was used for another request is refused, whatever the schema says of it.
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if isinstance(case.body, dict) and isinstance(case.body.get("id"), str):
        case.body["id"] = str(uuid.uuid4())


# A part of a form holds JSON as text, of which no schema says what is in it: forms have tests of their own.
@schemathesis.hook
def filter_case(context, case):
    return case.media_type != "multipart/form-data"
