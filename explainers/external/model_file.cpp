#include "explainers/external/model_file.h"

#include <atomic>
#include <filesystem>

#include "models/torchscript_export.h"

namespace faultline {
namespace {

/// Removed with the network that it was written for.
struct WrittenModel {
  std::string path;
  explicit WrittenModel(std::string at) : path(std::move(at)) {}
  ~WrittenModel() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  WrittenModel(const WrittenModel&) = delete;
  WrittenModel& operator=(const WrittenModel&) = delete;
};

}  // namespace

std::string model_file_of(const Network& network, const std::string& folder) {
  const std::string& file = network.origin().file;
  if (!file.empty()) return std::filesystem::absolute(file).string();
  const auto write = [&] {
    static std::atomic<uint64_t> written{0};
    auto out = std::make_shared<const WrittenModel>(folder + "/network-" + std::to_string(++written) + ".pt");
    save_torchscript(network, out->path);
    return out;
  };
  return network.memo().get<WrittenModel>(folder, write)->path;
}

}  // namespace faultline
