#include "metrics/emd.h"

#include <algorithm>
#include <limits>

#include "metrics/emd_modes.h"

namespace faultline {
namespace {

constexpr int64_t kLongestExact =
    32;  // mode=auto: the exact distance grows about with the sixth power of the side, 32 costs some 20 ms

}  // namespace

const OptionTable<EarthMoversDistance::Options>& EarthMoversDistance::options() {
  static const auto table = [] {
    OptionTable<Options> t;
    t.choice("mode", &Options::mode,
             {{"auto", Mode::by_size}, {"exact", Mode::exact}, {"marginals", Mode::marginals}, {"sliced", Mode::sliced}},
             "auto: exact where both sides are at most 32 pixels, else sliced");
    t.integer("angles", &Options::angles, {1, 4096}, "directions of mode=sliced");
    t.integer("size", &Options::size, {1, 64}, "mode=exact: larger maps are summed over blocks down to this many a side", "",
              "px");
    return with_reduction(t);
  }();
  return table;
}

MetricFacts EarthMoversDistance::facts() const {
  return {Direction::lower_is_better, 0, 0, std::numeric_limits<double>::infinity(), true, "px"};
}

Score EarthMoversDistance::score(const MapPair& pair) const {
  if (pair.has_zero || counts_as_zero(pair.a.values) || counts_as_zero(pair.b.values)) return "zero-map";
  if (has_negative(pair)) return "not-applicable";
  ReducedMap p = pair.a, q = pair.b;
  faultline::normalise(p, Normalise::unit_mass, pair.epsilon);  // distributions, whatever the normalisation before
  faultline::normalise(q, Normalise::unit_mass, pair.epsilon);
  switch (options_.mode) {
    case Mode::exact: return exact_emd(p, q, options_.size);
    case Mode::marginals: return marginal_emd(p, q);
    case Mode::sliced: return sliced_emd(p, q, options_.angles);
    case Mode::by_size: break;
  }
  return std::max(p.height, p.width) <= kLongestExact ? exact_emd(p, q, kLongestExact) : sliced_emd(p, q, options_.angles);
}

}  // namespace faultline
