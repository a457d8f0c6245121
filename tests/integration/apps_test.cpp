// Framework projects: one app, found by the platform's rules, answers whatever public/ does not.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A WSGI app that answers with `text` and what it was asked.
std::string answering(const std::string& text, const std::string& name = "app") {
  return "def " + name +
         "(environ, start_response):\n"
         "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
         "    asked = environ['REQUEST_METHOD'] + ' ' + environ['PATH_INFO']\n"
         "    if environ['QUERY_STRING']:\n"
         "        asked += '?' + environ['QUERY_STRING']\n"
         "    return [('" + text + " ' + asked).encode()]\n";
}

const std::string kFailed = "FUNCTION_INVOCATION_FAILED";

class AppTest : protected IntegrationTest {
 protected:
  AppTest() { project.write("requirements.txt", "flask\n"); }
};

}  // namespace

TEST_CASE_METHOD(AppTest, "public/ comes first, then the app answers every path",
                 "[integration][app]") {
  project.write("app.py", answering("app"));
  project.write("notes.txt", "mine");
  project.write("api/data.py", "x = 1\n");
  project.write("public/index.html", "home");
  project.write("public/docs/index.html", "docs");
  project.write("public/api/index.html", "the api");
  project.write("public/404.html", "never");
  project.write("vercel.json", R"json({"framework": "flask",
    "headers": [{"source": "/(.*)", "headers": [{"key": "X-All", "value": "1"}]}],
    "redirects": [{"source": "/moved/:id", "destination": "/x/:id"}],
    "rewrites": [{"source": "/old/:id", "destination": "/new/:id?k=1"},
                 {"source": "/page", "destination": "/docs/index.html"}]})json");
  start();
  CHECK_THAT(server().log(), ContainsSubstring("flask app app.py, 4 static files"));
  CHECK(get("/").body == "home");
  CHECK(get("/docs").body == "docs");
  CHECK(get("/docs/").body == "docs");
  CHECK(get("/api").body == "the api");
  CHECK(get("/api/hello?x=%zz").body == "app GET /api/hello?x=%zz");
  CHECK(get("/app.py").body == "app GET /app.py");
  CHECK(get("/notes.txt").body == "app GET /notes.txt");
  CHECK(get("/none/").body == "app GET /none/");
  CHECK(send("DELETE", "/x").body == "app DELETE /x");
  CHECK(get("/old/5?x=1").body == "app GET /new/5?x=1&k=1");
  CHECK(get("/page").body == "docs");
  CHECK(get("/moved/5").header("Location") == "/x/5");
  const Answer answer = get("/y");
  CHECK(answer.header("X-All") == "1");
  CHECK(answer.header("X-Localfn-Route") == "app");
  CHECK_THAT(answer.header("X-Vercel-Id"), StartsWith("dev1::dev1::"));
}

TEST_CASE_METHOD(AppTest, "an edit of the app or of what it imports is seen by the next request",
                 "[integration][app][freshness]") {
  expect_log("hides requirements.txt");
  project.write("main.py", "import words\n" + answering("' + words.WORD + '"));
  project.write("words.py", "WORD = 'one'\n");
  start();
  CHECK(get("/").body == "one GET /");
  project.write("words.py", "WORD = 'two'\n");
  CHECK(get("/").body == "two GET /");
  project.write("main.py", answering("three"));
  CHECK(get("/").body == "three GET /");
  project.write("app.py", answering("four"));  // comes before main.py
  CHECK(get("/").body == "four GET /");
  project.write("pyproject.toml", "[tool.vercel]\nentrypoint = \"main:app\"\n");
  CHECK(get("/").body == "three GET /");
  project.append("main.py", answering("five", "api"));
  project.write("pyproject.toml", "[tool.vercel]\nentrypoint = \"main:api\"\n");
  CHECK(get("/").body == "five GET /");
}

