#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace faultline::external {

/// The version of what is said between this program and an explainer outside it (docs/reference/external-explainers.md).
constexpr int kProtocol = 1;

/// What an explainer is asked for. Files are .npy and lie in a private folder.
struct Request {
  uint64_t number = 0;
  std::string model, inputs, targets;  ///< paths
  std::string maps;                    ///< where the maps are wanted
  std::vector<uint64_t> ids;           ///< of the samples
  std::vector<uint32_t> seeds;         ///< of the samples, below 2^31
};

struct Answer {
  uint64_t number = 0;
  std::string maps;   ///< path; "": where they were wanted
  std::string error;  ///< why there are none, "" where there are
};

/// One line of JSON, without its end.
std::string line_of(const Request& request);
/// Throws Error input, in words, on anything that is no answer.
Answer parse_answer(const std::string& line);

}  // namespace faultline::external
