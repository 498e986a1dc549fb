#include "suites/axioms/shrink.h"

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "explainers/legal_bounds.h"

namespace faultline {
namespace {

using Places = std::vector<int64_t>;

constexpr int64_t kTogether = 16;  // inputs tried in one call

class Shrinking {
 public:
  Shrinking(const Refutes& refutes, const Samples& one, const at::Tensor& base, int64_t budget)
      : refutes_(refutes),
        one_(one),
        base_(base.to(one.inputs.options()).reshape({-1})),
        values_(one.inputs.reshape({-1}).clone()),
        budget_(budget) {}

  bool is_over() const { return tried_ >= budget_; }
  int64_t tried() const { return tried_; }
  const at::Tensor& values() const { return values_; }
  Samples sample() const { return one_.with_inputs(values_.reshape(one_.inputs.sizes()).clone()); }

  Places differing() const {
    const at::Tensor places = values_.ne(base_).nonzero().squeeze(1).to(at::kCPU);
    return {places.data_ptr<int64_t>(), places.data_ptr<int64_t>() + places.numel()};
  }

  /// The first candidate that still refutes becomes the input.
  bool take_first(const std::vector<at::Tensor>& candidates) {
    for (size_t begin = 0; begin < candidates.size() && !is_over(); begin += kTogether) {
      const size_t end = std::min(candidates.size(), begin + static_cast<size_t>(kTogether));
      const std::vector<at::Tensor> some(candidates.begin() + static_cast<std::ptrdiff_t>(begin),
                                         candidates.begin() + static_cast<std::ptrdiff_t>(end));
      const std::vector<int64_t> rows(some.size(), 0);
      std::vector<int64_t> shape = one_.inputs.sizes().vec();
      shape[0] = static_cast<int64_t>(some.size());
      Samples several = one_.select(rows).with_inputs(at::stack(some).reshape(shape));
      for (size_t i = 0; i < several.slots.size(); ++i) several.slots[i] = static_cast<int64_t>(i);  // one block for all
      const auto found = refutes_(several);
      tried_ += static_cast<int64_t>(some.size());
      for (size_t i = 0; i < some.size(); ++i) {
        if (!found[i]) continue;
        values_ = some[i].clone();
        return true;
      }
    }
    return false;
  }

  at::Tensor without(const Places& places) const {
    const at::Tensor index = at::tensor(places, at::kLong).to(values_.device());
    return values_.index_copy(0, index, base_.index_select(0, index));
  }

 private:
  const Refutes& refutes_;
  const Samples& one_;
  at::Tensor base_, values_;
  int64_t budget_, tried_ = 0;
};

/// `places` in `parts` runs of nearly equal length.
std::vector<Places> cut(const Places& places, int64_t parts) {
  std::vector<Places> out;
  const auto n = static_cast<int64_t>(places.size());
  for (int64_t i = 0; i < parts; ++i) out.emplace_back(places.begin() + i * n / parts, places.begin() + (i + 1) * n / parts);
  return out;
}

void remove_parts(Shrinking& shrinking) {
  int64_t parts = 2;
  while (!shrinking.is_over()) {
    const Places places = shrinking.differing();
    const auto n = static_cast<int64_t>(places.size());
    if (n == 0) return;
    parts = std::min(parts, n);
    const auto pieces = cut(places, parts);
    std::vector<at::Tensor> candidates;
    // One part alone first: that leaves the least.
    for (size_t i = 0; parts > 2 && i < pieces.size(); ++i) {
      Places others;
      for (size_t k = 0; k < pieces.size(); ++k) {
        if (k != i) others.insert(others.end(), pieces[k].begin(), pieces[k].end());
      }
      candidates.push_back(shrinking.without(others));
    }
    const size_t alone = candidates.size();
    for (const auto& piece : pieces) candidates.push_back(shrinking.without(piece));
    const int64_t before = n;
    if (shrinking.take_first(candidates)) {
      const auto left = static_cast<int64_t>(shrinking.differing().size());
      parts = alone > 0 && left <= before / parts + 1 ? 2 : std::max<int64_t>(2, parts - 1);
    } else {
      if (parts == n) return;
      parts = std::min(n, 2 * parts);
    }
  }
}

/// A bound of the range, or half-way, wherever that refutes too.
void take_plain_values(Shrinking& shrinking, const at::Tensor& low, const at::Tensor& high) {
  for (const int64_t place : shrinking.differing()) {
    std::vector<at::Tensor> candidates;
    for (const double share : {1.0, 0.0, 0.5}) {
      at::Tensor candidate = shrinking.values().clone();
      const at::Tensor value = low[place] + share * (high[place] - low[place]);
      if (value.equal(candidate[place])) break;  // it is plain already
      candidate[place] = value;
      candidates.push_back(candidate);
    }
    shrinking.take_first(candidates);
    if (shrinking.is_over()) return;
  }
}

}  // namespace

Refutes refutes_by(const Axiom& axiom, const Explainer& explainer, const Network& network, const Context& context,
                   double tolerance) {
  return [&axiom, &explainer, &network, &context, tolerance](const Samples& samples) {
    std::vector<bool> out;
    try {
      for (const Trial& trial : axiom.try_on({explainer, network, samples, context}))
        out.push_back(trial.reason.empty() && !(trial.violation() <= tolerance));
    } catch (const Error& error) {
      // An explainer that refuses an input refutes nothing there.
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::environment) throw;
      out.assign(static_cast<size_t>(samples.size()), false);
    }
    return out;
  };
}

ShrunkInput shrink_input(const Refutes& refutes, const Samples& one, const at::Tensor& base, const Context& context,
                         int64_t budget) {
  if (one.size() != 1 || !refutes(one).at(0)) throw std::logic_error("what is to be shrunk is no counterexample");
  Shrinking shrinking(refutes, one, base, budget);
  remove_parts(shrinking);
  const LegalBounds bounds = legal_bounds(context.range, one.inputs);
  take_plain_values(shrinking, bounds.low.expand_as(one.inputs).reshape({-1}), bounds.high.expand_as(one.inputs).reshape({-1}));
  return {shrinking.sample(), static_cast<int64_t>(shrinking.differing().size()), shrinking.tried()};
}

}  // namespace faultline
