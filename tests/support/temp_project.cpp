#include "tests/support/temp_project.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace localfn::test {

namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& path, std::string_view content, std::ios::openmode mode) {
  std::ofstream out(path, std::ios::binary | mode);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) result += std::string(indent) + line;
    result += '\n';
  }
  return result;
}

}  // namespace

void TempProject::write(const std::string& file, std::string_view content) {
  const fs::path path = root() / file;
  fs::create_directories(path.parent_path());
  const fs::path fresh = path.parent_path() / ("." + path.filename().string() + ".saving");
  write_file(fresh, content, std::ios::trunc);
  fs::rename(fresh, path);
}

void TempProject::write_in_place(const std::string& file, std::string_view content) {
  fs::create_directories((root() / file).parent_path());
  write_file(root() / file, content, std::ios::trunc);
}

void TempProject::append(const std::string& file, std::string_view content) {
  write_file(root() / file, content, std::ios::app);
}

void TempProject::remove(const std::string& file) {
  if (fs::remove_all(root() / file) == 0) throw std::runtime_error("no such file: " + file);
}

void TempProject::rename(const std::string& from, const std::string& to) {
  fs::create_directories((root() / to).parent_path());
  fs::rename(root() / from, root() / to);
}

void TempProject::make_folder(const std::string& folder) {
  fs::create_directories(root() / folder);
}

void TempProject::link(const std::string& file, const fs::path& target) {
  fs::create_directories((root() / file).parent_path());
  fs::create_symlink(target, root() / file);
}

void TempProject::copy_from(const fs::path& folder) {
  fs::copy(folder, root(), fs::copy_options::recursive);
}

std::string TempProject::read(const std::string& file) const {
  std::ifstream in(root() / file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string handler_doing(std::string_view body, std::string_view before) {
  std::string source = "from http.server import BaseHTTPRequestHandler\n";
  source += before;
  source += "\n\nclass handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n";
  source += indented(body, "        ");
  source += "\n    do_POST = do_GET\n";
  return source;
}

std::string handler_answering(std::string_view text) {
  std::string body =
      "self.send_response(200)\n"
      "self.send_header('Content-Type', 'text/plain')\n"
      "self.end_headers()\n"
      "self.wfile.write(b'";
  body += text;
  body += "')\n";
  return handler_doing(body);
}

}  // namespace localfn::test
