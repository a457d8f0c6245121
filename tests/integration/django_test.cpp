// Django in a single file, through get_wsgi_application().
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A Django project in api/[page].py; `views` are functions and a list `urlpatterns`.
std::string django(const std::string& views) {
  return R"(import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(DEBUG=False, SECRET_KEY="test", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"],
                   MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
                   INSTALLED_APPS=[], TEMPLATES=[])
)" + views + "\napp = get_wsgi_application()\n";
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "Django routes, reads forms and files, and answers in its ways",
                 "[integration][django]") {
  needs("django");
  project.write("api/[page].py", django(R"(
def hello(request):
    return HttpResponse("Hello, %s!" % request.GET.get("name", "you"))

def take(request):
    file = request.FILES["file"]
    return JsonResponse({"title": request.POST["title"], "size": file.size, "name": file.name})

def cookies(request):
    answer = HttpResponseRedirect("/api/hello")
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer

def boom(request):
    raise ValueError("boom in Django")

urlpatterns = [path("api/hello", hello), path("api/take", take), path("api/cookies", cookies),
               path("api/boom", boom)]
)"));
  start();
  CHECK(get("/api/hello?name=Ada").body == "Hello, Ada!");
  CHECK(get("/api/hello").header("Content-Length") == "11");
  CHECK(get("/api/unknown").status == 404);
  const Answer taken = post("/api/take",
                            "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nT\r\n"
                            "--B\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"a.txt\"\r\n\r\nabc\r\n--B--\r\n",
                            {{"Content-Type", "multipart/form-data; boundary=B"}});
  CHECK(taken.body == R"({"title": "T", "size": 3, "name": "a.txt"})");
  const Answer redirect = get("/api/cookies");
  CHECK(redirect.status == 302);
  CHECK(redirect.all("Set-Cookie").size() == 2);
  CHECK(get("/api/boom").status == 500);
}

TEST_CASE_METHOD(IntegrationTest, "a streaming response of Django leaves chunk by chunk",
                 "[integration][django][streaming]") {
  needs("django");
  project.write("api/[page].py", Gate::source() + django(R"(
def stream(request):
    def rows():
        for n in range(3):
            yield "<row %d>" % n
            wait_at_gate(n)
    return StreamingHttpResponse(rows())

urlpatterns = [path("api/stream", stream)]
)"));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/stream"));
  for (int number = 0; number < 3; ++number) {
    connection.read_to("<row " + std::to_string(number) + ">");
    gate.await_visitor().release();
  }
  connection.read_all();
}
