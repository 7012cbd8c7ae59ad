"""Who to sign in as, with codes of this moment, and every message the portal would have sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lookups.demo import page, world
from lookups.identity.decorators import public


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Shows nothing of a database in which real people have accounts, whatever the settings say."""
    if world.is_real():
        raise Http404
    return render(request, "demo/home.html", {"people": page.people(), "messages_sent": page.messages()})
