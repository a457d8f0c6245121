"""The polls of Django's tutorial in one file: no database, the votes live in the instance."""
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import Context, Engine
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

settings.configure(
    DEBUG=os.environ.get("DJANGO_DEBUG") == "1",
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "only-for-trying-out"),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)

POLLS = {
    "lunch": {"question": "What's for lunch?", "votes": {"soup": 0, "pizza": 0}},
}

DETAIL = Engine().from_string("""<h1>{{ question }}</h1>
<ul>{% for choice, count in votes %}<li>{{ choice }}: {{ count }}</li>{% endfor %}</ul>
""")


def find(request):
    try:
        return POLLS[request.GET.get("poll", "lunch")]
    except KeyError as error:
        raise Http404("no such poll") from error


@require_http_methods(["GET", "POST"])
def polls(request):
    poll = find(request)
    if request.method == "POST":
        choice = request.POST.get("choice")
        if choice not in poll["votes"]:
            return HttpResponse("You didn't select a choice.", status=400)
        poll["votes"][choice] += 1
        return HttpResponseRedirect(reverse("polls"))
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(poll)
    context = Context({"question": poll["question"], "votes": poll["votes"].items()})
    return HttpResponse(DETAIL.render(context))


urlpatterns = [path("api/polls", polls, name="polls")]

app = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
