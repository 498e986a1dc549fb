#pragma once
#include <string>

namespace faultline {

/// Throws environment where a file of this name cannot be made: the folder is missing or not writable, or `path` is itself a
/// folder. Leaves nothing behind; asked before any work so that no result is lost at the end.
void check_file_can_be_written(const std::string& path);
/// The same for a folder that is to be filled; it is made where only its last part is missing. Returns whether it was.
bool check_folder_can_be_filled(const std::string& path);

/// A folder to be filled, as above. One that was made here and is still empty when this goes (nothing could be measured) is taken
/// away again.
class ClaimedFolder {
 public:
  explicit ClaimedFolder(const std::string& path);
  ~ClaimedFolder();
  ClaimedFolder(const ClaimedFolder&) = delete;
  ClaimedFolder& operator=(const ClaimedFolder&) = delete;

 private:
  std::string made_;
};

}  // namespace faultline
