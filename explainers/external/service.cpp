#include "explainers/external/service.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/numbers.h"
#include "data/npy.h"
#include "data/npy_format.h"
#include "explainers/external/child_process.h"

namespace faultline::external {
namespace {

using Clock = ChildProcess::Clock;
using Outcome = ChildProcess::Outcome;

/// The largest header of a .npy file of a plain array; numpy writes 128 bytes.
constexpr uintmax_t kHeader = 64 * 1024;
constexpr size_t kLongestWords = 300;

Clock::time_point after(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string text_of(at::IntArrayRef shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? "," : "") + std::to_string(shape[i]);
  return out + "]";
}

/// write_npy() syncs every file to the disk, which these do not live long enough for.
void write_quickly(const std::string& path, const at::Tensor& values) {
  const at::Tensor rows = values.detach().cpu().contiguous();
  const char* const descr = rows.scalar_type() == at::kLong ? "<i8" : rows.scalar_type() == at::kDouble ? "<f8" : "<f4";
  std::ofstream file(path, std::ios::binary);
  file << npy_header_text(descr, rows.sizes().vec());
  file.write(static_cast<const char*>(rows.data_ptr()), static_cast<std::streamsize>(rows.nbytes()));
  file.close();
  if (!file) throw_environment(path, "cannot be written", "free some space, or set TMPDIR to another folder");
}

/// The files of one request, removed with it.
struct RequestFiles {
  const Request& request;
  ~RequestFiles() {
    std::error_code ignored;
    for (const auto& file : {request.inputs, request.targets, request.maps}) std::filesystem::remove(file, ignored);
  }
};

}  // namespace

struct Service::Program {
  explicit Program(std::string of) : model(std::move(of)) {}
  const std::string model;
  std::mutex mutex;  // of one question at a time
  std::unique_ptr<ChildProcess> process;
  bool has_answered = false;  // this process
};

Service::Service(std::vector<std::string> words, double timeout, double start)
    : words_(std::move(words)), timeout_(timeout), start_(start) {}

Service::~Service() = default;

std::shared_ptr<Service::Program> Service::program_for(const std::string& model) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(programs_.begin(), programs_.end(), [&](const auto& p) { return p->model == model; });
  const auto program = found == programs_.end() ? std::make_shared<Program>(model) : *found;
  if (found != programs_.end()) programs_.erase(found);
  programs_.insert(programs_.begin(), program);
  if (programs_.size() > kMostPrograms) programs_.pop_back();  // whoever asks it at this moment still holds it
  return program;
}

Reply Service::ask(const Question& question) {
  const auto program = program_for(question.model);
  const std::lock_guard<std::mutex> one_at_a_time(program->mutex);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!given_up_.empty()) return {{}, given_up_, ""};
  }
  Request request;
  request.number = ++requests_;
  const std::string name = folder_.file(std::to_string(request.number));
  request.model = question.model;
  request.inputs = name + "-inputs.npy";
  request.targets = name + "-targets.npy";
  request.maps = name + "-maps.npy";
  request.ids = question.ids;
  request.seeds = question.seeds;
  const RequestFiles files{request};
  write_quickly(request.inputs, question.inputs);
  write_quickly(request.targets, question.targets);
  if (!program->process) {
    program->process = std::make_unique<ChildProcess>(words_);
    program->has_answered = false;
  }
  try {
    return talk(*program, question, request);
  } catch (...) {
    program->process.reset();  // an answer to this request would be taken for one to the next
    throw;
  }
}

Reply Service::talk(Program& program, const Question& question, const Request& request) {
  ChildProcess& process = *program.process;
  const double seconds = timeout_ + (program.has_answered ? 0 : start_);
  const auto deadline = after(seconds);
  const auto no_answer = [&](Outcome outcome) {
    if (outcome == Outcome::ended) return failed(program, process.how_it_ended());
    if (outcome == Outcome::too_long) return failed(program, "wrote 64 KiB without an end of line to stdout");
    return failed(program, "gave no answer within " + short_number(std::round(seconds * 1000) / 1000) + " s");
  };
  Outcome outcome = process.send(line_of(request), deadline);
  if (outcome != Outcome::done) return no_answer(outcome);
  std::string line;
  outcome = process.receive(&line, deadline);
  if (outcome != Outcome::done) return no_answer(outcome);
  Answer answer;
  try {
    answer = parse_answer(line);
  } catch (const Error& error) {
    return failed(program, std::string("gave no answer: ") + error.what());
  }
  if (answer.number != request.number) {
    return failed(program, "answered request " + std::to_string(answer.number) + " when it was asked for " +
                               std::to_string(request.number));
  }
  program.has_answered = true;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failures_ = 0;
  }
  // What it says of its own accord concerns this request alone: it goes on.
  const auto refused = [&](const std::string& why) {
    const std::string words = process.last_words().substr(0, kLongestWords);
    return Reply{{}, one_line(words_[0] + " " + why + (words.empty() ? "" : "; stderr: " + words)), words};
  };
  if (!answer.error.empty()) return refused("says: " + answer.error.substr(0, kLongestWords));
  try {
    return {read_maps(answer.maps.empty() ? request.maps : answer.maps, question.shape), "", process.last_words()};
  } catch (const Error& error) {
    return refused(std::string("gave no usable maps: ") + error.what());
  }
}

at::Tensor Service::read_maps(const std::string& path, const std::vector<int64_t>& shape) const {
  const std::filesystem::path file(path);
  const std::string name = file.filename().string();
  uintmax_t elements = 1;
  for (const int64_t size : shape) elements *= static_cast<uintmax_t>(size);
  std::error_code problem;
  const uintmax_t size = std::filesystem::file_size(file, problem);
  if (problem) throw_input(name, "is not there (" + problem.message() + ")", "write the maps before the answer");
  const std::string wanted = "an array of the shape " + text_of(shape) + " is asked for";
  if (size > kHeader + 8 * elements) throw_input(name, "holds " + std::to_string(size) + " bytes", wanted);
  at::Tensor maps = read_npy(path).values;
  if (maps.sizes() != at::IntArrayRef(shape)) throw_input(name, "has the shape " + text_of(maps.sizes()), wanted);
  return maps;
}

Reply Service::failed(Program& program, const std::string& what) {
  const std::string words = program.process->last_words().substr(0, kLongestWords);
  program.process.reset();
  const std::string why = one_line(words_[0] + " " + what + (words.empty() ? "" : "; stderr: " + words));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (++failures_ >= kMostFailures && given_up_.empty())
    given_up_ = "not asked again after " + std::to_string(kMostFailures) + " failures in a row, the last one: " + why;
  return {{}, why, words};
}

}  // namespace faultline::external
