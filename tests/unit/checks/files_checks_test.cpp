// Files that functions write and open, what is served, and how large a bundle gets.
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/unit/checks/checked_project.h"

using namespace localfn;
using namespace localfn::testing;

TEST_CASE("writes count unless they go below /tmp", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> write: data.json by open\n"
                                       "#> early write: __file__/../log.txt by open\n"
                                       "#> write: /var/lib/x by open\n"
                                       "#> write: ../x by open\n"
                                       "#> write: /tmp/x by open\n"
                                       "#> write: /tmp/… by open\n"
                                       "#> write: /dev/null by open\n"
                                       "#> write: s3://bucket/x by open\n"
                                       "#> write: /tmpfiles/x by open\n")};
  CHECK(project.found() ==
        "api/a.py:2 warning write-outside-tmp\n"
        "api/a.py:3 error write-outside-tmp\n"
        "api/a.py:4 warning write-outside-tmp\n"
        "api/a.py:5 warning write-outside-tmp\n"
        "api/a.py:10 warning write-outside-tmp\n");
  const auto findings = project.findings();
  CHECK_THAT(findings[1].message, ContainsSubstring("\"api/log.txt\""));
}

TEST_CASE("a path tmp/x is told to lack its slash", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py", "#> write: tmp/x by open\n")};
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].fix == "write \"/tmp/x\", with the slash");
}

TEST_CASE("a folder that is there need not be made", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> folder: data by os.makedirs\n"
                                       "#> folder: other by os.makedirs\n"),
                         {"data/a.txt"},
                         {"public/index.html"}};
  CHECK(project.found() == "api/a.py:3 warning write-outside-tmp\n");
}

TEST_CASE("a database of the project can be read, not written", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> early database: shop.db by sqlite3.connect\n"
                                       "#> early database: new.db by sqlite3.connect\n"),
                         {"shop.db"},
                         {"public/index.html"}};
  CHECK(project.found() ==
        "api/a.py:2 warning write-outside-tmp\n"
        "api/a.py:3 error write-outside-tmp\n");
}

TEST_CASE("files that a function has not got there are found", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> read: public/a.html by open\n"
                                       "#> read: public/… by open\n"
                                       "#> read: font.otf by open\n"
                                       "#> read: secret.txt by open\n"
                                       "#> read: api/font.otf by open\n"
                                       "#> read: /etc/hosts by open\n"
                                       "#> read: made-later.txt by open\n"
                                       "#> read: api/… by open\n"),
                         {"public/a.html"},
                         {"api/font.otf"},
                         {"secret.txt"},
                         {".vercelignore", "secret.txt\n"}};
  CHECK(project.found() ==
        "api/a.py:2 error public-not-bundled\n"
        "api/a.py:3 error public-not-bundled\n"
        "api/a.py:4 error misplaced-file\n"
        "api/a.py:5 warning not-uploaded\n");
}

TEST_CASE("a folder public at any depth is in no bundle", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> read: lib/public/a.txt by open\n"
                                       "#> read: lib/publicity/a.txt by open\n"),
                         {"lib/public/a.txt"}, {"lib/publicity/a.txt"}, {"public/index.html"}};
  CHECK(project.found() == "api/a.py:2 error public-not-bundled\n");
}

TEST_CASE("a module of public/ that a function imports is in no bundle", "[checks][paths]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> import: public.usage && name: public.usage.count\n"
                                       "#> import: public && name: public.usage\n"
                                       "#> late import: lib.tools\n"
                                       "#> guarded import: public.usage && name: public.usage.x\n"
                                       "#> name: publicity.x\n"),
                         {"lib/tools.py", "#> import: .public && name: .public.deep\n"},
                         {"lib/public/deep.py", "#> import: public.usage\n"},
                         {"publicity.py", kModule},
                         {"public/usage.py", kModule}};
  CHECK(project.found() ==
        "api/a.py:2 error public-not-bundled\n"
        "api/a.py:3 error public-not-bundled\n"
        "lib/tools.py:1 error public-not-bundled\n");
  CHECK_THAT(project.findings()[0].message, StartsWith("the import of public/usage.py: "));
}

TEST_CASE("keys and passwords among the static files are found", "[checks][served]") {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n";
  CheckedProject project{{"api/a.py"},
                         {"public/.env"},  // the platform withholds it
                         {"public/sub/.env"},
                         {"public/sub/.env.example"},
                         {"public/server.pem", key},
                         {"public/certificate.pem", "-----BEGIN CERTIFICATE-----\n"},
                         {"public/account.json", "{\"private_key\": \"" + key + "\"}"},
                         {"public/data.json", "{}"},
                         {"public/shop.sqlite3"}};
  CHECK(project.found() ==
        "public/account.json error secret-served\n"
        "public/server.pem error secret-served\n"
        "public/shop.sqlite3 warning data-served\n"
        "public/sub/.env error secret-served\n");
}

