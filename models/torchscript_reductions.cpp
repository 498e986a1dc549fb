#include <cmath>

#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Integers = std::vector<int64_t>;

int reduced(Call& call, Op op, int x, const Integers& dims, bool keepdim) {
  return call.emit(op, {x}, {{"dims", dims}, {"keepdim", keepdim}});
}

/// A reduction over the batch would mix samples.
Integers sample_dimensions(Call& call, int x) {
  const Integers dims = call.dimensions("dim", x);
  for (int64_t dim : dims)
    if (!call.shape(x)[static_cast<size_t>(dim)].is_known())
      throw FinalRefusal(call.place(),
                         "reduces " + to_text(call.shape(x)) + " over the batch, so samples are not independent of one another");
  return dims;
}

Operation reduction(Op op) {
  return [op](Call& call) {
    const int x = call.operand("self");
    return Value::tensor(reduced(call, op, x, sample_dimensions(call, x), call.flag("keepdim")));
  };
}

/// Maxima over several dimensions, the last first, so that the others keep their places.
int maxima(Call& call, int x, const Integers& dims, bool keepdim) {
  for (size_t i = dims.size(); i-- > 0;) x = call.emit(Op::maximum_over, {x}, {{"dim", dims[i]}, {"keepdim", keepdim}});
  return x;
}

Value extremum(Call& call, bool is_minimum) {
  if (call.has("other")) {
    const int self = call.operand("self");
    return Value::tensor(call.emit(is_minimum ? Op::minimum : Op::maximum, {self, call.operand("other")}));
  }
  const int x = call.operand("self");
  const Integers dims = sample_dimensions(call, x);
  const int result = is_minimum ? call.emit(Op::neg, {maxima(call, call.emit(Op::neg, {x}), dims, call.flag("keepdim"))})
                                : maxima(call, x, dims, call.flag("keepdim"));
  return Value::list({Value::tensor(result), Value::unavailable("the positions of maxima are not kept")}, Value::Kind::tuple);
}

Value extremum_alone(Call& call, bool is_minimum) { return extremum(call, is_minimum).items->front(); }

/// The mean of squared distances from the mean, over n - correction.
int variance_of(Call& call) {
  const int x = call.operand("self");
  const Integers dims = sample_dimensions(call, x);
  int64_t count = 1;
  for (int64_t dim : dims) count *= call.size(x, dim);
  const int64_t correction = call.has("correction") ? call.integer("correction") : call.flag("unbiased", true) ? 1 : 0;
  if (count <= correction)
    call.refuse("a variance of " + std::to_string(count) + " numbers with correction " + std::to_string(correction));
  const int distance = call.emit(Op::sub, {x, reduced(call, Op::mean, x, dims, true)});
  const int mean = reduced(call, Op::mean, call.emit(Op::mul, {distance, distance}), dims, call.flag("keepdim"));
  if (correction == 0) return mean;
  return call.emit(Op::mul, {mean, call.scalar(static_cast<double>(count) / static_cast<double>(count - correction))});
}

Value norm(Call& call) {
  const int x = call.operand(call.has("self") ? "self" : "x");
  const Integers dims = sample_dimensions(call, x);
  const bool keepdim = call.flag("keepdim");
  const double order = call.has("p") ? call.number("p") : call.has("ord") ? call.number("ord") : 2;
  if (order == 1) return Value::tensor(reduced(call, Op::sum, call.emit(Op::abs, {x}), dims, keepdim));
  if (order == 2) return Value::tensor(call.emit(Op::sqrt, {reduced(call, Op::sum, call.emit(Op::mul, {x, x}), dims, keepdim)}));
  if (std::isinf(order) && order > 0) return Value::tensor(maxima(call, call.emit(Op::abs, {x}), dims, keepdim));
  call.refuse("norms of order " + std::to_string(order) + " are not covered; 1, 2 and infinity are");
}

Value log_sum_exp(Call& call) {
  const int x = call.operand("self");
  const Integers dims = sample_dimensions(call, x);
  const int highest = maxima(call, x, dims, true);
  const int total =
      call.emit(Op::log, {reduced(call, Op::sum, call.emit(Op::exp, {call.emit(Op::sub, {x, highest})}), dims, true)});
  const int result = call.emit(Op::add, {total, highest});
  if (call.flag("keepdim")) return Value::tensor(result);
  return Value::tensor(call.reshaped(result, [&dims](const at::Tensor& t, int64_t) {
    at::Tensor squeezed = t;
    for (size_t i = dims.size(); i-- > 0;) squeezed = squeezed.squeeze(dims[i]);
    return squeezed;
  }));
}

}  // namespace

OperationTable reduction_operations() {
  return {{"aten::mean", reduction(Op::mean)},
          {"aten::sum", reduction(Op::sum)},
          {"aten::max", [](Call& c) { return extremum(c, false); }},
          {"aten::min", [](Call& c) { return extremum(c, true); }},
          {"aten::amax", [](Call& c) { return extremum_alone(c, false); }},
          {"aten::amin", [](Call& c) { return extremum_alone(c, true); }},
          {"aten::var", [](Call& c) { return Value::tensor(variance_of(c)); }},
          {"aten::std", [](Call& c) { return Value::tensor(c.emit(Op::sqrt, {variance_of(c)})); }},
          {"aten::norm", norm},
          {"aten::frobenius_norm", norm},
          {"aten::linalg_vector_norm", norm},
          {"aten::linalg_norm", norm},
          {"aten::logsumexp", log_sum_exp}};
}

}  // namespace faultline::torchscript
