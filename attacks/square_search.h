#pragma once
#include "attacks/query_attack.h"

namespace faultline {

/// Random search over squares (after Andriushchenko et al. 2020, Square Attack), L-infinity: from stripes of +-epsilon, each
/// iteration sets a square at a random place to the bound, per channel up or down, and keeps it where the penalised D rises. The
/// squares shrink. Uses no differences, so it works on maps that are constant almost everywhere (attacks sheet 6.4). Every
/// candidate is judged, with one seed throughout: a map drawn anew could not be compared with the one it is to beat.
class SquareSearch final : public QueryAttack {
 public:
  static constexpr const char* kName = "square-search";
  static constexpr const char* kSummary = "sets shrinking squares to the bound where that moves the map; needs no gradient";
  static constexpr const char* kFormula = "squares of +-epsilon at random places, kept where D rises; their side shrinks";
  static constexpr const char* kSource = "Andriushchenko et al. 2020";
  struct Options {
    QueryOptions query;
    double share = 0.8;
  };
  static const OptionTable<Options>& options();
  explicit SquareSearch(Options options);

  /// Side of the square of iteration i = 0, 1, ... of a search of Q queries on H x W pixels: a share of them that is halved at
  /// fixed parts of the search.
  static int64_t side_at(int64_t i, int64_t queries, int64_t pixels, double share);

 protected:
  void search(QuerySearch& search) const override;

 private:
  Options options_;
};

}  // namespace faultline
