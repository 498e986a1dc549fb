#include "explainers/plugin.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

/// Notes which of its functions were called, and answers nothing like the defaults.
class Noted final : public Explainer {
 public:
  explicit Noted(std::set<std::string>* called) : called_(called) {}
  Traits traits() const override {
    Traits traits;
    traits.points = 17;
    return called_->insert("traits"), traits;
  }
  std::vector<Claim> claims(const Network&) const override {
    return called_->insert("claims"), std::vector<Claim>{{"dummy", 1, ""}};
  }
  Output output() const override { return called_->insert("output"), Output::probability; }
  at::Tensor references(const Samples& samples, const Context&) const override {
    return called_->insert("references"), samples.inputs;
  }
  void fit(const Network&, const Dataset&, const Context&) override { called_->insert("fit"); }
  std::vector<std::string> probe(const Network&, const Samples&, const Context&) override {
    return called_->insert("probe"), std::vector<std::string>{"a note"};
  }
  void meet(const Samples&) override { called_->insert("meet"); }
  std::map<std::string, std::string> digests() const override {
    return called_->insert("digests"), std::map<std::string, std::string>{{"weights.bin", "abc"}};
  }
  void save_fit(const std::string&) const override { called_->insert("save_fit"); }
  Explanation explain(const Network&, const Samples& samples, const Context&) const override {
    return called_->insert("explain"), Explanation{3 * samples.inputs};
  }
  at::Tensor pull_back(const Network&, const Samples&, const at::Tensor& cotangent, const PointSubset&,
                       const Context&) const override {
    return called_->insert("pull_back"), 3 * cotangent;
  }
  at::Tensor differentiated_maps(const Network&, const Samples& samples, const Context&) const override {
    return called_->insert("differentiated_maps"), 4 * samples.inputs;
  }
  at::Tensor push_forward(const Network&, const Samples&, const at::Tensor& direction, double, const Context&) const override {
    return called_->insert("push_forward"), 5 * direction;
  }
  ValueAndGradient value_and_gradient(const Network&, const Samples& samples, const MapLoss&, const PointSubset&,
                                      const Context&) const override {
    return called_->insert("value_and_gradient"), ValueAndGradient{6 * samples.inputs, {}, {}};
  }
  std::unique_ptr<Explainer> stand_in(const Network&) const override {
    return called_->insert("stand_in"), std::make_unique<Noted>(called_);
  }
  std::unique_ptr<Explainer> with_points(int64_t) const override {
    return called_->insert("with_points"), std::make_unique<Noted>(called_);
  }

 private:
  std::set<std::string>* called_;
};

TEST(PluginExplainer, IsTheLibrarysInEverything) {
  std::set<std::string> called;
  PluginExplainer plugin(std::make_unique<Noted>(&called));
  const Network network = testing::pooled_network(6);
  const Samples samples = testing::samples_at(testing::uniform({2, 1, 6, 6}, 0.1, 0.9, 5), 1);
  const at::Tensor& x = samples.inputs;
  const Context context;
  EXPECT_EQ(plugin.traits().points, 17);
  EXPECT_EQ(plugin.claims(network).size(), 1u);
  EXPECT_EQ(plugin.output(), Output::probability);
  EXPECT_TRUE(plugin.references(samples, context).equal(x));
  EXPECT_EQ(plugin.probe(network, samples, context).size(), 1u);
  plugin.meet(samples);
  EXPECT_EQ(plugin.digests().at("weights.bin"), "abc");
  plugin.save_fit("x");
  EXPECT_TRUE(plugin.explain(network, samples, context).maps.equal(3 * x));
  EXPECT_TRUE(plugin.pull_back(network, samples, x, {}, context).equal(3 * x));
  EXPECT_TRUE(plugin.differentiated_maps(network, samples, context).equal(4 * x));
  EXPECT_TRUE(plugin.push_forward(network, samples, x, 1, context).equal(5 * x));
  EXPECT_TRUE(plugin.value_and_gradient(network, samples, {}, {}, context).maps.equal(6 * x));
  EXPECT_NE(plugin.stand_in(network), nullptr);
  EXPECT_NE(plugin.with_points(3), nullptr);
  // fit() alone needs a data set: what is asked of it is one line like the others'.
  EXPECT_EQ(called.size(), 15u);
}

TEST(PluginExplainer, WithoutALibraryIsRefused) {
  EXPECT_THROW(explainers().make("plugin"), Error);
  EXPECT_FALSE(explainers().entry("plugin").stands_alone());
}

}  // namespace
}  // namespace faultline
