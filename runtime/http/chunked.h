// Decodes a chunked body (RFC 9112, section 7.1) as its bytes arrive.
//
// Pure and fuzzed. Extensions and trailers are checked, counted and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace localfn::http {

class ChunkedDecoder {
 public:
  enum class Result { NeedMore, Done, Malformed };

  /// Appends the data in `input` to `out`. `consumed` tells how much of `input` belongs to the
  /// body: all of it, except on Done, after which the next request follows.
  Result feed(std::string_view input, std::size_t& consumed, std::string& out);

  bool done() const { return state_ == State::Done; }
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State { Size, Extension, SizeEnd, Data, DataCr, DataLf, Trailer, TrailerEnd, Done };

  bool take(char byte);
  bool take_size(char byte);
  bool take_extension(char byte);
  bool take_trailer(char byte);
  bool end_size_line();
  bool end_trailer_line();

  State state_ = State::Size;
  std::uint64_t size_ = 0;        ///< of the chunk, as far as read; then what is left of it
  std::size_t digits_ = 0;
  std::size_t line_ = 0;          ///< bytes of the extension or the trailer line
  std::size_t trailers_ = 0;      ///< bytes of all trailer lines
  bool has_mark_ = false;         ///< the line has had its ';' (extension) or ':' (trailer)
};

}  // namespace localfn::http
