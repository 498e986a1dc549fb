#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestFile = 600;  // lines

/// Who may know whom. A room always knows itself.
const std::map<std::string, std::set<std::string>> kKnows{
    {"core", {}},
    {"data", {"core"}},
    {"models", {"core", "data"}},
    {"explainers", {"core", "data", "models"}},
    {"metrics", {"core", "data", "models"}},
    {"attacks", {"core", "data", "models", "metrics", "explainers"}},
    {"suites", {"core", "data", "models", "explainers", "metrics", "attacks"}},
    {"report", {"core", "metrics", "suites"}},
    {"gate", {"core", "metrics", "suites", "report"}},
    {"cli", {"core", "data", "models", "explainers", "metrics", "attacks", "suites", "report", "gate"}}};

/// Metrics measure explainers through their interface, without knowing any one of them.
const std::map<std::string, std::set<std::string>> kKnowsHeader{{"metrics", {"explainers/explainer.h"}}};

std::string room_of(const std::string& path) { return path.substr(0, path.find('/')); }

/// What is wrong with the text of one file at `path` (relative to the source folder), a sentence each.
std::vector<std::string> faults_of(const std::string& path, std::istream& text) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<std::string> faults;
  const std::string room = room_of(path);
  const bool in_room = kKnows.count(room) > 0;
  int lines = 0;
  std::smatch parts;
  for (std::string line; std::getline(text, line);) {
    ++lines;
    if (!std::regex_search(line, parts, kInclude)) continue;
    const std::string header = parts[2];
    if (header == "torch/torch.h") faults.push_back(path + " includes torch/torch.h, which is slow everywhere");
    // The tests of models compare with LibTorch's own reading of a file.
    if (header == "torch/script.h" && room != "models" && path.rfind("tests/models/", 0) != 0)
      faults.push_back(path + " includes torch/script.h, which belongs to models");
    const std::string other = room_of(header);
    if (!in_room || parts[1] != "\"" || other == room) continue;
    if (header.find('/') == std::string::npos) {
      faults.push_back(path + " includes " + header + " without naming its room");
    } else if (kKnows.at(room).count(other) == 0 && (kKnowsHeader.count(room) == 0 || kKnowsHeader.at(room).count(header) == 0)) {
      faults.push_back(path + " includes " + header + ", and " + room + " does not know " + other);
    }
  }
  if (lines > kLongestFile) faults.push_back(path + " has " + std::to_string(lines) + " lines: split it by subject");
  return faults;
}

std::vector<std::string> faults_of_text(const std::string& path, const std::string& text) {
  std::istringstream stream(text);
  return faults_of(path, stream);
}

TEST(Rooms, IncludeOnlyWhatTheyMayKnow) {
  const fs::path source = FAULTLINE_SOURCE_DIR;
  std::vector<std::string> folders{"tests", "bench", "examples"};
  for (const auto& [room, knows] : kKnows) folders.push_back(room);
  std::map<std::string, int> read;
  for (const auto& folder : folders) {
    if (!fs::exists(source / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(source / folder)) {
      const std::string ending = entry.path().extension().string();
      if (!entry.is_regular_file() || (ending != ".h" && ending != ".cpp")) continue;
      std::ifstream text(entry.path());
      const std::string path = fs::relative(entry.path(), source).generic_string();
      for (const auto& fault : faults_of(path, text)) ADD_FAILURE() << fault;
      ++read[folder];
    }
  }
  EXPECT_GT(read["core"], 10);
  EXPECT_GT(read["tests"], 5);
}

TEST(Rooms, TheCheckFindsEachFault) {
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(faults_of_text("core/a.h", "#include \"data/npy.h\"\n"), ElementsAre(HasSubstr("core does not know data")));
  EXPECT_THAT(faults_of_text("report/a.cpp", "  # include \"models/model.h\"\n"), ElementsAre(HasSubstr("does not know models")));
  EXPECT_THAT(faults_of_text("core/a.cpp", "#include \"error.h\"\n"), ElementsAre(HasSubstr("without naming its room")));
  EXPECT_THAT(faults_of_text("tests/a.cpp", "#include <torch/torch.h>\n"), ElementsAre(HasSubstr("torch/torch.h")));
  for (const char* path : {"suites/a.cpp", "tests/suites/a.cpp", "tests/modelsaside/a.cpp"})
    EXPECT_THAT(faults_of_text(path, "#include <torch/script.h>\n"), ElementsAre(HasSubstr("belongs to models")));
  EXPECT_THAT(faults_of_text("data/a.cpp", std::string(601, '\n')), ElementsAre(HasSubstr("601 lines")));
  EXPECT_THAT(faults_of_text("metrics/a.h", "#include \"explainers/lrp.h\"\n"),
              ElementsAre(HasSubstr("does not know explainers")));
}

TEST(Rooms, TheCheckAllowsWhatIsAllowed) {
  using ::testing::IsEmpty;
  EXPECT_THAT(faults_of_text("models/a.cpp", "#include <torch/script.h>\n#include \"data/npy.h\"\n#include \"models/model.h\"\n"),
              IsEmpty());
  EXPECT_THAT(faults_of_text("tests/models/a.cpp", "#include <torch/script.h>\n"), IsEmpty());
  EXPECT_THAT(faults_of_text("metrics/a.h", "#include \"explainers/explainer.h\"\n#include <vector>\n"), IsEmpty());
  EXPECT_THAT(faults_of_text("data/a.cpp", std::string(600, '\n')), IsEmpty());
  EXPECT_THAT(faults_of_text("tests/core/a.cpp", "#include \"support/shared.h\"\n"), IsEmpty());
}

}  // namespace
}  // namespace faultline
