#pragma once
#include <string>
#include <vector>

namespace faultline {

/// The candidate closest to `word` by edit distance (insert, delete, replace, swap of neighbours), or "" where none is
/// within half of the word's length. Ties go to the earlier candidate.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// "did you mean 'x'? known: a, b, c" for an unknown word.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace faultline
