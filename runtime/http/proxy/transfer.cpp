#include "runtime/http/proxy/transfer.h"

#include <fmt/format.h>
#include <poll.h>

#include <utility>

#include "runtime/http/proxy/wait.h"

namespace localfn::http {
namespace {

constexpr std::size_t kBuffer = 32 * 1024;

}  // namespace

Transfer::Transfer(Exchange& exchange, ByteStream& upstream, std::string head,
                   milliseconds progress, GiveHead give_head)
    : exchange_(exchange),
      upstream_(upstream),
      progress_(progress),
      give_head_(std::move(give_head)),
      chunked_(exchange.request().has_header("transfer-encoding")),
      reader_(exchange.request().method == "HEAD"),
      outgoing_(std::move(head)),
      buffer_(kBuffer, '\0') {}

Ending Transfer::run() {
  add_piece();  // asked before any answer can leave; a body that is there goes along with the head
  Deadline until = Deadline::after(progress_);
  while (!ended_) {
    wanted_ = 0;
    const bool up = upload();
    const bool down = !ended_ && download();
    if (ended_) break;
    if (up || down) {
      until = Deadline::after(progress_);
    } else if (exchange_.holds()) {
      // What is there must not wait for what has not come yet (server-sent events).
      if (!exchange_.flush()) end(Ending::ClientGone);
    } else {
      wait(until);
    }
  }
  return ending_;
}

// ---- to the server ---------------------------------------------------------------------------

/// One write at most, so that neither direction starves the other. True when bytes have moved.
bool Transfer::upload() {
  if (upload_ == Upload::Complete || upload_ == Upload::Broken) return false;
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
    if (!body_ended_) add_piece();
    if (body_ended_ && outgoing_.empty()) upload_ = Upload::Complete;
    if (outgoing_.empty()) return false;
  }
  std::size_t count = 0;
  const Step step = upstream_.write(std::string_view(outgoing_).substr(sent_), count);
  sent_ += count;
  if (step == Step::WantWrite) wanted_ = POLLOUT;
  // It may have answered before it had read everything: that answer is still to be read.
  if (step == Step::Ended || step == Step::Failed) upload_ = Upload::Broken;
  return step == Step::Moved;
}

/// Appends what has arrived of the client's body.
void Transfer::add_piece() {
  std::string_view piece;
  upload_ = Upload::Going;
  switch (exchange_.read_body_piece(piece)) {
    case BodyPiece::Data:
      if (chunked_) fmt::format_to(std::back_inserter(outgoing_), "{:x}\r\n", piece.size());
      outgoing_.append(piece).append(chunked_ ? "\r\n" : "");
      break;
    case BodyPiece::End:
      body_ended_ = true;
      if (chunked_) outgoing_.append("0\r\n\r\n");
      break;
    case BodyPiece::Pending: upload_ = Upload::AwaitsClient; break;
    case BodyPiece::Malformed: end(Ending::BodyMalformed); break;
    case BodyPiece::Gone: end(Ending::ClientGone); break;
  }
}

bool Transfer::awaits_client() const {
  return upload_ == Upload::AwaitsClient && sent_ == outgoing_.size();
}

// ---- to the client ---------------------------------------------------------------------------

bool Transfer::download() {
  std::size_t count = 0;
  switch (upstream_.read(buffer_, count)) {
    case Step::Moved: return pass_on(std::string_view(buffer_).substr(0, count));
    case Step::WantRead: return false;
    case Step::WantWrite: wanted_ = POLLOUT; return false;
    case Step::Ended:
      if (reader_.end() == AnswerReader::State::Malformed) {
        upstream_failed(reader_.problem());
      } else {
        end(Ending::Complete);
      }
      return false;
    case Step::Failed: upstream_failed(upstream_.failure()); return false;
  }
  return false;
}

bool Transfer::pass_on(std::string_view bytes) {
  piece_.clear();
  const auto state = reader_.feed(bytes, piece_);
  const bool has_head = state == AnswerReader::State::Body || state == AnswerReader::State::Done;
  if (has_head && !begun_) {
    begun_ = give_head_(std::move(reader_.head()), problem_);
    if (!begun_) end(Ending::NoAnswer);
  }
  if (ended_) return true;
  if (begun_ && !piece_.empty() && !exchange_.write(piece_)) {
    end(Ending::ClientGone);
  } else if (state == AnswerReader::State::Malformed) {
    upstream_failed(reader_.problem());
  } else if (state == AnswerReader::State::Done) {
    end(Ending::Complete);
  }
  return true;
}

/// A head that the client has not got yet leaves all the same: whether it had does not depend on
/// how the bytes happened to arrive.
void Transfer::upstream_failed(std::string problem) {
  problem_ = std::move(problem);
  if (begun_) exchange_.flush();
  end(begun_ ? Ending::CutShort : Ending::NoAnswer);
}

// ---- waiting ---------------------------------------------------------------------------------

void Transfer::wait(Deadline until) {
  // While the server does not take what is there, the client's bytes and the end after them wait.
  short client = 0;
  if (awaits_client()) client = POLLIN | POLLRDHUP;
  if (upload_ == Upload::Complete) client = POLLRDHUP;
  const short events = static_cast<short>(POLLIN | wanted_);
  const Waited waited = wait_for(upstream_.fd(), events, exchange_.client_fd(), client, until);
  if (waited == Waited::Late) late();
  // Where more of its body is awaited, reading tells a client that has gone from one that has sent
  // the last bytes and closed behind them.
  if (waited == Waited::ClientGone && !awaits_client()) end(Ending::ClientGone);
}

void Transfer::late() {
  if (awaits_client() && !begun_) return end(Ending::BodyTimedOut);
  upstream_failed(fmt::format("nothing has moved for {} s", progress_.count() / 1000));
}

}  // namespace localfn::http
