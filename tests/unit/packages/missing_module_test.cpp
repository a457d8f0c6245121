#include "runtime/packages/missing_module.h"

#include <string>

#include "runtime/packages/own_modules.h"
#include "tests/support/catch.h"
#include "tests/support/temp_project.h"

using namespace localfn;
using namespace localfn::packages;
using localfn::test::TempProject;

namespace {

class Fixture {
 protected:
  TempProject disk;

  Project project() const {
    Project made;
    made.root = disk.root();
    made.files = files;
    made.python = "3.11";
    made.venv = venv;
    return made;
  }

  std::string advice(const std::string& module, const std::string& source = "",
                     const std::string& file = "api/shop/x.py") const {
    Function function;
    function.file = file;
    return missing_module_advice({module, source.empty() ? "import " + module : source}, function,
                                 project());
  }

  std::string name_advice(const std::string& error, const std::string& frames = "") const {
    wire::Failure failure;
    failure.error = error;
    failure.traceback = error + frames;
    return missing_name_advice(failure, project());
  }

  /// `.venv` with pip in it, in use.
  void have_environment() {
    disk.write(".venv/lib/python3.11/site-packages/pip/__init__.py", "");
    venv = (disk.root() / ".venv").string();
  }

  std::set<std::string> files;
  std::string venv;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a package that the manifest names is to be installed",
                 "[packages][missing]") {
  disk.write("requirements.txt", "requests\nPyYAML\npackaging; sys_platform == 'win32'\n");
  CHECK(advice("requests") ==
        "`requests` is in requirements.txt but not installed for Python 3.11, which runs without a "
        "virtual environment: run `python3.11 -m venv .venv && .venv/bin/python -m pip install -r "
        "requirements.txt`, then start localfn again (`localfn dev --install` does all of it)");
  have_environment();
  CHECK(advice("requests") ==
        "`requests` is in requirements.txt but not installed in .venv: run `.venv/bin/python -m pip "
        "install -r requirements.txt`; the next request finds it");
  CHECK_THAT(advice("yaml"),
             StartsWith("`yaml` comes with PyYAML, which is in requirements.txt but not installed"));
  CHECK(advice("packaging") ==
        "`packaging` is in requirements.txt only where `sys_platform == 'win32'`, which does not hold "
        "for Python 3.11 on Linux");
}

TEST_CASE_METHOD(Fixture, "a package that no manifest names fails when deployed, too",
                 "[packages][missing]") {
  have_environment();
  CHECK(advice("bs4") ==
        "`bs4` comes with beautifulsoup4, which is not installed in .venv, and the project has no requirements.txt, so it "
        "will be missing on Vercel too: add it there, then run `.venv/bin/python -m pip install -r "
        "requirements.txt`; the next request finds it");
  disk.write("requirements.txt", "flask\n");
  CHECK(advice("requests") ==
        "`requests` is not in requirements.txt, so it will be missing on Vercel too, unless flask (not "
        "installed either) brings it along (its package may have another name): add it there, then run `.venv/bin/python -m pip install -r "
        "requirements.txt`; the next request finds it");
  CHECK_THAT(advice("yaml"), StartsWith("`yaml` comes with PyYAML, which is not in requirements.txt"));
  disk.write("requirements.txt", "flask\n./local\n");
  CHECK_THAT(advice("yaml"), !ContainsSubstring("Vercel"));
  disk.write("api/requirements.txt", "django\n");
  CHECK_THAT(advice("yaml"), ContainsSubstring("pip install -r api/requirements.txt"));
  disk.write("pyproject.toml", "[project]\ndependencies = []\n[dependency-groups]\ndev=['PyYAML']\n");
  CHECK_THAT(advice("yaml", "", "app.py"),
             ContainsSubstring("only in `dependency-groups.dev` of pyproject.toml, which Vercel does "
                               "not install"));
  CHECK_THAT(advice("yaml", "", "app.py"), ContainsSubstring("pip install PyYAML"));
}

TEST_CASE_METHOD(Fixture, "a package of the manifest that is not installed may bring the module",
                 "[packages][missing]") {
  have_environment();
  disk.write("requirements.txt", "frob-nic-sdk\nnewspaper3k\na\nb; sys_platform == 'win32'\n");
  CHECK(advice("frobnic") ==
        "`frobnic` may come with frob-nic-sdk, which is in requirements.txt but not installed in "
        ".venv: run `.venv/bin/python -m pip install -r requirements.txt`; the next request finds it");
  CHECK_THAT(advice("frobnicsdk"), StartsWith("`frobnicsdk` may come with frob-nic-sdk"));
  CHECK_THAT(advice("frob_nic_sd"), ContainsSubstring("do you mean `frob_nic_sdk`, which is?"));
  CHECK_THAT(advice("frobn"), StartsWith("`frobn` is not in requirements.txt"));
  CHECK_THAT(advice("bs4"),
             ContainsSubstring("so it will be missing on Vercel too, unless frob-nic-sdk or "
                               "newspaper3k or a (not installed either) brings it along: add it"));
  for (const char* package : {"frob_nic_sdk", "newspaper3k", "a"}) {
    disk.write(std::string(".venv/lib/python3.11/site-packages/") + package + "-1.0.dist-info/METADATA",
               std::string("Name: ") + package + "\n");
  }
  CHECK_THAT(advice("frobnic"), StartsWith("`frobnic` is not in requirements.txt, so it will be "
                                           "missing on Vercel too (its package may"));
}

TEST_CASE_METHOD(Fixture, "a misspelt package is not advised to be installed",
                 "[packages][missing]") {
  have_environment();
  disk.write("requirements.txt", "requests\n");
  CHECK(advice("request") ==
        "there is no `request` in requirements.txt; do you mean `requests`, which is?");
}

TEST_CASE_METHOD(Fixture, "what a package needs for itself is not called the project's import",
                 "[packages][missing]") {
  have_environment();
  disk.write("requirements.txt", "fastapi\n");
  CHECK_THAT(advice("multipart", "from fastapi import Form"),
             StartsWith("a package that is imported there needs `multipart`, which is not installed "
                        "in .venv: name python-multipart in requirements.txt"));
}

TEST_CASE_METHOD(Fixture, "a part that an installed package lacks is no missing package",
                 "[packages][missing]") {
  disk.write("requirements.txt", "requests\ngoogle-cloud-storage\n");
  CHECK_THAT(advice("requests.nothing"),
             StartsWith("`requests` is there, but `requests.nothing` is not in it"));
  CHECK_THAT(advice("google.cloud.storage"),
             ContainsSubstring("`google-cloud-storage` is in requirements.txt but not"));
}

TEST_CASE_METHOD(Fixture, "the import's line tells which part of a shared name is missing",
                 "[packages][missing]") {
  disk.write("requirements.txt", "google-cloud-storage\ngoogle-generativeai\n");
  for (const char* line : {"from google.cloud import storage", "import google.cloud.storage as gcs",
                           "from google.cloud import (storage, bigquery)",
                           "gcs = import_module('google.cloud.storage')",
                           "from google.cloud import storage_v2; x = 1"}) {
    INFO(line);
    for (const char* module : {"google", "google.cloud"}) {
      CHECK_THAT(advice(module, line),
                 ContainsSubstring("is in requirements.txt but not installed for Python 3.11"));
      CHECK_THAT(advice(module, line), StartsWith("`google"));
      CHECK_THAT(advice(module, line), !ContainsSubstring("google-generativeai"));
    }
  }
  CHECK_THAT(advice("google", "from google.cloud.storage import Client"),
             StartsWith("`google-cloud-storage` is in requirements.txt but not installed"));
  CHECK_THAT(advice("google", "import google.generativeai as genai"),
             StartsWith("`google-generativeai` is in requirements.txt but not installed"));
  disk.write("requirements.txt", "google-cloud-storage\nrequests\n");
  CHECK_THAT(advice("google", "from google import genai"),
             StartsWith("`google-genai` is not in requirements.txt, so it will be missing on Vercel"));
  CHECK_THAT(advice("azure", "from azure.mgmt.compute import ComputeManagementClient"),
             StartsWith("`azure-mgmt-compute` is not in requirements.txt"));
  CHECK_THAT(advice("opentelemetry", "from opentelemetry import trace"),
             StartsWith("`opentelemetry.trace` comes with opentelemetry-api, which is not in"));
}

TEST_CASE_METHOD(Fixture, "a part of a shared name may come with what the manifest names",
                 "[packages][missing]") {
  have_environment();
  disk.write("requirements.txt", "google-cloud-bigquery\ngoogle-ads; sys_platform == 'win32'\n");
  CHECK(advice("google", "from google.cloud import tasks_v2") ==
        "`google.cloud.tasks_v2` may come with google-cloud-bigquery, which is in requirements.txt "
        "but not installed in .venv: run `.venv/bin/python -m pip install -r requirements.txt`; the "
        "next request finds it");
  CHECK_THAT(advice("google", "from google.oauth2 import service_account"),
             StartsWith("`google.oauth2` may come with google-cloud-bigquery, which is in"));
  CHECK_THAT(advice("google", "from google.cloud import ("),
             StartsWith("`google.cloud` may come with google-cloud-bigquery, which is in"));
  disk.write("requirements.txt", "google-a\ngoogle-b\ngoogle-c\ngoogle-d\n");
  CHECK_THAT(advice("google", "import google"),
             StartsWith("`google` may come with google-a or google-b or google-c or another one, "
                        "which are in requirements.txt but not installed"));
  disk.write("requirements.txt", "google-cloud-bigquery\n");
  disk.write(".venv/lib/python3.11/site-packages/google_cloud_bigquery-3.dist-info/METADATA",
             "Metadata-Version: 2.1\nName: google-cloud-bigquery\n\n");
  CHECK_THAT(advice("google.cloud", "from google.cloud import tasks_v2"),
             StartsWith("`google.cloud.tasks_v2` comes with google-cloud-tasks, which is not in"));
}

TEST_CASE_METHOD(Fixture, "no package is invented for a shared name of which no part is seen",
                 "[packages][missing]") {
  have_environment();
  disk.write("requirements.txt", "requests\n");
  CHECK(advice("google", "from google.cloud import (") ==
        "many packages share the name `google.cloud`, and the one that is wanted here is not "
        "installed in .venv: name it in requirements.txt, then run `localfn dev --install`");
  CHECK(advice("google", "import firebase") ==
        "a package that is imported there needs a part of `google` that is not installed in .venv; "
        "many packages share that name: `--debug` shows the line that imports it");
}

TEST_CASE_METHOD(Fixture, "a module of the project is told with the import that finds it",
                 "[packages][missing]") {
  files = {"api/_text.py", "api/shop/_cart.py", "api/shop/x.py", "lib/util/dates.py",
           "my-lib/odd.py", "models.py", "tools/__init__.py", "deep/kit/__init__.py"};
  CHECK(advice("_text") ==
        "`api/_text.py` is there, but imports start at the project's root, here and on Vercel: "
        "`from api import _text`");
  CHECK_THAT(advice("_cart", "from _cart import total"),
             ContainsSubstring("`from api.shop._cart import …`"));
  CHECK_THAT(advice("dates"), ContainsSubstring("`lib/util/dates.py` is there"));
  CHECK_THAT(advice("dates"), ContainsSubstring("`from lib.util import dates`"));
  CHECK_THAT(advice("kit"), ContainsSubstring("`deep/kit/` is there"));
  CHECK_THAT(advice("kit"), ContainsSubstring("`from deep import kit`"));
  CHECK_THAT(advice("odd"), ContainsSubstring("rename the folder"));
  CHECK_THAT(advice("lib.nope"), ContainsSubstring("check its spelling"));
  CHECK_THAT(advice("tools.nope"), ContainsSubstring("check its spelling"));
  CHECK(advice("Models") == "the project has no `Models`; do you mean `models`?");
  CHECK(advice("model") == "the project has no `model`; do you mean `models`?");
  for (const char* own : {"_text", "dates", "odd", "lib.nope", "Models"}) {
    INFO(own);
    CHECK_THAT(advice(own), !ContainsSubstring("pip"));
  }
  disk.write("requirements.txt", "dates\n");
  CHECK_THAT(advice("dates"), StartsWith("`dates` is in requirements.txt but not installed"));
}

TEST_CASE_METHOD(Fixture, "a folder without __init__.py beside the function is no missing package",
                 "[packages][missing]") {
  files = {"api/app.py", "api/openai/chat.py", "api/routes/data.json", "api/routes/users.py",
           "api/shop/x.py"};
  disk.write("requirements.txt", "fastapi\n");
  for (const char* source : {"from routes import users", "from routes.users import find",
                             "import routes.users", "from routes import ("}) {
    INFO(source);
    for (const char* function : {"api/app.py", "api/shop/x.py"}) {
      CHECK_THAT(advice("routes", source, function),
                 StartsWith("`api/routes/` is there, but imports start at the project's root"));
    }
  }
  CHECK_THAT(advice("routes", "from routes import users"),
             ContainsSubstring("`from api.routes import …`"));
  CHECK_THAT(advice("routes", "import routes.users as u"),
             ContainsSubstring("`from api.routes import users`"));
  CHECK_THAT(advice("routes", "import routes.users.roles"),
             ContainsSubstring("`from api.routes.users import roles`"));
  for (const char* source : {"import openai", "from openai import OpenAI"}) {
    CHECK_THAT(advice("openai", source, "api/app.py"), StartsWith("`openai` is not in"));
  }
  CHECK_THAT(advice("routes", "from routes import data"), StartsWith("`routes` is not in"));
}

TEST_CASE_METHOD(Fixture, "what Python itself no longer has is no package", "[packages][missing]") {
  CHECK(advice("urllib2") == "`urllib2` is a name of Python 2; in Python 3 it is `urllib.request`");
  CHECK(advice("imp") == "`imp` belongs to Python 3.11, but this installation comes without it; from "
                         "3.12 on nobody has it: use importlib");
  Project newer = project();
  newer.python = "3.13";
  CHECK(missing_module_advice({"cgi", "import cgi"}, {}, newer) ==
        "`cgi` is not part of Python any more, from 3.13 on: use `urllib.parse.parse_qs` and "
        "`email.message`, or the package legacy-cgi");
  newer.python = "3.9";
  CHECK_THAT(missing_module_advice({"tomllib", "import tomllib"}, {}, newer),
             StartsWith("`tomllib` is part of Python from 3.11 on"));
  CHECK_THAT(advice("tkinter"), ContainsSubstring("no screen"));
}

TEST_CASE_METHOD(Fixture, "a file that hides a package is named", "[packages][missing]") {
  files = {"flask.py"};
  const std::string path = (disk.root() / "flask.py").string();
  CHECK_THAT(name_advice("ImportError: cannot import name 'Flask' from 'flask' (" + path + ")"),
             StartsWith("that is flask.py of the project"));
  CHECK_THAT(name_advice("ImportError: cannot import name 'Flask' from partially initialized module "
                         "'flask' (most likely due to a circular import) (" + path + ")"),
             StartsWith("`flask.py` is still being imported"));
  CHECK(name_advice("ImportError: cannot import name 'x' from 'os' (/usr/lib/os.py)").empty());
}

TEST_CASE_METHOD(Fixture, "a circle of imports through the function's file is told as one",
                 "[packages][missing]") {
  files = {"api/index.py", "api/routes.py"};
  const std::string error = "ImportError: cannot import name 'app' from 'api.index' (" +
                            (disk.root() / "api/index.py").string() + ")";
  const std::string importer = "\n  api/routes.py:1  <module>\n    from api.index import app";
  const std::string circle = importer + "\n  api/index.py:1  <module>\n    import api.routes";
  for (const char* text : {"import api.routes\napp = 1\n", "import api.routes\nfrom x import *\n"}) {
    INFO(text);
    disk.write("api/index.py", text);
    CHECK_THAT(name_advice(error, circle),
               StartsWith("`api/index.py` is still being imported at that moment"));
  }
  disk.write("api/index.py", "apps = 1\nimport api.routes\n");
  CHECK_THAT(name_advice(error, circle), StartsWith("that is api/index.py of the project"));
  for (const char* frames : {"", "\n  api/index.py:9  do_GET\n    import api.routes",
                             "\n  lib/api/index.py:1  <module>\n    import api.routes"}) {
    INFO(frames);
    CHECK_THAT(name_advice(error, importer + frames),
               StartsWith("that is api/index.py of the project, and the name is not in it"));
  }
}
