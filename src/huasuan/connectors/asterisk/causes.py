"""Why a dial failed: SIP codes, Q.850 causes and Asterisk's own words, as outbound results.

Order of trust, measured on recorded calls: the SIP code of the carrier leg, then the Q.850 cause, then DIALSTATUS and
disposition. A number that does not exist is only visible in the first two: the disposition says NO ANSWER.
"""

from collections.abc import Iterable

SIP_RESULTS = {
    404: "invalid",
    410: "invalid",
    484: "invalid",
    485: "invalid",
    604: "invalid",
    486: "busy",
    600: "busy",
    408: "no_answer",
    480: "no_answer",
    487: "no_answer",  # we gave up ringing
    401: "rejected",
    403: "rejected",
    407: "rejected",
    603: "rejected",
    607: "rejected",  # RFC 8197: the called person does not want it
    608: "network_block",  # RFC 8688: an analytics provider on the way refused it
    483: "congestion",
}

Q850_RESULTS = {
    1: "invalid",
    5: "invalid",
    22: "invalid",
    28: "invalid",
    20: "invalid",  # subscriber absent, that is switched off
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    21: "rejected",
    52: "network_block",
    2: "congestion",
    3: "congestion",
    27: "congestion",
    34: "congestion",
    38: "congestion",
    41: "congestion",
    42: "congestion",
    44: "congestion",
    47: "congestion",
    102: "congestion",
}

STATUS_RESULTS = {
    "BUSY": "busy",
    "CONGESTION": "congestion",
    "NOANSWER": "no_answer",
    "NO ANSWER": "no_answer",
    "CANCEL": "no_answer",
}
# FAILED and CHANUNAVAIL are left out on purpose: after a plain ring-out the h extension writes FAILED too.


def from_sip(codes: Iterable[int]) -> str | None:
    """The result of the first telling SIP code; None when no code tells."""
    for code in codes:
        if code in SIP_RESULTS:
            return SIP_RESULTS[code]
        if 500 <= code < 600:
            return "congestion"
    return None


def from_q850(causes: Iterable[int]) -> str | None:
    """The result of the first telling cause; 0, 16 and 31 say only that the channel ended."""
    return next((Q850_RESULTS[cause] for cause in causes if cause in Q850_RESULTS), None)


def from_status(statuses: Iterable[str]) -> str | None:
    """The result of Asterisk's words; busy and congestion outrank no answer, which also covers what is not known."""
    seen = {STATUS_RESULTS[status] for status in statuses if status in STATUS_RESULTS}
    return next((result for result in ("busy", "congestion", "no_answer") if result in seen), None)
