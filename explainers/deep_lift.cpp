#include "explainers/deep_lift.h"

#include "explainers/relevance/relevance_walk.h"

namespace faultline {

namespace {

/// One block against a baseline, whose tape is kept where it is one for all.
class Differences final : public BlockExplainer {
 public:
  using MakeBaseline = std::function<at::Tensor(const at::Tensor& inputs)>;

  /// baselines: [N,...], or one row that stands for all. live: remakes them from a block's inputs, where they change with these.
  Differences(std::shared_ptr<const Walk> walk, Output output, at::Tensor baselines, MakeBaseline live)
      : walk_(std::move(walk)), output_(output), baselines_(std::move(baselines)), live_(std::move(live)) {}

  BlockExplanation explain(const BlockRows& rows, bool is_differentiable, bool) const override {
    const LayerGraph& graph = walk_->network().graph();
    const WalkTape tape = walk_->run(rows.inputs, is_differentiable);
    const at::Tensor x0 = baseline_of(rows, is_differentiable);
    const auto reference = tape_at(x0, is_differentiable);
    BlockExplanation out;
    out.logits = tape.values[static_cast<size_t>(graph.output)];
    // The explained output is linear in the logits, so their multipliers do not depend on them.
    const at::Tensor start = derivative_by_logits(rows, out.logits, output_, false);
    const at::Tensor m = walk_->back(tape, start, graph.output, graph.input, nullptr, reference.get());
    const at::AutoGradMode mode(is_differentiable);
    out.maps = m * (rows.inputs - x0);
    return out;
  }

 private:
  bool is_one_for_all() const { return baselines_.size(0) == 1; }

  at::Tensor baseline_of(const BlockRows& rows, bool is_differentiable) const {
    if (live_ && is_differentiable) return live_(rows.inputs);
    return is_one_for_all() ? baselines_.expand_as(rows.inputs) : baselines_.index_select(0, rows.rows);
  }

  std::shared_ptr<const WalkTape> tape_at(const at::Tensor& x0, bool is_differentiable) const {
    const auto run = [&] { return std::make_shared<const WalkTape>(walk_->run(x0.contiguous(), is_differentiable)); };
    if (!is_one_for_all()) return run();
    if (!kept_ || kept_->is_differentiable != is_differentiable) kept_ = run();
    return kept_;
  }

  std::shared_ptr<const Walk> walk_;
  Output output_;
  at::Tensor baselines_;
  MakeBaseline live_;
  mutable std::shared_ptr<const WalkTape> kept_;
};

}  // namespace

const OptionTable<DeepLift::Options>& DeepLift::options() {
  using O = Options;
  static const auto table = OptionTable<O>()
                                .include(&O::difference, DifferenceOptions::options())
                                .include(&O::baseline, BaselineOptions::options())
                                .include(&O::output, OutputOptions::options());
  return table;
}

DeepLift::DeepLift(Options options, Baseline baseline) : options_(std::move(options)), baseline_(std::move(baseline)) {
  refuse_saturating(kName, options_.output.output);
}
DeepLift::DeepLift(const Options& options) : DeepLift(options, Baseline(options.baseline)) {}

Traits DeepLift::traits() const {
  Traits traits;
  traits.access = Access::layer_graph;
  traits.needs_smooth_network = false;  // activations enter the shares
  traits.needs_fitting = baseline_.needs_fitting();
  return traits;
}

std::vector<Claim> DeepLift::claims(const Network&) const {
  std::vector<Claim> claims{{"determinism", 0, "no random number is drawn"}};
  if (options_.difference.max_pool == DifferenceMaxPool::exact) {
    claims.push_back({"completeness", 1e-4, "multipliers sum to the difference at every node (summation to delta)"});
  }
  return claims;
}

at::Tensor DeepLift::references(const Samples& samples, const Context& context) const {
  return baseline_.of(samples.inputs, samples.ids, context).unsqueeze(0);
}

void DeepLift::fit(const Network&, const Dataset& data, const Context&) {
  if (baseline_.needs_fitting()) baseline_.fit(data);
}

std::shared_ptr<const BlockExplainer> DeepLift::on(const Network& network, const Samples& samples, const Context& context) const {
  const std::string key = "differences " + std::to_string(static_cast<int>(options_.difference.rule)) + " " +
                          std::to_string(static_cast<int>(options_.difference.max_pool));
  const auto walk = network.memo().get<Walk>(key, [&] {
    // Batch norm folded, so that an activation behind it is one behind the linear layer for reveal-cancel.
    const auto form = form_of(network, BatchNormOption::fold);
    return std::make_shared<const Walk>(*form, difference_rules(*form, options_.difference));
  });
  const at::NoGradGuard no_graph;
  at::Tensor baselines = baseline_.of(samples.inputs, samples.ids, context).to(network.device(), network.dtype());
  const bool is_one_for_all = !baseline_.is_of_samples();
  if (is_one_for_all) baselines = baselines.slice(0, 0, 1);
  Differences::MakeBaseline live;
  if (baseline_.depends_on_input()) {
    live = [this, context](const at::Tensor& inputs) {
      return baseline_.of(inputs, std::vector<uint64_t>(static_cast<size_t>(inputs.size(0)), 0), context);
    };
  }
  return std::make_shared<Differences>(walk, options_.output.output, std::move(baselines), std::move(live));
}

}  // namespace faultline
