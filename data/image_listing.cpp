#include "data/image_listing.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/error.h"
#include "core/numbers.h"
#include "data/csv.h"
#include "data/file_dataset.h"
#include "data/input_file.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestTable = uint64_t{64} << 20;
constexpr int64_t kLargestClass = 1000000;

std::string read_text(const fs::path& path) {
  const auto bytes = InputFile(path.string()).read_all(kLargestTable);
  return std::string(bytes.begin(), bytes.end());
}

/// Adds the images below folder/prefix; counts what is left aside.
void collect(const fs::path& folder, const std::string& prefix, std::vector<std::string>& found, int64_t& aside) {
  for (const auto& name : names_in_folder((folder / prefix).string())) {
    if (name[0] == '.') continue;
    const std::string path = prefix.empty() ? name : prefix + "/" + name;
    const fs::path full = folder / path;
    std::error_code ignored;
    if (fs::is_directory(full, ignored)) {
      // Links to folders are followed at the first level only (a class folder kept elsewhere), so that a circle cannot be
      // entered.
      if (prefix.empty() || !fs::is_symlink(full, ignored)) collect(folder, path, found, aside);
    } else if (has_image_ending(name)) {
      found.push_back(path);
    } else {
      ++aside;
    }
  }
}

void label_by_table(const fs::path& table, ImageListing& out) {
  const std::string subject = table.string();
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < out.entries.size(); ++i) index.emplace(out.entries[i].path, i);
  const auto rows = parse_csv(read_text(table), subject);
  // A header is a first line whose second field is no class.
  const auto is_number = [](const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const size_t first = !rows.empty() && rows[0].fields.size() > 1 && is_number(rows[0].fields[1]) ? 0 : 1;
  if (rows.size() <= first) throw_input(subject, "holds no rows", "a header line, then file,class[,name]");
  std::map<int64_t, std::string> names;
  size_t labelled = 0;
  for (size_t r = first; r < rows.size(); ++r) {
    const auto& fields = rows[r].fields;
    const std::string where = subject + " line " + std::to_string(rows[r].line);
    if (fields.size() < 2) throw_input(where, "has " + std::to_string(fields.size()) + " field", "file,class[,name]");
    const std::string file = fs::path(fields[0]).lexically_normal().generic_string();
    const auto found = index.find(file);
    if (found == index.end())
      throw_input(where, "names '" + fields[0] + "', which is no image of the folder", "paths are relative to the folder");
    int64_t label = -1;
    try {
      label = parse_integer(fields[1], where);
    } catch (const Error&) {
      throw_input(where, "has the class '" + fields[1] + "'", "a class is an integer from 0");
    }
    if (label < 0 || label > kLargestClass)
      throw_input(where, "has the class " + fields[1], "a class is an integer from 0 to 1000000");
    auto& entry = out.entries[found->second];
    if (entry.label >= 0) throw_input(where, "names '" + fields[0] + "' a second time", "list each file once");
    entry.label = label;
    ++labelled;
    if (fields.size() > 2 && !fields[2].empty()) names.emplace(label, fields[2]);
  }
  if (!names.empty()) {
    out.class_names.resize(static_cast<size_t>(names.rbegin()->first) + 1);
    for (const auto& [label, name] : names) out.class_names[label] = name;
  }
  if (labelled < out.entries.size()) {
    out.notes.push_back(std::to_string(out.entries.size() - labelled) + " images are not in labels.csv and have no label");
  }
  out.label_files.push_back(subject);
}

void label_by_folder(const std::string& folder, ImageListing& out) {
  size_t beside = 0;
  std::map<std::string, int64_t> classes;
  for (const auto& entry : out.entries) {
    const size_t slash = entry.path.find('/');
    if (slash == std::string::npos) {
      ++beside;
    } else {
      classes.emplace(entry.path.substr(0, slash), 0);
    }
  }
  if (classes.empty()) return;
  if (beside > 0) {
    throw_input(folder, "holds images both in sub-folders and beside them", "keep one of the two, or add a labels.csv");
  }
  for (auto& [name, label] : classes) {
    label = static_cast<int64_t>(out.class_names.size());
    out.class_names.push_back(name);
  }
  for (auto& entry : out.entries) entry.label = classes.at(entry.path.substr(0, entry.path.find('/')));
}

void name_classes(const fs::path& file, ImageListing& out) {
  std::vector<std::string> names;
  std::string line;
  for (const char c : read_text(file)) {
    if (c == '\n') {
      names.push_back(line);
      if (names.size() > static_cast<size_t>(kLargestClass) + 1)
        throw_input(file.string(), "names more than 1000001 classes", "one line a class");
      line.clear();
    } else if (c != '\r') {
      line += c;
    }
  }
  if (!line.empty()) names.push_back(line);
  for (const auto& entry : out.entries) {
    if (entry.label >= static_cast<int64_t>(names.size())) {
      throw_input(file.string(),
                  "names " + std::to_string(names.size()) + " classes, and a label is " + std::to_string(entry.label),
                  "one line a class");
    }
  }
  out.class_names = names;
  out.label_files.push_back(file.string());
}

}  // namespace

bool has_image_ending(const std::string& name) {
  static const std::vector<std::string> kEndings{".png", ".jpg",  ".jpeg", ".bmp", ".webp",
                                                 ".tif", ".tiff", ".ppm",  ".pgm", ".pbm"};
  std::string ending = fs::path(name).extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

bool has_images(const std::string& folder) {
  std::vector<std::string> found;
  int64_t aside = 0;
  collect(folder, "", found, aside);
  return !found.empty();
}

ImageListing list_images(const std::string& folder) {
  std::vector<std::string> found;
  int64_t aside = 0;
  collect(folder, "", found, aside);
  if (found.empty())
    throw_input(folder, "holds no images", "png, jpeg, bmp, webp, tiff and pnm files are looked for, in sub-folders too");
  std::sort(found.begin(), found.end());
  ImageListing out;
  for (auto& path : found) out.entries.push_back({std::move(path), -1});
  const fs::path table = fs::path(folder) / "labels.csv", classes = fs::path(folder) / "classes.txt";
  for (const auto& known : {table, classes}) aside -= fs::is_regular_file(known) ? 1 : 0;
  if (fs::is_regular_file(table)) {
    label_by_table(table, out);
  } else {
    label_by_folder(folder, out);
  }
  // Sub-folders name their classes themselves, so a list of names serves a table only.
  if (!out.label_files.empty() && fs::is_regular_file(classes)) name_classes(classes, out);
  if (aside > 0) out.notes.push_back(std::to_string(aside) + " files that are no images were left aside");
  return out;
}

}  // namespace faultline
