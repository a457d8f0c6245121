// The learning zygote: faster from the second instance on, and nothing else that anybody could see.
#include <signal.h>

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A project with a virtual environment of its own, whose packages the tests write themselves.
class LearningTest : public IntegrationTest {
 protected:
  using Options = std::vector<std::string>;

  void make_venv() {
    const std::string version = LOCALFN_TEST_PYTHON_VERSION;
    packages_ = ".venv/lib/python" + version + "/site-packages/";
    project.write(".venv/pyvenv.cfg", "version = " + version + ".0\n");
  }

  void package(const std::string& file, const std::string& source) {
    project.write(packages_ + file, source);
  }

  /// A function that answers with the value of `expression`, after the lines of `imports`.
  void function(const std::string& name, const std::string& imports,
                const std::string& expression) {
    project.write("api/" + name + ".py",
                  handler_doing("self.send_response(200)\nself.end_headers()\n"
                                "self.wfile.write(str(" +
                                    expression + ").encode())\n",
                                "import os, sys\n" + imports + "\n"));
  }

  void start_learning(std::vector<std::string> options = {}) {
    options.push_back("--debug");
    start(std::move(options));
  }

  std::string await_learned() { return await_note("zygote: preloaded"); }

  std::string await_note(const std::string& text) {
    const std::string seen = server().wait_for_log(text, mark_);
    mark_ = server().mark(Stream::Err);
    return seen;
  }

  /// The answer of a new instance of the function.
  std::string ask_anew(const std::string& name) {
    project.append("api/" + name + ".py", "\n");
    return get("/api/" + name).body;
  }

  /// Whether the latest instance came from the zygote that has learned.
  bool is_from_learned() {
    for (const pid_t zygote : server().learned_zygotes()) {
      if (!server().instances_of(zygote).empty()) return true;
    }
    return false;
  }

  const std::string& packages_folder() const { return packages_; }

 private:
  std::string packages_;
  std::size_t mark_ = 0;
};

// Was this module's code run in the process that answers?
const char* const kWhere = "import os\nTIMES = []\nTIMES.append(os.stat('/proc/self').st_ino)\n";
const char* const kRanHere = "'here' if mod.TIMES[0] == os.stat('/proc/self').st_ino else 'there'";

}  // namespace

TEST_CASE_METHOD(LearningTest, "what an instance has imported is imported before the next",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", kRanHere);
  function("y", "import mod", kRanHere);
  start_learning();
  CHECK(get("/api/x").body == "here");
  await_learned();
  CHECK(get("/api/y").body == "there");
  CHECK(ask_anew("x") == "there");
  CHECK(is_from_learned());
}

TEST_CASE_METHOD(LearningTest, "with --no-preload every instance imports for itself",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", kRanHere);
  start_learning({"--no-preload"});
  CHECK(get("/api/x").body == "here");
  CHECK(ask_anew("x") == "here");
  CHECK(server().learned_zygotes().empty());
  CHECK_THAT(server().log(), !ContainsSubstring("preloaded"));
}

TEST_CASE_METHOD(LearningTest, "modules that leave a trace are never preloaded, the others are",
                 "[integration][learning]") {
  make_venv();
  package("threads.py", std::string(kWhere) +
                            "import threading\n"
                            "threading.Thread(target=lambda: None).start()\n");
  package("opens.py", std::string(kWhere) + "KEPT = open(__file__)\n");
  package("prints.py", std::string(kWhere) + "print('hello from prints')\n");
  package("sets.py", std::string(kWhere) + "os.environ['SET_BY'] = 'sets'\n");
  package("random_bytes.py", std::string(kWhere) + "KEY = os.urandom(8)\n");
  package("handles.py", std::string(kWhere) +
                            "import signal\n"
                            "signal.signal(signal.SIGUSR1, lambda *a: None)\n");
  package("mod.py", kWhere);
  const std::vector<std::string> refused = {"threads", "opens",        "prints",
                                            "sets",    "random_bytes", "handles"};
  std::string imports = "import mod";
  std::string places =
      "' '.join('here' if m.TIMES[0] == os.stat('/proc/self').st_ino else 'there'"
      " for m in (mod";
  for (const auto& name : refused) {
    imports += ", " + name;
    places += ", " + name;
  }
  function("x", imports, places + "))");
  start_learning();
  CHECK(get("/api/x").body == "here here here here here here here");
  const std::string notes = await_learned();
  for (const auto& [name, reason] : std::vector<std::pair<std::string, std::string>>{
           {"threads", "it started a thread"},
           {"opens", "it keeps a descriptor open"},
           {"prints", "it prints"},
           {"sets", "it changed os.environ"},
           {"random_bytes", "it drew random bytes"},
           {"handles", "it changed signal handlers"}}) {
    CHECK_THAT(notes, ContainsSubstring("not preloaded: " + name + ": " + reason));
  }
  CHECK(ask_anew("x") == "there here here here here here here");
  // What such a module prints is the instance's each time, and never the zygote's.
  // Both arrive by pipes of their own, so possibly after the answers.
  const std::string printed = "hello from prints\n";
  server().await(Stream::Out, printed + printed);
  CHECK(server().output(Stream::Out) == printed + printed);
}

