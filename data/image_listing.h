#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// The images of a folder and what is said of them, without decoding any.
struct ImageListing {
  struct Entry {
    std::string path;    ///< relative to the folder, with '/'
    int64_t label = -1;  ///< -1 where unknown
  };
  std::vector<Entry> entries;            ///< sorted by the bytes of the path
  std::vector<std::string> class_names;  ///< by class, "" where no name is known; empty where there are no classes
  std::vector<std::string> notes;
  std::vector<std::string> label_files;  ///< the files that labels and names came from
};

/// Lists `folder`. With a labels.csv (file, class[, name], mostly below a header line) labels come from it; otherwise, with
/// images in sub-folders, each sub-folder is a class in the order of their names; otherwise there are no labels. classes.txt,
/// where there is one, names the classes, one a line. Hidden files are left out. Throws input on a folder without images, images
/// both in sub-folders and beside them without a labels.csv, and on a labels.csv that is malformed or names a missing file.
ImageListing list_images(const std::string& folder);

/// Whether there is an image in the folder or below it.
bool has_images(const std::string& folder);

/// Whether the name ends as an image file's does.
bool has_image_ending(const std::string& name);

}  // namespace faultline
