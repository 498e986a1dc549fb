#include "explainers/modified_backprop.h"

#include "explainers/relevance/walk.h"
#include "models/transforms.h"

namespace faultline {

namespace {

class ChainExplanation final : public BlockExplainer {
 public:
  ChainExplanation(Walk walk, Output output) : walk_(std::move(walk)), output_(output) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    const LayerGraph& graph = walk_.network().graph();
    const WalkTape tape = walk_.run(rows.inputs, is_differentiable);
    BlockExplanation out;
    out.logits = tape.values[static_cast<size_t>(graph.output)];
    out.maps = walk_.back(tape, derivative_by_logits(rows, out.logits, output_, is_differentiable), graph.output, graph.input);
    return out;
  }

 private:
  Walk walk_;
  Output output_;
};

}  // namespace

const OptionTable<ModifiedBackpropOptions>& ModifiedBackpropOptions::options() {
  using O = ModifiedBackpropOptions;
  static const auto table =
      OptionTable<O>()
          .include(&O::output, OutputOptions::options())
          .flag("extend", &O::extend, "stop negative gradients at every activation, not only where a ReLU is");
  return table;
}

Traits ModifiedBackprop::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  return traits;
}

std::vector<Claim> ModifiedBackprop::claims(const Network&) const {
  return {{"dummy", 1e-4, "an input with zero weights is sent nothing"},
          {"symmetry", 1e-4, "equal weights are sent equal values"},
          {"shift-invariance", 1e-4, "the walk sees the input only through masks and choices of maxima"},
          {"determinism", 0, "no random number is drawn"}};
}

std::shared_ptr<const BlockExplainer> ModifiedBackprop::on(const Network& network, const Samples&, const Context&) const {
  const std::string key = "chain " + std::to_string(static_cast<int>(gate_)) + " " +
                          std::to_string(static_cast<int>(options_.output.output)) + (options_.extend ? " extended" : "");
  return network.memo().get<BlockExplainer>(key, [&]() -> std::shared_ptr<const BlockExplainer> {
    // Batch norm is a factor like a weight to the chain rule: folded, it costs nothing.
    const Network folded = fold_batch_norm(network);
    return std::make_shared<ChainExplanation>(Walk(folded.detached(), chain_rules(folded, gate_, options_.extend)),
                                              options_.output.output);
  });
}

}  // namespace faultline