TEST_CASE_METHOD(AppTest, "an edit of a template that Flask has read is seen by the next request",
                 "[integration][app][freshness][flask]") {
  needs("flask");
  project.write("app.py", "from flask import Flask, render_template\napp = Flask(__name__)\n"
                          "@app.route('/')\ndef home():\n"
                          "    return render_template('home.html')\n");
  project.write("templates/base.html", "<{% block a %}{% endblock %}>");
  project.write("templates/home.html", "{% extends 'base.html' %}{% block a %}one{% endblock %}");
  start();
  CHECK(get("/").body == "<one>");
  project.write("templates/home.html", "{% extends 'base.html' %}{% block a %}two{% endblock %}");
  CHECK(get("/").body == "<two>");
  project.write_in_place("templates/base.html", "[{% block a %}{% endblock %}]");
  CHECK(get("/").body == "[two]");
}

TEST_CASE_METHOD(AppTest, "an app without an entry point is told at the start and at each request",
                 "[integration][app]") {
  expect_log("has no entry point");
  project.write("server.py", "site = 1\n");
  start();
  server().wait_for_log("warning: requirements.txt: the flask app has no entry point, so every "
                        "request fails and so will the deployment: [FLASK_ENTRYPOINT_NOT_FOUND] "
                        "Found server.py but it does not define a top-level \"app\" Flask instance.");
  CHECK_THAT(server().log(), ContainsSubstring("flask app without an entry point"));
  const Answer answer = get("/x", {{"Accept", "text/html"}});
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring(kFailed));
  CHECK_THAT(answer.body, ContainsSubstring("[FLASK_ENTRYPOINT_NOT_FOUND]"));
  CHECK(get("/y").body == "A server error has occurred\n\n" + kFailed + "\n");
  project.write("app.py", answering("there"));
  CHECK(get("/x").body == "there GET /x");
  project.remove("app.py");
  CHECK(get("/x").status == 500);
}

TEST_CASE_METHOD(AppTest, "a named object that is not there is a 500 with the platform's words",
                 "[integration][app]") {
  expect_log("hides requirements.txt");
  project.write("pyproject.toml", "[tool.vercel]\nentrypoint = \"web:create.app\"\n");
  project.write("web.py", answering("x"));
  start();
  CHECK(get("/").status == 500);
  server().wait_for_log("missing variable \"create.app\" in file \"web\"");
  project.write("pyproject.toml", "[tool.vercel]\nentrypoint = \"web:app\"\n");
  CHECK(get("/").body == "x GET /");
}

TEST_CASE_METHOD(IntegrationTest, "without a manifest the app is never served, and the 404 says so",
                 "[integration][app]") {
  expect_log("is never served");
  project.write("vercel.json", R"({"framework": "flask"})");
  project.write("app.py", answering("x"));
  start();
  const Answer answer = get("/x", {{"Accept", "text/html"}});
  CHECK(answer.status == 404);
  CHECK_THAT(answer.body, ContainsSubstring("requirements.txt"));
  project.write("requirements.txt", "");
  CHECK(get("/x").body == "x GET /x");
}

