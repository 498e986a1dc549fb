#include "models/archive_check.h"

#include <algorithm>
#include <unordered_set>

#include "core/crc32.h"
#include "core/error.h"
#include "core/utf8.h"
#ifndef FAULTLINE_CORE_ONLY
#include "data/inflate.h"
#endif

namespace faultline {
namespace {

constexpr uint64_t kStep = uint64_t{1} << 20;
const char* const kCopyAgain = "write the file again, or copy it again in full";

/// "" where a name is one that torch.jit.save could have written.
std::string wrong_with(const std::string& name) {
  if (name.empty()) return "has no name";
  if (name.size() > kLongestArchiveName) return "has a name of " + std::to_string(name.size()) + " bytes";
  if (!is_utf8(name)) return "has a name that is no UTF-8";
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return "has a control character in its name";
  if (name.find('\\') != std::string::npos) return "has a backslash in its name";
  if (name[0] == '/') return "has an absolute name";
  if (("/" + name + "/").find("/../") != std::string::npos) return "has a name that leads out of the archive";
  return "";
}

void check_names(const std::string& path, const std::vector<ArchiveEntry>& entries) {
  std::unordered_set<std::string> seen;
  for (const ArchiveEntry& entry : entries) {
    const std::string wrong = wrong_with(entry.name);
    if (!wrong.empty()) throw_input(archive_subject(path, entry.name), wrong, "give a file as torch.jit.save writes it");
    if (!seen.insert(entry.name).second)
      throw_input(archive_subject(path, entry.name), "is there twice", "give a file as torch.jit.save writes it");
  }
}

/// Stored entries need no limit: they lie in the file side by side.
void check_expansion(const std::string& path, const std::vector<ArchiveEntry>& entries) {
  uint64_t left = kMostDeflated;
  for (const ArchiveEntry& entry : entries) {
    if (!entry.is_deflated) continue;
    if (entry.size > kStep && entry.size / kMostExpansion > entry.stored_size) {
      throw_input(archive_subject(path, entry.name),
                  "says that " + std::to_string(entry.stored_size) + " bytes expand to " + std::to_string(entry.size),
                  "code expands to less than " + std::to_string(kMostExpansion) + " times its size");
    }
    if (entry.size > left)
      throw_input(path, "holds more than 256 MiB of compressed content", "TorchScript compresses code alone");
    left -= entry.size;
  }
}

[[noreturn]] void wrong_check_sum(const std::string& subject) {
  throw_input(subject, "is damaged: its check sum (CRC-32) is another", kCopyAgain);
}

void check_stored(const InputFile& file, const ArchiveEntry& entry, std::vector<unsigned char>& buffer) {
  uint32_t crc = 0;
  for (uint64_t done = 0; done < entry.size;) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(buffer.size(), entry.size - done));
    file.read_at(entry.data + done, buffer.data(), count);
    crc = crc32(crc, buffer.data(), count);
    done += count;
  }
  if (crc != entry.crc) wrong_check_sum(archive_subject(file.path(), entry.name));
}

#ifndef FAULTLINE_CORE_ONLY
void check_deflated(const InputFile& file, const ArchiveEntry& entry, std::vector<unsigned char>& buffer) {
  const std::string subject = archive_subject(file.path(), entry.name);
  Inflater inflater(file, Inflater::Form::bare, entry.data, entry.stored_size, subject);
  uint32_t crc = 0;
  uint64_t done = 0;
  while (const size_t count = inflater.read(buffer.data(), buffer.size())) {
    done += count;
    if (done > entry.size) break;
    crc = crc32(crc, buffer.data(), count);
  }
  if (done != entry.size)
    throw_input(subject, "expands to " + std::string(done > entry.size ? "more" : "less") + " than it says", kCopyAgain);
  if (crc != entry.crc) wrong_check_sum(subject);
}
#endif

}  // namespace

std::vector<ArchiveEntry> check_archive(const std::string& path) {
  const InputFile file(path);
  auto entries = read_archive_directory(file);
  check_names(path, entries);
  check_expansion(path, entries);
  std::vector<unsigned char> buffer(kStep);
  for (const ArchiveEntry& entry : entries) {
    if (!entry.is_deflated) check_stored(file, entry, buffer);
#ifndef FAULTLINE_CORE_ONLY
    if (entry.is_deflated) check_deflated(file, entry, buffer);
#endif
  }
  return entries;
}

}  // namespace faultline
