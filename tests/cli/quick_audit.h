#pragma once
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/npy.h"
#include "suites/run_store.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline::testing {

/// A small network to audit in a moment: pictures [3,12,12], 5 classes.
inline constexpr const char* kSaveSmallModel = R"(
import sys, torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(100, 5)).eval()
torch.jit.trace(model, torch.rand(1, 3, 12, 12)).save(sys.argv[1])
)";

/// Six of its inputs, values in [0.2, 0.8].
inline at::Tensor small_pictures() { return at::linspace(0, 40, 6 * 3 * 12 * 12).reshape({6, 3, 12, 12}).sin() * 0.3 + 0.5; }

/// An audit of six units on the small network, about half a second; the run folder lies in a folder of its own.
class QuickAudit : public ::testing::Test {
 protected:
  /// False where there is no Python with torch to make the network.
  bool prepare() {
    write_npy(file("x.npy"), small_pictures());
    return run_torch_python(kSaveSmallModel, {file("m.pt")});
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::vector<std::string> audit(const std::string& run, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"audit", "--model", file("m.pt"), "--data", file("x.npy"), "--explainer", "gradient", "--attack",
                               "ghorbani-topk:iterations=" + std::to_string(iterations_) + ",beta=20", "--epsilon", "8/255",
                               "--threads", "1", "--quiet", "--out", run});
    return more;
  }
  TemporaryFolder folder_;
  int iterations_ = 2;
};

/// What a run folder holds; reading it checks that it is whole.
struct RunContents {
  std::vector<std::string> units;
  std::vector<Record> records;
};
inline RunContents contents_of(const std::string& run) {
  const auto store = RunStore::open_for_reading(run);
  return {store.units(), store.records()};
}

inline bool is_same(const Record& a, const Record& b) {
  return a.suite == b.suite && a.explainer == b.explainer && a.condition == b.condition && a.metric == b.metric &&
         a.sample == b.sample && a.sample_id == b.sample_id && a.value == b.value && a.reason == b.reason &&
         a.warnings == b.warnings;
}
/// How many units a run holds by now; 0 where there is none.
inline size_t units_of(const std::string& run) {
  return RunStore::exists(run) ? RunStore::open_for_reading(run).units().size() : 0;
}
/// Bit for bit.
inline void expect_same(const RunContents& a, const RunContents& b) {
  EXPECT_EQ(a.units, b.units);
  ASSERT_EQ(a.records.size(), b.records.size());
  for (size_t i = 0; i < a.records.size(); ++i) EXPECT_TRUE(is_same(a.records[i], b.records[i])) << "record " << i;
}

}  // namespace faultline::testing

/// Skips the test where the small network cannot be made.
#define FAULTLINE_NEEDS_QUICK_AUDIT() \
  if (!prepare()) GTEST_SKIP() << "needs /usr/bin/python3 with torch to make a model"