TEST_CASE_METHOD(LearningTest, "modules of the project are never preloaded, not even through links",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", kWhere);
  project.write("lib/own.py", kWhere);
  project.write("lib/linked/__init__.py", kWhere);
  package("own.pth", (project.root() / "lib").string() + "\n");
  project.link(packages_folder() + "linked", project.root() / "lib/linked");
  function("x", "import mod, own, linked",
           "' '.join('here' if m.TIMES[0] == os.stat('/proc/self').st_ino else 'there'"
           " for m in (mod, own, linked))");
  start_learning();
  CHECK(get("/api/x").body == "here here here");
  CHECK_THAT(await_learned(), ContainsSubstring("preloaded 1 modules"));
  CHECK(ask_anew("x") == "there here here");
}

TEST_CASE_METHOD(LearningTest, "a project's file that has a learned module's name wins",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", std::string(kWhere) + "TEXT = 'package'\n");
  package("user.py", "import mod\nTEXT = mod.TEXT\n");
  function("x", "import user, mod", "user.TEXT + ' ' + mod.TEXT");
  function("y", "sys.path.insert(0, os.path.abspath('vendored'))\nimport user, mod",
           "user.TEXT + ' ' + mod.TEXT");
  project.write("vendored/mod.py", "TEXT = 'vendored'\n");
  start_learning();
  CHECK(get("/api/x").body == "package package");
  await_learned();
  CHECK(ask_anew("x") == "package package");
  CHECK(get("/api/y").body == "vendored vendored");
  project.write("mod.py", "TEXT = 'project'\n");
  CHECK(get("/api/x").body == "project project");
  project.remove("mod.py");
  CHECK(get("/api/x").body == "package package");
}

TEST_CASE_METHOD(LearningTest, "a learned module has seen the environment that the function has",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", std::string(kWhere) + "SEEN = os.environ.get('WORD', 'none')\n");
  project.write(".env", "WORD=first\n");
  function("x", "import mod", std::string("mod.SEEN + ' ' + (") + kRanHere + ")");
  function("y", "os.environ['WORD'] = 'own'\nimport mod", "mod.SEEN");
  function("z", "os.environ['OTHER'] = 'own'\nimport mod",
           std::string("mod.SEEN + ' ' + (") + kRanHere + ")");
  start_learning();
  CHECK(get("/api/x").body == "first here");
  await_learned();
  CHECK(ask_anew("x") == "first there");
  CHECK(get("/api/y").body == "own");
  CHECK(get("/api/z").body == "first there");
  project.write(".env", "WORD=second\n");
  CHECK(get("/api/x").body == "second here");
  await_learned();
  CHECK(ask_anew("x") == "second there");
}

TEST_CASE_METHOD(LearningTest, "an edited package is seen by the next instance",
                 "[integration][learning]") {
  make_venv();
  package("pkg/__init__.py", "from pkg.inner import TEXT\n");
  package("pkg/inner.py", std::string(kWhere) + "TEXT = 'one'\n");
  package("reads.py", "import os\nTEXT = open(os.path.dirname(__file__) + '/data.txt').read()\n");
  package("data.txt", "1");
  function("x", "import pkg, reads", "pkg.TEXT + reads.TEXT");
  start_learning();
  CHECK(get("/api/x").body == "one1");
  await_learned();
  CHECK(ask_anew("x") == "one1");
  package("pkg/inner.py", std::string(kWhere) + "TEXT = 'three'\n");
  CHECK(ask_anew("x") == "three1");
  await_learned();
  CHECK(ask_anew("x") == "three1");
  package("data.txt", "two");
  CHECK(ask_anew("x") == "threetwo");
}

TEST_CASE_METHOD(LearningTest, "a package that appears is found by those that look for it",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", "try:\n    import extra\nexcept ImportError:\n    extra = None\n");
  function("x", "import mod", "mod.extra is not None");
  start_learning();
  CHECK(get("/api/x").body == "False");
  await_learned();
  CHECK(ask_anew("x") == "False");
  package("extra.py", "");
  CHECK(ask_anew("x") == "True");
}

