#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/patterns/regex.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "runtime/patterns/pattern_error.h"

namespace localfn::patterns {
namespace {

// What one match may cost. A useful pattern takes a few backtracking steps for each byte of the
// text, and a step may itself look at the whole text (a lookahead, a back reference): the budget is
// some steps per byte, more for short texts, so that steps times bytes stays below about a second's
// worth in the worst case and usually below ten milliseconds.
constexpr std::size_t kStepsPerByte = 8;
constexpr std::size_t kLeastSteps = 10'000;
constexpr std::size_t kMostStepsOfShortText = 400'000;
constexpr std::size_t kStepsTimesBytes = 1'000'000'000;
constexpr std::size_t kMostSteps = 20'000'000;
// For the interpreter's stack: enough for the longest head of a request, three captures a byte.
constexpr std::uint32_t kHeapLimitKib = 64 * 1024;
constexpr std::size_t kJitStackStart = 32 * 1024;
constexpr std::size_t kJitStackMost = 1024 * 1024;

template <typename T, void (*Free)(T*)>
struct Freeing {
  void operator()(T* object) const noexcept { Free(object); }
};
using Code = std::unique_ptr<pcre2_code, Freeing<pcre2_code, pcre2_code_free>>;
using MatchData =
    std::unique_ptr<pcre2_match_data, Freeing<pcre2_match_data, pcre2_match_data_free>>;
using MatchContext =
    std::unique_ptr<pcre2_match_context, Freeing<pcre2_match_context, pcre2_match_context_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Freeing<pcre2_jit_stack, pcre2_jit_stack_free>>;

MatchData new_match_data(std::uint32_t groups) {
  MatchData data(pcre2_match_data_create(groups, nullptr));
  if (data == nullptr) throw std::bad_alloc();
  return data;
}

std::uint32_t steps_for(std::size_t text_size) {
  const auto needed = kLeastSteps + kStepsPerByte * text_size;
  const auto spare = std::min(kMostStepsOfShortText, kStepsTimesBytes / (text_size + 1));
  return static_cast<std::uint32_t>(std::min(std::max(needed, spare), kMostSteps));
}

/// What a thread needs for matching, made on its first match. Code is shared, this is not.
class Workspace {
 public:
  Workspace() : context_(pcre2_match_context_create(nullptr)) {
    if (context_ == nullptr) throw std::bad_alloc();
    pcre2_set_heap_limit(context_.get(), kHeapLimitKib);
    stack_.reset(pcre2_jit_stack_create(kJitStackStart, kJitStackMost, nullptr));
    // Without a stack of its own compiled code takes 32 KiB of the thread's, and match() falls
    // back.
    if (stack_ != nullptr) pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
  }

  pcre2_match_context* context_for(std::size_t text_size) {
    pcre2_set_match_limit(context_.get(), steps_for(text_size));
    pcre2_set_depth_limit(context_.get(), steps_for(text_size));
    return context_.get();
  }

  pcre2_match_data* data_for(std::uint32_t groups) {
    if (data_ == nullptr || pcre2_get_ovector_count(data_.get()) < groups) {
      data_ = new_match_data(std::max(groups, 16u));
    }
    return data_.get();
  }

  static Workspace& of_this_thread() {
    thread_local Workspace workspace;
    return workspace;
  }

