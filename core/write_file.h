#pragma once
#include <cstddef>
#include <string>

namespace faultline {

/// Writes a file so that a reader sees either the old content or the whole new one: aside in the same folder, synced, renamed.
/// Throws environment where the folder is missing or the disk refuses; the half-written file is removed then.
void write_file(const std::string& path, const void* bytes, size_t count);
void write_file(const std::string& path, const std::string& text);

/// Removes what writers that were killed left aside in this folder; those of a living process stay. Fails silently.
void remove_leftovers(const std::string& folder);

}  // namespace faultline
