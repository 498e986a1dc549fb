#include "attacks/ghorbani_topk.h"

#include "models/rows.h"

namespace faultline {
namespace {

constexpr double kSoftness = 0.1;  // of loss=soft-topk, in thresholds (attacks sheet 13)

using Loss = GhorbaniTopkOptions::Loss;

}  // namespace

const OptionTable<GhorbaniTopk::Options>& GhorbaniTopk::options() {
  static const auto table = OptionTable<Options>()
                                .include(&Options::shared, GradientAttackOptions::options())
                                .choice<Start>("start", &Options::start, start_words(), kStartHelp)
                                .choice<Loss>("loss", &Options::loss, {{"mass", Loss::mass}, {"soft-topk", Loss::soft_topk}},
                                              "what is lowered: the share of the k entries, or how many of them stand above the "
                                              "k-th largest value, counted softly",
                                              "Ghorbani 2019: mass; attacks sheet 13");
  return table;
}

Objective GhorbaniTopk::objective(const AttackProblem&, const at::Tensor& clean_maps) const {
  const auto inside = top_entries(clean_maps, shared().search.k);
  const int64_t k = shared().search.k.of(inside.size(1));
  const Loss loss = own().loss;
  return [inside, k, loss](const at::Tensor& map, const std::vector<int64_t>& rows, int64_t) {
    const auto of_rows = inside.index_select(0, index_of(rows, inside));
    return -((loss == Loss::mass ? map : soft_ranks(map, k, kSoftness)) * of_rows).sum(1);
  };
}

}  // namespace faultline
