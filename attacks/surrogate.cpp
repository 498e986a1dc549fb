#include "attacks/surrogate.h"

#include "explainers/output_options.h"
#include "metrics/summary.h"
#include "models/blocks.h"
#include "models/transforms.h"

namespace faultline {
namespace {

/// pool-tau=auto: tau beta of the run that the attacks sheet (13) reports on lenet.
constexpr double kPoolTauTimesBeta = 1.5;
/// Where no activation has a kink, beta is unknown.
constexpr double kPoolTauOfSmoothNetworks = 0.1;

std::pair<double, double> range_of(const std::string& text, const std::string& key) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) {
    const double value = parse_number(text, key);
    return {value, value};
  }
  return {parse_number(text.substr(0, dots), key), parse_number(text.substr(dots + 2), key)};
}

/// Throws usage where `text` is neither one nor two positive numbers.
void check_range(const std::string& text, const std::string& key, const std::string& allowed) {
  const auto [from, to] = range_of(text, key);
  const bool usable = from > 0 && to > 0 && from < 1e30 && to < 1e30;  // float32 holds up to 3e38
  if (!usable) throw_usage(key, "'" + text + "' is not positive and below 1e30", "write " + allowed);
}

/// The value of a geometric schedule FROM..TO, or of a single number, at iteration t of T, counted from 0.
double scheduled(const std::string& text, const std::string& key, int64_t t, int64_t iterations) {
  const auto [from, to] = range_of(text, key);
  return from * std::pow(to / from, static_cast<double>(t) / static_cast<double>(std::max<int64_t>(1, iterations)));
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
          .text("anneal", &SurrogateOptions::anneal,
                "factor on the width of all rounding (1/beta, tau) over the iterations: from a smooth network to nearly the "
                "original",
                "attacks sheet 13", "F0..F1")
          .choice<Pool>("surrogate-pool", &SurrogateOptions::pool,
                        {{"auto", Pool::automatic}, {"hard", Pool::hard}, {"soft", Pool::soft}},
                        "maxima over windows in the surrogate; soft: the sum of softmax(z/tau) z, 1.3 (lenet) to 2.2 times "
                        "(squeezenet) as slow; auto: what the pilot finds stronger, with surrogate=auto also whether to smooth "
                        "at all; without a "
                        "pilot soft",
                        "attacks sheet 2.3")
          .number_or("auto", "pool-tau", &SurrogateOptions::pool_tau, {1e-6, 1e6},
                     "tau of surrogate-pool=soft, in units of the pooled values; auto: 1.5/beta")
          .integer("pilot-samples", &SurrogateOptions::pilot_samples, {1, 16}, "samples of the pilot that chooses beta=auto");
  return table;
}

void check(const SurrogateOptions& options) {
  if (options.kind == SurrogateOptions::Kind::none && options.pool == SurrogateOptions::Pool::soft)
    throw_usage("surrogate-pool", "softens a surrogate, and surrogate=none has none", "leave one of them out");
  if (!options.anneal.empty()) check_range(options.anneal, "anneal", "F0..F1, 3..0.25 for instance");
  if (options.beta != "auto") check_range(options.beta, "beta", "auto, B or B0..B1");
}

SurrogateOptions SurrogateOptions::resolved(const Network& network, const Explainer& explainer) const {
  SurrogateOptions out = *this;
  if (kind != Kind::automatic) return out;
  if (explainer.traits().holds_network) {  // no other network can be explained
    out.kind = Kind::none;
    return out;
  }
  const bool is_smoothed = explainer.traits().needs_smooth_network || explainer.stand_in(network) || pool == Pool::soft;
  out.kind = is_smoothed ? Kind::softplus : Kind::none;
  return out;
}

Network SurrogateOptions::surrogate(const Network& network, double sharpness, double width) const {
  const Network smooth = with_softplus(network, sharpness / width);
  return pool == Pool::hard ? smooth : with_soft_pooling(smooth, width * pool_tau.value_or(kPoolTauTimesBeta / sharpness));
}

Network SurrogateOptions::surrogate_at(const Network& network, int64_t t, int64_t iterations,
                                       std::optional<double> chosen) const {
  if (kind == Kind::none) return network;
  const double width = anneal.empty() ? 1 : scheduled(anneal, "anneal", t, iterations);
  if (beta != "auto") return surrogate(network, scheduled(beta, "beta", t, iterations), width);
  if (chosen) return surrogate(network, *chosen, width);
  return pool == Pool::hard ? network : with_soft_pooling(network, width * pool_tau.value_or(kPoolTauOfSmoothNetworks));
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
