#include "support/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/shared.h"

namespace faultline::testing {
namespace {

void redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
}

}  // namespace

void heed_stop_signals() {
  for (const int stops : {SIGINT, SIGQUIT, SIGTERM}) signal(stops, SIG_DFL);
}

RunningProgram::RunningProgram(const std::vector<std::string>& command, const std::vector<std::string>& environment)
    : folder_(std::make_unique<TemporaryFolder>()) {
  const std::string out = folder_->file("out"), err = folder_->file("err");
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("cannot fork");
  if (child_ == 0) {
    redirect(out, STDOUT_FILENO);
    redirect(err, STDERR_FILENO);
    for (const auto& line : environment) putenv(const_cast<char*>(line.c_str()));
    heed_stop_signals();
    execv(words[0], words.data());
    _exit(127);
  }
}

RunningProgram::~RunningProgram() {
  if (ended_) return;
  send(SIGKILL);
  reap(0);
}

void RunningProgram::send(int signal) const { kill(child_, signal); }

void RunningProgram::reap(int options) {
  rusage usage{};
  if (ended_ || wait4(child_, &status_, options, &usage) != child_) return;
  ended_ = true;
  peak_bytes_ = usage.ru_maxrss * int64_t{1024};
}

bool RunningProgram::has_ended() {
  reap(WNOHANG);
  return ended_;
}

std::string RunningProgram::err_so_far() const { return text_of(folder_->file("err")); }

ProgramResult RunningProgram::wait() {
  reap(0);
  ProgramResult result;
  result.code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  result.out = text_of(folder_->file("out"));
  result.err = err_so_far();
  result.peak_bytes = peak_bytes_;
  return result;
}

ProgramResult run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  return RunningProgram(command, environment).wait();
}

std::vector<std::string> faultline_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), FAULTLINE_PROGRAM);
  return arguments;
}

ProgramResult run_faultline(std::vector<std::string> arguments, const std::vector<std::string>& environment) {
  return run_program(faultline_command(std::move(arguments)), environment);
}

bool run_torch_python(const std::string& text, const std::vector<std::string>& arguments) {
  static const bool is_there = run_program({"/usr/bin/python3", "-c", "import torch"}).code == 0;
  if (!is_there) return false;
  std::vector<std::string> command = {"/usr/bin/python3", "-c", text};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto result = run_program(command);
  if (result.code != 0) throw std::runtime_error("python: " + result.err);
  return true;
}

}  // namespace faultline::testing
