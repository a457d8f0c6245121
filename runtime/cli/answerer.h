// Who answers probes: the project in this process, or a server somewhere.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/cli/engine.h"
#include "runtime/http/proxy/remote_server.h"
#include "runtime/probes/probe.h"

namespace localfn::cli {

struct Answered {
  probes::Response response;
  std::string function;          ///< the file that answered; empty where that is not known
  std::vector<std::string> log;  ///< what the function printed, and what the host said of it
  std::string problem;           ///< why there is no answer at all
};

/// Both members may be called by several threads at once.
class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual Answered ask(const probes::Probe& probe) = 0;
  /// What will answer, as far as that is known without asking: a function, a file, or nothing.
  virtual std::string answered_by(const probes::Probe& probe) = 0;
};

/// What functions print and the host tells of them, by the id of the invocation. Thread-safe.
class Told {
 public:
  void line(const LogLine& line);
  void account(const Record& record, const std::vector<std::string>& explanation);
  /// Gives away what is known of one request.
  void take(const std::string& id, Record& record, std::vector<std::string>& lines);

 private:
  struct Entry {
    Record record;
    std::vector<std::string> lines;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> all_;
};

class ProjectAnswerer final : public Answerer {
 public:
  /// `told` hears the engine.
  ProjectAnswerer(Engine& engine, Told& told) : engine_(engine), told_(told) {}
  Answered ask(const probes::Probe& probe) override;
  std::string answered_by(const probes::Probe& probe) override;

 private:
  Engine& engine_;
  Told& told_;
};

class RemoteAnswerer final : public Answerer {
 public:
  /// `bypass`: what lets a request pass the deployment's protection; empty: nothing is sent.
  RemoteAnswerer(http::Origin origin, milliseconds limit, std::string bypass)
      : server_(std::move(origin), limit), bypass_(std::move(bypass)) {}
  Answered ask(const probes::Probe& probe) override;
  std::string answered_by(const probes::Probe& probe) override;

 private:
  http::RemoteServer server_;
  const std::string bypass_;
};

}  // namespace localfn::cli
