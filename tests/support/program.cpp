#include "support/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/shared.h"

namespace faultline::testing {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command) {
  const TemporaryFolder folder;
  const std::string out = folder.file("out"), err = folder.file("err");
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    redirect(out, STDOUT_FILENO);
    redirect(err, STDERR_FILENO);
    execv(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ProgramResult result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = text_of(out);
  result.err = text_of(err);
  return result;
}

ProgramResult run_faultline(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), FAULTLINE_PROGRAM);
  return run_program(arguments);
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
