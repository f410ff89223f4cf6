"""The closed list of dead-letter reasons: one catalogue for stages, ops and docs."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a record became a dead letter; the value is the text of the `reason` header."""

    NULL_VALUE = "null_value"
    INVALID_UTF8 = "invalid_utf8"
    INVALID_JSON = "invalid_json"
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    MISSING_TEXT = "missing_text"
    EMPTY_TEXT = "empty_text"
    INVALID_RECORD = "invalid_record"
    INVALID_ROUTE = "invalid_route"
    STAGE_FAILED = "stage_failed"
    STAGE_TIMEOUT = "stage_timeout"
    KILLED_WORKER = "killed_worker"
    OUTPUT_TOO_LARGE = "output_too_large"
    UNKNOWN_TOPIC = "unknown_topic"


MEANING: dict[Reason, str] = {
    Reason.NULL_VALUE: "the record has no value (a tombstone where an article was due)",
    Reason.INVALID_UTF8: "the bytes are not UTF-8",
    Reason.INVALID_JSON: "starts like JSON but is not strict JSON: NaN, lone surrogate, cut off",
    Reason.DUPLICATE_KEY: "a JSON object names a key twice, so one value would be lost silently",
    Reason.TOO_DEEP: "nested deeper than 64 levels",
    Reason.TOO_LARGE: "the value is over the size limit of the settings",
    Reason.WRONG_TYPE: "a known field has the wrong JSON type, or the JSON is no object",
    Reason.MISSING_TEXT: "a JSON object with neither `text` nor `body`",
    Reason.EMPTY_TEXT: "nothing is left to read: empty, or only residue",
    Reason.INVALID_RECORD: "a record of ours does not fit its schema",
    Reason.INVALID_ROUTE: "a standing route that does not parse or breaks the rules for slugs",
    Reason.STAGE_FAILED: "the stage raised on this record alone",
    Reason.STAGE_TIMEOUT: "the stage did not finish with this record in time",
    Reason.KILLED_WORKER: "the record was in hand when the worker died, three times",
    Reason.OUTPUT_TOO_LARGE: "an output made from it is over the broker's message size",
    Reason.UNKNOWN_TOPIC: "its output topic does not exist and may not be created",
}