TEST_CASE_METHOD(LearningTest, "what is imported after a thread was started has been imported before",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", kRanHere);
  project.write("api/late.py",
                handler_doing("thread = threading.Thread(target=print)\nthread.start()\n"
                              "thread.join()\nimport mod\n"
                              "self.send_response(200)\nself.end_headers()\nself.wfile.write((" +
                                  std::string(kRanHere) + ").encode())\n",
                              "import concurrent.futures.thread, os, threading\n"));
  start_learning();
  CHECK(get("/api/x").body == "here");
  await_learned();
  CHECK(get("/api/late").body == "there");
}

TEST_CASE_METHOD(LearningTest, "a learned module is not there before it is imported",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", "import html.entities\n");
  function("x", "import mod", "1");
  function("y", "", "[name in sys.modules for name in ('mod', 'html', 'html.entities')]");
  start_learning({"--no-preload"});
  const std::string plain = get("/api/y").body;
  start_learning();
  get("/api/x");
  await_note("zygote: preloaded");
  CHECK(get("/api/y").body == plain);
  CHECK(is_from_learned());
}

TEST_CASE_METHOD(LearningTest, "what the function has replaced before an import is respected",
                 "[integration][learning]") {
  make_venv();
  package("mod.py", "from time import sleep\nNAME = sleep.__name__\n");
  function("x", "import mod", "mod.NAME");
  function("y", "import time\ndef patched(seconds): pass\ntime.sleep = patched\nimport mod",
           "mod.NAME");
  function("z", "import types\nsys.modules['mod'] = types.SimpleNamespace(NAME='fake')\nimport mod",
           "mod.NAME");
  start_learning();
  CHECK(get("/api/x").body == "sleep");
  await_learned();
  CHECK(get("/api/y").body == "patched");
  CHECK(get("/api/z").body == "fake");
}

TEST_CASE_METHOD(LearningTest, "a module that never ends importing is left out, and costs nobody",
                 "[integration][learning]") {
  make_venv();
  // It hangs, or ends the process, only where nobody waits for an answer.
  package("crashes.py", std::string(kWhere) +
                            "if open('/proc/self/comm').read() == 'localfn-learned\\n':\n"
                            "    os.kill(os.getpid(), 11)\n");
  package("mod.py", kWhere);
  function("x", "import crashes, mod", kRanHere);
  start_learning();
  CHECK(get("/api/x").body == "here");
  await_learned();
  CHECK(ask_anew("x") == "there");
}

TEST_CASE_METHOD(LearningTest, "after kill -9 of the learned zygote the next request is answered",
                 "[integration][learning][processes]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", kRanHere);
  start_learning();
  get("/api/x");
  await_learned();
  CHECK(ask_anew("x") == "there");
  REQUIRE(server().learned_zygotes().size() == 1);
  const pid_t learned = server().learned_zygotes().front();
  const auto below = server().instances_of(learned);
  REQUIRE(below.size() == 1);
  REQUIRE(eventually([&] { return descendants_of(learned).size() == 2; }));  // and its spare
  const auto processes = descendants_of(learned);
  ::kill(learned, SIGKILL);
  for (const auto& process : processes) {
    CHECK(eventually([&] { return !is_alive(learned) && !is_alive(process.pid); }));
  }
  CHECK_THAT(ask_anew("x"), ContainsSubstring("here"));
  await_learned();
  CHECK(ask_anew("x") == "there");
}

TEST_CASE_METHOD(LearningTest, "a learned zygote that hangs costs no request",
                 "[integration][learning][processes]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", kRanHere);
  start_learning();
  get("/api/x");
  await_learned();
  REQUIRE(server().learned_zygotes().size() == 1);
  const pid_t learned = server().learned_zygotes().front();
  ::kill(learned, SIGSTOP);
  CHECK(ask_anew("x") == "here");
  CHECK(eventually([&] { return !is_alive(learned); }));
}

TEST_CASE_METHOD(LearningTest, "kill -9 of the plain zygote ends the learned one and its instances",
                 "[integration][learning][processes]") {
  make_venv();
  package("mod.py", kWhere);
  package("child.py", "");
  function("x", "import mod", kRanHere);
  function("child", "import mod, subprocess\nsubprocess.Popen(['sleep', '1000'])", kRanHere);
  start_learning();
  get("/api/x");
  await_learned();
  get("/api/child");
  const pid_t zygote = server().zygote();
  const auto below = descendants_of(zygote);
  REQUIRE(below.size() >= 3);
  ::kill(zygote, SIGKILL);
  for (const auto& process : below) {
    INFO(process.pid << " " << process.name);
    CHECK(eventually([&] { return !is_alive(process.pid); }));
  }
  CHECK(get("/api/x").body == "here");
}

