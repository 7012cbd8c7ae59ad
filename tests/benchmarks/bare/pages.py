"""Its one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django_otp.decorators import otp_required

from tests.benchmarks.bare.models import Held, Look


@otp_required(login_url="/nowhere/")
def numbers(request: HttpRequest) -> HttpResponse:
    subject = request.user.get_username()
    held = Held.objects.filter(subject__in=[subject]).select_related("carrier__host")
    rows = list(held.order_by("carrier__name", "-activated_on", "id")[:50])
    Look.objects.create(subject=subject, action="looked_up", actor=request.user.pk)
    return render(request, "bare.html", {"rows": rows})


urlpatterns = [path("numbers/", numbers)]
