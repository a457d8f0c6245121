// Zygotes that have imported more: asked first for an instance, and never needed.
//
// Each is forked by the zygote and has a control socket of its own. At most one takes Spawn
// messages; older ones stay until their instances have gone. What one is asked for and does not
// bring forth is asked of the plain zygote, with the same descriptors: its end costs no request.
// spawn() and kill() may be called on any thread, the rest belongs to the supervisor's.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn {

/// The instance's ends of what a Spawn message carries.
struct UnbornEnds {
  UniqueFd channel;
  UniqueFd out;
  UniqueFd err;
};

class LearnedZygotes {
 public:
  /// Takes the ends if a learned zygote is there to take the message; false: nothing was taken.
  bool spawn(std::uint32_t id, UnbornEnds& ends);

  /// False: the instance is none of theirs.
  bool kill(std::uint32_t id);

  /// A new one, which is learning; `number` names it from here on, never 0.
  std::uint32_t add(UniqueFd control);
  bool learning() const;
  /// Descriptor of its control socket, borrowed; -1 when it has gone.
  int control(std::uint32_t number) const;

  /// Notes what one of them has said, before anybody else hears of it. False: it speaks of an
  /// instance that is none of its own any more.
  bool heard(std::uint32_t number, const wire::ControlMessage& message, UniqueFd& fd);
  /// The ends of an instance that it could not fork, or that ended unborn; they are asked of the
  /// plain zygote. The instance is none of theirs from here on.
  std::optional<UnbornEnds> take_unborn(std::uint32_t id);

  struct Lost {
    std::string trying;                    ///< what it was importing
    bool learning = false;                 ///< it had not learned all
    bool retired = false;                  ///< nobody wanted it any more
    std::vector<std::uint32_t> instances;  ///< born, and gone with it
    std::vector<std::pair<std::uint32_t, UnbornEnds>> unborn;
  };
  /// Its control socket has ended.
  Lost lose(std::uint32_t number);

  std::vector<std::uint32_t> numbers() const;
  /// From here on it can neither be asked for anything nor say anything more; what it has said can
  /// still be read.
  void silence(std::uint32_t number);

  /// No more instances from those that are there.
  void retire();
  /// Kills what is late: with a lesson, or with a birth. Lets go of those that nobody needs.
  void tend();
  /// Lets go of all of them: an end of control is their sign to leave.
  void release();

 private:
  struct Zygote {
    UniqueFd control;
    UniqueFd pidfd;
    bool learned = false;
    bool retired = false;
    std::string trying;
    Clock::time_point heard_at{};
    std::map<std::uint32_t, std::optional<UnbornEnds>> instances;  ///< ends: not born yet
    std::map<std::uint32_t, Clock::time_point> asked;              ///< of those
  };

  static void end(const Zygote& zygote);

  mutable std::mutex mutex_;
  std::uint32_t last_number_ = 0;
  std::map<std::uint32_t, Zygote> zygotes_;
};

}  // namespace localfn
