#include "explainers/walk_explainer.h"

#include "explainers/output_options.h"

namespace faultline {

Explanation WalkExplainer::explain(const Network& network, const Samples& samples, const Context& context) const {
  const at::NoGradGuard no_graph;
  const auto method = on(network, samples, context);
  Explanation out;
  out.logits = at::zeros({samples.size(), network.classes()}, samples.inputs.options());
  std::shared_ptr<Ledger> ledger;
  const BlockMap map = [&](const BlockRows& rows) {
    const BlockExplanation block = method->explain(rows, false, context.ledger);
    rows.scatter(out.logits, block.logits);
    if (block.ledger) {
      if (!ledger) ledger = std::make_shared<Ledger>(block.ledger->resized(samples.size()));
      ledger->take(*block.ledger, rows.active_slots, rows.active_rows);
    }
    if (!block.notes.empty()) {
      out.notes.resize(static_cast<size_t>(samples.size()));
      for (int64_t i = 0; i < rows.active_rows.numel(); ++i) {
        const auto slot = static_cast<size_t>(rows.active_slots[i].item<int64_t>());
        out.notes[static_cast<size_t>(rows.active_rows[i].item<int64_t>())] = block.notes[slot];
      }
    }
    return block.maps;
  };
  out.maps = block_maps(network, points_of(samples), map, context.passes);
  out.ledger = std::move(ledger);
  return out;
}

at::Tensor WalkExplainer::differentiated_maps(const Network& network, const Samples& samples, const Context& context) const {
  const auto method = on(network, samples, context);
  const BlockMap map = [&](const BlockRows& rows) {
    BlockRows recorded = rows;
    recorded.inputs = rows.inputs.detach().requires_grad_();
    const at::AutoGradMode with_graph(true);
    return method->explain(recorded, true, false).maps;
  };
  return block_maps(network, points_of(samples), map, context.passes);
}

at::Tensor WalkExplainer::pull_back(const Network& network, const Samples& samples, const at::Tensor& cotangent,
                                    const PointSubset&, const Context& context) const {
  const auto method = on(network, samples, context);
  const BlockMap map = [&](const BlockRows& rows) { return method->explain(rows, true, false).maps; };
  const MakeVector rows_of_cotangent = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
    return cotangent.index_select(0, at::tensor(rows, at::kLong).to(maps.device()));
  };
  return map_and_product(network, points_of(samples), map, rows_of_cotangent, context.passes).product;
}

ValueAndGradient WalkExplainer::value_and_gradient(const Network& network, const Samples& samples, const MapLoss& loss,
                                                   const PointSubset&, const Context& context) const {
  const auto method = on(network, samples, context);
  ValueAndGradient out;
  out.loss = at::zeros({samples.size()}, samples.inputs.options());
  const BlockMap map = [&](const BlockRows& rows) { return method->explain(rows, true, false).maps; };
  const MakeVector cotangent = [&](const at::Tensor& maps, const std::vector<int64_t>& rows) {
    const auto [value, vector] =
        loss_and_cotangent(maps, [&](const at::Tensor& leaf, const std::vector<int64_t>&) { return loss(leaf, rows); });
    const at::NoGradGuard no_graph;
    out.loss.index_copy_(0, at::tensor(rows, at::kLong).to(out.loss.device()), value.detach().to(out.loss.scalar_type()));
    return vector;
  };
  MapAndProduct both = map_and_product(network, points_of(samples), map, cotangent, context.passes);
  out.maps = std::move(both.maps);
  out.gradient = std::move(both.product);
  return out;
}

}  // namespace faultline
