#pragma once
#include <string>

namespace faultline::testing {

/// The folder with models, data and references that lies next to the checkout (or in FAULTLINE_SHARED), or "" where there is
/// none.
std::string shared_folder();

/// What a file holds; "" where it cannot be read.
std::string text_of(const std::string& path);

/// A fresh folder for one test's files, removed when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace faultline::testing

/// Skips the test with one line where the shared folder is absent; otherwise defines `shared` as its path.
// NOLINTBEGIN(bugprone-macro-parentheses): the argument is the name of a variable
#define FAULTLINE_NEEDS_SHARED(shared)                            \
  const std::string shared = faultline::testing::shared_folder(); \
  if (shared.empty()) GTEST_SKIP() << "needs the shared folder next to the checkout or FAULTLINE_SHARED"
// NOLINTEND(bugprone-macro-parentheses)
