"""Errors for machines: problem details (RFC 9457) with TM Forum's ``code`` and ``reason`` beside them."""

from django.http import JsonResponse


def problem(status: int, *, code: str, title: str, detail: str = "") -> JsonResponse:
    """One problem. ``code`` is our stable word for it; texts carry nothing of what was sent to us."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "reason": title}
    if detail:
        body["detail"] = detail
    return JsonResponse(body, status=status, content_type="application/problem+json")
