#include "runtime/packages/distributions.h"

#include <algorithm>
#include <iterator>
#include <utility>

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
    {"azure.storage.filedatalake", "azure-storage-file-datalake"},
    {"azure.storage.fileshare", "azure-storage-file-share"},
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
    {"deepgram", "deepgram-sdk"},
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
    {"fpdf", "fpdf2 fpdf"},
    {"gi", "PyGObject"},
    {"git", "GitPython"},
    {"github", "PyGithub"},
    {"gitlab", "python-gitlab"},
    {"google.ads.googleads", "google-ads"},
    {"google.api", "googleapis-common-protos"},
    {"google.api_core", "google-api-core"},
    {"google.auth", "google-auth"},
    {"google.cloud.bigquery", "google-cloud-bigquery"},
    {"google.cloud.exceptions", "google-cloud-core"},
    {"google.cloud.firestore", "google-cloud-firestore"},
    {"google.cloud.pubsub", "google-cloud-pubsub"},
    {"google.cloud.secretmanager", "google-cloud-secret-manager"},
    {"google.cloud.sql", "cloud-sql-python-connector"},
    {"google.cloud.storage", "google-cloud-storage"},
    {"google.cloud.vision", "google-cloud-vision"},
    {"google.genai", "google-genai"},
    {"google.generativeai", "google-generativeai"},
    {"google.oauth2", "google-auth"},
    {"google.protobuf", "protobuf"},
    {"google.rpc", "googleapis-common-protos"},
    {"googleapiclient", "google-api-python-client"},
    {"gridfs", "pymongo"},
    {"grpc", "grpcio"},
    {"jose", "python-jose"},
    {"jwt", "PyJWT"},
    {"kafka", "kafka-python kafka-python-ng"},
    {"ldap", "python-ldap"},
    {"linebot", "line-bot-sdk"},
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
    {"opentelemetry.baggage", "opentelemetry-api"},
    {"opentelemetry.context", "opentelemetry-api"},
    {"opentelemetry.exporter.otlp.proto.grpc",
     "opentelemetry-exporter-otlp-proto-grpc opentelemetry-exporter-otlp"},
    {"opentelemetry.exporter.otlp.proto.http",
     "opentelemetry-exporter-otlp-proto-http opentelemetry-exporter-otlp"},
    {"opentelemetry.metrics", "opentelemetry-api"},
    {"opentelemetry.propagate", "opentelemetry-api"},
    {"opentelemetry.sdk", "opentelemetry-sdk"},
    {"opentelemetry.semconv", "opentelemetry-semantic-conventions"},
    {"opentelemetry.trace", "opentelemetry-api"},
    {"osgeo", "GDAL"},
    {"past", "future"},
    {"pdfminer", "pdfminer.six"},
    {"pinecone", "pinecone pinecone-client"},
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
    {"ruamel.yaml", "ruamel.yaml"},
    {"serial", "pyserial"},
    {"skimage", "scikit-image"},
    {"sklearn", "scikit-learn"},
    {"slugify", "python-slugify unicode-slugify"},
    {"snowflake.connector", "snowflake-connector-python"},
    {"snowflake.snowpark", "snowflake-snowpark-python"},
    {"socketio", "python-socketio"},
    {"socks", "PySocks"},
    {"speech_recognition", "SpeechRecognition"},
    {"stdnum", "python-stdnum"},
    {"tavily", "tavily-python"},
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

// Names that many packages share: a package begins one name further inside.
constexpr std::string_view kShared[] = {
    "azure", "azure.ai", "azure.cognitiveservices", "azure.communication", "azure.data",
    "azure.keyvault", "azure.mgmt", "azure.monitor", "azure.search", "azure.storage", "backports",
    "google", "google.ads", "google.ai", "google.analytics", "google.cloud", "google.maps", "jaraco",
    "opentelemetry", "opentelemetry.exporter", "opentelemetry.instrumentation", "ruamel", "snowflake",
    "sphinxcontrib", "zope",
};

// What nearly every package of such a name needs.
constexpr std::string_view kCommon[] = {
    "azure-core", "google-api-core", "google-auth", "google-cloud-core", "googleapis-common-protos",
    "opentelemetry-api", "opentelemetry-sdk", "opentelemetry-semantic-conventions", "protobuf",
};

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

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

/// `tasks_v2` is the second interface of `tasks`, and comes with its package.
std::string_view without_version(std::string_view module) {
  const auto at = module.rfind("_v");
  const bool is_version = at != std::string_view::npos && at + 2 < module.size() &&
                          module[at + 2] >= '0' && module[at + 2] <= '9' &&
                          module.find('.', at) == std::string_view::npos;
  return is_version ? module.substr(0, at) : module;
}

/// The names that are shared, and one more.
std::string_view package_part(std::string_view module) {
  std::string_view part = module.substr(0, module.find('.'));
  while (has(kShared, part) && part.size() < module.size()) {
    part = module.substr(0, module.find('.', part.size() + 1));
  }
  return part;
}

Providers providers_of_shared(std::string_view module) {
  for (std::string_view name = module; !name.empty();) {
    if (const Row* row = find(without_version(name))) {
      auto distributions = words(row->distributions);
      const bool common = has(kCommon, distributions.front());
      return {std::move(distributions), true, true, common, std::string(name)};
    }
    const auto dot = name.rfind('.');
    name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  const std::string_view part = package_part(module);
  if (has(kShared, part)) return {{}, false, true, false, std::string(part)};
  std::string guess(without_version(part));
  std::replace_if(guess.begin(), guess.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  const bool common = has(kCommon, guess);
  return {{guess}, false, true, common, std::string(part)};
}

}  // namespace

Providers providers_of(std::string_view module) {
  const std::string outermost(module.substr(0, module.find('.')));
  if (has(kShared, outermost)) return providers_of_shared(module);
  const Row* row = find(outermost);
  if (row == nullptr) return {{outermost}, false, false, false, outermost};
  return {words(row->distributions), true, false, false, outermost};
}

}  // namespace localfn::packages
