"""Who to sign in as, with codes of this moment, and every message the portal would have sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lookups.demo import cast
from lookups.identity.decorators import public


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/home.html", {"people": cast.people_shown(), "messages_sent": cast.messages_sent()})
