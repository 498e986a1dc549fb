#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "data/npy.h"
#include "models/model.h"
#include "models/transforms.h"
#include "support/shared.h"

namespace faultline {
namespace {

/// Rows in the blocks the network wants: one by one where the file froze the batch at one.
at::Tensor logits_in_blocks(const Network& network, const at::Tensor& x) {
  const int64_t block = network.graph().frozen_batch > 0 ? network.graph().frozen_batch : x.size(0);
  std::vector<at::Tensor> rows;
  for (int64_t start = 0; start < x.size(0); start += block) rows.push_back(network.logits(x.narrow(0, start, block)));
  return at::cat(rows);
}

struct Entry {
  std::string model;
  at::Tensor inputs, logits32, logits64;
};

std::vector<Entry> entries(const std::string& shared) {
  std::ifstream file(shared + "/reference/io/manifest.json");
  const nlohmann::json manifest = nlohmann::json::parse(file);
  std::vector<Entry> result;
  for (const auto& entry : manifest["entries"]) {
    const auto array = [&](const char* key) {
      return read_npy(shared + "/reference/io/" + entry[key].get<std::string>()).values;
    };
    result.push_back({entry["model"], array("inputs"), array("logits32"), array("logits64")});
  }
  return result;
}

/// transformer's reference was made by LibTorch, which takes a traced integer tensor to the power -0.5 in float32 even where the
/// network is widened; ours takes the run's type (as shifted_window's reference does). With that number rounded they agree as all
/// others do.
Network with_scalars_rounded_to_float32(const Network& network) {
  std::vector<at::Tensor> parameters = network.parameters();
  for (size_t i = 0; i < parameters.size(); ++i)
    if (!network.graph().is_trained[i] && parameters[i].dim() == 0) parameters[i] = parameters[i].to(at::kFloat).to(at::kDouble);
  return with_parameters(network, parameters);
}

std::vector<int64_t> shape_of(const at::Tensor& inputs) { return inputs.sizes().slice(1).vec(); }

TEST(Import, AgreesWithEveryReferenceOfTheManifestInBothPrecisions) {
  FAULTLINE_NEEDS_SHARED(shared);
  int count = 0;
  for (const Entry& entry : entries(shared)) {
    SCOPED_TRACE(entry.model);
    const Network network = Model::load(shared + "/" + entry.model).network(shape_of(entry.inputs));
    EXPECT_EQ(network.graph().frozen_batch, entry.model == "models/structures/frozen_batch.pt" ? 1 : 0);
    const bool has_rounded_power = entry.model == "models/structures/transformer.pt";
    const at::Tensor wide =
        logits_in_blocks(has_rounded_power ? with_scalars_rounded_to_float32(network) : network, entry.inputs.to(at::kDouble));
    ASSERT_EQ(wide.sizes(), entry.logits64.sizes());
    // Relative to the largest logit: another order of sums moves the last bits.
    const double scale = std::max(1.0, entry.logits64.abs().max().item<double>());
    EXPECT_LE((wide - entry.logits64).abs().max().item<double>(), 1e-12 * scale);
    const at::Tensor narrow = logits_in_blocks(to(network, at::kFloat), entry.inputs);
    const at::Tensor largest = std::get<0>(entry.logits32.abs().max(1, true));
    EXPECT_LE(((narrow - entry.logits32).abs() / largest).max().item<double>(), 1e-5);
    ++count;
  }
  EXPECT_GE(count, 23);
}

TEST(Import, GivesOneDigestToOneFunctionWrittenFourWays) {
  FAULTLINE_NEEDS_SHARED(shared);
  std::set<std::string> digests;
  for (const char* style : {"modules", "functional", "primitive", "scripted"}) {
    const Network network = Model::load(shared + "/models/structures/styled_" + style + ".pt").network({3, 32, 32});
    digests.insert(digest(network.graph(), network.parameters()));
  }
  EXPECT_EQ(digests.size(), 1u);
  const Network other = Model::load(shared + "/models/structures/dense.pt").network({3, 32, 32});
  EXPECT_EQ(digests.count(digest(other.graph(), other.parameters())), 0u);
}

}  // namespace
}  // namespace faultline