TEST_CASE_METHOD(LearningTest, "kill -9 of the host leaves no learned zygote and nothing below it",
                 "[integration][learning][processes]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod, subprocess", kRanHere);
  function("child", "import mod, subprocess\nsubprocess.Popen(['sleep', '1000'])", kRanHere);
  start_learning();
  get("/api/x");
  await_learned();
  get("/api/child");
  const auto below = descendants_of(server().pid());
  server().stop(SIGKILL);
  for (const auto& process : below) {
    INFO(process.pid << " " << process.name);
    CHECK(eventually([&] { return !is_alive(process.pid); }));
  }
}

TEST_CASE_METHOD(LearningTest,
                 "instances of a learned zygote have descriptors 0 to 3 and its name no more",
                 "[integration][learning][processes]") {
  make_venv();
  package("mod.py", kWhere);
  function("x", "import mod", "open('/proc/self/comm').read().strip()");
  start_learning();
  const std::string name = get("/api/x").body;
  await_learned();
  CHECK(ask_anew("x") == name);
  REQUIRE(is_from_learned());
  const pid_t instance = server().instances_of(server().learned_zygotes().front()).front();
  CHECK(eventually([&] { return open_descriptors(instance).size() == 4; }));
}

TEST_CASE_METHOD(LearningTest, "Flask answers the same with and without what was learned",
                 "[integration][learning][flask]") {
  needs("flask");
  project.write("api/[page].py", R"(
import sys
early = sorted(m for m in sys.modules if m.split(".")[0] in ("flask", "werkzeug", "jinja2", "html"))
from flask import Flask, jsonify, render_template_string, request, session, url_for
app = Flask(__name__)
app.secret_key = "test"

@app.route("/api/<word>", methods=["GET", "POST"])
def answer(word):
    session["seen"] = word
    return jsonify(word=word, early=early, form=request.form, args=request.args,
                   name=render_template_string("{{ w | upper }}", w=word), url=url_for("answer", word=word),
                   file=sys.modules["flask"].__file__, spec=sys.modules["flask"].__spec__.origin,
                   loader=type(sys.modules["jinja2"].__spec__.loader).__name__)
)");
  std::vector<std::string> answers;
  for (const bool learning : {false, true}) {
    start_learning(learning ? Options{} : Options{"--no-preload"});
    get("/api/first");
    if (learning) await_note("zygote: preloaded");
    project.append("api/[page].py", "\n");
    const Answer answer = get("/api/some?x=1&x=2");
    CHECK(answer.status == 200);
    CHECK(is_from_learned() == learning);
    answers.push_back(answer.body + get("/api/none/there").body + post("/api/form", "a=1").body);
  }
  CHECK(answers[0] == answers[1]);
}

TEST_CASE_METHOD(LearningTest, "FastAPI answers the same with and without what was learned",
                 "[integration][learning]") {
  needs("fastapi");
  project.write("api/[page].py", R"(
import sys
early = sorted(m for m in sys.modules if m.split(".")[0] in ("fastapi", "starlette", "pydantic"))
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
app = FastAPI()

class Item(BaseModel):
    name: str
    price: float

@app.get("/api/{word}")
async def answer(word: str, x: int = 0):
    if word == "bad":
        raise HTTPException(418, "bad")
    return {"word": word, "x": x, "early": early, "file": sys.modules["fastapi"].__file__}

@app.post("/api/items")
async def make(item: Item):
    return item
)");
  std::vector<std::string> answers;
  for (const bool learning : {false, true}) {
    start_learning(learning ? Options{} : Options{"--no-preload"});
    get("/api/first");
    if (learning) await_note("zygote: preloaded");
    project.append("api/[page].py", "\n");
    std::string all;
    for (const char* path : {"/api/some?x=1", "/api/some?x=no", "/api/bad", "/openapi.json"}) {
      all += get(path).body + "\n";
    }
    CHECK(is_from_learned() == learning);
    all += post("/api/items", R"({"name": "a", "price": "2.5"})",
                {{"Content-Type", "application/json"}})
               .body;
    answers.push_back(all + post("/api/items", "{}", {{"Content-Type", "application/json"}}).body);
  }
  CHECK(answers[0] == answers[1]);
  CHECK_THAT(answers[1], ContainsSubstring("\"x\":1"));
}

TEST_CASE_METHOD(LearningTest, "every command that runs functions takes --no-preload",
                 "[integration][learning]") {
  project.write("api/x.py", handler_answering("here"));
  for (const char* command : {"invoke", "test"}) {
    INFO(command);
    Options words = {command, "--no-preload"};
    if (words.front() == "invoke") words.push_back("/api/x");
    launch(words);
    CHECK(exit_code(server().await_exit()) == 0);
  }
  expect_log("unknown option --no-preload");
  launch({"routes", "--no-preload"});
  CHECK(exit_code(server().await_exit()) == 2);
}
