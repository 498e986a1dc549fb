#pragma once
#include <string>
#include <vector>

#include "suites/fragility.h"
#include "suites/runner.h"

namespace faultline::testing {

Subject subject_of(const std::string& spec);
Assault assault_of(const std::string& spec);

/// 18 generated digits on a small trained network: `gradient` and the control `random` under a short ghorbani-topk, one random
/// sign and a random walk, at two epsilons.
Audit small_audit(at::ScalarType dtype, int64_t batch);

struct Ran {
  std::vector<Record> records;
  std::vector<HealthRecord> health;
  std::vector<PictureRecord> pictures;
};
/// Runs a suite into a new folder.
Ran run(const Audit& audit, const std::string& folder, int64_t threads, const std::string& suite = "fragility");

}  // namespace faultline::testing
