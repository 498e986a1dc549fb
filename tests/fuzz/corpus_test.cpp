#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/target.h"

namespace faultline::fuzz {
namespace {

/// Seeds and every input that once broke something; a broken promise ends the process.
class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, IsAnswered) {
  const std::filesystem::path folder = std::filesystem::path(FAULTLINE_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    SCOPED_TRACE(entry.path().string());
    EXPECT_NO_THROW(GetParam().run(bytes.str())) << "only faultline's own errors are answers";
    ++files;
  }
  EXPECT_GT(files, 1u);
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, ::testing::ValuesIn(targets()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace faultline::fuzz