TEST_CASE_METHOD(IntegrationTest, "maxDuration of the app's file is enforced",
                 "[integration][app][timeout]") {
  project.write("requirements.txt", "");
  project.write("vercel.json", R"({"functions": {"src/*.py": {"maxDuration": 1}}})");
  project.write("src/index.py",
                "import threading\n\ndef app(environ, start_response):\n"
                "    threading.Event().wait()\n");
  start();
  CHECK(get("/").status == 504);
}

TEST_CASE_METHOD(IntegrationTest, "routes shows the app, its entry point and why it was chosen",
                 "[integration][app][routes]") {
  project.write("requirements.txt", "fastapi");
  project.write("app/main.py", "app = 1\n");
  RunningLocalfn& table = launch({"routes"});
  CHECK(exit_code(table.await_exit()) == 0);
  CHECK_THAT(table.output(Stream::Out),
             ContainsSubstring("the fastapi app app/main.py, `app`: the first of the usual names "
                               "that defines one  (requirements.txt)"));
  RunningLocalfn& explained = launch({"routes", "--explain", "/x?y=1"});
  CHECK(exit_code(explained.await_exit()) == 0);
  CHECK_THAT(explained.output(Stream::Out),
             ContainsSubstring("=> the fastapi app app/main.py (`app`; the first of the usual names "
                               "that defines one) with path /x?y=1"));
}

TEST_CASE_METHOD(IntegrationTest, "a Django project below a folder is found by its manage.py",
                 "[integration][app][django]") {
  needs("django");
  project.write("requirements.txt", "django\n");
  project.write("backend/manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings.dev')\n");
  project.write("backend/core/settings/dev.py", "from .base import *\nDEBUG = True\n");
  project.write("backend/core/settings/base.py",
                "SECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'core.urls'\n"
                "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_URL = '/static/'\n"
                "STATICFILES_DIRS = ['backend/assets']\nASGI_APPLICATION = 'core.entry.site'\n");
  project.write("backend/core/entry.py",
                "import os\nfrom django.core.asgi import get_asgi_application\n"
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings.dev')\n"
                "site = get_asgi_application()\n");
  project.write("backend/core/urls.py",
                "from django.http import HttpResponse\nfrom django.urls import path\n"
                "def page(request):\n    return HttpResponse('page ' + request.path)\n"
                "urlpatterns = [path('page', page)]\n");
  project.write("backend/assets/a.txt", "asset");
  start();
  CHECK_THAT(server().log(), ContainsSubstring("django app backend/core/entry.py"));
  CHECK(get("/page").body == "page /page");
  // What the build does not collect is not there when deployed.
  CHECK(get("/static/a.txt").status == 404);
  server().wait_for_log("/static/a.txt is not served: without STATIC_ROOT");
  project.append("backend/core/settings/base.py", "STATIC_ROOT = 'backend/collected'\n");
  CHECK(get("/static/a.txt").body == "asset");
  project.write("backend/collected/only.txt", "collected");
  CHECK(get("/static/only.txt").body == "collected");
  CHECK(get("/static/../core/urls.py").status == 404);
  // Django imports it at the first request, after the instance was ready.
  project.write("backend/core/urls.py",
                "from django.http import HttpResponse\nfrom django.urls import path\n"
                "urlpatterns = [path('page', lambda request: HttpResponse('edited'))]\n");
  CHECK(get("/page").body == "edited");
}

TEST_CASE_METHOD(AppTest,
                 "an app whose process ends is a 500, and the next request finds a new one",
                 "[integration][app]") {
  project.write("app.py", R"(import os

def app(environ, start_response):
    if environ['PATH_INFO'] == '/die':
        os._exit(7)
    start_response('404 Not Found', [('Content-Type', 'text/plain'), ('Cache-Control', 'no-store'),
                                     ('Server', 'mine'), ('X-Vercel-Id', 'mine')])
    return [b'alive']
)");
  project.write("vercel.json", R"({"framework": "flask",
    "routes": [{"src": "/fixed", "dest": "/made", "status": 203}]})");
  start();
  const Answer alive = get("/x");
  CHECK(alive.status == 404);
  CHECK(alive.body == "alive");
  CHECK(alive.header("Cache-Control") == "no-store");
  CHECK(alive.all("Server") == std::vector<std::string>{"Vercel"});
  CHECK_THAT(alive.header("X-Vercel-Id"), StartsWith("dev1::dev1::"));
  CHECK(get("/fixed").status == 203);
  const Answer died = get("/die");
  CHECK(died.status == 500);
  CHECK(died.body == "A server error has occurred\n\n" + kFailed + "\n");
  server().wait_for_log("exited with status 7");
  CHECK(get("/x").body == "alive");
}

TEST_CASE_METHOD(IntegrationTest, "the settings say which static files of Django are collected",
                 "[integration][app][django]") {
  needs("django");
  const std::string settings =
      "import django\nSECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'core.urls'\n"
      "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_URL = '/static/'\n"
      "STATICFILES_DIRS = ['assets']\nWSGI_APPLICATION = 'core.wsgi.app'\n";
  project.write("requirements.txt", "django\n");
  project.write("manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n");
  project.write("core/settings.py", settings);
  project.write("core/wsgi.py",
                "import os\nfrom django.core.wsgi import get_wsgi_application\n"
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n"
                "app = get_wsgi_application()\n");
  project.write("core/urls.py", "urlpatterns = []\n");
  project.write("assets/a.txt", "asset");
  start();
  CHECK(get("/static/a.txt").status == 404);
  project.write("core/settings.py", settings + "WHITENOISE_USE_FINDERS = True\n");
  CHECK(get("/static/a.txt").body == "asset");
  project.write("core/settings.py", settings + "WHITENOISE_USE_FINDERS = 1\n");
  CHECK(get("/static/a.txt").status == 404);
  // Collected to another server: this one has none of them.
  project.write("core/settings.py",
                settings + "STATIC_ROOT = 'collected'\n"
                           "kind = 'storages.backends.s3boto3.S3StaticStorage'\n"
                           "if django.VERSION < (4, 2):\n    STATICFILES_STORAGE = kind\n"
                           "else:\n    STORAGES = {'staticfiles': {'BACKEND': kind}}\n");
  CHECK(get("/static/a.txt").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "static files of Django with a manifest have their hashed names",
                 "[integration][app][django]") {
  needs("django");
  const std::string kind = GENERATE(as<std::string>{}, "WSGI", "ASGI");
  const std::string module = kind == "WSGI" ? "wsgi" : "asgi";
  project.write("requirements.txt", "django\n");
  project.write("manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n");
  project.write("core/settings.py",
                "import django\nSECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\n"
                "ROOT_URLCONF = 'core.urls'\nINSTALLED_APPS = ['django.contrib.staticfiles']\n"
                "STATIC_URL = '/static/'\n"
                "STATICFILES_DIRS = ['assets']\nSTATIC_ROOT = 'collected'\n" +
                    kind + "_APPLICATION = 'core.entry.app'\n"
                "kind = 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage'\n"
                "if django.VERSION < (4, 2):\n    STATICFILES_STORAGE = kind\n"
                "else:\n    STORAGES = {'staticfiles': {'BACKEND': kind}}\n");
  project.write("core/entry.py",
                "import os\nfrom django.core." + module + " import get_" + module +
                    "_application as made\n"
                    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n"
                    "app = made()\n");
  project.write("core/urls.py",
                "from django.http import HttpResponse\n"
                "from django.templatetags.static import static\nfrom django.urls import path\n"
                "def page(request):\n"
                "    return HttpResponse(static(request.META['QUERY_STRING']))\n"
                "urlpatterns = [path('page', page)]\n");
  project.write("assets/a.txt", "asset");
  project.write("assets/css/a.min.css", "p {}");
  start();
  const std::string name = get("/page?a.txt").body;
  CHECK(name == "/static/a.c04e34d445e3.txt");  // as collectstatic names it
  CHECK(get(name).body == "asset");
  CHECK(get("/static/a.txt").body == "asset");
  CHECK(get("/static/a.000000000000.txt").status == 404);
  const std::string style = get("/page?css/a.min.css").body;
  CHECK_THAT(style, StartsWith("/static/css/a.min."));
  CHECK(get(style).body == "p {}");
  project.write("assets/a.txt", "edited");
  const std::string edited = get("/page?a.txt").body;
  CHECK(edited != name);
  CHECK(get(edited).body == "edited");
  CHECK(get("/page?none.txt").status == 500);
  server().wait_for_log("Missing staticfiles manifest entry for 'none.txt'");
}