TEST_CASE("what is not served may hold secrets", "[checks][served]") {
  CheckedProject project{{"api/a.py"}, {"config/.env"}, {"public/index.html"}};
  CHECK(project.found().empty());
  CheckedProject root{{"api/a.py"}, {"config/.env"}, {".env"}};
  CHECK(root.found() == "config/.env error secret-served\n");
}

TEST_CASE("a bundle that is too large is found, without what is left out", "[checks][bundle]") {
  const auto grow = [](CheckedProject& project, const std::string& file, std::uintmax_t megabytes) {
    std::filesystem::resize_file(project.path() / file, megabytes * 1'000'000);
  };
  CheckedProject project{{"api/a.py"}, {"model.bin"}, {"public/film.mp4"}};
  grow(project, "model.bin", 200);
  grow(project, "public/film.mp4", 900);
  CHECK(project.found().empty());
  grow(project, "model.bin", 300);
  CHECK(project.found() == "api/a.py warning bundle-size\n");
  grow(project, "model.bin", 501);
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == checks::Severity::Error);
  CHECK_THAT(findings[0].message, ContainsSubstring("model.bin 501 MB"));
  project.write("vercel.json", R"({"functions": {"api/*.py": {"excludeFiles": "*.bin"}}})");
  CHECK(project.found().empty());
}

TEST_CASE("what a build leaves out of its bundle does not count", "[checks][bundle]") {
  const auto with = [](const std::string& build) {
    CheckedProject project{{"api/[id].py"}, {"model.bin", ""},
                           {"vercel.json", R"({"builds": [)" + build + "]}"}};
    std::filesystem::resize_file(project.path() / "model.bin", 600'000'000);
    return project.found();
  };
  const std::string head = R"({"use": "@vercel/python", )";
  CHECK_THAT(with(head + R"("src": "api/*.py"})"), ContainsSubstring("bundle-size"));
  for (const char* source : {"api/*.py", "/api/[id].py", "**"}) {
    INFO(source);
    const std::string excluding =
        head + R"("src": ")" + source + R"(", "config": {"excludeFiles": "*.bin"}})";
    CHECK_THAT(with(excluding), !ContainsSubstring("bundle-size"));
    CHECK_THAT(with(excluding + R"(, {"use": "@vercel/static", "src": "**"})"),
               !ContainsSubstring("bundle-size"));
  }
}

TEST_CASE("folders that are in no bundle do not count for its size", "[checks][bundle]") {
  for (const char* folder :
       {"node_modules", "web/node_modules", ".next", "web/.nuxt", ".pnpm-store", ".mypy_cache",
        "lib/.ruff_cache", "lib/public", "venv", "lib/.venv", "lib/__pycache__"}) {
    INFO(folder);
    const std::string file = std::string(folder) + "/large.bin";
    CheckedProject project{{"api/a.py"},
                           {".vercelignore",
                            "!node_modules\n!venv\n!.venv\n!__pycache__\n!.next\n"},
                           {file, ""},
                           {"public/index.html"}};
    std::filesystem::resize_file(project.path() / file, 600'000'000);
    CHECK(project.found().empty());
  }
  CheckedProject counted{{"api/a.py"}, {"lib/large.bin", ""}, {"public/index.html"}};
  std::filesystem::resize_file(counted.path() / "lib/large.bin", 600'000'000);
  CHECK(counted.found() == "api/a.py error bundle-size\n");
}

TEST_CASE("includeFiles adds nothing to a bundle and takes nothing away", "[checks][bundle]") {
  CheckedProject project{{"api/a.py"}, {"public/film.mp4", ""}, {"model.bin", ""},
                         {"vercel.json",
                          R"({"functions": {"api/*.py": {"includeFiles": "public/**"}}})"}};
  std::filesystem::resize_file(project.path() / "public/film.mp4", 900'000'000);
  CHECK(project.found().empty());
  std::filesystem::resize_file(project.path() / "model.bin", 600'000'000);
  CHECK(project.found() == "api/a.py error bundle-size\n");
}

TEST_CASE("packages of the manifest count for the bundle", "[checks][bundle]") {
  CheckedProject project{{"api/a.py"}, {"requirements.txt", "huge\n"}, {"public/index.html"}};
  project.install("huge", "huge", "huge/__init__.py,sha256=x,600000000\nhuge/RECORD,,\n");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK_THAT(findings[0].message, ContainsSubstring("the package huge 600 MB"));
}
