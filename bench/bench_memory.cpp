// The most memory that `faultline explain` has resident while it makes maps of ImageNet pictures: over the steps of integrated
// gradients, the draws of smooth-grad, and the number of pictures. Figures, no limits: tests/cli/memory_test.cpp has those.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace {

/// MiB at the peak; 0 where the program failed.
double peak_of(const std::string& shared, const std::string& explainer, int pictures) {
  std::vector<std::string> words{FAULTLINE_PROGRAM, "explain",
                                 "--model",         shared + "/models/squeezenet1_0_imagenet.pt",
                                 "--inputs",        shared + "/data/imagenet",
                                 "--samples",       std::to_string(pictures),
                                 "--explainer",     explainer,
                                 "--threads",       "1",
                                 "--out",           "/tmp/faultline-bench-memory.npy",
                                 "--quiet"};
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::freopen("/dev/null", "w", stdout);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 0;
  std::filesystem::remove("/tmp/faultline-bench-memory.npy");
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main() {
  const char* given = std::getenv("FAULTLINE_SHARED");
  const std::string shared = given ? given : FAULTLINE_SOURCE_DIR "/../shared";
  if (!std::filesystem::exists(shared + "/models/squeezenet1_0_imagenet.pt")) {
    std::fprintf(stderr, "squeezenet1_0_imagenet.pt is not there: left out\n");
    return 0;
  }
  const auto row = [&](const std::string& explainer, int pictures) {
    std::printf("memory/%s/pictures:%d  %.0f MiB\n", explainer.c_str(), pictures, peak_of(shared, explainer, pictures));
    std::fflush(stdout);
  };
  for (const int steps : {1, 25, 50, 100, 200, 400}) row("integrated-gradients:steps=" + std::to_string(steps), 1);
  for (const int draws : {1, 50, 200}) row("smooth-grad:samples=" + std::to_string(draws), 1);
  for (const int pictures : {1, 4, 16, 28}) row("gradient", pictures);
  return 0;
}
