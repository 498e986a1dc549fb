#include "attacks/surrogate.h"

#include "explainers/output_options.h"
#include "metrics/summary.h"
#include "models/blocks.h"
#include "models/transforms.h"

namespace faultline {
namespace {

std::pair<double, double> range_of(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) {
    const double value = parse_number(text, "beta");
    return {value, value};
  }
  return {parse_number(text.substr(0, dots), "beta"), parse_number(text.substr(dots + 2), "beta")};
}

}  // namespace

const OptionTable<SurrogateOptions>& SurrogateOptions::options() {
  static const auto table =
      OptionTable<SurrogateOptions>()
          .choice<Kind>("surrogate", &SurrogateOptions::kind,
                        {{"auto", Kind::automatic}, {"softplus", Kind::softplus}, {"none", Kind::none}, {"relu", Kind::none}},
                        "network whose gradients guide the attack; none, relu: the original, kinks and all; auto: softplus where "
                        "the explainer needs it",
                        "Ghorbani 2019; Dombrowski 2019")
          .text("beta", &SurrogateOptions::beta, "sharpness of the softplus surrogate, in 1/pre-activation", "", "auto|B|B0..B1")
          .choice<Pool>("surrogate-pool", &SurrogateOptions::pool, {{"hard", Pool::hard}, {"soft", Pool::soft}},
                        "maxima over windows in the surrogate; soft: the sum of softmax(z/tau) z, 1.3 (lenet) to 2.2 times "
                        "(squeezenet) as slow",
                        "attacks sheet 2.3")
          .number("pool-tau", &SurrogateOptions::pool_tau, {1e-6, 1e6},
                  "tau of surrogate-pool=soft, in units of the pooled values")
          .integer("pilot-samples", &SurrogateOptions::pilot_samples, {1, 16}, "samples of the pilot that chooses beta=auto");
  return table;
}

void check(const SurrogateOptions& options) {
  if (options.kind == SurrogateOptions::Kind::none && options.pool == SurrogateOptions::Pool::soft)
    throw_usage("surrogate-pool", "softens a surrogate, and surrogate=none has none", "leave one of them out");
  if (options.beta == "auto") return;
  const auto [from, to] = range_of(options.beta);
  const bool usable = from > 0 && to > 0 && from < 1e30 && to < 1e30;  // float32 holds up to 3e38
  if (!usable) throw_usage("beta", "'" + options.beta + "' is not positive and below 1e30", "write auto, B or B0..B1");
}

SurrogateOptions SurrogateOptions::resolved(const Network& network, const Explainer& explainer) const {
  SurrogateOptions out = *this;
  if (kind != Kind::automatic) return out;
  const bool is_smoothed = explainer.traits().needs_smooth_network || explainer.stand_in(network) || pool == Pool::soft;
  out.kind = is_smoothed ? Kind::softplus : Kind::none;
  return out;
}

Network SurrogateOptions::surrogate(const Network& network, double sharpness) const {
  const Network smooth = with_softplus(network, sharpness);
  return pool == Pool::soft ? with_soft_pooling(smooth, pool_tau) : smooth;
}

Network SurrogateOptions::surrogate_at(const Network& network, int64_t t, int64_t iterations,
                                       std::optional<double> chosen) const {
  if (kind == Kind::none) return network;
  if (beta == "auto") {
    if (chosen) return surrogate(network, *chosen);
    return pool == Pool::soft ? with_soft_pooling(network, pool_tau) : network;
  }
  const auto [from, to] = range_of(beta);
  const double progress = static_cast<double>(t) / static_cast<double>(std::max<int64_t>(1, iterations));
  return surrogate(network, from * std::pow(to / from, progress));
}

BetaCandidates beta_candidates(const Network& network, const at::Tensor& inputs) {
  const auto scales = pre_activation_scales(network, inputs);
  if (scales.empty()) return {};
  BetaCandidates out{median(scales), {}};
  if (!(out.scale > 0))
    out.scale = 1;  // layers that are silent on these samples: the scale is unknown, candidates are taken as they are
  for (const double b : {10.0, 20.0, 50.0, 100.0, 200.0, 400.0}) out.betas.push_back(b / out.scale);
  return out;
}

std::vector<bool> labels_agree(const Network& original, const Network& surrogate, const Samples& samples) {
  const auto equal = predicted_classes(block_logits(original, points_of(samples)))
                         .eq(predicted_classes(block_logits(surrogate, points_of(samples))));
  return std::vector<bool>(equal.data_ptr<bool>(), equal.data_ptr<bool>() + equal.numel());
}

}  // namespace faultline