 private:
  MatchContext context_;
  JitStack stack_;
  MatchData data_;
};

MatchResult result_of(int rc) {
  if (rc >= 0) return MatchResult::Match;
  // Text that is not UTF-8 has no characters that a pattern could match.
  const bool not_utf8 = rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21;
  if (rc == PCRE2_ERROR_NOMATCH || not_utf8) return MatchResult::NoMatch;
  if (rc == PCRE2_ERROR_NOMEMORY) throw std::bad_alloc();
  return MatchResult::LimitExceeded;
}

void copy_groups(std::string_view text, pcre2_match_data* data,
                 const std::vector<std::uint32_t>& numbers, Captures& captures) {
  captures.reset(numbers.size());
  const auto* offsets = pcre2_get_ovector_pointer(data);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto first = offsets[2 * numbers[i]];
    const auto end = offsets[2 * numbers[i] + 1];
    if (first == PCRE2_UNSET || end == PCRE2_UNSET) continue;
    captures.set(i, text.substr(first, end - first));
  }
}

/// PCRE2's number for each group of the pattern, the whole match first.
std::vector<std::uint32_t> group_numbers(const pcre2_code* code, const RegexSyntax& syntax) {
  std::vector<std::uint32_t> numbers(syntax.group_names.size() + 1);
  for (std::uint32_t i = 1; i < numbers.size(); ++i) {
    const auto name = pcre_group_name(i);
    numbers[i] = syntax.renumbered ? static_cast<std::uint32_t>(pcre2_substring_number_from_name(
                                         code, reinterpret_cast<PCRE2_SPTR>(name.c_str())))
                                   : i;
  }
  return numbers;
}

std::string error_text(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

pcre2_code* compile_pcre(const std::string& pcre, const RegexSyntax& syntax, std::uint32_t extra) {
  const std::uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_UCP |
                                PCRE2_NEVER_BACKSLASH_C |
                                (syntax.utf ? PCRE2_UTF : PCRE2_NEVER_UTF) | extra;
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pcre.data()), pcre.size(), options,
                             &error, &offset, nullptr);
  if (code == nullptr) {
    throw PatternError(PatternError::Kind::Unsupported, syntax.origin_of(offset),
                       "not supported: " + error_text(error));
  }
  return code;
}

bool is_anchored(const pcre2_code* code) {
  std::uint32_t options = 0;
  pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
  return (options & PCRE2_ANCHORED) != 0;
}

}  // namespace

struct Regex::Program {
  Program(Code made, const RegexSyntax& syntax)
      : code(std::move(made)), numbers(group_numbers(code.get(), syntax)) {}

  /// Machine code is made for the first match: it costs ten times what the compilation does, and of
  /// a thousand rules most are never tried, since the literal start of their path does not fit.
  const pcre2_code* ready() {
    std::call_once(first_use,
                   [this] { compiled = pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE) == 0; });
    return code.get();
  }

  Code code;
  std::vector<std::uint32_t> numbers;
  std::once_flag first_use;
  bool compiled = false;  ///< not on a system that forbids writable code; set by ready()
};

Regex::Regex(std::unique_ptr<Program> program, std::vector<std::string> group_names)
    : program_(std::move(program)), group_names_(std::move(group_names)) {}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Regex Regex::compile(std::string_view pattern, Form form, RegexDialect dialect) {
  auto syntax = translate_regex(pattern, dialect);
  const std::uint32_t anchors = form == Form::Whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
  Code code(compile_pcre(syntax.pcre, syntax, anchors));
  if (!is_anchored(code.get())) {
    // PCRE2's own search starts a new budget at every byte of the text. Searching inside the
    // pattern leaves one budget for all of them.
    code.reset(compile_pcre("(?s:.*?)\\K(?:" + syntax.pcre + ")", syntax, PCRE2_ANCHORED));
  }
  auto program = std::make_unique<Program>(std::move(code), syntax);
  return Regex(std::move(program), std::move(syntax.group_names));
}

MatchResult Regex::match(std::string_view text, Captures& captures) const {
  auto& workspace = Workspace::of_this_thread();
  const auto& numbers = program_->numbers;
  const auto groups = numbers.back() + 1;  // they ascend
  const auto* code = program_->ready();
  auto* context = workspace.context_for(text.size());
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
  MatchData interpreted;
  pcre2_match_data* data = nullptr;
  int rc = PCRE2_ERROR_JIT_STACKLIMIT;
  if (program_->compiled) {
    data = workspace.data_for(groups);
    rc = pcre2_match(code, subject, text.size(), 0, 0, data, context);
  }
  if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
    // The interpreter keeps its stack on the heap, as part of the match data. That is not the
    // thread's here, so that the memory goes back at once.
    interpreted = new_match_data(groups);
    data = interpreted.get();
    rc = pcre2_match(code, subject, text.size(), 0, PCRE2_NO_JIT, data, context);
  }
  const auto result = result_of(rc);
  if (result == MatchResult::Match) copy_groups(text, data, numbers, captures);
  return result;
}

}  // namespace localfn::patterns
