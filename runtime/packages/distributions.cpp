#include "runtime/packages/distributions.h"

#include <algorithm>
#include <iterator>

namespace localfn::packages {
namespace {

struct Row {
  std::string_view module;
  std::string_view distributions;  ///< separated by spaces
};

// Only modules whose package has another name, beyond case, `-`, `_` and `.`.
constexpr Row kTable[] = {
    {"Crypto", "pycryptodome"},
    {"Cryptodome", "pycryptodomex"},
    {"IPython", "ipython"},
    {"Levenshtein", "Levenshtein python-Levenshtein"},
    {"MySQLdb", "mysqlclient"},
    {"OpenSSL", "pyOpenSSL"},
    {"PIL", "Pillow"},
    {"Xlib", "python-xlib"},
    {"absl", "absl-py"},
    {"argon2", "argon2-cffi"},
    {"attr", "attrs"},
    {"azure.identity", "azure-identity"},
    {"azure.storage.blob", "azure-storage-blob"},
    {"barcode", "python-barcode"},
    {"binance", "python-binance"},
    {"bs4", "beautifulsoup4"},
    {"bson", "pymongo"},
    {"cairo", "pycairo"},
    {"chess", "chess python-chess"},
    {"corsheaders", "django-cors-headers"},
    {"cv2", "opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless"},
    {"dateutil", "python-dateutil"},
    {"debug_toolbar", "django-debug-toolbar"},
    {"decouple", "python-decouple"},
    {"discord", "discord.py py-cord"},
    {"django_filters", "django-filter"},
    {"dns", "dnspython"},
    {"docx", "python-docx"},
    {"dotenv", "python-dotenv"},
    {"engineio", "python-engineio"},
    {"environ", "django-environ environ-config"},
    {"faiss", "faiss-cpu"},
    {"fasthtml", "python-fasthtml"},
    {"fitz", "PyMuPDF"},
    {"ffmpeg", "ffmpeg-python"},
    {"gi", "PyGObject"},
    {"git", "GitPython"},
    {"github", "PyGithub"},
    {"gitlab", "python-gitlab"},
    {"google.api_core", "google-api-core"},
    {"google.auth", "google-auth"},
    {"google.cloud.bigquery", "google-cloud-bigquery"},
    {"google.cloud.firestore", "google-cloud-firestore"},
    {"google.cloud.pubsub", "google-cloud-pubsub"},
    {"google.cloud.storage", "google-cloud-storage"},
    {"google.cloud.vision", "google-cloud-vision"},
    {"google.genai", "google-genai"},
    {"google.generativeai", "google-generativeai"},
    {"google.oauth2", "google-auth"},
    {"google.protobuf", "protobuf"},
    {"googleapiclient", "google-api-python-client"},
    {"gridfs", "pymongo"},
    {"grpc", "grpcio"},
    {"jose", "python-jose"},
    {"jwt", "PyJWT"},
    {"kafka", "kafka-python kafka-python-ng"},
    {"ldap", "python-ldap"},
    {"llama_index", "llama-index llama-index-core"},
    {"magic", "python-magic"},
    {"markdown_it", "markdown-it-py"},
    {"memcache", "python-memcached"},
    {"mpl_toolkits", "matplotlib"},
    {"multipart", "python-multipart multipart"},
    {"mysql", "mysql-connector-python"},
    {"nacl", "PyNaCl"},
    {"newspaper", "newspaper3k newspaper4k"},
    {"nmap", "python-nmap"},
    {"odf", "odfpy"},
    {"opentelemetry", "opentelemetry-api opentelemetry-sdk"},
    {"osgeo", "GDAL"},
    {"past", "future"},
    {"pdfminer", "pdfminer.six"},
    {"pkg_resources", "setuptools"},
    {"playhouse", "peewee"},
    {"pptx", "python-pptx"},
    {"psycopg2", "psycopg2-binary psycopg2"},
    {"pwiz", "peewee"},
    {"pylab", "matplotlib"},
    {"pythoncom", "pywin32"},
    {"pythonjsonlogger", "python-json-logger"},
    {"pywintypes", "pywin32"},
    {"rest_framework", "djangorestframework"},
    {"rest_framework_simplejwt", "djangorestframework-simplejwt"},
    {"serial", "pyserial"},
    {"skimage", "scikit-image"},
    {"sklearn", "scikit-learn"},
    {"slugify", "python-slugify unicode-slugify"},
    {"snowflake.connector", "snowflake-connector-python"},
    {"socketio", "python-socketio"},
    {"socks", "PySocks"},
    {"speech_recognition", "SpeechRecognition"},
    {"stdnum", "python-stdnum"},
    {"telebot", "pyTelegramBotAPI"},
    {"telegram", "python-telegram-bot"},
    {"umap", "umap-learn"},
    {"usb", "pyusb"},
    {"websocket", "websocket-client"},
    {"win32api", "pywin32"},
    {"win32com", "pywin32"},
    {"wx", "wxPython"},
    {"yaml", "PyYAML"},
    {"zmq", "pyzmq"},
};

const Row* find(std::string_view module) {
  const auto row = std::find_if(std::begin(kTable), std::end(kTable),
                                [&](const Row& r) { return r.module == module; });
  return row == std::end(kTable) ? nullptr : row;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

/// Names that many packages share: of these the rest of the name tells the package.
bool is_shared(std::string_view outermost) {
  return outermost == "google" || outermost == "azure" || outermost == "ruamel" ||
         outermost == "zope" || outermost == "backports" || outermost == "jaraco" ||
         outermost == "opentelemetry" || outermost == "snowflake" || outermost == "sphinxcontrib";
}

}  // namespace

Providers providers_of(std::string_view module) {
  const std::string_view outermost = module.substr(0, module.find('.'));
  const bool shared = is_shared(outermost);
  for (std::string_view name = module; !name.empty();) {
    if (const Row* row = find(name)) return {words(row->distributions), true, shared};
    const auto dot = name.rfind('.');
    name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  if (!shared) return {{std::string(outermost)}, false, false};
  std::string guess(module);
  std::replace(guess.begin(), guess.end(), '.', '-');
  return {{guess}, false, true};
}

}  // namespace localfn::packages
